package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hashed is what a request names a document by.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// namedDocument is a request that names a document, and has its text unless that is empty.
func namedDocument(t *testing.T, method, id, text string) request {
	t.Helper()
	extensions := map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": id}}
	params := map[string]any{"extensions": extensions}
	if text != "" {
		params["query"] = text
	}
	body, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		return request{body: strings.NewReader(string(body))}
	}
	encoded, err := json.Marshal(extensions)
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{"extensions": {string(encoded)}}
	if text != "" {
		values.Set("query", text)
	}
	return request{method: method, path: "/graphql?" + values.Encode()}
}

// code is the code of the first error of an answer, empty without one.
func (a answer) code(t testing.TB) string {
	t.Helper()
	if a.at(t, "errors") == nil {
		return ""
	}
	return a.text(t, "errors.0.extensions.code")
}

// TestPersistedQueries goes through the protocol of automatic persisted queries, step by step on one
// server.
func TestPersistedQueries(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	const (
		query    = "query a { __typename }"
		other    = "query b { __typename }"
		invalid  = "{ nope }"
		mutation = `mutation { createUser(input: {username: "zoe"}) { user { username } } }`
		data     = `{"data":{"__typename":"Query"}}`
	)
	large := "{ __typename } #" + strings.Repeat("x", 64<<10)
	const get, post = http.MethodGet, http.MethodPost
	for _, c := range []struct {
		name    string
		request request
		code    string
		status  int
	}{
		{"unknown", namedDocument(t, post, hashed(query), ""), "PERSISTED_QUERY_NOT_FOUND", 200},
		{"unknown by GET", namedDocument(t, get, hashed(query), ""), "PERSISTED_QUERY_NOT_FOUND", 200},
		{"the hash of another", namedDocument(t, post, hashed(query), other), "PERSISTED_QUERY_HASH_MISMATCH", 200},
		{"still unknown", namedDocument(t, post, hashed(query), ""), "PERSISTED_QUERY_NOT_FOUND", 200},
		{"with its text", namedDocument(t, post, hashed(query), query), "", 200},
		{"known", namedDocument(t, post, hashed(query), ""), "", 200},
		{"known by GET", namedDocument(t, get, hashed(query), ""), "", 200},
		{"in capitals", namedDocument(t, post, strings.ToUpper(hashed(query)), ""), "PERSISTED_QUERY_NOT_FOUND", 200},
		{"by GET with its text", namedDocument(t, get, hashed(other), other), "", 200},
		{"known from GET", namedDocument(t, post, hashed(other), ""), "", 200},
		{"no document of this schema", namedDocument(t, post, hashed(invalid), invalid), "GRAPHQL_VALIDATION_FAILED", 200},
		{"is not remembered", namedDocument(t, post, hashed(invalid), ""), "PERSISTED_QUERY_NOT_FOUND", 200},
		{"too large", namedDocument(t, post, hashed(large), large), "REQUEST_TOO_COSTLY", 200},
		{"is not remembered either", namedDocument(t, post, hashed(large), ""), "PERSISTED_QUERY_NOT_FOUND", 200},
		{"a mutation by GET", namedDocument(t, get, hashed(mutation), mutation), "BAD_USER_INPUT", 405},
		{"a mutation", namedDocument(t, post, hashed(mutation), mutation), "", 200},
		{"a known mutation by GET", namedDocument(t, get, hashed(mutation), ""), "BAD_USER_INPUT", 405},
		{"no hash", request{body: strings.NewReader(`{"extensions": {"persistedQuery": {"version": 1}}}`)}, "BAD_USER_INPUT", 200},
		{"a hash that is a number", request{body: strings.NewReader(`{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}}`)}, "BAD_USER_INPUT", 200},
		{"another version", request{body: strings.NewReader(`{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "x"}}}`)}, "BAD_USER_INPUT", 200},
		{"no object", request{body: strings.NewReader(`{"query": "{ __typename }", "extensions": {"persistedQuery": "x"}}`)}, "BAD_USER_INPUT", 200},
		{"null", request{body: strings.NewReader(`{"query": "{ __typename }", "extensions": {"persistedQuery": null}}`)}, "", 200},
		{"null without a query", request{body: strings.NewReader(`{"extensions": {"persistedQuery": null}}`)}, "BAD_USER_INPUT", 400},
	} {
		a := p.send(t, c.request)
		if a.status != c.status || a.code(t) != c.code {
			t.Errorf("%s: was answered %d %s, want %d %s", c.name, a.status, a.body, c.status, c.code)
		}
		if c.code == "" && !strings.Contains(a.body, "zoe") && a.body != data {
			t.Errorf("%s: was answered %s", c.name, a.body)
		}
	}
	// Clients look for these very words.
	a := p.send(t, namedDocument(t, post, "x", ""))
	if a.body != `{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND","status":400}}]}` {
		t.Errorf("an unknown hash was answered %s", a.body)
	}
	strict := namedDocument(t, post, "x", "")
	strict.header = map[string]string{"Accept": "application/graphql-response+json"}
	if a := p.send(t, strict); a.status != http.StatusBadRequest {
		t.Errorf("an unknown hash was answered %d", a.status)
	}
}

// TestPersistedQueriesAreBounded sends more documents than are remembered: the last ones are.
func TestPersistedQueriesAreBounded(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	const remembered = 512
	text := func(i int) string { return fmt.Sprintf("query q%d { __typename }", i) }
	for i := range remembered + 1 {
		if a := p.send(t, namedDocument(t, http.MethodPost, hashed(text(i)), text(i))); a.code(t) != "" {
			t.Fatalf("document %d was answered %s", i, a.body)
		}
	}
	for i, code := range map[int]string{0: "PERSISTED_QUERY_NOT_FOUND", 1: "", remembered: ""} {
		if a := p.send(t, namedDocument(t, http.MethodPost, hashed(text(i)), "")); a.code(t) != code {
			t.Errorf("document %d was answered %s", i, a.body)
		}
	}
}

// TestPersistedQueriesAreOff checks what a server says that remembers no documents.
func TestPersistedQueriesAreOff(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t, "GATEHOUSE_PERSISTED_QUERIES=off")
	const query = "{ __typename }"
	for _, text := range []string{"", query} {
		a := p.send(t, namedDocument(t, http.MethodPost, hashed(query), text))
		if a.code(t) != "PERSISTED_QUERY_NOT_SUPPORTED" || a.text(t, "errors.0.message") != "PersistedQueryNotSupported" {
			t.Errorf("a hash was answered %s", a.body)
		}
	}
	if a := p.ask(t, query, ""); a.code(t) != "" {
		t.Errorf("a document was answered %s", a.body)
	}
}
