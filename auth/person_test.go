package auth_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/model"
)

func TestPerson(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.EdDSA} {
		for _, kind := range []string{"JWT", "at+jwt", "application/at+jwt"} {
			key, c := newSigner(t, "first", algorithm), newClock()
			provider := newIdentityProvider(t, key.public())
			people := newPeople(provider, c)
			got, _, err := people.Principal(t.Context(), key.sign(t, claims(provider, c, nil), map[string]any{"typ": kind}))
			want := &auth.Principal{
				TenantID:    tenant,
				Actor:       model.Actor{Type: model.ActorTypePerson, ID: "248289761001", Name: "Ada Lovelace"},
				Permissions: []model.Permission{model.PermissionAppsRead},
			}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: got %+v %v, want %+v", algorithm, kind, got, err, want)
			}
			if people.Issuer() != provider.URL {
				t.Errorf("the issuer is %s", people.Issuer())
			}
		}
	}
}

// TestTokensOfPeople makes tokens that a provider did not make, not for us or not for now. The good
// one at the end shows that each is refused for what is wrong with it.
func TestTokensOfPeople(t *testing.T) {
	t.Parallel()
	c := newClock()
	key, other, unlisted := newSigner(t, "first", jose.RS256), newSigner(t, "first", jose.RS256), newSigner(t, "first", jose.ES256)
	encryption := newSigner(t, "encryption", jose.RS256)
	forEncryption := encryption.public()
	forEncryption.Use = "enc"
	provider := newIdentityProvider(t, key.public(), forEncryption, map[string]any{"kty": "oct", "kid": "secret", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"})
	der, err := x509.MarshalPKIXPublicKey(key.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	with := func(changes map[string]any) map[string]any { return claims(provider, c, changes) }
	sign := func(changes map[string]any) string { return key.sign(t, with(changes), nil) }
	good := sign(nil)
	parts := strings.Split(good, ".")
	encoded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	hmac := func(secret []byte, kid string) string {
		return signed(t, jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: secret, KeyID: kid}}, with(nil), nil)
	}
	now := c.now()
	for name, token := range map[string]string{
		"empty":                            "",
		"no JWT":                           "x",
		"three dots":                       "...",
		"alg none":                         encoded(`{"alg":"none"}`) + "." + parts[1] + ".",
		"alg none with the kid":            encoded(`{"alg":"none","kid":"first"}`) + "." + parts[1] + ".",
		"alg none with a signature":        encoded(`{"alg":"none","kid":"first"}`) + "." + parts[1] + "." + parts[2],
		"no alg":                           encoded(`{"kid":"first"}`) + "." + parts[1] + "." + parts[2],
		"HS256 with the public key":        hmac(public, "first"),
		"HS256 with the public key in DER": hmac(der, "first"),
		"HS256 with a secret that the provider shows": hmac([]byte("secret-secret-secret-secret-secret"), "secret"),
		"another algorithm of the key":                strings.Replace(good, parts[0], encoded(`{"alg":"PS256","kid":"first","typ":"JWT"}`), 1),
		"another key of the same name":                other.sign(t, with(nil), nil),
		"another kind of key of that name":            unlisted.sign(t, with(nil), nil),
		"a key for encryption":                        encryption.sign(t, with(nil), nil),
		"an unknown key":                              newSigner(t, "second", jose.RS256).sign(t, with(nil), nil),
		"a key in the token":                          signed(t, jose.SigningKey{Algorithm: jose.RS256, Key: other.key}, with(nil), &jose.SignerOptions{EmbedJWK: true}),
		"another issuer":                              sign(map[string]any{"iss": "https://id.example.com"}),
		"the issuer with a slash":                     sign(map[string]any{"iss": provider.URL + "/"}),
		"no issuer":                                   sign(map[string]any{"iss": nil}),
		"another audience":                            sign(map[string]any{"aud": "https://other.example.com"}),
		"other audiences":                             sign(map[string]any{"aud": []string{audience + "/", "x"}}),
		"no audience":                                 sign(map[string]any{"aud": nil}),
		"expired":                                     sign(map[string]any{"exp": now.Add(-time.Second).Unix()}),
		"expiring now":                                sign(map[string]any{"exp": now.Unix()}),
		"no expiry":                                   sign(map[string]any{"exp": nil}),
		"not yet valid":                               sign(map[string]any{"nbf": now.Add(61 * time.Second).Unix()}),
		"not yet valid by a fraction":                 sign(map[string]any{"nbf": float64(now.Unix()) + 60.5}),
		"from the future":                             sign(map[string]any{"iat": now.Add(61 * time.Second).Unix()}),
		"no subject":                                  sign(map[string]any{"sub": nil}),
		"an empty subject":                            sign(map[string]any{"sub": ""}),
		"a subject that is a number":                  sign(map[string]any{"sub": 1}),
		"a subject of 256 bytes":                      sign(map[string]any{"sub": strings.Repeat("x", 256)}),
		"a subject of two lines":                      sign(map[string]any{"sub": "a\nb"}),
		"a logout token":                              key.sign(t, with(nil), map[string]any{"typ": "logout+jwt"}),
		"a logout token that is called a JWT":         sign(map[string]any{"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}),
		"a kind that is a number":                     key.sign(t, with(nil), map[string]any{"typ": 1}),
		"an extension that must be understood":        strings.Replace(good, parts[0], encoded(`{"alg":"RS256","kid":"first","crit":["x"],"x":1}`), 1),
		"more than 16 KiB":                            sign(map[string]any{"padding": strings.Repeat("x", 16<<10)}),
		"with a space":                                good + " ",
		"the JSON serialization":                      `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
	} {
		principal, _, err := newPeople(provider, c).Principal(t.Context(), token)
		if principal != nil || codeOf(t, err) != model.Unauthenticated {
			t.Errorf("%s: got %+v %v", name, principal, err)
		}
	}
	if _, _, err := newPeople(provider, c).Principal(t.Context(), good); err != nil {
		t.Errorf("the good token is refused: %v", err)
	}
}

// TestGoodTokensOfPeople is the other side of each limit.
func TestGoodTokensOfPeople(t *testing.T) {
	t.Parallel()
	c, key := newClock(), newSigner(t, "first", jose.ES256)
	provider := newIdentityProvider(t, map[string]any{"kty": "a kind of next year"}, key.public(), "no key at all")
	people, now := newPeople(provider, c), c.now()
	for name, changes := range map[string]map[string]any{
		"several audiences":      {"aud": []string{"x", audience}},
		"expiring in a second":   {"exp": now.Add(time.Second).Unix()},
		"a clock a minute ahead": {"nbf": now.Add(time.Minute).Unix(), "iat": now.Add(time.Minute).Unix()},
		"no time of issue":       {"iat": nil},
		"a subject of 255 bytes": {"sub": strings.Repeat("x", 255)},
		"claims elsewhere":       {"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": provider.URL + "/groups"}}},
	} {
		if _, _, err := people.Principal(t.Context(), key.sign(t, claims(provider, c, changes), nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	nameless := *key
	nameless.kid = ""
	if _, _, err := people.Principal(t.Context(), nameless.sign(t, claims(provider, c, nil), nil)); err != nil {
		t.Errorf("a token that names no key: %v", err)
	}
	if provider.requests["/groups"] != 0 {
		t.Error("claims were fetched from where a token said")
	}
}

// TestChangedBytes changes every character of a token in turn.
func TestChangedBytes(t *testing.T) {
	t.Parallel()
	c, key := newClock(), newSigner(t, "first", jose.EdDSA) // whose signatures have one form only
	provider := newIdentityProvider(t, key.public())
	people, good := newPeople(provider, c), key.sign(t, claims(provider, c, nil), nil)
	for i := range good {
		for _, replacement := range []string{"A", "Q", ".", ""} {
			token := good[:i] + replacement + good[i+1:]
			if token == good {
				continue
			}
			if principal, _, err := people.Principal(t.Context(), token); principal != nil || codeOf(t, err) != model.Unauthenticated {
				t.Fatalf("with %q at %d: got %+v %v", replacement, i, principal, err)
			}
		}
	}
	if _, _, err := people.Principal(t.Context(), good); err != nil {
		t.Errorf("the token itself is refused: %v", err)
	}
}

func TestNameOfAPerson(t *testing.T) {
	t.Parallel()
	c, key := newClock(), newSigner(t, "first", jose.ES256)
	provider := newIdentityProvider(t, key.public())
	people := newPeople(provider, c)
	all := map[string]any{"sub": "s", "name": "Name", "preferred_username": "username", "email": "e@example.com"}
	for _, step := range []struct {
		change string
		to     any
		want   string
	}{
		{"name", "Name", "Name"},
		{"name", strings.Repeat("é", 129), strings.Repeat("é", 128)},
		{"name", " two\r\nlines\u202e ", "twolines"},
		{"name", " \t", "username"},
		{"preferred_username", 7, "e@example.com"},
		{"email", nil, "s"},
	} {
		all[step.change] = step.to
		principal, _, err := people.Principal(t.Context(), key.sign(t, claims(provider, c, all), nil))
		if err != nil || principal.Actor.Name != step.want {
			t.Errorf("with %s %q: got %+v %v, want %s", step.change, step.to, principal, err, step.want)
		}
	}
}
