package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/model"
)

const (
	listEvents  = `query ($f: AuditEventFilter) { auditEvents(filter: $f) { nodes { action } totalCount } }`
	showChanges = `query ($f: AuditEventFilter) { auditEvents(first: 1, filter: $f) { nodes {
		id occurredAt actor { type id name } action entityType entityId requestId changes { path before after }
	} } }`
)

// when saves the instant of an event, which a step has left on the entity saved under name.
func when(name, action, as string) step {
	return step{
		name: "when " + action + " of " + name + " was", query: showChanges, variables: `{"f": {"entityId": "{{` + name + `}}", "action": "` + action + `"}}`,
		want: []string{`"action":"` + action + `"`}, save: map[string]string{as: "data.auditEvents.nodes.0.occurredAt"},
	}
}

// history begins a scenario with changes of every kind.
func history(then []step) []step {
	steps := twoUsers([]step{
		{
			name: "anna gets a name", query: updateUser, variables: `{"id": "{{anna}}", "input": {"firstName": "Anna", "email": "anna@example.com"}}`,
			events: []string{"user.update {{anna}} firstName email"},
		},
		{
			name: "anna's app", query: createApp, variables: `{"input": {"userId": "anna", "name": "my-app"}}`,
			save: map[string]string{"app": "data.createApp.app.id"}, events: []string{"app.create {{app}} userId name isActive"},
		},
		{name: "anna loses her address", query: updateUser, variables: `{"id": "{{anna}}", "input": {"email": null}}`, events: []string{"user.update {{anna}} email"}},
	})
	for _, s := range service(nil) {
		s.save = map[string]string{"service": s.save["app"], "client": s.save["client"], "secret": s.save["secret"], "secretId": s.save["secretId"]}
		s.events = []string{"managementApplication.create {{service}} *"}
		steps = append(steps, s)
	}
	steps = append(
		steps,
		step{
			name: "its client gets keys and a place to go to", query: updateClient, variables: `{"id": "{{client}}", "input": {"oidc": {"name": "Client", "redirectUris": ["https://a.example/cb", "https://b.example/cb"], "jwks": ` + publicKeys + `}}}`,
			events: []string{"managementApplication.updateClient {{service}} *"},
		},
		step{
			name: "it gets a login", query: updateLogin, variables: `{"id": "{{service}}", "methods": {"google": {"clientId": "a.apps.googleusercontent.com", "clientSecret": "first-canary"}, "totp": {"digits": 8}}}`,
			events: []string{"managementApplication.updateLoginPreferences {{service}} *"},
		},
		step{
			name: "and another secret", query: updateLogin, variables: `{"id": "{{service}}", "methods": {"google": {"clientId": "a.apps.googleusercontent.com", "clientSecret": "second-canary"}}}`,
			events: []string{"managementApplication.updateLoginPreferences {{service}} loginPreferences.authMethods.google.clientSecret"},
		},
		step{
			name: "which somebody looks at", query: revealMethods, variables: `{"id": "{{service}}"}`, want: []string{`"second-canary"`},
			events: []string{"managementApplication.revealSecret {{service}} loginPreferences.authMethods.google.clientSecret"},
		},
		step{
			name: "a role", query: createRole, variables: `{"input": {"name": "Reader", "permissions": ["USERS_READ", "APPS_READ"]}}`,
			save: map[string]string{"role": "data.createRole.role.id"}, events: []string{"role.create {{role}} name permissions"},
		},
		step{
			name: "the role is assigned", query: assignRole, variables: `{"role": "{{role}}", "type": "APPLICATION", "ids": ["{{service}}"]}`,
			save: map[string]string{"assignment": "data.assignRole.roleAssignments.0.id"}, events: []string{"roleAssignment.create {{assignment}} *"},
		},
		step{
			name: "a key", query: createAdminKey, variables: `{"input": {"name": "x", "permissions": [], "expiresAt": "2999-01-01T00:00:00Z"}}`,
			save: map[string]string{"key": "data.createAdminKey.adminKey.id", "plain": "data.createAdminKey.key"}, events: []string{"adminKey.create {{key}} name hint permissions expiresAt"},
		},
		step{
			name: "anna is deleted with her app", query: `mutation ($id: ID!) { deleteUser(id: $id) { deletedId } }`, variables: `{"id": "{{anna}}"}`,
			events: []string{"user.delete {{anna}} *", "app.delete {{app}} *"},
		},
		when("steve", "user.create", "steveAt"), when("anna", "user.create", "annaAt"), when("app", "app.create", "appAt"), when("anna", "user.delete", "goneAt"),
	)
	return append(steps, then...)
}

// TestAuditEvents looks for what happened by every filter, and by several at once.
func TestAuditEvents(t *testing.T) {
	const first = firstKeyID
	var steps []step
	for _, list := range []struct {
		name, filter string
		want         []string
	}{
		{"an entity", `{"entityId": "{{steve}}"}`, []string{"user.create"}},
		{"an entity that is gone", `{"entityId": "{{anna}}"}`, []string{"user.delete", "user.update", "user.update", "user.create"}},
		{"what went with it", `{"entityId": "{{app}}"}`, []string{"app.delete", "app.create"}},
		{"an unknown entity", `{"entityId": "unknown"}`, nil},
		{"an empty entity", `{"entityId": ""}`, nil},
		{"an entity that is a query", `{"entityId": "{\"$ne\": null}"}`, nil},
		{"an entity in quotes", `{"entityId": "' OR 1=1 --"}`, nil},
		{"a type", `{"entityType": "APP"}`, []string{"app.delete", "app.create"}},
		{"another type", `{"entityType": "ROLE_ASSIGNMENT"}`, []string{"roleAssignment.create"}},
		{"Gatehouse itself", `{"actorId": "gatehouse"}`, []string{"adminKey.create"}},
		{"an empty actor", `{"actorId": ""}`, nil},
		{"an actor that did nothing", `{"actorId": "{{key}}"}`, nil},
		{"a verb", `{"action": "user.update"}`, []string{"user.update", "user.update"}},
		{"a verb in another case", `{"action": "USER.UPDATE"}`, nil},
		{"part of a verb", `{"action": "user"}`, nil},
		{"an empty verb", `{"action": ""}`, nil},
		{"reveals", `{"action": "managementApplication.revealSecret"}`, []string{"managementApplication.revealSecret"}},
		{"conditions that are null", `{"entityType": "APP", "entityId": null, "actorId": null, "action": null, "since": null, "until": null}`, []string{"app.delete", "app.create"}},
		{"until an instant, without it", `{"until": "{{annaAt}}"}`, []string{"user.create", "adminKey.create"}},
		{"until the beginning", `{"until": "2019-08-24T14:15:22Z"}`, nil},
		{"until before there was time", `{"until": "0001-01-01T00:00:00Z"}`, nil},
		{"since the future", `{"since": "9999-12-31T23:59:59.999Z"}`, nil},
		{"from an instant to another", `{"since": "{{steveAt}}", "until": "{{appAt}}"}`, []string{"user.update", "user.create", "user.create"}},
		{"since an instant, with it, of one type", `{"since": "{{appAt}}", "entityType": "APP"}`, []string{"app.delete", "app.create"}},
		{"until that instant, of one type", `{"until": "{{appAt}}", "entityType": "APP"}`, nil},
		{"no time at all", `{"since": "{{annaAt}}", "until": "{{annaAt}}"}`, nil},
		{"times the wrong way round", `{"since": "{{appAt}}", "until": "{{steveAt}}"}`, nil},
		{"type and actor", `{"entityType": "ADMIN_KEY", "actorId": "` + first + `"}`, []string{"adminKey.create"}},
		{"type and other actor", `{"entityType": "USER", "actorId": "gatehouse"}`, nil},
		{"entity and other type", `{"entityType": "APP", "entityId": "{{anna}}"}`, nil},
		{"entity and action", `{"entityId": "{{anna}}", "action": "user.update"}`, []string{"user.update", "user.update"}},
		{"actor and action", `{"actorId": "` + first + `", "action": "user.create"}`, []string{"user.create", "user.create"}},
		{"entity and time", `{"entityId": "{{anna}}", "since": "{{appAt}}"}`, []string{"user.delete", "user.update"}},
		{"actor and time", `{"actorId": "` + first + `", "until": "{{annaAt}}"}`, []string{"user.create"}},
		{
			"everything", `{"entityType": "USER", "entityId": "{{anna}}", "actorId": "` + first + `", "action": "user.update", "since": "{{annaAt}}", "until": "{{goneAt}}"}`,
			[]string{"user.update", "user.update"},
		},
		{
			"everything, and one does not hold", `{"entityType": "USER", "entityId": "{{anna}}", "actorId": "` + first + `", "action": "user.update", "since": "{{goneAt}}"}`, nil,
		},
	} {
		steps = append(steps, step{name: list.name, query: listEvents, variables: `{"f": ` + list.filter + `}`, want: []string{`{"data":{"auditEvents":` + listed("action", list.want) + `}}`}})
	}
	all := []string{"adminKey.create", "roleAssignment.create", "role.create", "managementApplication.revealSecret", "managementApplication.updateLoginPreferences", "managementApplication.updateLoginPreferences", "managementApplication.updateClient", "managementApplication.create", "user.update", "app.create", "user.update", "user.create", "user.create", "adminKey.create"}
	play(t, history(append(
		steps,
		step{name: "without a filter, from the last change but those of the deletion", query: listEvents, variables: `{"f": {"until": "{{goneAt}}"}}`, want: []string{listed("action", all)}},
		step{name: "an empty filter", query: `query { auditEvents(filter: {}, first: 1) { totalCount } }`, want: []string{fmt.Sprintf(`"totalCount":%d`, len(all)+2)}},
		step{name: "an unknown type", query: listEvents, variables: `{"f": {"entityType": "TENANT"}}`, want: []string{`"code":"GRAPHQL_VALIDATION_FAILED"`}},
		step{name: "no instant", query: listEvents, variables: `{"f": {"since": "yesterday"}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"INVALID_DATE_TIME"`}},
		step{name: "a page of nothing", query: `{ auditEvents(first: 0, after: "x") { totalCount } }`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["first"],"code":"OUT_OF_RANGE"`, `"path":["after"],"code":"INVALID_CURSOR"`}},
		step{name: "nobody changes an event", query: `mutation { deleteAuditEvent(id: "x") { deletedId } }`, want: []string{`"code":"GRAPHQL_VALIDATION_FAILED"`}},
	)))
}

// firstKeyID is the ID of the first key.
const firstKeyID = "00000000-0000-7000-8000-000000000002"

// TestChangesOfAuditEvents looks at what events say: who, what, when, in which request, and each
// field before and after.
func TestChangesOfAuditEvents(t *testing.T) {
	secret := []string{"first-canary", "second-canary", "{{secret}}", "{{plain}}", "hash"}
	show := func(name, filter string, want ...string) step {
		return step{name: name, query: showChanges, variables: `{"f": {` + filter + `}}`, want: want, not: secret}
	}
	play(t, history([]step{
		show(
			"a creation", `"entityId": "{{steve}}"`,
			`"occurredAt":"{{steveAt}}","actor":{"type":"ADMIN_KEY","id":"`+firstKeyID+`","name":"first key"},"action":"user.create","entityType":"USER","entityId":"{{steve}}","requestId":"step-0"`,
			`"changes":[{"path":"username","before":null,"after":"steve"},{"path":"isActive","before":null,"after":true}]`,
		),
		show("what was not set", `"action": "user.update", "until": "{{appAt}}"`, `"changes":[{"path":"firstName","before":null,"after":"Anna"},{"path":"email","before":null,"after":"anna@example.com"}]`, `"requestId":"step-2"`),
		show("what is no longer set", `"action": "user.update"`, `"changes":[{"path":"email","before":"anna@example.com","after":null}]`),
		show("a deletion", `"action": "user.delete"`, `{"path":"username","before":"anna","after":null}`, `{"path":"isActive","before":true,"after":null}`),
		show("a consequence, in the same request", `"action": "app.delete"`, `"entityType":"APP","entityId":"{{app}}","requestId":"step-13"`, `{"path":"userId","before":"{{anna}}","after":null}`),
		show(
			"lists and nested values", `"action": "managementApplication.updateClient"`,
			`{"path":"clients.{{client}}.redirectUris","before":[],"after":["https://a.example/cb","https://b.example/cb"]}`,
			`{"path":"clients.{{client}}.jwks","before":null,"after":{"keys":[{"crv":"P-256","kid":"1","kty":"EC","x":"`, `"entityType":"MANAGEMENT_APPLICATION"`,
		),
		show("a secret is only ever masked", `"action": "managementApplication.create"`, `{"path":"clients.{{client}}.secrets.{{secretId}}.value","before":null,"after":"[secret]"}`, `{"path":"inviteMemberEmailExpirationMinutes","before":null,"after":2880}`),
		show("so it is when it is replaced", `"action": "managementApplication.updateLoginPreferences"`, `"changes":[{"path":"loginPreferences.authMethods.google.clientSecret","before":"[secret]","after":"[secret]"}]`),
		show("and when it is revealed", `"action": "managementApplication.revealSecret"`, `"changes":[{"path":"loginPreferences.authMethods.google.clientSecret","before":"[secret]","after":"[secret]"}]`),
		show("permissions", `"entityId": "{{role}}"`, `{"path":"permissions","before":null,"after":["USERS_READ","APPS_READ"]}`),
		show("a key, without its hash", `"entityId": "{{key}}"`, `"entityType":"ADMIN_KEY"`, `{"path":"permissions","before":null,"after":[]},{"path":"expiresAt","before":null,"after":"2999-01-01T00:00:00.000Z"}]`),
		show("what nobody asked for by a request", `"actorId": "gatehouse"`, `"actor":{"type":"SYSTEM","id":"gatehouse","name":"Gatehouse"},"action":"adminKey.create"`, `"requestId":""`),
		{name: "the ID of an event", query: showChanges, variables: `{"f": {"entityId": "{{steve}}"}}`, save: map[string]string{"event": "data.auditEvents.nodes.0.id"}},
		{
			name: "as a node", query: `query ($id: ID!) { node(id: $id) { __typename id ... on AuditEvent { action entityId changes { path } } } }`, variables: `{"id": "{{event}}"}`,
			want: []string{`{"node":{"__typename":"AuditEvent","id":"{{event}}","action":"user.create","entityId":"{{steve}}","changes":[{"path":"username"},{"path":"isActive"}]}}`},
		},
	}))
}

// TestPagingThroughTheAuditTrail walks through the trail in both directions, with pages that do not
// come out even, and checks that nobody reads it without the permission.
func TestPagingThroughTheAuditTrail(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		const changes = 24 // and the first key
		for i := range changes {
			mustCreateUser(t, p, fmt.Sprintf("user-%02d", i))
		}
		const page = `query ($first: Int, $after: String, $last: Int, $before: String) {
			auditEvents(first: $first, after: $after, last: $last, before: $before) { nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
		}`
		whole := eventIDs(t, p.ask(t, page, `{"first": 500}`))
		if len(whole) != changes+1 || !slices.IsSortedFunc(whole, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Fatalf("the trail has %d events: %v", len(whole), whole)
		}
		var forward, backward []string
		for cursor := "null"; ; {
			a := p.ask(t, page, `{"first": 7, "after": `+cursor+`}`)
			if first := len(forward) == 0; a.at(t, "data.auditEvents.pageInfo.hasPreviousPage") == first || a.at(t, "data.auditEvents.totalCount") != float64(changes+1) {
				t.Errorf("after %d events a page says %s", len(forward), a.body)
			}
			forward = append(forward, eventIDs(t, a)...)
			if a.at(t, "data.auditEvents.pageInfo.hasNextPage") == false {
				break
			}
			cursor = quoted(t, a.text(t, "data.auditEvents.pageInfo.endCursor"))
		}
		for cursor := "null"; ; {
			a := p.ask(t, page, `{"last": 4, "before": `+cursor+`}`)
			backward = append(eventIDs(t, a), backward...)
			if a.at(t, "data.auditEvents.pageInfo.hasPreviousPage") == false {
				break
			}
			cursor = quoted(t, a.text(t, "data.auditEvents.pageInfo.startCursor"))
		}
		if !slices.Equal(forward, whole) || !slices.Equal(backward, whole) {
			t.Errorf("forward %v\nbackward %v\nwant %v", forward, backward, whole)
		}
		reader, _ := mustCreateKey(t, p, "reader", nil, model.PermissionAuditRead)
		others, _ := mustCreateKey(t, p, "others", nil, slices.DeleteFunc(slices.Clone(model.AllPermission), func(p model.Permission) bool { return p == model.PermissionAuditRead })...)
		variables := `{"id": "` + whole[0] + `"}`
		expect(t, "a reader", p.with(reader).ask(t, `query ($id: ID!) { auditEvents { totalCount } node(id: $id) { id } }`, variables), []string{`"totalCount":27},"node":{"id":"` + whole[0] + `"}`}, nil)
		expect(t, "everybody else", p.with(others).ask(t, `{ auditEvents { totalCount } }`, ""), []string{`"code":"FORBIDDEN"`, "AUDIT_READ", `"data":null`}, nil)
		expect(t, "everybody else, by ID", p.with(others).ask(t, `query ($id: ID!) { node(id: $id) { id } }`, variables), []string{`{"data":{"node":null}}`}, nil)
	})
}

// eventIDs are the IDs in a page of the audit trail.
func eventIDs(t testing.TB, a answer) []string {
	t.Helper()
	nodes, ok := a.at(t, "data.auditEvents.nodes").([]any)
	if !ok {
		t.Fatalf("there is no page: %s", a.body)
	}
	ids := make([]string, len(nodes))
	for i := range nodes {
		ids[i] = a.text(t, fmt.Sprintf("data.auditEvents.nodes.%d.id", i))
	}
	return ids
}
