package oauth_test

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/oauth"
)

func TestMetadata(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	got := send(t, w, request{method: http.MethodGet, path: oauth.MetadataPath})
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("got %d %v", got.status, got.header)
	}
	methods := []any{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	for name, want := range map[string]any{ // RFC 8414 §2
		"issuer":                                issuer,
		"token_endpoint":                        issuer + "/oauth2/token",
		"introspection_endpoint":                issuer + "/oauth2/introspect",
		"revocation_endpoint":                   issuer + "/oauth2/revoke",
		"jwks_uri":                              issuer + "/oauth2/jwks",
		"grant_types_supported":                 []any{"client_credentials"},
		"response_types_supported":              []any{},
		"token_endpoint_auth_methods_supported": methods,
		"introspection_endpoint_auth_methods_supported": methods,
		"revocation_endpoint_auth_methods_supported":    methods,
	} {
		if !reflect.DeepEqual(got.body[name], want) {
			t.Errorf("%s is %v, want %v", name, got.body[name], want)
		}
	}
	for name, members := range map[string][]string{
		"scopes_supported": {"users:read", "management_applications:delete", "audit:read"},
		"token_endpoint_auth_signing_alg_values_supported":         {"RS256", "PS256", "ES256", "EdDSA"},
		"introspection_endpoint_auth_signing_alg_values_supported": {"ES256"},
		"revocation_endpoint_auth_signing_alg_values_supported":    {"ES256"},
	} {
		list, _ := got.body[name].([]any)
		for _, member := range members {
			if !slices.Contains(list, any(member)) {
				t.Errorf("%s lacks %s: %v", name, member, list)
			}
		}
		for _, never := range []any{"none", "HS256"} { // RFC 8414 §2: "none" MUST NOT be used
			if slices.Contains(list, never) {
				t.Errorf("%s has %s", name, never)
			}
		}
	}
	wantMethods(t, w, oauth.MetadataPath)
	for _, path := range []string{oauth.MetadataPath + "/", oauth.MetadataPath + "/gatehouse", "/oauth2/", "/oauth2/authorize", "/oauth2/token/"} {
		recorder := plain(t, w, http.MethodGet, path)
		if recorder.Code != http.StatusNotFound {
			t.Errorf("%s: got %d", path, recorder.Code)
		}
	}
}

// TestMetadataOfAnIssuerWithAPath is where RFC 8414 §3.1 has it.
func TestMetadataOfAnIssuerWithAPath(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	const below = issuer + "/a/gatehouse"
	w.options.Tokens = auth.NewTokens(w.store, w.options.SigningKeys, w.clock.Now, below)
	handler := w.another(t)
	for _, path := range []string{oauth.MetadataPath, oauth.MetadataPath + "/a/gatehouse"} {
		got := send(t, handler, request{method: http.MethodGet, path: path})
		if got.status != http.StatusOK || got.text("issuer") != below || got.text("token_endpoint") != below+"/oauth2/token" {
			t.Errorf("%s: got %d %s", path, got.status, got.raw)
		}
	}
	if recorder := plain(t, handler, http.MethodGet, oauth.MetadataPath+"/a"); recorder.Code != http.StatusNotFound {
		t.Errorf("another issuer: got %d", recorder.Code)
	}
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	token := mustGetToken(t, w, w.basicClient(t, "basic"))
	got := send(t, w, request{method: http.MethodGet, path: oauth.JWKSPath})
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/jwk-set+json" ||
		got.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("got %d %v", got.status, got.header)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := got.body["keys"].([]any)
	found := false
	for _, key := range keys {
		members, _ := key.(map[string]any)
		found = found || members["kid"] == signed.Signatures[0].Header.KeyID
		for _, private := range []string{"d", "p", "q", "k"} {
			if _, there := members[private]; there {
				t.Errorf("a private key is published: it has %s", private)
			}
		}
	}
	if !found {
		t.Errorf("the key that signed is not among %d", len(keys))
	}
	wantMethods(t, w, oauth.JWKSPath)
}

// wantMethods checks that a document is there for GET and HEAD alone (RFC 9110 §9.3.2, §15.5.6).
func wantMethods(t *testing.T, w *world, path string) {
	t.Helper()
	get, head := plain(t, w, http.MethodGet, path), plain(t, w, http.MethodHead, path)
	if head.Code != http.StatusOK || head.Body.Len() != 0 || !reflect.DeepEqual(head.Header(), get.Header()) {
		t.Errorf("HEAD %s: got %d with %d bytes, %v; GET has %v", path, head.Code, head.Body.Len(), head.Header(), get.Header())
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		got := send(t, w, request{method: method, path: path})
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "GET, HEAD" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: got %d %v", method, path, got.status, got.header)
		}
	}
	for name := range get.Header() {
		if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
			t.Errorf("%s sends %s", path, name)
		}
	}
}
