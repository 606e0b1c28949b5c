package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trustedOperation is one operation of a manifest, as @apollo/generate-persisted-query-manifest writes
// it. TestApolloTrustedDocuments has one of that tool itself.
type trustedOperation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Body string `json:"body"`
}

// newManifest writes a manifest and returns its path.
func newManifest(t *testing.T, operations ...trustedOperation) string {
	t.Helper()
	content, err := json.Marshal(map[string]any{"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations})
	if err != nil {
		t.Fatal(err)
	}
	return newFile(t, string(content))
}

func newFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "manifest.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestTrustedDocuments runs only what is in a manifest.
func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	const (
		query    = "query Count { users { totalCount } }"
		mutation = `mutation Make { createUser(input: {username: "zoe"}) { user { username } } }`
		schema   = "query Schema { __schema { queryType { name } } }"
	)
	p := onSQLite(t).start(t, "GATEHOUSE_TRUSTED_DOCUMENTS="+newManifest(
		t,
		trustedOperation{"count", "Count", "query", query},
		trustedOperation{"make", "Make", "mutation", mutation},
		trustedOperation{hashed(schema), "Schema", "query", schema},
	))
	const get, post = http.MethodGet, http.MethodPost
	const refused = "DOCUMENT_NOT_TRUSTED"
	for _, c := range []struct {
		name    string
		request request
		code    string
		status  int
	}{
		{"by ID", namedDocument(t, post, "count", ""), "", 200},
		{"by ID by GET", namedDocument(t, get, "count", ""), "", 200},
		{"by text", request{body: requestBody(t, query, "")}, "", 200},
		{"by both", namedDocument(t, post, "count", query), "", 200},
		{"by the hash of its text", namedDocument(t, post, hashed(query), ""), refused, 200},
		{"by the ID of another", namedDocument(t, post, "make", query), refused, 200},
		{"an ID of nothing", namedDocument(t, post, "counts", ""), refused, 200},
		{"an ID in capitals", namedDocument(t, post, "COUNT", ""), refused, 200},
		{"another text", request{body: requestBody(t, "query Count { users { totalCount } } ", "")}, refused, 200},
		{"another text by GET", request{method: get, path: "/graphql?query=%7B__typename%7D"}, refused, 200},
		{"no GraphQL", request{body: requestBody(t, "{", "")}, refused, 200},
		{"a registration", namedDocument(t, post, hashed("{ __typename }"), "{ __typename }"), refused, 200},
		{"what was to be registered", namedDocument(t, post, hashed("{ __typename }"), ""), refused, 200},
		{"the playground's question", request{body: requestBody(t, "query IntrospectionQuery { __schema { queryType { name } } }", "")}, refused, 200},
		{"a registered question", namedDocument(t, post, hashed(schema), ""), "", 200},
		{"a mutation by GET", namedDocument(t, get, "make", ""), "BAD_USER_INPUT", 405},
		{"a mutation", namedDocument(t, post, "make", ""), "", 200},
		{"another version", request{body: strings.NewReader(`{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "count"}}}`)}, "BAD_USER_INPUT", 200},
	} {
		a := p.send(t, c.request)
		if a.status != c.status || a.code(t) != c.code {
			t.Errorf("%s: was answered %d %s, want %d %s", c.name, a.status, a.body, c.status, c.code)
		}
	}
	if a := p.send(t, namedDocument(t, post, "count", "")); a.body != `{"data":{"users":{"totalCount":1}}}` {
		t.Errorf("the count was answered %s", a.body)
	}
	strict := request{body: requestBody(t, "{ __typename }", ""), header: map[string]string{"Accept": "application/graphql-response+json"}}
	if a := p.send(t, strict); a.status != http.StatusBadRequest {
		t.Errorf("a document that is not trusted was answered %d", a.status)
	}
}

// TestManifestsThatAreNone checks that a server does not start with documents that could never run,
// and tells every problem at once.
func TestManifestsThatAreNone(t *testing.T) {
	t.Parallel()
	const body = "query A { __typename }"
	for _, c := range []struct {
		name string
		file string
		says []string
	}{
		{"no file", filepath.Join(t.TempDir(), "none.json"), []string{"no such file"}},
		{"no JSON", newFile(t, "{"), []string{"is no manifest"}},
		{"another format", newFile(t, `{"format": "relay", "version": 1, "operations": []}`), []string{`is not in the format \"apollo-persisted-query-manifest\"`}},
		{"another version", newFile(t, `{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`), []string{"version 1"}},
		{"nothing in it", newManifest(t), []string{"has no operations"}},
		{
			"many problems",
			newManifest(
				t,
				trustedOperation{"a", "A", "query", body},
				trustedOperation{"a", "A", "query", body},
				trustedOperation{"", "A", "query", body},
				trustedOperation{"b", "B", "query", body},
				trustedOperation{"c", "A", "mutation", body},
				trustedOperation{"d", "D", "query", "query D {"},
				trustedOperation{"e", "E", "query", "query E {\n  userz { totalCount } nope }"},
				trustedOperation{"f", "F", "query", "query F { __typename } query G { __typename }"},
				trustedOperation{"g", "G", "query", "query G { " + strings.Repeat("a: __typename ", 51) + "}"},
			),
			[]string{
				`operation 2 (\"A\"): has the id \"a\" of another one`, `operation 3 (\"A\"): has no id`, `operation 4 (\"B\"): is called \"A\" in its body`,
				`operation 5 (\"A\"): is a query, not a \"mutation\"`, `operation 6 (\"D\"): Expected Name`, `operation 7 (\"E\"): Cannot query field \"userz\"`, `(line 2, column 3)`,
				`operation 7 (\"E\"): Cannot query field \"nope\"`, `operation 8 (\"F\"): has 2 operations; one is needed`, `operation 9 (\"G\"): The request asks for too much at once: aliases 51`,
			},
		},
	} {
		folder := filepath.Join(t.TempDir(), "data")
		code, stdout, stderr := finish(t, nil, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_DATA="+folder, "GATEHOUSE_TRUSTED_DOCUMENTS="+c.file)
		if code != 1 || stdout != "" || !strings.Contains(stderr, "GATEHOUSE_TRUSTED_DOCUMENTS (--trusted-documents)") {
			t.Errorf("%s: ended with code %d and printed %s\n%s", c.name, code, stdout, stderr)
		}
		text := strings.ReplaceAll(stderr, `\\"`, `\"`)
		for _, says := range c.says {
			if !strings.Contains(text, says) && !strings.Contains(text, strings.ReplaceAll(says, `\"`, `\\\"`)) {
				t.Errorf("%s: the problems lack %s:\n%s", c.name, says, stderr)
			}
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%s: the data folder was made", c.name)
		}
	}
}
