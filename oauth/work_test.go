package oauth_test

import (
	"crypto/elliptic"
	"net/http"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
)

// work is what an attempt to authenticate costs: what somebody with a stopwatch would measure.
type work struct {
	calls, opened, signatures int64
	status                    int
}

func (w *world) work(t *testing.T, r request) work {
	t.Helper()
	handler := w.another(t)
	calls, opened, signatures := w.backend.calls.Load(), w.keyset.opened.Load(), w.signatures.Load()
	status := send(t, handler, r).status
	return work{w.backend.calls.Load() - calls, w.keyset.opened.Load() - opened, w.signatures.Load() - signatures, status}
}

// TestTheSameWorkForAll: whether a client is known cannot be told from the time that a refusal takes,
// because it takes the same work.
func TestTheSameWorkForAll(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key, stranger := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	one := w.basicClient(t, "one")
	two := w.basicClient(t, "two")
	if _, err := w.admin.GenerateClientSecret(in(t.Context(), home), two.id, nil); err != nil {
		t.Fatal(err)
	}
	post := w.register(t, home, "post", model.TokenEndpointAuthMethodClientSecretPost, nil)
	public := w.register(t, home, "public", model.TokenEndpointAuthMethodNone, nil)
	keys := w.keyClient(t, "keys", jwk(key, "k1"), jwk(ecKey(t, elliptic.P256()), "k2"))
	inactive := w.basicClient(t, "inactive")
	w.setActive(t, home, inactive, false)
	asserted := func(id string, header map[jose.HeaderKey]any) request {
		return assertionRequest(signed(t, stranger, jose.ES256, header, w.claims(id, nil)))
	}
	withSecret := func(id, secret string) request { return tokenRequest(registered{id: id, secret: secret}) }
	kid := map[jose.HeaderKey]any{"kid": "k1"}
	for _, c := range []struct {
		name    string
		request request
		want    work
	}{
		{"an unknown client with a secret", withSecret("unknown", "x"), work{1, 2, 0, 401}},
		{"an impossible client with a secret", withSecret("\x00", "x"), work{1, 2, 0, 401}},
		{"a client with one secret", withSecret(one.id, "x"), work{1, 2, 0, 401}},
		{"a client with two secrets", withSecret(two.id, "x"), work{1, 2, 0, 401}},
		{"a client of another method", withSecret(post.id, post.secret), work{1, 2, 0, 401}},
		{"a public client", withSecret(public.id, "x"), work{1, 2, 0, 401}},
		{"a client with keys", withSecret(keys.id, "x"), work{1, 2, 0, 401}},
		{"an inactive application, with its secret", withSecret(inactive.id, inactive.secret), work{1, 2, 0, 401}},
		{"an inactive application, with another", withSecret(inactive.id, "x"), work{1, 2, 0, 401}},
		{"an unknown client with an assertion", asserted("unknown", nil), work{1, 0, 4, 401}},
		{"a client with keys and an assertion", asserted(keys.id, nil), work{1, 0, 4, 401}},
		{"a client of another method with an assertion", asserted(one.id, nil), work{1, 0, 4, 401}},
		{"an unknown client with a kid", asserted("unknown", kid), work{1, 0, 1, 401}},
		{"a client with this kid", asserted(keys.id, kid), work{1, 0, 1, 401}},
		{"a client without this kid", asserted(keys.id, map[jose.HeaderKey]any{"kid": "k3"}), work{1, 0, 1, 401}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.work(t, c.request); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	// Whoever is let in had the same secrets opened; what follows may cost more.
	if got := w.work(t, tokenRequest(one)); got.opened != 2 || got.status != http.StatusOK {
		t.Errorf("a client that is let in: %+v", got)
	}
}
