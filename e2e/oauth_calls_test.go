package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/model"
)

// publicURL is where the servers of a test say that they are, so that they accept each other's tokens.
const publicURL = "https://gatehouse.example.com"

// form sends a form to an endpoint of the authorization server, as a client that authenticates by one
// of its secrets, or by an assertion for the issuer.
func (c machineClient) form(t testing.TB, p *program, issuer, path string, form url.Values) answer {
	t.Helper()
	sent := maps.Clone(form)
	header := contentType("application/x-www-form-urlencoded")
	header["Authorization"] = ""
	switch {
	case c.JWK != nil:
		sent.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		sent.Set("client_assertion", c.assertion(t, issuer))
	case c.Method == "client_secret_post":
		sent.Set("client_id", c.ID)
		sent.Set("client_secret", c.Secret)
	default:
		header["Authorization"] = "Basic " + basic(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	}
	return p.send(t, request{path: path, body: formBody(sent), header: header})
}

// formBody is the body of a form.
func formBody(form url.Values) io.Reader { return strings.NewReader(form.Encode()) }

// assertion is a new assertion of the client, good for five minutes.
func (c machineClient) assertion(t testing.TB, audience string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: c.JWK}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	text, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: c.ID, Subject: c.ID, Audience: jwt.Audience{audience}, ID: model.NewID(now),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute)),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// grant asks for a token; scope may be empty.
func (c machineClient) grant(t testing.TB, p *program, issuer, scope string) answer {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		form.Set("scope", scope)
	}
	return c.form(t, p, issuer, "/oauth2/token", form)
}

// token gets a token without a scope, by the client's way of authentication.
func (c machineClient) token(t testing.TB, p *program, issuer string) string {
	t.Helper()
	a := c.grant(t, p, issuer, "")
	if a.status != http.StatusOK {
		t.Fatalf("the token endpoint answered %d %s", a.status, a.body)
	}
	return a.text(t, "access_token")
}

// keyIDOf is the kid in the header of a JWT.
func keyIDOf(t testing.TB, token string) string {
	t.Helper()
	text, _, _ := strings.Cut(token, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		KeyID string `json:"kid"`
	}
	if err := json.Unmarshal(decoded, &header); err != nil || header.KeyID == "" {
		t.Fatalf("the header of a token is %s %v", decoded, err)
	}
	return header.KeyID
}

// who asks a server whom it takes a credential for.
func (p *program) who(t testing.TB, credential string) answer {
	t.Helper()
	return p.with(credential).ask(t, `{ viewer { actor { id } permissions } }`, "")
}

// admits says whether a server lets a credential in; an answer that is neither yes nor no fails the
// test.
func (p *program) admits(t testing.TB, credential string) bool {
	t.Helper()
	a := p.who(t, credential)
	if a.status != http.StatusOK && a.status != http.StatusUnauthorized {
		t.Fatalf("a credential was answered %d %s", a.status, a.body)
	}
	return a.status == http.StatusOK
}
