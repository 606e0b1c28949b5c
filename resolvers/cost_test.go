package resolvers_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gatehouse/resolvers"
)

// costOf is the cost of a request, as its answer tells it.
func costOf(t *testing.T, handler http.Handler, body string) resolvers.Cost {
	t.Helper()
	_, a := post(t, handler, body, resolvers.CostHeader+": 1")
	var told struct {
		Extensions struct{ Cost *resolvers.Cost }
	}
	if err := json.Unmarshal([]byte(a.body), &told); err != nil || told.Extensions.Cost == nil {
		t.Fatalf("%s was answered without a cost: %s", body, a.body)
	}
	return *told.Extensions.Cost
}

// TestCost weighs operations.
func TestCost(t *testing.T) {
	t.Parallel()
	handler := limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()})
	for _, c := range []struct {
		name, query, variables string
		cost                   int
	}{
		{"fields", `{ viewer { tenantId actor { id __typename } } }`, "", 5},
		{"a lookup", `{ app(id: "x") { id user { id } } }`, "", 5 + 1 + 5 + 1},
		{"the node of anything", `{ node(id: "x") { id ...on User { username } ...on App { name } } }`, "", 5 + 3},
		{"a page", `{ apps { nodes { id name } pageInfo { endCursor } } }`, "", 10 + 50*3 + 2},
		{"a page by edges", `{ apps(first: 7) { edges { cursor node { id } } } }`, "", 10 + 7*(1+1+2)},
		{"both", `{ apps(last: 3) { edges { cursor } nodes { id } } }`, "", 10 + 3*(2+2)},
		{"a count", `{ apps { totalCount } }`, "", 10 + 50 + 50},
		{"a page whose objects are read for nothing", `{ apps(first: 500) { pageInfo { hasNextPage } __typename } }`, "", 10 + 500 + 3},
		{"such pages in a page", `{ apps(first: 30) { nodes { user { apps(first: 500) { __typename } } } } }`, "", 10 + 30*(1+5+10+500+1)},
		{"a page in a page", `{ users(first: 4) { nodes { apps(first: 5) { nodes { id } totalCount } } } }`, "", 10 + 4*(1+10+5*2+50)},
		{"a size in a variable", `query($n: Int!) { apps(first: $n) { nodes { id } } }`, `{"n": 9}`, 10 + 9*2},
		{"a size by default", `query($n: Int = 8) { apps(first: $n) { nodes { id } } }`, "{}", 10 + 8*2},
		{"no size in a variable", `query($n: Int) { apps(first: $n) { nodes { id } } }`, "{}", 10 + 50*2},
		{"null as a size", `query($n: Int) { apps(first: $n, last: null) { nodes { id } } }`, `{"n": null}`, 10 + 50*2},
		{"a size that is refused", `{ apps(first: 501) { nodes { id } } }`, "", 10 + 500*2},
		{"a negative size", `{ apps(first: -1000000) { nodes { id } } }`, "", 10 + 2},
		{"two sizes", `{ apps(first: 3, last: 4) { nodes { id } } }`, "", 10 + 4*2},
		{"fragments", `{ apps(first: 6) { ...a ...a } } fragment a on AppConnection { ...on AppConnection { nodes { ...b } } totalCount } fragment b on Node { id }`, "", 10 + 2*(6*2+50)},
		{"what is left out", `{ apps(first: 6) @skip(if: true) { nodes { id @include(if: false) } } }`, "", 10 + 6*2},
		{"aliases", `{ a: viewer { tenantId } b: viewer { tenantId } }`, "", 4},
		{"a list without pages", `{ managementApplication(id: "x") { clients { id ...on OidcClient { secrets { id value } } } } }`, "", 5 + 1 + 5*(1+1+1+2*(1+1+25))},
		{"the changes of events", `{ auditEvents(first: 100) { totalCount nodes { action changes { path before after } } } }`, "", 10 + 50 + 100*(1+1+1+8*4)},
		{"a mutation", `mutation { deleteApp(id: "x") { deletedId } }`, "", 50 + 1},
		{"a mutation of many", `mutation { assignRole(roleId: "x", entityType: USER, entityIds: ["x"]) { roleAssignments { id } } }`, "", 150 + 1 + 100*2},
		{"a secret", `{ app(id: "x") { loginPreferences { authMethods { google { clientSecret } } } } }`, "", 5 + 3 + 25},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := strings.TrimSuffix(inJSON(t, c.query), "}") + "}"
			if c.variables != "" {
				body = strings.TrimSuffix(body, "}") + `,"variables":` + c.variables + "}"
			}
			if cost := costOf(t, handler, body); cost.Cost != c.cost || cost.Limit != 20_000 {
				t.Errorf("costs %d of %d, want %d", cost.Cost, cost.Limit, c.cost)
			}
		})
	}
}

// TestCostIsTold tells all about the cost to whoever asks for it, and nobody else.
func TestCostIsTold(t *testing.T) {
	t.Parallel()
	handler := limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()})
	const query = `{"query":"query a { v: viewer { ...f ...f @skip(if: false) } } fragment f on Viewer { tenantId }"}`
	want := resolvers.Cost{
		Cost: 3, Limit: 20_000, Bytes: 86, Tokens: 27, Depth: 2, Fields: 5, Aliases: 1, Directives: 1, Fragments: 1, Operations: 1,
	}
	for range 2 { // also of a document that is known already
		if got := costOf(t, handler, query); got != want {
			t.Errorf("the cost is %+v, want %+v", got, want)
		}
	}
	if _, a := post(t, handler, query); strings.Contains(a.body, "extensions") {
		t.Errorf("nobody has asked, and was answered %s", a.body)
	}
	_, a := post(t, handler, `{"query":"{users(first:500){nodes{apps{nodes{id}}}}}"}`, resolvers.CostHeader+": 1")
	if !strings.Contains(a.body, `"extensions":{"cost":{"cost":55510,`) || a.Data != nil {
		t.Errorf("a request that costs too much was answered %s", a.body)
	}
}

// TestLimitsPage compares docs/limits.md with what it says: the limits, and the cost of its example.
func TestLimitsPage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "limits.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for limit, value := range map[string]int{
		"bytes": resolvers.DefaultLimits().Bytes, "tokens": resolvers.DefaultLimits().Tokens, "depth": resolvers.DefaultLimits().Depth,
		"fields": resolvers.DefaultLimits().Fields, "repeatedFields": resolvers.DefaultLimits().RepeatedFields, "aliases": resolvers.DefaultLimits().Aliases,
		"directives": resolvers.DefaultLimits().Directives, "fragments": resolvers.DefaultLimits().Fragments, "operations": resolvers.DefaultLimits().Operations,
		"inputDepth": resolvers.DefaultLimits().InputDepth, "inputValues": resolvers.DefaultLimits().InputValues, "cost": resolvers.DefaultLimits().Cost,
	} {
		if row := "| `" + limit + "` | " + strconv.Itoa(value) + " | `GATEHOUSE_LIMIT_"; !strings.Contains(page, row) {
			t.Errorf("there is no row %s", row)
		}
	}
	_, rest, _ := strings.Cut(page, "```graphql\n")
	example, rest, _ := strings.Cut(rest, "```")
	cost := costOf(t, limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()}), inJSON(t, example))
	told, err := json.Marshal(cost)
	if err != nil || !strings.Contains(rest, strings.ReplaceAll(strings.ReplaceAll(string(told), ":", ": "), ",", ", ")) {
		t.Errorf("the example costs %s", told)
	}
}

// TestOrdinaryRequests are within the limits, however much they ask for.
func TestOrdinaryRequests(t *testing.T) {
	t.Parallel()
	handler := limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()})
	documents := map[string]string{
		"a page of 500 apps": `{ apps(first: 500) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node {
			id name userId redirectUri isActive createdAt updatedAt revision createdBy { type id name } } } } }`,
		"a page of 500 apps with their owners": `{ apps(first: 500) { nodes { id name userId redirectUri isActive createdAt updatedAt revision user { id username email } } } }`,
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.graphql"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		documents[filepath.Base(file)] = string(text)
	}
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cost := costOf(t, handler, inJSON(t, document))
			t.Logf("%+v", cost)
			if cost.Cost > cost.Limit/10*9 {
				t.Errorf("is close to the limit: %d", cost.Cost)
			}
		})
	}
}
