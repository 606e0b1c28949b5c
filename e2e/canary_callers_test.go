package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/secret"
	"gatehouse/store"
)

// smallProvider is an OpenID provider with one key, which signs whatever a test wants.
type smallProvider struct {
	issuer string
	signer jose.Signer
}

func newSmallProvider(t *testing.T) *smallProvider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := jose.JSONWebKey{Key: key, KeyID: "the provider's", Algorithm: string(jose.ES256), Use: "sig"}
	p := &smallProvider{}
	if p.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jwk}, (&jose.SignerOptions{}).WithType("JWT")); err != nil {
		t.Fatal(err)
	}
	show := func(w http.ResponseWriter, value any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(value); err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		show(w, map[string]any{"issuer": p.issuer, "jwks_uri": p.issuer + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		show(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk.Public()}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.issuer = server.URL
	return p
}

// token signs claims, on top of what makes a token of grace for peopleAudience that is good for five
// minutes.
func (p *smallProvider) token(t testing.TB, claims map[string]any) string {
	t.Helper()
	now := time.Now()
	text, err := jwt.Signed(p.signer).Claims(map[string]any{
		"iss": p.issuer, "sub": "grace", "aud": peopleAudience, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// endOf is the end of a credential. It is looked for rather than the whole, so that one which was
// changed, or shown in parts, is found, too.
func endOf(credential string) string { return credential[len(credential)-30:] }

// TestCanaryOfCallers lets every kind of credential be used, rightly and wrongly, and then looks for
// them in the log, the audit trail, the errors, the files and the documents.
func TestCanaryOfCallers(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		provider := newSmallProvider(t)
		p := d.start(t, "GATEHOUSE_OIDC_ISSUER="+provider.issuer, "GATEHOUSE_OIDC_AUDIENCE="+peopleAudience)
		made := makeKeyTwice(t, p)
		key := made.text(t, "data.createAdminKey.key")
		m := newMachine(t, p, "a machine")
		assertion := m.clients[2].assertion(t, p.base)
		token, scoped := m.clients[0].token(t, p, p.base), m.clients[1].grant(t, p, p.base, "users:read").text(t, "access_token")
		person := provider.token(t, map[string]any{"permissions": []string{"users:read"}})
		late := provider.token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})
		found := canaries{
			"the first admin key": endOf(p.key), "an admin key": endOf(key), "an assertion": endOf(assertion), "an access token": endOf(token),
			"a token with a scope": endOf(scoped), "a person's token": endOf(person), "a person's late token": endOf(late),
			"the secret for Basic": m.clients[0].Secret, "the secret for the body": m.clients[1].Secret, "a wrong secret": "canary-wrong-secret",
			"a Basic credential": basic(url.QueryEscape(m.clients[0].ID), m.clients[0].Secret),
		}
		for name, credential := range map[string]string{"a key": key, "a token": token, "a token with a scope": scoped, "a person": person} {
			if !p.admits(t, credential) {
				t.Errorf("%s is refused", name)
			}
		}
		for name, a := range misuse(t, p, m, assertion, map[string]string{"key": key, "token": token, "person": person, "late": late}) {
			if a.status < 400 && !strings.Contains(a.body, `"errors"`) && a.body != "" && a.body != "{\"active\":false}\n" {
				t.Errorf("%s was no error: %d %s", name, a.status, a.body)
			}
			found.search(t, "the answer to "+name, a.body)
		}
		p.mustAsk(t, revokeAdminKey, map[string]any{"id": made.text(t, "data.createAdminKey.adminKey.id")})
		found.search(t, "the audit trail of the API", p.mustAsk(t, `{ auditEvents(first: 50) { nodes { action changes { path before after } } } }`, nil).body)

		d.addSigningKeys(t, found)
		d.searchFolder(t, found)
		p.stop(t)
		d.searchFolder(t, found)
		found.search(t, "the log", p.stderr.String())
		for collection, docs := range d.documents(t) {
			for _, doc := range docs {
				found.search(t, collection, string(doc))
			}
		}
	})
}

// makeKeyTwice makes an admin key with a request that is sent again, whose answer is therefore kept.
func makeKeyTwice(t *testing.T, p *program) answer {
	t.Helper()
	var answers [2]answer
	for i := range answers {
		answers[i] = p.send(t, request{
			body:   requestBody(t, `mutation { createAdminKey(input: {name: "made", permissions: [USERS_READ]}) { adminKey { id } key } }`, ""),
			header: map[string]string{"Idempotency-Key": `"a-key-that-is-made-twice"`},
		})
	}
	if answers[0].body != answers[1].body || answers[1].header.Get("Idempotency-Replayed") != "true" {
		t.Fatalf("a mutation sent twice was answered %s and %s", answers[0].body, answers[1].body)
	}
	return answers[1]
}

// addSigningKeys opens the private halves of the signing keys, as nobody can without the keyset.
func (d *data) addSigningKeys(t *testing.T, found canaries) {
	t.Helper()
	keyset, err := secret.Open(d.keyset)
	if err != nil {
		t.Fatal(err)
	}
	s := d.open(t)
	defer closing(t, s)
	keys, err := s.SigningKeys.Find(t.Context(), "", store.Query{})
	if err != nil || len(keys) == 0 {
		t.Fatalf("there are %d signing keys %v", len(keys), err)
	}
	for _, key := range keys {
		plain, err := keyset.Open(key.PrivateKey.Sealed(), secret.BindingOf("signingKey", &key.Entity, "privateKey"))
		if err != nil {
			t.Fatal(err)
		}
		var jwk struct{ D string }
		if err := json.Unmarshal(plain, &jwk); err != nil || len(jwk.D) != 43 {
			t.Fatalf("a private signing key is no key: %v", err)
		}
		number, err := base64.RawURLEncoding.DecodeString(jwk.D)
		if err != nil {
			t.Fatal(err)
		}
		found["the signing key "+key.ID], found["the number of the signing key "+key.ID] = jwk.D, string(number)
	}
}

// misuse shows credentials where they do not belong, or not as they ought to be shown.
func misuse(t *testing.T, p *program, m machine, assertion string, credentials map[string]string) map[string]answer {
	t.Helper()
	const wrong = "canary-wrong-secret"
	right, post := m.clients[0], m.clients[1]
	header := func(authorization string) map[string]string {
		h := contentType("application/x-www-form-urlencoded")
		h["Authorization"] = authorization
		return h
	}
	ask := func(path, authorization, body string) answer {
		return p.send(t, request{path: path, body: strings.NewReader(body), header: header(authorization)})
	}
	basicOf := func(id, secret string) string { return "Basic " + basic(url.QueryEscape(id), secret) }
	const grant, token = "grant_type=client_credentials", "/oauth2/token"
	asserted := grant + "&client_assertion_type=" + url.QueryEscape("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") + "&client_assertion="
	if a := ask(token, "", asserted+assertion); a.status != http.StatusOK {
		t.Fatalf("an assertion was answered %d %s", a.status, a.body)
	}
	return map[string]answer{
		"an assertion used again":         ask(token, "", asserted+assertion),
		"half an assertion":               ask(token, "", asserted+assertion[len(assertion)/2:]),
		"an assertion without its type":   ask(token, "", grant+"&client_assertion="+assertion),
		"a wrong secret":                  ask(token, basicOf(right.ID, wrong), grant),
		"a wrong secret in the body":      ask(token, "", grant+"&client_id="+post.ID+"&client_secret="+wrong),
		"a secret by the wrong method":    ask(token, "", grant+"&client_id="+right.ID+"&client_secret="+right.Secret),
		"a secret in the address":         p.send(t, request{path: token + "?client_id=" + post.ID + "&client_secret=" + post.Secret, body: strings.NewReader(grant), header: header("")}),
		"a secret with GET":               p.send(t, request{method: http.MethodGet, path: token + "?" + grant + "&client_id=" + post.ID + "&client_secret=" + post.Secret, header: header("")}),
		"a secret twice":                  ask(token, "", grant+"&client_id="+post.ID+"&client_secret="+post.Secret+"&client_secret="+post.Secret),
		"a secret in two ways":            ask(token, basicOf(right.ID, right.Secret), grant+"&client_secret="+right.Secret),
		"a secret that is not encoded":    ask(token, "Basic "+basic(right.ID, "%zz"+right.Secret), grant),
		"a secret as JSON":                p.send(t, request{path: token, body: strings.NewReader(`{"client_secret":"` + post.Secret + `"}`), header: map[string]string{"Authorization": ""}}),
		"a secret as scope":               ask(token, basicOf(right.ID, right.Secret), grant+"&scope="+right.Secret),
		"a secret as grant":               ask(token, basicOf(right.ID, right.Secret), "grant_type="+right.Secret),
		"a secret as resource":            ask(token, basicOf(right.ID, right.Secret), grant+"&resource="+right.Secret),
		"a secret as name":                ask(token, basicOf(right.Secret, right.ID), grant),
		"a broken form":                   ask(token, "", grant+"&client_secret="+post.Secret+"&%zz"),
		"a form too large":                ask(token, "", grant+"&client_secret="+post.Secret+"&x="+strings.Repeat("x", 70<<10)),
		"the secret as a bearer":          p.who(t, right.Secret),
		"Basic where a bearer belongs":    ask("/graphql", basicOf(right.ID, right.Secret), ""),
		"an assertion as a bearer":        p.who(t, assertion),
		"a token that was changed":        p.who(t, changed(credentials["token"])),
		"a token and more":                p.who(t, credentials["token"]+"A"),
		"a key and more":                  p.who(t, credentials["key"]+"A"),
		"a person's token, too late":      p.who(t, credentials["late"]),
		"a person's token that changed":   p.who(t, changed(credentials["person"])),
		"a token as a query":              p.ask(t, credentials["token"], ""),
		"a key in a document":             p.ask(t, `{ node(id: "`+credentials["key"]+`" x: 1) { id } }`, ""),
		"a person looked at as a token":   ask("/oauth2/introspect", basicOf(right.ID, right.Secret), "token="+credentials["person"]),
		"a key looked at as a token":      ask("/oauth2/introspect", basicOf(right.ID, right.Secret), "token="+credentials["key"]),
		"a key revoked as a token":        ask("/oauth2/revoke", basicOf(right.ID, right.Secret), "token="+credentials["key"]),
		"a token looked at by nobody":     ask("/oauth2/introspect", "Bearer "+credentials["token"], "token="+credentials["token"]),
		"a token of its client revoked":   ask("/oauth2/revoke", basicOf(right.ID, right.Secret), "token="+credentials["token"]),
		"a token that was revoked":        p.who(t, credentials["token"]),
		"a revoked token looked at again": ask("/oauth2/introspect", basicOf(right.ID, right.Secret), "token="+credentials["token"]),
	}
}
