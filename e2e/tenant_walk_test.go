package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/admin"
	"gatehouse/store"
)

// ourRequestID is the request ID of everything that the second tenant asks for.
const ourRequestID = "ours"

// TestTenantWalk sends the request of every operation as an administrator of a second tenant, with the
// IDs and names of the first tenant's things, which must read and do the same as some that exist
// nowhere.
func TestTenantWalk(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		w := newWalk(t, d)
		us := w.administrator(t, otherTenantID)
		them := w.administrator(t, admin.DefaultTenantID)
		theirs := w.furnish(t, them)
		// One event of theirs is a reveal, and theirs are the names that the last part takes again.
		w.must(t, them, "theirs", expand(t, `{ managementApplication(id: "{{service}}") { defaultClient { ... on OidcClient { secrets { value } } } } }`, theirs))
		for _, mutation := range sameNames() {
			w.must(t, them, "theirs", mutation)
		}
		before := w.dump(t, admin.DefaultTenantID)

		one, two := w.furnish(t, us), w.furnish(t, us)
		for _, row := range operations() {
			walkTenant(t, w, us, theirs, one, two, row)
		}
		walkForeignNodes(t, w, us, theirs)
		walkForeignCursors(t, w, us, them)
		walkForeignDomains(t, w, us, theirs, one, two)
		for _, mutation := range sameNames() {
			w.must(t, us, ourRequestID, mutation)
		}
		walkTotals(t, w, us)

		if diff := cmp.Diff(before, w.dump(t, admin.DefaultTenantID)); diff != "" {
			t.Errorf("the second tenant has changed the first: %s", diff)
		}
		for _, event := range w.eventsOf(t, otherTenantID) {
			if event.RequestID != ourRequestID && event.RequestID != fixtureRequestID || event.Actor != us.actor {
				t.Errorf("the second tenant has the event %s of %s by %v", event.Action, event.RequestID, event.Actor)
			}
		}
		checkApart(t, w)
	})
}

// walkTenant sends one request many times: with one thing of the first tenant among our own, for each
// that it names, and with theirs alone. Each time the answer is that to an ID that exists nowhere. In
// the end it works with our own. one and two hold things of our own that no request changes.
func walkTenant(t *testing.T, w *walk, us caller, theirs, one, two map[string]string, row operation) {
	t.Helper()
	places := placesIn(row.request)
	mixtures := [][]string{places}
	if len(places) > 1 {
		for _, place := range places {
			mixtures = append(mixtures, []string{place})
		}
	}
	changes := strings.HasPrefix(row.field, "Mutation.")
	for _, mixture := range mixtures {
		if len(mixture) == 0 {
			continue
		}
		foreign, unknown := maps.Clone(one), maps.Clone(two)
		if changes && len(mixture) < len(places) { // it may change what is ours
			foreign, unknown = w.furnish(t, us), w.furnish(t, us)
		}
		for _, place := range mixture {
			foreign[place], unknown[place] = theirs[place], nowhere(theirs[place])
		}
		w.alike(t, us, row.field, row.request, foreign, unknown)
	}
	ours := one
	if changes {
		ours = w.furnish(t, us)
	}
	a := w.as(t, us, ourRequestID, expand(t, row.request, ours))
	if strings.Contains(a.body, `"errors":`) || !strings.Contains(a.body, expand(t, row.works, ours)) {
		t.Errorf("%s with our own things was answered %s", row.field, a.body)
	}
}

// alike sends a request twice, with foreign and with unknown in its places, and compares the answers:
// they may differ in nothing but these values.
func (w *walk) alike(t *testing.T, us caller, what, query string, foreign, unknown map[string]string) {
	t.Helper()
	send := func(made map[string]string) string {
		a := w.as(t, us, ourRequestID, expand(t, query, made))
		body := a.body
		for name, value := range made {
			if name != "n" {
				body = strings.ReplaceAll(body, value, name)
			}
		}
		return fmt.Sprintf("%d %s %s", a.status, a.header.Values("Content-Type"), body)
	}
	if got, want := send(foreign), send(unknown); got != want {
		t.Errorf("%s tells another tenant's thing from what is nowhere: %s\n%s\n%s", what, expand(t, query, foreign), got, want)
	}
}

// walkForeignNodes asks for a node of every type, by the field node and by what is not its type.
func walkForeignNodes(t *testing.T, w *walk, us caller, theirs map[string]string) {
	t.Helper()
	for kind, node := range nodeKinds() {
		foreign, unknown := map[string]string{"id": theirs[node.name]}, map[string]string{"id": nowhere(theirs[node.name])}
		const query = `{
			node(id: "{{id}}") { __typename id } user(id: "{{id}}") { id } app(id: "{{id}}") { id }
			managementApplication(id: "{{id}}") { id } role(id: "{{id}}") { id }
		}`
		w.alike(t, us, "a "+kind, query, foreign, unknown)
		if a := w.as(t, us, ourRequestID, expand(t, query, foreign)); a.body != `{"data":{"node":null,"user":null,"app":null,"managementApplication":null,"role":null}}` {
			t.Errorf("another tenant's %s is %s", kind, a.body)
		}
	}
}

// connections are the lists of Query, each with the orders that it has in the words of the schema; one
// empty order where it has none.
func connections(w *walk) map[string][]string {
	lists := map[string][]string{}
	for _, field := range w.schema.Query.Fields {
		if !strings.HasSuffix(field.Type.Name(), "Connection") {
			continue
		}
		lists[field.Name] = []string{""}
		if orderBy := field.Arguments.ForName("orderBy"); orderBy != nil {
			words := w.schema.Types[w.schema.Types[orderBy.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues
			for _, word := range words {
				lists[field.Name] = append(lists[field.Name], `, orderBy: {field: `+word.Name+`}`)
			}
		}
	}
	return lists
}

// walkForeignCursors goes on from cursors of the first tenant in lists of ours: they are places in an
// order, like a cursor of something that is nowhere, and lead to nothing of theirs.
func walkForeignCursors(t *testing.T, w *walk, us, them caller) {
	t.Helper()
	catalogue := map[string]*store.Schema{}
	for _, schema := range store.Catalogue() {
		catalogue[schema.Name] = schema
	}
	for name, orders := range connections(w) {
		for _, order := range orders {
			cursor := w.must(t, them, "theirs", `{ `+name+`(first: 1`+order+`) { edges { cursor } } }`).text(t, "data."+name+".edges.0.cursor")
			unknown := elsewhere(t, catalogue[name], cursor)
			for _, side := range []string{"first: 2, after", "last: 2, before"} {
				query := `{ ` + name + `(` + side + `: "{{cursor}}"` + order + `) { nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
				w.alike(t, us, name+order, query, map[string]string{"cursor": cursor}, map[string]string{"cursor": unknown})
			}
		}
	}
}

// elsewhere is the cursor of something that is nowhere and that stands, in the same order, next to
// what a cursor is of.
func elsewhere(t *testing.T, schema *store.Schema, cursor string) string {
	t.Helper()
	orders := []string{""}
	for _, field := range schema.Fields {
		orders = append(orders, field.Name)
	}
	for _, order := range orders {
		position, err := store.ParseCursor(schema, order, cursor)
		if err != nil {
			continue
		}
		last := len(position.ID) - 1
		position.ID = position.ID[:last] + string("123456789abcdef0"[strings.IndexByte("0123456789abcdef", position.ID[last])])
		text, err := store.FormatCursor(order, *position)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Fatalf("%s is no cursor of %s", cursor, schema.Name)
	return ""
}

// walkForeignDomains asks for domains, which are unique across tenants: that another tenant has one
// reads as if an application of our own had it.
func walkForeignDomains(t *testing.T, w *walk, us caller, theirs, ours, second map[string]string) {
	t.Helper()
	for _, query := range []string{
		`mutation { createManagementApplication(input: {name: "taker", subdomain: "service-{{n}}"}) { managementApplication { id } } }`,
		`mutation { createManagementApplication(input: {name: "taker", customDomain: "service-{{n}}.example.com"}) { managementApplication { id } } }`,
		`mutation { updateManagementApplication(id: "` + second["service"] + `", input: {subdomain: "service-{{n}}"}) { managementApplication { id } } }`,
		`mutation { updateManagementApplication(id: "` + second["service"] + `", input: {customDomain: "Service-{{n}}.example.com"}) { managementApplication { id } } }`,
	} {
		w.alike(t, us, "a domain", query, theirs, ours)
		if a := w.as(t, us, ourRequestID, expand(t, query, theirs)); !slices.Equal(codesIn(t, a), []string{"CONFLICT"}) {
			t.Errorf("another tenant's domain was given away: %s was answered %s", query, a.body)
		}
	}
}

// sameNames are mutations that work in one tenant once, because of the names and places that they
// take, and in another all the same.
func sameNames() []string {
	return []string{
		`mutation { createUser(input: {username: "same"}) { user { id } } }`,
		`mutation { createApp(input: {userId: "same", name: "same"}) { app { id } } }`,
		`mutation { createRole(input: {name: "same", permissions: []}) { role { id } } }`,
		`mutation { createManagementApplication(input: {name: "same", authenticatorPreferences: {isCentralized: true, loginUri: "https://example.com/"}}) { managementApplication { id } } }`,
	}
}

// walkTotals compares every list with the store: all that is ours, and nothing else.
func walkTotals(t *testing.T, w *walk, us caller) {
	t.Helper()
	there := map[string][]string{}
	for name := range w.dump(t, us.tenant) {
		collection, id, _ := strings.Cut(name, " ")
		there[collection] = append(there[collection], id)
	}
	for name := range connections(w) {
		var ids []string
		after := ""
		for more := true; more; {
			a := w.must(t, us, ourRequestID, `{ `+name+`(first: 500`+after+`) { nodes { id } totalCount pageInfo { hasNextPage endCursor } } }`)
			var page struct {
				Nodes      []struct{ ID string }
				TotalCount int
				PageInfo   struct {
					HasNextPage bool
					EndCursor   string
				}
			}
			reencode(t, a.at(t, "data."+name), &page)
			if page.TotalCount != len(there[name]) || page.TotalCount == 0 {
				t.Errorf("%s are %d in all, want %d", name, page.TotalCount, len(there[name]))
			}
			for _, node := range page.Nodes {
				ids = append(ids, node.ID)
			}
			more, after = page.PageInfo.HasNextPage, `, after: "`+page.PageInfo.EndCursor+`"`
		}
		slices.Sort(ids)
		slices.Sort(there[name])
		if diff := cmp.Diff(there[name], ids); diff != "" {
			t.Errorf("%s are others than ours: %s", name, diff)
		}
	}
}

// checkApart looks for the IDs of each tenant in the documents of the other.
func checkApart(t *testing.T, w *walk) {
	t.Helper()
	tenants := map[string]map[string]string{}
	for _, tenant := range []string{admin.DefaultTenantID, otherTenantID} {
		tenants[tenant] = w.dump(t, tenant)
	}
	for tenant, other := range map[string]string{admin.DefaultTenantID: otherTenantID, otherTenantID: admin.DefaultTenantID} {
		all := fmt.Sprint(tenants[tenant])
		for name := range tenants[other] {
			if _, id, _ := strings.Cut(name, " "); strings.Contains(all, id) {
				t.Errorf("the documents of the tenant %s name %s of the other", tenant, name)
			}
		}
	}
}
