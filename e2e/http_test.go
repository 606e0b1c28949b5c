package e2e_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestRequestsThatAreNone sends what is no GraphQL request.
func TestRequestsThatAreNone(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		const canary = "canary-7d1f2c-the-secret-of-somebody"
		query := `{"query": "{ __typename }"}`
		for _, c := range []struct {
			name    string
			request request
			status  int
			allow   string
		}{
			{"GET", request{method: http.MethodGet}, http.StatusMethodNotAllowed, "POST"},
			{"GET with a query", request{method: http.MethodGet, path: "/graphql?query=%7B__typename%7D"}, http.StatusMethodNotAllowed, "POST"},
			{"PUT", request{method: http.MethodPut, body: strings.NewReader(query)}, http.StatusMethodNotAllowed, "POST"},
			{"text", request{body: strings.NewReader(query), header: contentType("text/plain")}, http.StatusUnsupportedMediaType, ""},
			{"a form", request{body: strings.NewReader("query=%7B__typename%7D"), header: contentType("application/x-www-form-urlencoded")}, http.StatusUnsupportedMediaType, ""},
			{"a multipart form", request{body: strings.NewReader(query), header: contentType("multipart/form-data; boundary=x")}, http.StatusUnsupportedMediaType, ""},
			{"a GraphQL document", request{body: strings.NewReader("{ __typename }"), header: contentType("application/graphql")}, http.StatusUnsupportedMediaType, ""},
			{"no content type", request{body: strings.NewReader(query), header: contentType("")}, http.StatusUnsupportedMediaType, ""},
			{"half an object", request{body: strings.NewReader(`{"query": "{ __typename }", "variables": {"secret": "` + canary)}, http.StatusBadRequest, ""},
			{"two objects", request{body: strings.NewReader(query + `{"secret": "` + canary + `"}`)}, http.StatusBadRequest, ""},
			{"a list", request{body: strings.NewReader(`[` + query + `, {"query": "` + canary + `"}]`)}, http.StatusBadRequest, ""},
			{"a text", request{body: strings.NewReader(`"` + canary + `"`)}, http.StatusBadRequest, ""},
			{"null", request{body: strings.NewReader(`null`)}, http.StatusBadRequest, ""},
			{"nothing", request{body: strings.NewReader(``)}, http.StatusBadRequest, ""},
			{"variables that are none", request{body: strings.NewReader(`{"query": "{ __typename }", "variables": "` + canary + `"}`)}, http.StatusBadRequest, ""},
			{"two megabytes", request{body: strings.NewReader(`{"query": "` + canary + strings.Repeat(" ", 2<<20) + `"}`)}, http.StatusRequestEntityTooLarge, ""},
		} {
			a := p.send(t, c.request)
			if a.status != c.status || a.header.Get("Allow") != c.allow {
				t.Errorf("%s was answered %d, Allow %q; want %d and %q", c.name, a.status, a.header.Get("Allow"), c.status, c.allow)
			}
			if !json.Valid([]byte(a.body)) || a.text(t, "errors.0.extensions.code") != "BAD_USER_INPUT" {
				t.Errorf("%s was answered %s", c.name, a.body)
			}
			if strings.Contains(a.body, "canary") {
				t.Errorf("%s was answered with what it sent: %s", c.name, a.body)
			}
		}
		p.stop(t)
		if strings.Contains(p.stderr.String()+p.stdout.String(), "canary") {
			t.Error("the log has what a malformed request sent")
		}
	})
}

func contentType(value string) map[string]string { return map[string]string{"Content-Type": value} }

// TestRequestIDs checks what becomes of the ID that a client gives its request.
func TestRequestIDs(t *testing.T) {
	p := onSQLite(t).start(t)
	var ids []string
	random := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	for _, c := range []struct {
		sent string
		kept bool
	}{
		{"my-request.1:2_3", true},
		{strings.Repeat("x", 64), true},
		{strings.Repeat("x", 65), false},
		{"two words", false},
		{`level=ERROR"`, false},
		{"é", false},
		{"", false},
	} {
		a := p.send(t, request{body: requestBody(t, `{ __typename }`, ""), header: map[string]string{"X-Request-Id": c.sent}})
		got := a.header.Get("X-Request-Id")
		if (got == c.sent) != c.kept || (!c.kept && !random.MatchString(got)) {
			t.Errorf("the request ID %q was answered by %q", c.sent, got)
		}
		ids = append(ids, got)
	}
	p.stop(t)
	for _, id := range ids {
		if !strings.Contains(p.stderr.String(), "requestId="+id+" ") {
			t.Errorf("the log does not have the request ID %s", id)
		}
	}
}

// TestMediaTypes checks how an answer is labelled (GraphQL over HTTP).
func TestMediaTypes(t *testing.T) {
	p := onSQLite(t).start(t)
	for _, c := range []struct {
		accept, query, contentType string
		status                     int
	}{
		{"", `{ __typename }`, "application/json; charset=utf-8", http.StatusOK},
		{"*/*", `{ nope }`, "application/json; charset=utf-8", http.StatusOK},
		{"application/graphql-response+json, application/json;q=0.9", `{ __typename }`, "application/graphql-response+json; charset=utf-8", http.StatusOK},
		{"application/graphql-response+json", `{ nope }`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"application/graphql-response+json", `{`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"application/graphql-response+json", `{ apps(first: 0) { totalCount } }`, "application/graphql-response+json; charset=utf-8", http.StatusOK},
	} {
		a := p.send(t, request{body: requestBody(t, c.query, ""), header: map[string]string{"Accept": c.accept}})
		if a.status != c.status || a.header.Get("Content-Type") != c.contentType {
			t.Errorf("%s with Accept %q was answered %d %s", c.query, c.accept, a.status, a.header.Get("Content-Type"))
		}
		for name, value := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if a.header.Get(name) != value {
				t.Errorf("the answer has the %s %q", name, a.header.Get(name))
			}
		}
	}
}
