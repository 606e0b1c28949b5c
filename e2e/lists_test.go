package e2e_test

import (
	"fmt"
	"testing"
)

// listApps lists apps by name, whatever the filter.
const listApps = `query ($filter: AppFilter) {
	apps(filter: $filter, orderBy: {field: NAME}) { nodes { name } totalCount }
}`

// listUsers lists users in any order.
const listUsers = `query ($filter: UserFilter, $order: UserOrder) {
	users(filter: $filter, orderBy: $order) { nodes { username } totalCount }
}`

// named is a list of apps as listApps answers it.
func named(names ...string) string { return listed("name", names) }

// listed is a list of objects that show one field.
func listed(field string, values []string) string {
	text := `{"nodes":[`
	for i, value := range values {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(`{%q:%q}`, field, value)
	}
	return text + fmt.Sprintf(`],"totalCount":%d}`, len(values))
}

// TestFiltersAndOrders goes through every condition that a list can have, and every order.
func TestFiltersAndOrders(t *testing.T) {
	steps := twoUsers([]step{
		{
			name: "the user Bob", query: `mutation { createUser(input: {username: "Bob"}) { user { id updatedAt } } }`,
			save:   map[string]string{"bob": "data.createUser.user.id", "bobs": "data.createUser.user.updatedAt"},
			events: []string{"user.create {{bob}} username isActive"},
		},
	})
	for i, app := range []struct{ owner, name string }{
		{"steve", "zebra"}, {"steve", "Alpha"}, {"anna", "alpha"}, {"anna", "alphabet"}, {"anna", "100%"}, {"anna", "100x"},
	} {
		id := fmt.Sprintf("app%d", i)
		steps = append(steps, step{
			name: app.owner + "'s app " + app.name, query: `mutation ($o: ID!, $n: String!) { createApp(input: {userId: $o, name: $n}) { app { id updatedAt } } }`,
			variables: fmt.Sprintf(`{"o": %q, "n": %q}`, app.owner, app.name),
			save:      map[string]string{id: "data.createApp.app.id", id + "At": "data.createApp.app.updatedAt"},
			events:    []string{"app.create {{" + id + "}} userId name isActive"},
		})
	}
	steps = append(
		steps,
		step{name: "zebra is inactive", query: setAppStatus, variables: `{"id": "{{app0}}", "status": false}`, save: map[string]string{"zebraAt": "data.setAppStatus.app.updatedAt"}, events: []string{"app.deactivate {{app0}} isActive"}},
		step{name: "anna is renamed", query: updateUser, variables: `{"id": "{{anna}}", "input": {"firstName": "Anna"}}`, save: map[string]string{"annaAt": "data.updateUser.user.updatedAt"}, events: []string{"user.update {{anna}} firstName"}},
	)
	for _, list := range []struct{ name, filter, want string }{
		{"no filter", `null`, named("100%", "100x", "Alpha", "alpha", "alphabet", "zebra")},
		{"conditions that are null", `{"userId": null, "name": null, "nameStartsWith": null, "isActive": null, "updatedSince": null}`, named("100%", "100x", "Alpha", "alpha", "alphabet", "zebra")},
		{"an owner's ID", `{"userId": "{{steve}}"}`, named("Alpha", "zebra")},
		{"an owner's username", `{"userId": "ＳＴＥＶＥ"}`, named("Alpha", "zebra")},
		{"an owner without apps", `{"userId": "bob"}`, named()},
		{"nobody", `{"userId": "nobody"}`, named()},
		{"an empty owner", `{"userId": ""}`, named()},
		{"exactly this name", `{"name": "alpha"}`, named("alpha")},
		{"a name that is only a prefix", `{"name": "alph"}`, named()},
		{"a beginning, whatever its case", `{"nameStartsWith": "ALPHA"}`, named("Alpha", "alpha", "alphabet")},
		{"a beginning with what is a wildcard elsewhere", `{"nameStartsWith": "100%"}`, named("100%")},
		{"a beginning with what is a pattern elsewhere", `{"nameStartsWith": ".*"}`, named()},
		{"an empty beginning", `{"nameStartsWith": ""}`, named("100%", "100x", "Alpha", "alpha", "alphabet", "zebra")},
		{"inactive", `{"isActive": false}`, named("zebra")},
		{"active", `{"isActive": true}`, named("100%", "100x", "Alpha", "alpha", "alphabet")},
		{"since the instant of a change", `{"updatedSince": "{{app4At}}"}`, named("100%", "100x", "zebra")},
		{"since the last change", `{"updatedSince": "{{zebraAt}}"}`, named("zebra")},
		{"since then in another zone", `{"updatedSince": "2999-01-01T00:00:00+02:00"}`, named()},
		{"two conditions", `{"userId": "anna", "nameStartsWith": "alpha"}`, named("alpha", "alphabet")},
		{"all conditions", `{"userId": "steve", "name": "zebra", "nameStartsWith": "z", "isActive": false, "updatedSince": "{{zebraAt}}"}`, named("zebra")},
		{"conditions that exclude each other", `{"name": "zebra", "nameStartsWith": "a"}`, named()},
	} {
		steps = append(steps, step{
			name: "apps: " + list.name, query: listApps, variables: `{"filter": ` + list.filter + `}`,
			want: []string{`{"data":{"apps":` + list.want + `}}`},
		})
	}
	for _, list := range []struct {
		name, filter, order string
		want                []string
	}{
		{"by creation without saying so", `null`, `null`, []string{"steve", "anna", "Bob"}},
		{"by creation as the default of an order", `null`, `{}`, []string{"steve", "anna", "Bob"}},
		{"backwards by creation", `null`, `{"direction": "DESC"}`, []string{"Bob", "anna", "steve"}},
		{"by name, whatever its case", `null`, `{"field": "USERNAME"}`, []string{"anna", "Bob", "steve"}},
		{"backwards by name", `null`, `{"field": "USERNAME", "direction": "DESC"}`, []string{"steve", "Bob", "anna"}},
		{"by change", `null`, `{"field": "UPDATED_AT"}`, []string{"steve", "Bob", "anna"}},
		{"backwards by change", `null`, `{"field": "UPDATED_AT", "direction": "DESC"}`, []string{"anna", "Bob", "steve"}},
		{"a beginning", `{"usernameStartsWith": "bO"}`, `null`, []string{"Bob"}},
		{"since a change", `{"updatedSince": "{{bobs}}"}`, `{"field": "USERNAME"}`, []string{"anna", "Bob"}},
		{"since the last change", `{"updatedSince": "{{annaAt}}", "isActive": true}`, `null`, []string{"anna"}},
		{"inactive", `{"isActive": false}`, `null`, nil},
	} {
		steps = append(steps, step{
			name: "users: " + list.name, query: listUsers, variables: fmt.Sprintf(`{"filter": %s, "order": %s}`, list.filter, list.order),
			want: []string{`{"data":{"users":` + listed("username", list.want) + `}}`},
		})
	}
	play(t, append(steps, step{
		name:  "a user's apps, filtered by owner as well",
		query: `{ users(orderBy: {field: USERNAME}) { nodes { username all: apps { totalCount } steves: apps(filter: {userId: "Steve"}) { totalCount } } } }`,
		want:  []string{`[{"username":"anna","all":{"totalCount":4},"steves":{"totalCount":0}},{"username":"Bob","all":{"totalCount":0},"steves":{"totalCount":0}},{"username":"steve","all":{"totalCount":2},"steves":{"totalCount":2}}]`},
	}))
}

// TestCursors goes through the arguments of a page, right and wrong.
func TestCursors(t *testing.T) {
	const byName = `query ($first: Int, $after: String, $last: Int, $before: String) {
		apps(first: $first, after: $after, last: $last, before: $before, orderBy: {field: NAME}) {
			edges { cursor node { name } } nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
		}
	}`
	steps := twoUsers(nil)
	for _, name := range []string{"a", "b", "c", "d"} {
		steps = append(steps, step{
			name: "the app " + name, query: createApp, variables: `{"input": {"userId": "steve", "name": "` + name + `"}}`,
			save: map[string]string{name: "data.createApp.app.id"}, events: []string{"app.create {{" + name + "}} userId name isActive"},
		})
	}
	const invalid = `"code":"BAD_USER_INPUT"`
	play(t, append(
		steps,
		step{
			name: "edges and nodes show the same", query: byName, variables: `{"first": 2}`,
			want: []string{
				`"node":{"name":"a"}}`, `"nodes":[{"name":"a"},{"name":"b"}]`, `"hasNextPage":true,"hasPreviousPage":false`,
			},
			save: map[string]string{"start": "data.apps.pageInfo.startCursor", "end": "data.apps.edges.1.cursor"},
		},
		step{name: "what is between two cursors", query: byName, variables: `{"after": "{{start}}", "before": "{{end}}"}`, want: []string{`"edges":[],"nodes":[]`, `"startCursor":null,"endCursor":null`}},
		step{name: "what is before a cursor", query: byName, variables: `{"last": 5, "before": "{{end}}"}`, want: []string{`"nodes":[{"name":"a"}]`, `"hasNextPage":true,"hasPreviousPage":false`}},
		step{name: "the first after a cursor", query: byName, variables: `{"first": 1, "after": "{{end}}"}`, want: []string{`"nodes":[{"name":"c"}]`, `"hasNextPage":true,"hasPreviousPage":true`}},
		step{name: "a page of 500", query: byName, variables: `{"first": 500}`, want: []string{`{"name":"d"}]`, `"hasNextPage":false,"hasPreviousPage":false`}},
		step{
			name: "all violations at once", query: byName, variables: `{"first": 0, "after": "x", "last": 501, "before": ""}`,
			want: []string{
				invalid, `"message":"The input breaks 5 rules."`, `{"path":["last"],"code":"EXCLUSIVE"`,
				`{"path":["first"],"code":"OUT_OF_RANGE"`, `{"path":["last"],"code":"OUT_OF_RANGE"`,
				`{"path":["after"],"code":"INVALID_CURSOR"`, `{"path":["before"],"code":"INVALID_CURSOR"`,
			},
		},
		step{name: "a negative page", query: byName, variables: `{"first": -1}`, want: []string{invalid, `[{"path":["first"],"code":"OUT_OF_RANGE"`}},
		step{name: "a page of 501", query: byName, variables: `{"first": 501}`, want: []string{invalid, `[{"path":["first"],"code":"OUT_OF_RANGE"`}},
		step{name: "an empty page backwards", query: byName, variables: `{"last": 0}`, want: []string{invalid, `[{"path":["last"],"code":"OUT_OF_RANGE"`}},
		step{name: "first and last", query: byName, variables: `{"first": 1, "last": 1}`, want: []string{invalid, `[{"path":["last"],"code":"EXCLUSIVE"`}},
		step{name: "half a cursor", query: byName, variables: `{"after": "A{{end}}"}`, want: []string{invalid, `"INVALID_CURSOR"`}},
		step{name: "a cursor and more", query: byName, variables: `{"after": "{{end}}AAAA"}`, want: []string{invalid, `"INVALID_CURSOR"`}},
		step{name: "a cursor with padding", query: byName, variables: `{"after": "{{end}}="}`, want: []string{invalid, `"INVALID_CURSOR"`}},
		step{
			name: "a cursor of another order", query: `query ($c: String) { apps(after: $c, orderBy: {field: UPDATED_AT}) { nodes { name } } }`, variables: `{"c": "{{end}}"}`,
			want: []string{invalid, `[{"path":["after"],"code":"INVALID_CURSOR"`},
		},
		step{
			name: "a cursor of another order, the default", query: `query ($c: String) { apps(before: $c) { nodes { name } } }`, variables: `{"c": "{{end}}"}`,
			want: []string{invalid, `[{"path":["before"],"code":"INVALID_CURSOR"`},
		},
		step{
			name: "a cursor in the other direction is a place like any", query: `query ($c: String) { apps(after: $c, orderBy: {field: NAME, direction: DESC}) { nodes { name } } }`, variables: `{"c": "{{end}}"}`,
			want: []string{`{"data":{"apps":{"nodes":[{"name":"a"}]}}}`},
		},
		step{
			name: "the app at the cursor is deleted", query: `mutation ($id: ID!) { deleteApp(id: $id) { deletedId } }`, variables: `{"id": "{{b}}"}`,
			events: []string{"app.delete {{b}} userId name isActive"},
		},
		step{name: "the cursor still is a place", query: byName, variables: `{"after": "{{end}}"}`, want: []string{`"nodes":[{"name":"c"},{"name":"d"}]`, `"hasPreviousPage":true`}},
		step{
			name: "an owner's apps refuse what every list does", query: `query ($id: ID!) { user(id: $id) { apps(first: 0, after: "x") { nodes { name } } } }`, variables: `{"id": "{{steve}}"}`,
			want: []string{invalid, `"path":["user","apps"]`, `{"path":["first"],"code":"OUT_OF_RANGE"`, `{"path":["after"],"code":"INVALID_CURSOR"`, `"data":{"user":{"apps":null}}`},
		},
	))
}
