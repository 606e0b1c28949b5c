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
	wrongMethod := open.send(t, request{method: http.MethodOptions, header: map[string]string{
		"Authorization": "", "Origin": admin, "Access-Control-Request-Method": http.MethodDelete,
	}})
	if got := wrongMethod.header.Get("Access-Control-Allow-Methods"); got != "" {
		t.Errorf("a preflight for DELETE was answered with the methods %q", got)
	}
	refused := open.send(t, request{body: requestBody(t, `{ __typename }`, ""), header: map[string]string{"Origin": admin, "Authorization": ""}})
	if refused.status != http.StatusUnauthorized || refused.header.Get("Access-Control-Allow-Origin") != admin {
		t.Errorf("a page of an allowed origin cannot read that its key is missing: %d %v", refused.status, refused.header)
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
