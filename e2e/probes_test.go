package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hardened is how a server on the internet is configured.
func hardened() []string {
	return []string{"GATEHOUSE_INTROSPECTION=off", "GATEHOUSE_SUGGESTIONS=off"}
}

// probe is one check of an attacker's tool.
type probe struct {
	name    string
	request request
	// status and code are what it is answered with; the code is empty when the request is served.
	status int
	code   string
	// never is what the answer must not have: what the tool takes for a finding.
	never string
}

// asJSON is a request with a document.
func asJSON(t *testing.T, query string) request {
	t.Helper()
	return request{body: requestBody(t, query, "")}
}

// probes are the checks of graphql-cop, a tool that looks for what is often wrong with GraphQL
// servers: each sends what that tool sends, or more of it.
func probes(t *testing.T) []probe {
	t.Helper()
	asForm := func(query string) request {
		return request{body: strings.NewReader(url.Values{"query": {query}}.Encode()), header: contentType("application/x-www-form-urlencoded")}
	}
	byGET := func(query string) request {
		return request{method: http.MethodGet, path: "/graphql?" + url.Values{"query": {query}}.Encode()}
	}
	with := func(r request, header map[string]string) request {
		r.header = header
		return r
	}
	const typename = "query cop { __typename }"
	var aliases, operations strings.Builder
	for i := range 101 {
		fmt.Fprintf(&aliases, "alias%d:__typename ", i)
	}
	for i := range 10 {
		if i > 0 {
			operations.WriteString(",")
		}
		operations.WriteString(`{"query": "query cop { __typename }", "operationName": "cop"}`)
	}
	const deep = "query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }"
	return []probe{
		// Denial of service.
		{"alias overloading", asJSON(t, "query cop { "+aliases.String()+"}"), 200, "REQUEST_TOO_COSTLY", "alias100"},
		{"batch queries", request{body: strings.NewReader("[" + operations.String() + "]")}, 400, "BAD_USER_INPUT", `"data"`},
		{"directive overloading", asJSON(t, "query cop { __typename "+strings.Repeat("@include(if: true) ", 51)+"}"), 200, "REQUEST_TOO_COSTLY", `"data"`},
		{"unknown directives", asJSON(t, "query cop { __typename "+strings.Repeat("@aa", 51)+" }"), 200, "REQUEST_TOO_COSTLY", `"data"`},
		{"a few unknown directives", asJSON(t, "query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }"), 200, "GRAPHQL_VALIDATION_FAILED", `"data"`},
		{"circular introspection", asJSON(t, deep), 200, "GRAPHQL_VALIDATION_FAILED", `"data"`},
		{"circular fragments", asJSON(t, "query cop { ...A } fragment A on Query { ...B } fragment B on Query { ...A }"), 200, "GRAPHQL_VALIDATION_FAILED", `"data"`},
		{"a fragment in itself", asJSON(t, "query cop { ...A } fragment A on Query { ...A }"), 200, "GRAPHQL_VALIDATION_FAILED", `"data"`},
		{"field duplication", asJSON(t, "query cop { "+strings.Repeat("__typename ", 500)+"}"), 200, "REQUEST_TOO_COSTLY", `"data"`},
		// What tells too much.
		{"introspection", asJSON(t, "query cop { __schema { types { name fields { name } } } }"), 200, "INTROSPECTION_DISABLED", "types"},
		{"introspection of a type", asJSON(t, `query cop { __type(name: "User") { name } }`), 200, "INTROSPECTION_DISABLED", `"data"`},
		{"introspection in fragments", asJSON(t, "query cop { ...A ...A } fragment A on Query { ... @include(if: true) { ...B } } fragment B on Query { other: __schema { queryType { name } } }"), 200, "INTROSPECTION_DISABLED", `"data"`},
		{"introspection by GET", byGET("{ __schema { queryType { name } } }"), 200, "INTROSPECTION_DISABLED", `"data"`},
		{"introspection beside a query", asJSON(t, "query a { __typename } query cop { __schema { queryType { name } } }"), 200, "GRAPHQL_VALIDATION_FAILED", `"data"`},
		{"field suggestions", asJSON(t, "query cop { __schema { directive } }"), 200, "GRAPHQL_VALIDATION_FAILED", "Did you mean"},
		{"field suggestions at the root", asJSON(t, "query cop { userz { totalCount } }"), 200, "GRAPHQL_VALIDATION_FAILED", "Did you mean"},
		{"argument suggestions", asJSON(t, "query cop { users(frist: 1) { totalCount } }"), 200, "GRAPHQL_VALIDATION_FAILED", "Did you mean"},
		{"type suggestions", asJSON(t, "query cop { ... on Querry { __typename } }"), 200, "GRAPHQL_VALIDATION_FAILED", "Did you mean"},
		{"enum suggestions", asJSON(t, "query cop { users(orderBy: CREATED_AT_DES) { totalCount } }"), 200, "GRAPHQL_VALIDATION_FAILED", "Did you mean"},
		{"the type's name alone", asJSON(t, typename), 200, "", "extensions"},
		{"trace mode", with(asJSON(t, typename), map[string]string{"X-Apollo-Tracing": "1", "Apollo-Query-Plan-Experimental": "1"}), 200, "", "tracing"},
		{"unhandled errors", asJSON(t, "qwerty cop { abc }"), 200, "GRAPHQL_PARSE_FAILED", "stack"},
		{"unhandled errors of values", request{body: strings.NewReader(`{"query": "query cop($a: Int) { users(first: $a) { totalCount } }", "variables": {"a": {"b": [1e999]}}}`)}, 200, "GRAPHQL_VALIDATION_FAILED", "goroutine"},
		// What other pages could make a browser send.
		{"GET queries", byGET(typename), 200, "", "errors"},
		{"GET queries that a page makes", with(byGET(typename), map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}), 403, "FORBIDDEN", `"data"`},
		{"GET queries without a credential", with(byGET(typename), map[string]string{"Authorization": "", "Cookie": "session=1"}), 401, "UNAUTHENTICATED", `"data"`},
		{"GET mutations", byGET("mutation cop { __typename }"), 405, "BAD_USER_INPUT", `"data"`},
		{"POST of a form", asForm(typename), 415, "BAD_USER_INPUT", `"data"`},
		{"POST of text", with(asJSON(t, typename), contentType("text/plain")), 415, "BAD_USER_INPUT", `"data"`},
		{"a form in the address", request{path: "/graphql?" + url.Values{"query": {typename}}.Encode()}, 415, "BAD_USER_INPUT", `"data"`},
		// GraphiQL is at /playground, and holds nothing secret; see TestOtherAddresses.
		{"GraphiQL at the endpoint", with(request{method: http.MethodGet}, map[string]string{"Accept": "text/html"}), 406, "BAD_USER_INPUT", "<html"},
	}
}

// TestProbes sends what a tool of attackers sends to a server on the internet.
func TestProbes(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t, hardened()...)
		for _, c := range probes(t) {
			a := p.send(t, c.request)
			if !json.Valid([]byte(a.body)) {
				t.Errorf("%s: was answered %s", c.name, a.body)
				continue
			}
			if a.status != c.status || a.code(t) != c.code || (c.code == "") != (a.at(t, "data") != nil) {
				t.Errorf("%s: was answered %d %s, want %d %s", c.name, a.status, tail(a.body, 500), c.status, c.code)
			}
			if strings.Contains(a.body, c.never) {
				t.Errorf("%s: was answered with %s: %s", c.name, c.never, tail(a.body, 500))
			}
		}
		for _, path := range []string{"/graphiql", "/graphql/console", "/altair", "/explorer", "/v1/graphql"} {
			if a := p.send(t, request{method: http.MethodGet, path: path, header: map[string]string{"Accept": "text/html"}}); a.status != http.StatusNotFound {
				t.Errorf("%s was answered %d %s", path, a.status, tail(a.body, 200))
			}
		}
		p.stop(t)
		if log := p.stderr.String(); strings.Contains(log, "level=ERROR") {
			t.Errorf("a probe was taken for a fault:\n%s", tail(log, 2000))
		}
	})
}
