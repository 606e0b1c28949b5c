package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestListOfTheLargestObjects makes a few of the largest management applications and asks for all at
// once. However little is selected of them, the list is refused for the memory that it would take; in
// smaller pages it is there, and a deletion is not held up.
func TestListOfTheLargestObjects(t *testing.T) {
	const applications = 24
	p := onSQLite(t).start(t)
	uris := func(kind string, client int) []string {
		all := make([]string, 100)
		for i := range all {
			all[i] = fmt.Sprintf("https://example.com/%s/%d/%d/%s", kind, client, i, strings.Repeat("x", 1950))
		}
		return all
	}
	client := func(n int) map[string]any {
		return map[string]any{"oidc": map[string]any{"name": "client", "redirectUris": uris("callback", n), "resources": uris("resource", n)}}
	}
	ask := func(query string, variables map[string]any) answer {
		t.Helper()
		text, err := json.Marshal(variables)
		if err != nil {
			t.Fatal(err)
		}
		return p.ask(t, query, string(text))
	}
	last := ""
	for i := range applications {
		made := ask(`mutation ($input: CreateManagementApplicationInput!) { createManagementApplication(input: $input) { managementApplication { id } } }`,
			map[string]any{"input": map[string]any{"name": fmt.Sprintf("application %d", i), "firstClient": client(1)}})
		last = made.text(t, "data.createManagementApplication.managementApplication.id")
		ask(`mutation ($id: ID!, $input: ClientInput!) { addClient(managementApplicationId: $id, input: $input) { client { id } } }`,
			map[string]any{"id": last, "input": client(2)}).text(t, "data.addClient.client.id")
	}
	expect(t, "all at once", p.ask(t, `{ viewer { tenantId } managementApplications(first: 100) { nodes { id } } }`, ""),
		[]string{`"code":"REQUEST_TOO_COSTLY"`, `"path":["managementApplications"]`, "smaller pages"}, []string{`"nodes"`})
	expect(t, "a smaller page", p.ask(t, `{ managementApplications(first: 10) { nodes { name } pageInfo { hasNextPage } } }`, ""),
		[]string{`"application 9"`, `"hasNextPage":true`}, []string{`"errors"`})
	expect(t, "several smaller pages in one request", p.ask(t, `{ a: managementApplications(first: 12) { nodes { id } } b: managementApplications(last: 12) { nodes { id } } }`, ""),
		[]string{`"code":"REQUEST_TOO_COSTLY"`}, nil)
	expect(t, "a deletion", ask(`mutation ($id: ID!) { deleteManagementApplication(id: $id) { deletedId } }`, map[string]any{"id": last}),
		[]string{`"deletedId":"` + last + `"`}, []string{`"errors"`})
}
