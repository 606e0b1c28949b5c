package oauth_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"gatehouse/model"
	"gatehouse/oauth"
)

// request is what a test sends. What is left out is that of a proper request for a token.
type request struct {
	method, path, query string
	contentType         string
	authorization       []string
	body                string
	// from is the address that it comes from.
	from string
}

const someAddress = "198.51.100.7"

type answer struct {
	status int
	header http.Header
	raw    string
	// body is empty when the answer has no JSON object.
	body map[string]any
}

func (a answer) code() string         { return a.text("error") }
func (a answer) text(k string) string { text, _ := a.body[k].(string); return text }

func send(t *testing.T, handler http.Handler, r request) answer {
	t.Helper()
	method, path, from := r.method, r.path, r.from
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = oauth.TokenPath
	}
	if from == "" {
		from = someAddress
	}
	sent := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(r.body))
	sent.URL.RawQuery = r.query
	if strings.Contains(from, ":") {
		from = "[" + from + "]"
	}
	sent.RemoteAddr = from + ":4711"
	switch r.contentType {
	case "":
		sent.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case "none":
	default:
		sent.Header.Set("Content-Type", r.contentType)
	}
	for _, value := range r.authorization {
		sent.Header.Add("Authorization", value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, sent)
	got := answer{status: recorder.Code, header: recorder.Header(), raw: recorder.Body.String(), body: map[string]any{}}
	if got.raw != "" {
		if err := json.Unmarshal([]byte(got.raw), &got.body); err != nil {
			t.Fatalf("the answer is not JSON: %v: %s", err, got.raw)
		}
	}
	return got
}

// basicOf is the header of client_secret_basic.
func basicOf(id, secret string) []string {
	return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))}
}

// tokenRequest asks for a token with client_secret_basic. more are parameters in pairs.
func tokenRequest(c registered, more ...string) request {
	return request{authorization: basicOf(c.id, c.secret), body: encode(append([]string{"grant_type", "client_credentials"}, more...)...)}
}

// encode encodes parameters, in pairs and in their order.
func encode(pairs ...string) string {
	parts := []string{}
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(parts, "&")
}

// mustGetToken gets a token.
func mustGetToken(t *testing.T, handler http.Handler, c registered, more ...string) string {
	t.Helper()
	got := send(t, handler, tokenRequest(c, more...))
	if got.status != http.StatusOK {
		t.Fatalf("no token: %d %s", got.status, got.raw)
	}
	return got.text("access_token")
}

func jwks(t *testing.T, keys ...jose.JSONWebKey) model.JSON {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return jsonOf(t, string(text))
}

func jsonOf(t *testing.T, text string) model.JSON {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	made, err := model.NewJSON(value)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// claims are those of a good assertion of a client, changed by changes: nil removes a claim.
func (w *world) claims(clientID string, changes map[string]any) map[string]any {
	now := w.clock.Now()
	all := map[string]any{
		"iss": clientID, "sub": clientID, "aud": issuer, "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for name, value := range changes {
		if value == nil {
			delete(all, name)
			continue
		}
		all[name] = value
	}
	return all
}

// signed is a JWT. header is added to the protected header.
func signed(t *testing.T, key any, algorithm jose.SignatureAlgorithm, header map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	maps.Copy(options.ExtraHeaders, header)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	made, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// unsigned is a JWT made by hand, with any header and any signature.
func unsigned(t *testing.T, header, claims map[string]any, signature string) string {
	t.Helper()
	part := func(value map[string]any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(header) + "." + part(claims) + "." + base64.RawURLEncoding.EncodeToString([]byte(signature))
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func assertionRequest(assertion string, more ...string) request {
	return request{body: encode(append([]string{
		"grant_type", "client_credentials", "client_assertion_type", assertionType, "client_assertion", assertion,
	}, more...)...)}
}

// jwk is the public key of a signer.
func jwk(key crypto.Signer, id string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: id}
}

// percentBasic is the header of client_secret_basic with every character of the form encoded.
func percentBasic(c registered) []string {
	encoded := func(text string) string {
		var all strings.Builder
		for _, b := range []byte(text) {
			fmt.Fprintf(&all, "%%%02X", b)
		}
		return all.String()
	}
	return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(encoded(c.id)+":"+encoded(c.secret)))}
}

// plain sends a request without a body, and takes any answer.
func plain(t *testing.T, handler http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	sent := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	sent.RemoteAddr = someAddress + ":4711"
	handler.ServeHTTP(recorder, sent)
	return recorder
}
