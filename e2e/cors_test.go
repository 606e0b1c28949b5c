package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestCrossOrigin checks which pages of other origins may call.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const admin, other = "https://admin.example.com", "http://localhost:3000"
	closed := onSQLite(t).start(t)
	open := onSQLite(t).start(t, "GATEHOUSE_CORS_ORIGINS="+admin+","+other)
	for _, c := range []struct {
		name    string
		server  *program
		origin  string
		allowed bool
	}{
		{"closed by default", closed, admin, false},
		{"the first origin", open, admin, true},
		{"the second origin", open, other, true},
		{"another origin", open, "https://evil.example.com", false},
		{"another scheme", open, "http://admin.example.com", false},
		{"another port", open, "https://admin.example.com:8443", false},
		{"a longer name", open, "https://admin.example.com.evil.example", false},
		{"a name within", open, "https://x.admin.example.com", false},
		{"no origin", open, "null", false},
	} {
		want := ""
		if c.allowed {
			want = c.origin
		}
		preflight := c.server.send(t, request{method: http.MethodOptions, header: map[string]string{
			"Authorization": "", "Origin": c.origin,
			"Access-Control-Request-Method": http.MethodPost, "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
		}})
		call := c.server.send(t, request{body: requestBody(t, `{ __typename }`, ""), header: map[string]string{"Origin": c.origin}})
		for kind, a := range map[string]answer{"preflight": preflight, "call": call} {
			if got := a.header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s: a %s was answered with the allowed origin %q, want %q", c.name, kind, got, want)
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: a %s allows cookies", c.name, kind)
			}
		}
		if c.allowed {
			headers := strings.ToLower(preflight.header.Get("Access-Control-Allow-Headers"))
			if preflight.status >= 300 || !strings.Contains(headers, "authorization") || !strings.Contains(headers, "idempotency-key") || preflight.header.Get("Access-Control-Allow-Methods") != http.MethodPost {
				t.Errorf("%s: the preflight was answered %d %v", c.name, preflight.status, preflight.header)
			}
		}
		if call.status != http.StatusOK {
			t.Errorf("%s: a call with a key was answered %d", c.name, call.status)
		}
	}
	for method, allowed := range map[string]string{http.MethodGet: "GET", http.MethodPost: "POST", http.MethodDelete: "", http.MethodPut: "", "QUERY": ""} {
		preflight := open.send(t, request{method: http.MethodOptions, header: map[string]string{
			"Authorization": "", "Origin": admin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization",
		}})
		if got := preflight.header.Get("Access-Control-Allow-Methods"); got != allowed {
			t.Errorf("a preflight for %s was answered with the methods %q", method, got)
		}
		if vary := preflight.header.Get("Vary"); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Access-Control-Request-Method") {
			t.Errorf("a preflight varies by %q", vary)
		}
	}
	for _, origin := range []string{admin, "https://evil.example.com", ""} {
		a := open.send(t, request{body: requestBody(t, `{ __typename }`, ""), header: map[string]string{"Origin": origin}})
		if vary := strings.Join(a.header.Values("Vary"), ", "); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Accept") {
			t.Errorf("an answer for %q varies by %q", origin, vary)
		}
	}
	refused := open.send(t, request{body: requestBody(t, `{ __typename }`, ""), header: map[string]string{"Origin": admin, "Authorization": ""}})
	if refused.status != http.StatusUnauthorized || refused.header.Get("Access-Control-Allow-Origin") != admin {
		t.Errorf("a page of an allowed origin cannot read that its key is missing: %d %v", refused.status, refused.header)
	}
}

// TestWhatBrowsersSendUnasked sends what a page of another origin can make a browser send without a
// preflight, with a credential such as a proxy in front might add.
func TestWhatBrowsersSendUnasked(t *testing.T) {
	t.Parallel()
	const admin = "https://admin.example.com"
	p := onSQLite(t).start(t, "GATEHOUSE_CORS_ORIGINS="+admin)
	fetched := func(site, mode, origin string) map[string]string {
		return map[string]string{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Origin": origin}
	}
	for _, c := range []struct {
		name   string
		header map[string]string
		status int
	}{
		{"a link followed", fetched("cross-site", "navigate", ""), http.StatusForbidden},
		{"an address typed in", fetched("none", "navigate", ""), http.StatusForbidden},
		{"an image", fetched("cross-site", "no-cors", ""), http.StatusForbidden},
		{"a script of a sister", fetched("same-site", "no-cors", ""), http.StatusForbidden},
		{"a socket", fetched("cross-site", "websocket", "https://evil.example.com"), http.StatusForbidden},
		{"a page of another origin", fetched("cross-site", "cors", "https://evil.example.com"), http.StatusForbidden},
		{"a page of a sister", fetched("same-site", "cors", "https://x.admin.example.com"), http.StatusForbidden},
		{"a page without an origin", fetched("cross-site", "cors", "null"), http.StatusForbidden},
		{"a page that is let in", fetched("cross-site", "cors", admin), http.StatusOK},
		{"a page of the server", fetched("same-origin", "cors", ""), http.StatusOK},
		{"a page of the server, strictly", fetched("same-origin", "same-origin", ""), http.StatusOK},
		{"no browser", nil, http.StatusOK},
	} {
		a := p.send(t, request{method: http.MethodGet, path: "/graphql?query=%7B__typename%7D", header: c.header})
		if a.status != c.status || (a.status == http.StatusOK) != (a.body == `{"data":{"__typename":"Query"}}`) {
			t.Errorf("%s was answered %d %s", c.name, a.status, a.body)
		}
		if a.status == http.StatusForbidden && a.text(t, "errors.0.extensions.code") != "FORBIDDEN" {
			t.Errorf("%s was answered %s", c.name, a.body)
		}
	}
	for contentType, body := range map[string]string{
		"text/plain":                        `{"query": "mutation { createUser(input: {username: \"evil\"}) { user { id } } }"}`,
		"text/plain;application/json":       `{"query": "mutation { createUser(input: {username: \"evil\"}) { user { id } } }"}`,
		"application/x-www-form-urlencoded": "query=mutation+%7B+createUser%28input%3A+%7Busername%3A+%22evil%22%7D%29+%7B+user+%7B+id+%7D+%7D+%7D",
		"multipart/form-data; boundary=x":   "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{\"query\": \"mutation { createUser(input: {username: \\\"evil\\\"}) { user { id } } }\"}\r\n--x--\r\n",
	} {
		a := p.send(t, request{body: strings.NewReader(body), header: map[string]string{"Content-Type": contentType, "Origin": "https://evil.example.com"}})
		if a.status != http.StatusUnsupportedMediaType {
			t.Errorf("a POST with %s was answered %d %s", contentType, a.status, a.body)
		}
	}
	if a := p.ask(t, `{ users { totalCount } }`, ""); a.body != `{"data":{"users":{"totalCount":0}}}` {
		t.Errorf("something was done: %s", a.body)
	}
}

// TestOtherAddresses checks what the server answers beside the API.
func TestOtherAddresses(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	for _, c := range []struct {
		method, path string
		status       int
		contains     string
		location     string
	}{
		{http.MethodGet, "/livez", http.StatusOK, "live", ""},
		{http.MethodGet, "/readyz", http.StatusOK, "ready", ""},
		{http.MethodHead, "/livez", http.StatusOK, "", ""},
		{http.MethodPost, "/livez", http.StatusMethodNotAllowed, "", ""},
		{http.MethodGet, "/", http.StatusFound, "", "/playground"},
		{http.MethodGet, "/playground", http.StatusOK, "<html", ""},
		{http.MethodGet, "/graphql/", http.StatusNotFound, "", ""},
		{http.MethodGet, "/favicon.ico", http.StatusNotFound, "", ""},
		{http.MethodGet, "/debug/pprof/", http.StatusNotFound, "", ""},
	} {
		a := p.send(t, request{method: c.method, path: c.path, header: map[string]string{"Authorization": ""}})
		if a.status != c.status || !strings.Contains(a.body, c.contains) || a.header.Get("Location") != c.location {
			t.Errorf("%s %s was answered %d %v %s", c.method, c.path, a.status, a.header, tail(a.body, 200))
		}
	}
}
