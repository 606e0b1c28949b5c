package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/model"
)

// signer is a key of a provider.
type signer struct {
	kid       string
	algorithm jose.SignatureAlgorithm
	key       crypto.Signer
}

func newSigner(t *testing.T, kid string, algorithm jose.SignatureAlgorithm) *signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch algorithm {
	case jose.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &signer{kid: kid, algorithm: algorithm, key: key}
}

func (s *signer) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: s.key.Public(), KeyID: s.kid, Algorithm: string(s.algorithm), Use: "sig"}
}

// sign makes a token of claims. header goes beside kid and typ, or in their place.
func (s *signer) sign(t *testing.T, claims map[string]any, header map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	return signed(t, jose.SigningKey{Algorithm: s.algorithm, Key: jose.JSONWebKey{Key: s.key, KeyID: s.kid}}, claims, options)
}

func signed(t *testing.T, key jose.SigningKey, claims map[string]any, options *jose.SignerOptions) string {
	t.Helper()
	by, err := jose.NewSigner(key, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	object, err := by.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	token, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// identityProvider is an OpenID provider as far as resource servers see one.
type identityProvider struct {
	*httptest.Server

	mu sync.Mutex
	// keys are what it shows at /keys: public keys, or anything else that is to be there.
	keys []any
	// metadata replaces members of the metadata.
	metadata map[string]any
	// intercept, if there is one, answers instead of the provider.
	intercept http.HandlerFunc
	// requests counts those of each path.
	requests map[string]int
}

func newIdentityProvider(t *testing.T, keys ...any) *identityProvider {
	t.Helper()
	p := &identityProvider{keys: keys, requests: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *identityProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests[r.URL.Path]++
	intercept := p.intercept
	var document map[string]any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		document = map[string]any{
			"issuer": p.URL, "jwks_uri": p.URL + "/keys?of=all", "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token",
			"id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256", "ES256", "EdDSA"},
		}
		for name, value := range p.metadata {
			document[name] = value
		}
	case "/keys":
		document = map[string]any{"keys": p.keys}
	}
	p.mu.Unlock()
	switch {
	case intercept != nil:
		intercept(w, r)
	case document == nil:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(document); err != nil {
			panic(err)
		}
	}
}

// change changes the provider between requests.
func (p *identityProvider) change(change func(p *identityProvider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// asked is how often the provider was asked for its metadata and for its keys.
func (p *identityProvider) asked() (metadata, keys int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests["/.well-known/openid-configuration"], p.requests["/keys"]
}

func newClock() *clock {
	c := &clock{}
	c.set(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return c
}

// audience is whom tokens of people are for.
const audience = "https://gatehouse.example.com"

// newPeople makes the People of a provider.
func newPeople(p *identityProvider, c *clock) *auth.OIDCPeople {
	return auth.NewPeople(auth.PeopleOptions{Issuer: p.URL, Audience: audience, Claim: "permissions", TenantID: tenant, Now: c.now})
}

// claims are those of a good token of a provider, with changes; nil removes one.
func claims(p *identityProvider, c *clock, changes map[string]any) map[string]any {
	now := c.now()
	good := map[string]any{
		"iss": p.URL, "aud": audience, "sub": "248289761001", "name": "Ada Lovelace", "permissions": []string{"apps:read"},
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for name, value := range changes {
		good[name] = value
		if value == nil {
			delete(good, name)
		}
	}
	return good
}

// codeOf is the code that callers see of an error; empty for nil.
func codeOf(t *testing.T, err error) model.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	if errors.Is(err, auth.ErrInvalidToken) {
		return model.Unauthenticated
	}
	var known *model.Error
	if !errors.As(err, &known) {
		t.Fatalf("%v is no *model.Error", err)
	}
	return known.Code
}
