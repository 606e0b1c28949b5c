package oauth_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/model"
	"gatehouse/oauth"
)

// TestErrors is the specification of every answer that is an error.
func TestErrors(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic", model.PermissionUsersRead)
	other := w.basicClient(t, "other")
	post := w.register(t, home, "post", model.TokenEndpointAuthMethodClientSecretPost, nil)
	inactive := w.basicClient(t, "inactive")
	w.setActive(t, home, inactive, false)
	public := w.register(t, home, "public", model.TokenEndpointAuthMethodNone, nil)
	const grant = "grant_type=client_credentials"
	basic := basicOf(c.id, c.secret)
	postBody := func(id, secret string, more ...string) string {
		return encode(append([]string{"grant_type", "client_credentials", "client_id", id, "client_secret", secret}, more...)...)
	}
	for _, e := range []struct {
		rule, name string
		request    request
		status     int
		code       string
	}{
		// The request itself.
		{"RFC 6749 §3.2", "GET", request{method: "GET", authorization: basic}, 405, "invalid_request"},
		{"RFC 6749 §3.2", "GET with parameters", request{method: "GET", query: postBody(post.id, post.secret)}, 405, "invalid_request"},
		{"RFC 6749 §3.2", "PUT", request{method: "PUT", authorization: basic, body: grant}, 405, "invalid_request"},
		{"RFC 7662 §2.1", "GET to introspect", request{method: "GET", path: oauth.IntrospectionPath, authorization: basic}, 405, "invalid_request"},
		{"RFC 7009 §2.1", "GET to revoke", request{method: "GET", path: oauth.RevocationPath, authorization: basic}, 405, "invalid_request"},
		{"RFC 6749 §4.4.2", "JSON", request{authorization: basic, contentType: "application/json", body: `{"grant_type": "client_credentials"}`}, 400, "invalid_request"},
		{"RFC 6749 §4.4.2", "multipart", request{authorization: basic, contentType: "multipart/form-data; boundary=x", body: "--x--"}, 400, "invalid_request"},
		{"RFC 6749 §4.4.2", "no type of content", request{authorization: basic, contentType: "none", body: grant}, 400, "invalid_request"},
		{"RFC 9110 §15.5.14", "100 KB", request{authorization: basic, body: grant + "&x=" + strings.Repeat("x", 100<<10)}, 413, "invalid_request"},
		{"RFC 6749 appendix B", "bad percent-encoding", request{authorization: basic, body: grant + "&scope=%zz"}, 400, "invalid_request"},
		{"RFC 6749 appendix B", "not UTF-8", request{authorization: basic, body: grant + "&scope=%ff"}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "grant_type twice", request{authorization: basic, body: grant + "&" + grant}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "scope twice", request{authorization: basic, body: grant + "&scope=users:read&scope=users:read"}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "scope twice, once empty", request{authorization: basic, body: grant + "&scope=&scope=users:read"}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "client_id twice", request{body: postBody(post.id, post.secret, "client_id", post.id)}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "client_secret twice", request{body: postBody(post.id, post.secret, "client_secret", "x")}, 400, "invalid_request"},
		// Which client.
		{"RFC 6749 §2.3", "Basic and client_secret", request{authorization: basic, body: postBody(c.id, c.secret)}, 400, "invalid_request"},
		{"RFC 6749 §2.3", "Basic and an assertion", request{authorization: basic, body: assertionRequest("x.y.z").body}, 400, "invalid_request"},
		{"RFC 6749 §2.3", "client_secret and an assertion", request{body: assertionRequest("x.y.z", "client_id", post.id, "client_secret", post.secret).body}, 400, "invalid_request"},
		{"RFC 6749 §2.3", "Authorization twice", request{authorization: append(basicOf(other.id, other.secret), basic...), body: grant}, 400, "invalid_request"},
		{"RFC 6749 §2.3.1", "Basic and another client_id", request{authorization: basic, body: grant + "&client_id=" + other.id}, 400, "invalid_request"},
		{"RFC 6749 §2.3.1", "client_secret without client_id", request{body: grant + "&client_secret=x"}, 400, "invalid_request"},
		{"RFC 7521 §4.2", "an assertion without its type", request{body: grant + "&client_assertion=x.y.z"}, 400, "invalid_request"},
		{"RFC 7521 §4.2", "a type without an assertion", request{body: grant + "&client_assertion_type=" + assertionType}, 400, "invalid_request"},
		{"RFC 7521 §4.2.1", "another type of assertion", request{body: grant + "&client_assertion=x.y.z&client_assertion_type=saml2"}, 401, "invalid_client"},
		{"RFC 7523 §3", "an assertion that is no JWT", assertionRequest("x.y.z"), 401, "invalid_client"},
		{"RFC 6749 §5.2", "no credentials", request{body: grant}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "a client_id alone", request{body: grant + "&client_id=" + public.id}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "an empty client_secret", request{body: postBody(post.id, "")}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "a public client with a secret", request{authorization: basicOf(public.id, "x"), body: grant}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "a bearer token", request{authorization: []string{"Bearer x"}, body: grant}, 401, "invalid_client"},
		{"RFC 7617 §2", "Basic without a value", request{authorization: []string{"Basic"}, body: grant}, 401, "invalid_client"},
		{"RFC 7617 §2", "Basic that is not base64", request{authorization: []string{"Basic %%%"}, body: grant}, 401, "invalid_client"},
		{"RFC 7617 §2", "Basic without a colon", request{authorization: []string{"Basic eA=="}, body: grant}, 401, "invalid_client"},
		{"RFC 6749 §2.3.1", "Basic with bad percent-encoding", request{authorization: []string{"Basic JXp6OnNlY3JldA=="}, body: grant}, 401, "invalid_client"},
		{"RFC 6749 §2.3.1", "Basic with a bad secret", request{authorization: []string{"Basic aWQ6JXp6"}, body: grant}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "an unknown client", request{authorization: basicOf("unknown", c.secret), body: grant}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "a wrong secret", request{authorization: basicOf(c.id, "wrong"), body: grant}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "the secret of another client", request{authorization: basicOf(c.id, other.secret), body: grant}, 401, "invalid_client"},
		{"RFC 6749 §5.2", "an inactive application", request{authorization: basicOf(inactive.id, inactive.secret), body: grant}, 401, "invalid_client"},
		{"RFC 7591 §2", "a Basic client in the body", request{body: postBody(c.id, c.secret)}, 401, "invalid_client"},
		{"RFC 7591 §2", "a client of the body by Basic", request{authorization: basicOf(post.id, post.secret), body: grant}, 401, "invalid_client"},
		{"RFC 6749 §2.3.1", "the secret in the URL", request{query: postBody(post.id, post.secret), body: grant}, 401, "invalid_client"},
		{"RFC 6749 §2.3.1", "all in the URL", request{query: postBody(post.id, post.secret)}, 401, "invalid_client"},
		// What it asks for.
		{"RFC 6749 §5.2", "no grant_type", request{authorization: basic}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "an empty grant_type", request{authorization: basic, body: "grant_type="}, 400, "invalid_request"},
		{"RFC 6749 §3.2", "grant_type in the URL", request{authorization: basic, query: grant}, 400, "invalid_request"},
		{"RFC 6749 §5.2", "another grant_type", request{authorization: basic, body: "grant_type=password&username=x&password=y"}, 400, "unsupported_grant_type"},
		{"RFC 6749 §5.2", "a grant_type in capitals", request{authorization: basic, body: "grant_type=CLIENT_CREDENTIALS"}, 400, "unsupported_grant_type"},
		{"RFC 6749 §3.3", "an unknown scope", request{authorization: basic, body: grant + "&scope=everything"}, 400, "invalid_scope"},
		{"RFC 8707 §2", "another resource", request{authorization: basic, body: grant + "&resource=https://other.example"}, 400, "invalid_target"},
		{"RFC 8707 §2", "one of two resources is another", tokenRequest(c, "resource", audience, "resource", issuer), 400, "invalid_target"},
		{"RFC 7662 §2.1", "no token to introspect", request{path: oauth.IntrospectionPath, authorization: basic}, 400, "invalid_request"},
		{"RFC 7662 §2.1", "introspect without credentials", request{path: oauth.IntrospectionPath, body: "token=x"}, 401, "invalid_client"},
		{"RFC 7009 §2.1", "no token to revoke", request{path: oauth.RevocationPath, authorization: basic}, 400, "invalid_request"},
		{"RFC 7009 §2.1", "revoke without credentials", request{path: oauth.RevocationPath, body: "token=x"}, 401, "invalid_client"},
	} {
		t.Run(e.rule+" "+e.name, func(t *testing.T) {
			got := send(t, w.another(t), e.request) // which remembers no failures
			if got.status != e.status || got.code() != e.code {
				t.Errorf("got %d %s, want %d %s", got.status, got.raw, e.status, e.code)
			}
			wantErrorAnswer(t, got)
		})
	}
	for _, secret := range []string{c.secret, other.secret, post.secret, inactive.secret} {
		if strings.Contains(w.log.String(), secret) {
			t.Error("a secret is in the log")
		}
	}
}

// wantErrorAnswer checks what is the same for all errors.
func wantErrorAnswer(t *testing.T, got answer) {
	t.Helper()
	want := map[string]string{ // RFC 6749 §5.1, §5.2
		"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache",
		"WWW-Authenticate": "", "Allow": "", "Retry-After": "",
	}
	switch got.status {
	case http.StatusUnauthorized:
		want["WWW-Authenticate"] = `Basic realm="gatehouse"`
	case http.StatusMethodNotAllowed:
		want["Allow"] = "POST"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		want["Retry-After"] = got.header.Get("Retry-After")
		if !regexp.MustCompile(`^[1-9][0-9]*$`).MatchString(want["Retry-After"]) {
			t.Errorf("Retry-After is %q", want["Retry-After"])
		}
	}
	for name, value := range want {
		if got.header.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), value)
		}
	}
	description := got.text("error_description")
	if description == "" || strings.ContainsFunc(description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		t.Errorf("error_description %q is not in the characters of RFC 6749 §5.2", description)
	}
	if len(got.body) != 2 {
		t.Errorf("there is more than the error: %s", got.raw)
	}
}

// TestRefusedClientsLookAlike compares the answers to all whose authentication fails, byte by byte.
func TestRefusedClientsLookAlike(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	inactive := w.basicClient(t, "inactive")
	w.setActive(t, home, inactive, false)
	var answers []answer
	for _, credentials := range [][2]string{{c.id, "wrong"}, {"unknown", "wrong"}, {inactive.id, inactive.secret}, {inactive.id, "wrong"}} {
		r := tokenRequest(registered{id: credentials[0], secret: credentials[1]})
		answers = append(answers, send(t, w, r))
	}
	for _, got := range answers[1:] {
		if got.status != answers[0].status || got.raw != answers[0].raw || !slices.Equal(headerLines(got), headerLines(answers[0])) {
			t.Errorf("got %d %s %v, want %d %s %v", got.status, got.raw, got.header, answers[0].status, answers[0].raw, answers[0].header)
		}
	}
}

func headerLines(a answer) []string {
	lines := []string{}
	for name, values := range a.header {
		lines = append(lines, name+": "+strings.Join(values, ","))
	}
	slices.Sort(lines)
	return lines
}

// TestAStoreThatFails must neither let anybody in nor show anything of itself.
func TestAStoreThatFails(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	token := mustGetToken(t, w, c)
	w.clock.advance(2e9) // what is known of the signing keys is no more than a second old
	w.backend.fails.Store(true)
	for _, r := range []request{
		tokenRequest(c),
		tokenRequest(registered{id: "unknown", secret: "x"}),
		{path: oauth.IntrospectionPath, authorization: basicOf(c.id, c.secret), body: encode("token", token)},
		{path: oauth.RevocationPath, authorization: basicOf(c.id, c.secret), body: encode("token", token)},
		{path: oauth.JWKSPath, method: http.MethodGet},
	} {
		got := send(t, w, r)
		if got.status != http.StatusServiceUnavailable || got.code() != "temporarily_unavailable" {
			t.Errorf("%s: got %d %s", r.path, got.status, got.raw)
		}
		wantErrorAnswer(t, got)
		if strings.Contains(got.raw, "canary") {
			t.Errorf("%s: the answer shows the inside: %s", r.path, got.raw)
		}
	}
	w.backend.fails.Store(false)
	mustGetToken(t, w, c) // nobody was charged
}
