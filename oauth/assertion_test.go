package oauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
	"gatehouse/oauth"
)

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (w *world) keyClient(t *testing.T, name string, keys ...jose.JSONWebKey) registered {
	t.Helper()
	return w.register(t, home, name, model.TokenEndpointAuthMethodPrivateKeyJwt, keys)
}

func TestAssertions(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key, stranger := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	c := w.keyClient(t, "keys", jwk(key, "k1"))
	other := w.keyClient(t, "other", jwk(stranger, "k2"))
	now := w.clock.Now().Unix()
	const ok, refused = http.StatusOK, http.StatusUnauthorized
	// A header without a kid makes the server try the keys.
	for _, e := range []struct {
		rule, name string
		header     map[jose.HeaderKey]any
		changes    map[string]any
		status     int
	}{
		{"RFC 7523 §3", "a good one", nil, nil, ok},
		{"RFC 7515 §4.1.4", "with the kid of the key", map[jose.HeaderKey]any{"kid": "k1"}, nil, ok},
		{"RFC 7515 §4.1.4", "with another kid", map[jose.HeaderKey]any{"kid": "k2"}, nil, refused},
		{"RFC 7515 §4.1.9", "of type JWT", map[jose.HeaderKey]any{"typ": "JWT"}, nil, ok},
		{"RFC 8725 §3.11", "of the type for clients", map[jose.HeaderKey]any{"typ": "client-authentication+jwt"}, nil, ok},
		{"RFC 8725 §3.11", "of the type of access tokens", map[jose.HeaderKey]any{"typ": "at+jwt"}, nil, refused},
		{"RFC 8725 §3.11", "of a type that is no text", map[jose.HeaderKey]any{"typ": 5}, nil, refused},
		{"RFC 7515 §4.1.11", "with something critical", map[jose.HeaderKey]any{"crit": []string{"x"}, "x": true}, nil, refused},
		{"RFC 7515 §4.1.3", "with a key of its own", map[jose.HeaderKey]any{"jwk": jwk(stranger, "k1")}, nil, ok},
		{"RFC 7523 §3 (3)", "for the token endpoint", nil, map[string]any{"aud": issuer + oauth.TokenPath}, ok},
		{"RFC 7523 §3 (3)", "in a list of one", nil, map[string]any{"aud": []string{issuer}}, ok},
		{"RFC 7523 §3 (3)", "for both names of the server", nil, map[string]any{"aud": []string{issuer, issuer + oauth.TokenPath}}, ok},
		{"RFC 7523 §3 (3)", "for somebody else, too", nil, map[string]any{"aud": []string{issuer, "https://other.example"}}, refused},
		{"RFC 7523 §3 (3)", "for another server", nil, map[string]any{"aud": "https://other.example"}, refused},
		{"RFC 7523 §3 (3)", "for another endpoint", nil, map[string]any{"aud": issuer + oauth.RevocationPath}, refused},
		{"RFC 7523 §3 (3)", "for the API", nil, map[string]any{"aud": audience}, refused},
		{"RFC 7523 §3 (3)", "with a slash more", nil, map[string]any{"aud": issuer + "/"}, refused},
		{"RFC 7523 §3 (3)", "in an empty list", nil, map[string]any{"aud": []string{}}, refused},
		{"RFC 7523 §3 (3)", "without aud", nil, map[string]any{"aud": nil}, refused},
		{"RFC 7523 §3 (1)", "of another issuer", nil, map[string]any{"iss": other.id}, refused},
		{"RFC 7523 §3 (1)", "without iss", nil, map[string]any{"iss": nil}, refused},
		{"RFC 7523 §3 (2)", "about another client", nil, map[string]any{"sub": other.id}, refused},
		{"RFC 7523 §3 (2)", "of and about another client", nil, map[string]any{"iss": other.id, "sub": other.id}, refused},
		{"RFC 7523 §3 (2)", "without sub", nil, map[string]any{"sub": nil}, refused},
		{"RFC 7523 §3 (2)", "about a query", nil, map[string]any{"iss": "' OR 1=1 --", "sub": "' OR 1=1 --"}, refused},
		{"RFC 7523 §3 (4)", "expired by the leeway", nil, map[string]any{"exp": now - 29}, ok},
		{"RFC 7523 §3 (4)", "expired", nil, map[string]any{"exp": now - 30}, refused},
		{"RFC 7523 §3 (4)", "ten minutes ahead", nil, map[string]any{"exp": now + 630}, ok},
		{"RFC 7523 §3 (4)", "too far ahead", nil, map[string]any{"exp": now + 631}, refused},
		{"RFC 7523 §3 (4)", "as far ahead as can be", nil, map[string]any{"exp": int64(math.MaxInt64)}, refused},
		{"RFC 7523 §3 (4)", "exp of another world", nil, map[string]any{"exp": 1e300}, refused},
		{"RFC 7523 §3 (4)", "exp as a text", nil, map[string]any{"exp": "tomorrow"}, refused},
		{"RFC 7523 §3 (4)", "without exp", nil, map[string]any{"exp": nil}, refused},
		{"RFC 7523 §3 (5)", "not yet valid", nil, map[string]any{"nbf": now + 31}, refused},
		{"RFC 7523 §3 (5)", "valid by the leeway", nil, map[string]any{"nbf": now + 30}, ok},
		{"RFC 7523 §3 (6)", "issued in the future", nil, map[string]any{"iat": now + 31}, refused},
		{"RFC 7523 §3 (6)", "without iat", nil, map[string]any{"iat": nil}, ok},
		{"RFC 7523 §3 (7)", "without jti", nil, map[string]any{"jti": nil}, refused},
		{"RFC 7523 §3 (7)", "with an empty jti", nil, map[string]any{"jti": ""}, refused},
		{"RFC 7523 §3 (7)", "with a jti of 256", nil, map[string]any{"jti": strings.Repeat("x", 256)}, ok},
		{"RFC 7523 §3 (7)", "with a jti of 257", nil, map[string]any{"jti": strings.Repeat("x", 257)}, refused},
		{"RFC 7523 §3 (7)", "with a jti that is no text", nil, map[string]any{"jti": map[string]any{"$ne": nil}}, refused},
	} {
		t.Run(e.rule+" "+e.name, func(t *testing.T) {
			r := assertionRequest(signed(t, key, jose.ES256, e.header, w.claims(c.id, e.changes)))
			got := send(t, w.another(t), r) // which remembers no failures
			if got.status != e.status {
				t.Errorf("got %d %s, want %d", got.status, got.raw, e.status)
			}
			if e.status == refused && got.code() != "invalid_client" {
				t.Errorf("got %s", got.raw)
			}
		})
	}
}

// TestAudiences: each endpoint goes by the issuer, by its own URL, and by that of the token endpoint, which
// client libraries name wherever they authenticate (RFC 7523 §3).
func TestAudiences(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key := ecKey(t, elliptic.P256())
	c := w.keyClient(t, "keys", jwk(key, ""))
	for _, path := range []string{oauth.IntrospectionPath, oauth.RevocationPath} {
		for audience, want := range map[any]int{
			issuer:                   http.StatusOK,
			issuer + oauth.TokenPath: http.StatusOK,
			issuer + path:            http.StatusOK,
			issuer + oauth.JWKSPath:  http.StatusUnauthorized,
			"https://other.example":  http.StatusUnauthorized,
			issuer + path + "/":      http.StatusUnauthorized,
			[2]string{issuer, issuer + oauth.TokenPath}: http.StatusOK,
		} {
			r := assertionRequest(signed(t, key, jose.ES256, nil, w.claims(c.id, map[string]any{"aud": audience})), "token", "x")
			r.path = path
			if got := send(t, w.another(t), r); got.status != want {
				t.Errorf("%s for %v: got %d %s, want %d", path, audience, got.status, got.raw, want)
			}
		}
	}
}

// TestForgedAssertions: nobody proves to be a client who has none of its private keys.
func TestForgedAssertions(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key, stranger := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P256())
	c := w.keyClient(t, "keys", jwk(key, "k1"))
	basic := w.basicClient(t, "basic")
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicJWK, err := json.Marshal(jwk(key, "k1"))
	if err != nil {
		t.Fatal(err)
	}
	good := signed(t, key, jose.ES256, nil, w.claims(c.id, nil))
	parts := strings.Split(good, ".")
	for name, assertion := range map[string]string{
		"of another key":                signed(t, stranger, jose.ES256, nil, w.claims(c.id, nil)),
		"of another key, same kid":      signed(t, stranger, jose.ES256, map[jose.HeaderKey]any{"kid": "k1"}, w.claims(c.id, nil)),
		"of a key in its header":        signed(t, stranger, jose.ES256, map[jose.HeaderKey]any{"jwk": jwk(stranger, "k1")}, w.claims(c.id, nil)),
		"HS256 with the public key":     signed(t, public, jose.HS256, map[jose.HeaderKey]any{"kid": "k1"}, w.claims(c.id, nil)),
		"HS256 with the JWK":            signed(t, publicJWK, jose.HS256, map[jose.HeaderKey]any{"kid": "k1"}, w.claims(c.id, nil)),
		"none":                          unsigned(t, map[string]any{"alg": "none"}, w.claims(c.id, nil), ""),
		"none, in other letters":        unsigned(t, map[string]any{"alg": "nOnE"}, w.claims(c.id, nil), ""),
		"no algorithm":                  unsigned(t, map[string]any{}, w.claims(c.id, nil), "x"),
		"an empty signature":            unsigned(t, map[string]any{"alg": "ES256"}, w.claims(c.id, nil), ""),
		"a signature of zeros":          unsigned(t, map[string]any{"alg": "ES256"}, w.claims(c.id, nil), strings.Repeat("\x00", 64)),
		"the signature of another":      unsignedLike(t, parts[0], w.claims(c.id, nil), parts[2]),
		"no signature part":             parts[0] + "." + parts[1],
		"five parts":                    good + ".x.y",
		"JSON serialization":            fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		"of a client without keys":      signed(t, stranger, jose.ES256, nil, w.claims(basic.id, nil)),
		"of an unknown client":          signed(t, stranger, jose.ES256, nil, w.claims("unknown", nil)),
		"RS256 over a key of P-256":     unsigned(t, map[string]any{"alg": "RS256", "kid": "k1"}, w.claims(c.id, nil), strings.Repeat("x", 256)),
		"claims that are no object":     parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`["sub"]`)) + "." + parts[2],
		"the same claim twice":          parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"`+c.id+`","sub":"x"}`)) + "." + parts[2],
		"a signature of the wrong kind": unsigned(t, map[string]any{"alg": "EdDSA"}, w.claims(c.id, nil), strings.Repeat("x", 64)),
	} {
		if got := send(t, w.another(t), assertionRequest(assertion)); got.status != http.StatusUnauthorized || got.code() != "invalid_client" {
			t.Errorf("%s: got %d %s", name, got.status, got.raw)
		}
	}
	w.setActive(t, home, c, false)
	if got := send(t, w, assertionRequest(good)); got.code() != "invalid_client" {
		t.Errorf("a good one of an inactive application: got %s", got.raw)
	}
	w.setActive(t, home, c, true)
	if got := send(t, w, assertionRequest(good)); got.status != http.StatusOK {
		t.Errorf("the good one: got %d %s", got.status, got.raw)
	}
}

func unsignedLike(t *testing.T, header string, claims map[string]any, signature string) string {
	t.Helper()
	return header + "." + strings.Split(unsigned(t, nil, claims, ""), ".")[1] + "." + signature
}

// TestAlgorithms: each is accepted with a key of its kind, and refused where the key says otherwise.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256 := ecKey(t, elliptic.P256())
	for _, e := range []struct {
		name      string
		key       crypto.Signer
		algorithm jose.SignatureAlgorithm
		// members are added to the JWK.
		members map[string]any
		status  int
	}{
		{"RS256", rsaKey, jose.RS256, nil, 200},
		{"RS384", rsaKey, jose.RS384, nil, 200},
		{"RS512", rsaKey, jose.RS512, nil, 200},
		{"PS256", rsaKey, jose.PS256, nil, 200},
		{"PS384", rsaKey, jose.PS384, nil, 200},
		{"PS512", rsaKey, jose.PS512, nil, 200},
		{"ES256", p256, jose.ES256, nil, 200},
		{"ES384", ecKey(t, elliptic.P384()), jose.ES384, nil, 200},
		{"ES512", ecKey(t, elliptic.P521()), jose.ES512, nil, 200},
		{"EdDSA", edKey, jose.EdDSA, nil, 200},
		{"a key for signatures", p256, jose.ES256, map[string]any{"use": "sig"}, 200},
		{"a key for encryption", p256, jose.ES256, map[string]any{"use": "enc"}, 401},
		{"a key for the algorithm", rsaKey, jose.PS256, map[string]any{"alg": "PS256"}, 200},
		{"a key for another algorithm", rsaKey, jose.RS256, map[string]any{"alg": "PS256"}, 401},
		{"a key that may verify", p256, jose.ES256, map[string]any{"key_ops": []string{"verify"}}, 200},
		{"a key that may only encrypt", p256, jose.ES256, map[string]any{"key_ops": []string{"encrypt"}}, 401},
	} {
		t.Run(e.name, func(t *testing.T) {
			text, err := jwk(e.key, "").MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			members := map[string]any{}
			if err := json.Unmarshal(text, &members); err != nil {
				t.Fatal(err)
			}
			for name, value := range e.members {
				members[name] = value
			}
			set, err := json.Marshal(map[string]any{"keys": []any{members}})
			if err != nil {
				t.Fatal(err)
			}
			c := w.registerSet(t, "keys "+e.name, jsonOf(t, string(set)))
			r := assertionRequest(signed(t, e.key, e.algorithm, nil, w.claims(c.id, nil)))
			if got := send(t, w, r); got.status != e.status {
				t.Errorf("got %d %s, want %d", got.status, got.raw, e.status)
			}
		})
	}
}

// TestKeysAreTried: without a kid up to four keys are tried; the key of a kid is found among any number.
func TestKeysAreTried(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	keys, set := []*ecdsa.PrivateKey{}, []jose.JSONWebKey{}
	for i := range 5 {
		keys = append(keys, ecKey(t, elliptic.P256()))
		set = append(set, jwk(ecKey(t, elliptic.P384()), fmt.Sprintf("other-%d", i)), jwk(keys[i], fmt.Sprintf("k%d", i)))
	}
	c := w.keyClient(t, "keys", set...)
	for i, key := range keys {
		status := func(header map[jose.HeaderKey]any) int {
			r := assertionRequest(signed(t, key, jose.ES256, header, w.claims(c.id, nil)))
			return send(t, w, r).status
		}
		if got := status(map[jose.HeaderKey]any{"kid": fmt.Sprintf("k%d", i)}); got != http.StatusOK {
			t.Errorf("key %d with its kid: %d", i, got)
		}
		want := http.StatusOK
		if i == 4 {
			want = http.StatusUnauthorized
		}
		if got := status(nil); got != want {
			t.Errorf("key %d without its kid: %d, want %d", i, got, want)
		}
	}
}

// TestReplay: an assertion is good for one request, whichever process gets it, as long as it would
// live.
func TestReplay(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		key := ecKey(t, elliptic.P256())
		c, twin := w.keyClient(t, "keys", jwk(key, "")), w.keyClient(t, "twin", jwk(key, ""))
		processes := []http.Handler{w, w.another(t)}
		claims := w.claims(c.id, map[string]any{"jti": "the same", "exp": w.clock.Now().Add(10 * time.Minute).Unix()})
		r := assertionRequest(signed(t, key, jose.ES256, nil, claims))
		if got := send(t, processes[0], r); got.status != http.StatusOK {
			t.Fatalf("got %d %s", got.status, got.raw)
		}
		for _, after := range []time.Duration{0, 10 * time.Minute, 29 * time.Second, 2 * time.Second} {
			w.clock.advance(after)
			// A process whose clock is ahead removes what has expired for it.
			if _, err := w.store.RemoveExpired(t.Context(), w.clock.Now().Add(50*time.Second)); err != nil {
				t.Fatal(err)
			}
			for i, process := range processes {
				if got := send(t, process, r); got.code() != "invalid_client" {
					t.Errorf("%s later, process %d: got %d %s", after, i, got.status, got.raw)
				}
			}
		}
		// A jti is of one client, and what is signed anew under it is the same jti still.
		again := w.claims(c.id, map[string]any{"jti": "the same"})
		if got := send(t, w, assertionRequest(signed(t, key, jose.ES256, nil, again))); got.code() != "invalid_client" {
			t.Errorf("a used jti in another assertion: got %d %s", got.status, got.raw)
		}
		ofTwin := w.claims(twin.id, map[string]any{"jti": "the same"})
		if got := send(t, w, assertionRequest(signed(t, key, jose.ES256, nil, ofTwin))); got.status != http.StatusOK {
			t.Errorf("the same jti of another client: got %d %s", got.status, got.raw)
		}
	})
}

// TestReplayRace: of many that use an assertion at once, in two processes, one is let in.
func TestReplayRace(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		key := ecKey(t, elliptic.P256())
		c := w.keyClient(t, "keys", jwk(key, ""))
		processes := []http.Handler{w, w.another(t)}
		r := assertionRequest(signed(t, key, jose.ES256, nil, w.claims(c.id, nil)))
		statuses := make([]int, 12)
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range statuses {
			all.Go(func() {
				<-start
				statuses[i] = send(t, processes[i%2], r).status
			})
		}
		close(start)
		all.Wait()
		let := 0
		for _, status := range statuses {
			switch status {
			case http.StatusOK:
				let++
			case http.StatusUnauthorized:
			default:
				t.Errorf("got %d", status)
			}
		}
		if let != 1 {
			t.Errorf("%d of %d were let in: %v", let, len(statuses), statuses)
		}
	})
}
