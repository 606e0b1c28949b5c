package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"gatehouse/auth"
	"gatehouse/e2e/client"
)

// TestGoMachines lets golang.org/x/oauth2 get tokens, reuse and renew them, and go-oidc verify them.
func TestGoMachines(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		m := newMachine(t, p, "a Go machine")
		for style, known := range map[oauth2.AuthStyle]machineClient{
			oauth2.AuthStyleInHeader:   m.clients[0],
			oauth2.AuthStyleInParams:   m.clients[1],
			oauth2.AuthStyleAutoDetect: m.clients[0],
		} {
			config := &clientcredentials.Config{
				ClientID: known.ID, ClientSecret: known.Secret, TokenURL: p.base + "/oauth2/token", AuthStyle: style, Scopes: []string{"users:read"},
			}
			verifyTokens(t, p, m, config)
			useTokens(t, p, config)
		}
		refuseWrongSecret(t, p, m.clients[0])
		p.stop(t)
	})
}

// verifyTokens gets tokens as they are reused and renewed, and verifies them as a resource server does.
func verifyTokens(t *testing.T, p *program, m machine, config *clientcredentials.Config) {
	t.Helper()
	get := func(source oauth2.TokenSource) *oauth2.Token {
		t.Helper()
		token, err := source.Token()
		if err != nil {
			t.Fatal(err)
		}
		if left := time.Until(token.Expiry); token.Type() != "Bearer" || left <= auth.TokenLifetime-patience || left > auth.TokenLifetime {
			t.Errorf("a token is of type %s and valid for %s", token.Type(), left)
		}
		return token
	}
	patient := config.TokenSource(t.Context())
	first := get(patient)
	if again := get(patient); again.AccessToken != first.AccessToken {
		t.Error("a token with time left was not used again")
	}
	// To a source that wants more time left than a token ever has, each has expired.
	impatient := oauth2.ReuseTokenSourceWithExpiry(nil, config.TokenSource(t.Context()), auth.TokenLifetime+time.Minute)
	tokens := []*oauth2.Token{first, get(impatient), get(impatient)}

	keys := oidc.NewRemoteKeySet(t.Context(), p.base+"/oauth2/jwks")
	verifier := func(issuer, audience string) *oidc.IDTokenVerifier {
		return oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.ES256}})
	}
	seen := map[string]bool{}
	for _, token := range tokens {
		verified, err := verifier(p.base, p.base+"/graphql").Verify(t.Context(), token.AccessToken)
		if err != nil {
			t.Fatalf("go-oidc does not verify a token: %v", err)
		}
		if verified.Subject != m.id || seen[token.AccessToken] {
			t.Errorf("the token %v is of %s, want %s", verified, verified.Subject, m.id)
		}
		seen[token.AccessToken] = true
		if a := p.with(token.AccessToken).ask(t, `{ viewer { actor { id } } }`, ""); a.at(t, "data.viewer.actor.id") != m.id {
			t.Errorf("a token is answered %d %s", a.status, a.body)
		}
	}
	if _, err := verifier(p.base, p.base).Verify(t.Context(), first.AccessToken); err == nil {
		t.Error("go-oidc verifies a token for another audience")
	}
	if _, err := verifier(p.base+"/", p.base+"/graphql").Verify(t.Context(), first.AccessToken); err == nil {
		t.Error("go-oidc verifies a token of another issuer")
	}
	if _, err := verifier(p.base, p.base+"/graphql").Verify(t.Context(), changed(first.AccessToken)); err == nil {
		t.Error("go-oidc verifies a token that was changed")
	}
}

// changed is a token with another signature: in its first character, all of whose bits count.
func changed(token string) string {
	at := strings.LastIndexByte(token, '.') + 1
	return token[:at] + flip(token[at:])
}

// useTokens works with the HTTP client that gets its tokens by itself.
func useTokens(t *testing.T, p *program, config *clientcredentials.Config) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": `{ users { totalCount } viewer { permissions } }`})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := config.Client(t.Context()).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got struct {
		Data struct {
			Viewer struct{ Permissions []client.Permission }
		}
		Errors []any
	}
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || got.Errors != nil {
		t.Fatalf("a request was answered %s %v %v", response.Status, got.Errors, err)
	}
	if permissions := got.Data.Viewer.Permissions; len(permissions) != 1 || permissions[0] != client.PermissionUsersRead {
		t.Errorf("with the scope users:read the permissions are %v", permissions)
	}
}

// refuseWrongSecret checks that the library understands how a wrong secret is refused.
func refuseWrongSecret(t *testing.T, p *program, known machineClient) {
	t.Helper()
	config := &clientcredentials.Config{ClientID: known.ID, ClientSecret: known.Secret + "x", TokenURL: p.base + "/oauth2/token", AuthStyle: oauth2.AuthStyleInHeader}
	_, err := config.Token(t.Context())
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" || refused.Response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong secret got %v", err)
	}
	if err != nil && strings.Contains(err.Error(), known.Secret) {
		t.Errorf("the answer has the secret in it: %v", err)
	}
}
