package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestRequestsThatAreNone sends what is no GraphQL request.
func TestRequestsThatAreNone(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		const canary = "canary-7d1f2c-the-secret-of-somebody"
		const methods = "GET, POST, OPTIONS"
		query := `{"query": "{ __typename }"}`
		text := func(body string) request { return request{body: strings.NewReader(body)} }
		typed := func(mediaType, body string) request {
			return request{body: strings.NewReader(body), header: contentType(mediaType)}
		}
		get := func(address string) request { return request{method: http.MethodGet, path: "/graphql" + address} }
		for _, c := range []struct {
			name    string
			request request
			status  int
			allow   string
		}{
			{"GET", get(""), http.StatusBadRequest, ""},
			{"GET with a mutation", get("?query=mutation%7B__typename%7D"), http.StatusMethodNotAllowed, "POST"},
			{"GET with a mutation among queries", get("?query=query+a%7B__typename%7Dmutation+b%7B__typename%7D&operationName=b"), http.StatusMethodNotAllowed, "POST"},
			{"GET with two queries", get("?query=%7B__typename%7D&query=%7B__typename%7D"), http.StatusBadRequest, ""},
			{"GET with half an encoding", get("?query=%7B__typename%7D&variables=%7"), http.StatusBadRequest, ""},
			{"GET with a semicolon", get("?query=%7B__typename%7D;variables=1"), http.StatusBadRequest, ""},
			{"GET with bytes", get("?query=%7B__typename%7D%23%FF"), http.StatusBadRequest, ""},
			{"GET with variables that are none", get("?query=%7B__typename%7D&variables=%22" + canary + "%22"), http.StatusBadRequest, ""},
			{"GET with variables that are no JSON", get("?query=%7B__typename%7D&variables=" + canary), http.StatusBadRequest, ""},
			{"GET with extensions that are a list", get("?query=%7B__typename%7D&extensions=%5B%5D"), http.StatusBadRequest, ""},
			{"PUT", request{method: http.MethodPut, body: strings.NewReader(query)}, http.StatusMethodNotAllowed, methods},
			{"DELETE", request{method: http.MethodDelete}, http.StatusMethodNotAllowed, methods},
			{"QUERY", request{method: "QUERY", body: strings.NewReader(query)}, http.StatusMethodNotAllowed, methods},
			{"text", typed("text/plain", query), http.StatusUnsupportedMediaType, ""},
			{"a form", typed("application/x-www-form-urlencoded", "query=%7B__typename%7D"), http.StatusUnsupportedMediaType, ""},
			{"a multipart form", typed("multipart/form-data; boundary=x", query), http.StatusUnsupportedMediaType, ""},
			{"a GraphQL document", typed("application/graphql", "{ __typename }"), http.StatusUnsupportedMediaType, ""},
			{"an answer", typed("application/graphql-response+json", query), http.StatusUnsupportedMediaType, ""},
			{"another charset", typed("application/json; charset=utf-16", query), http.StatusUnsupportedMediaType, ""},
			{"two charsets", typed("application/json; charset=utf-8; charset=utf-16", query), http.StatusUnsupportedMediaType, ""},
			{"a type and a half", typed("application/json, text/plain", query), http.StatusUnsupportedMediaType, ""},
			{"no content type", typed("", query), http.StatusUnsupportedMediaType, ""},
			{"a coding", request{body: strings.NewReader(query), header: map[string]string{"Content-Encoding": "gzip"}}, http.StatusUnsupportedMediaType, ""},
			{"half an object", text(`{"query": "{ __typename }", "variables": {"secret": "` + canary), http.StatusBadRequest, ""},
			{"two objects", text(query + `{"secret": "` + canary + `"}`), http.StatusBadRequest, ""},
			{"a list", text(`[` + query + `, {"query": "` + canary + `"}]`), http.StatusBadRequest, ""},
			{"a text", text(`"` + canary + `"`), http.StatusBadRequest, ""},
			{"null", text(`null`), http.StatusBadRequest, ""},
			{"nothing", text(``), http.StatusBadRequest, ""},
			{"a byte order mark", text("\ufeff" + query), http.StatusBadRequest, ""},
			{"bytes", text(`{"query": "{ __typename }#` + canary + "\xff" + `"}`), http.StatusBadRequest, ""},
			{"a name twice", text(`{"query": "{ __typename }", "query": "` + canary + `"}`), http.StatusBadRequest, ""},
			{"a name twice, once escaped", text(`{"query": "{ __typename }", "qu\u0065ry": "` + canary + `"}`), http.StatusBadRequest, ""},
			{"a variable twice", text(`{"query": "{ __typename }", "variables": {"a": [{"b": 1, "b": "` + canary + `"}]}}`), http.StatusBadRequest, ""},
			{"names in capitals", text(`{"Query": "{ __typename }"}`), http.StatusBadRequest, ""},
			{"no query", text(`{"variables": {"secret": "` + canary + `"}}`), http.StatusBadRequest, ""},
			{"an empty query", text(`{"query": ""}`), http.StatusBadRequest, ""},
			{"a query that is a number", text(`{"query": 1}`), http.StatusBadRequest, ""},
			{"a name that is a list", text(`{"query": "{ __typename }", "operationName": ["` + canary + `"]}`), http.StatusBadRequest, ""},
			{"variables that are none", text(`{"query": "{ __typename }", "variables": "` + canary + `"}`), http.StatusBadRequest, ""},
			{"extensions that are none", text(`{"query": "{ __typename }", "extensions": ["` + canary + `"]}`), http.StatusBadRequest, ""},
			{"two megabytes", text(`{"query": "` + canary + strings.Repeat(" ", 2<<20) + `"}`), http.StatusRequestEntityTooLarge, ""},
		} {
			a := p.send(t, c.request)
			if a.status != c.status || a.header.Get("Allow") != c.allow {
				t.Errorf("%s was answered %d, Allow %q; want %d and %q", c.name, a.status, a.header.Get("Allow"), c.status, c.allow)
			}
			if !json.Valid([]byte(a.body)) || a.text(t, "errors.0.extensions.code") != "BAD_USER_INPUT" || a.at(t, "data") != nil {
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

// TestMethods checks what else the endpoint answers to methods.
func TestMethods(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	options := p.send(t, request{method: http.MethodOptions})
	if options.status != http.StatusNoContent || options.header.Get("Allow") != "GET, POST, OPTIONS" || options.body != "" {
		t.Errorf("OPTIONS was answered %d %v %s", options.status, options.header, options.body)
	}
	head := p.send(t, request{method: http.MethodHead, path: "/graphql?query=%7B__typename%7D"})
	if head.status != http.StatusMethodNotAllowed || head.header.Get("Allow") != "GET, POST, OPTIONS" || head.body != "" {
		t.Errorf("HEAD was answered %d %v %s", head.status, head.header, head.body)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodOptions} {
		a := p.send(t, request{method: method, header: map[string]string{"Authorization": ""}})
		if a.status != http.StatusUnauthorized || a.header.Get("Allow") != "" {
			t.Errorf("%s of a stranger was answered %d %v", method, a.status, a.header)
		}
	}
}

// TestQueriesByGET sends queries in the address.
func TestQueriesByGET(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	mustCreateUser(t, p, "zoë")
	for _, c := range []struct {
		name       string
		parameters url.Values
		want       string
	}{
		{"a query", url.Values{"query": {"{ __typename }"}}, `{"data":{"__typename":"Query"}}`},
		{"empty parameters", url.Values{"query": {"{ __typename }"}, "variables": {""}, "operationName": {""}, "extensions": {""}}, `{"data":{"__typename":"Query"}}`},
		{"null", url.Values{"query": {"{ __typename }"}, "variables": {"null"}, "extensions": {"null"}}, `{"data":{"__typename":"Query"}}`},
		{"variables", url.Values{"query": {"query a($n: Int!) { users(first: $n) { nodes { username } } }"}, "variables": {`{"n": 1}`}}, `{"data":{"users":{"nodes":[{"username":"zoë"}]}}}`},
		{"one of two operations", url.Values{"query": {"query a { __typename } mutation b { __typename }"}, "operationName": {"a"}}, `{"data":{"__typename":"Query"}}`},
		{"a parameter that says nothing", url.Values{"query": {"{ __typename }"}, "other": {"1", "2"}}, `{"data":{"__typename":"Query"}}`},
	} {
		a := p.send(t, request{method: http.MethodGet, path: "/graphql?" + c.parameters.Encode()})
		if a.status != http.StatusOK || a.body != c.want {
			t.Errorf("%s was answered %d %s, want %s", c.name, a.status, a.body, c.want)
		}
	}
}

// TestNamesOfOperations asks for operations that are not there, or not named.
func TestNamesOfOperations(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	const two = `"query": "query a { __typename } query b { __typename }"`
	for _, body := range []string{
		`{` + two + `, "operationName": "c"}`, `{` + two + `}`, `{` + two + `, "operationName": null}`, `{` + two + `, "operationName": ""}`,
		`{"query": "{ __typename }", "operationName": "a"}`, `{"query": " "}`, `{"query": "fragment a on Query { __typename }"}`,
	} {
		for accept, status := range map[string]int{"application/json": http.StatusOK, "application/graphql-response+json": http.StatusBadRequest} {
			a := p.send(t, request{body: strings.NewReader(body), header: map[string]string{"Accept": accept}})
			if a.status != status || a.at(t, "data") != nil || a.text(t, "errors.0.extensions.code") != "GRAPHQL_VALIDATION_FAILED" {
				t.Errorf("%s was answered %d %s", body, a.status, a.body)
			}
		}
	}
	if a := p.send(t, request{body: strings.NewReader(`{` + two + `, "operationName": "b"}`)}); a.body != `{"data":{"__typename":"Query"}}` {
		t.Errorf("one of two operations was answered %s", a.body)
	}
}

// TestLargestBody checks the bound that is configured, at its edge.
func TestLargestBody(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t, "GATEHOUSE_MAX_BODY=2000")
	for size, status := range map[int]int{2000: http.StatusOK, 2001: http.StatusRequestEntityTooLarge} {
		body := `{"query": "{ __typename }"}`
		a := p.send(t, request{body: strings.NewReader(body + strings.Repeat(" ", size-len(body)))})
		if a.status != status || (status != http.StatusOK && !strings.Contains(a.body, "2000 bytes")) {
			t.Errorf("a body of %d bytes was answered %d %s", size, a.status, a.body)
		}
	}
}

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
		{"application/*", `{ nope }`, "application/json; charset=utf-8", http.StatusOK},
		{"application/json;q=0.5, application/graphql-response+json;q=0.4", `{ nope }`, "application/json; charset=utf-8", http.StatusOK},
		{"application/json, application/graphql-response+json", `{ nope }`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"application/graphql-response+json;q=0, */*;q=0.1", `{ nope }`, "application/json; charset=utf-8", http.StatusOK},
		{"application/json;q=0, */*", `{ nope }`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"text/html, application/json; charset=UTF-8", `{ nope }`, "application/json; charset=utf-8", http.StatusOK},
		{"text/html", `{ nope }`, "application/json; charset=utf-8", http.StatusNotAcceptable},
		{"application/json; charset=utf-16", `{ __typename }`, "application/json; charset=utf-8", http.StatusNotAcceptable},
		{"*/*;q=0", `{ __typename }`, "application/json; charset=utf-8", http.StatusNotAcceptable},
		{"application/json;q=2", `{ __typename }`, "application/json; charset=utf-8", http.StatusNotAcceptable},
		{"application/graphql-response+json, application/json;q=0.9", `{ __typename }`, "application/graphql-response+json; charset=utf-8", http.StatusOK},
		{"application/graphql-response+json", `{ nope }`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"application/graphql-response+json", `{`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"application/graphql-response+json", ``, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
		{"application/graphql-response+json", `{ apps(first: 0) { totalCount } }`, "application/graphql-response+json; charset=utf-8", http.StatusOK},
		{"application/graphql-response+json", `query ($n: ID!) { user(id: $n) { id } }`, "application/graphql-response+json; charset=utf-8", http.StatusBadRequest},
	} {
		a := p.send(t, request{body: requestBody(t, c.query, ""), header: map[string]string{"Accept": c.accept}})
		if a.status != c.status || a.header.Get("Content-Type") != c.contentType {
			t.Errorf("%s with Accept %q was answered %d %s", c.query, c.accept, a.status, a.header.Get("Content-Type"))
		}
		for name, value := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept"} {
			if a.header.Get(name) != value {
				t.Errorf("the answer has the %s %q", name, a.header.Get(name))
			}
		}
	}
}
