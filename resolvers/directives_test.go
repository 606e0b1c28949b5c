package resolvers_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
)

// selections is one request for each field that needs a permission.
func selections() map[string]string {
	return map[string]string{
		"user":          `{ user(id: "x") { id } }`,
		"users":         `{ users { nodes { id } } }`,
		"app":           `{ app(id: "x") { id } }`,
		"apps":          `{ apps { nodes { id } } }`,
		"createUser":    `mutation { createUser(input: {username: " "}) { user { id } } }`,
		"updateUser":    `mutation { updateUser(id: "x", input: {}) { user { id } } }`,
		"deleteUser":    `mutation { deleteUser(id: "x") { deletedId } }`,
		"setUserStatus": `mutation { setUserStatus(id: "x", status: true) { status } }`,
		"createApp":     `mutation { createApp(input: {userId: "x", name: " "}) { app { id } } }`,
		"updateApp":     `mutation { updateApp(id: "x", input: {}) { app { id } } }`,
		"deleteApp":     `mutation { deleteApp(id: "x") { deletedId } }`,
		"setAppStatus":  `mutation { setAppStatus(id: "x", status: true) { status } }`,
	}
}

// TestPermissions asks for every field, first with all permissions but the one that the schema
// names, then with that one alone.
func TestPermissions(t *testing.T) {
	t.Parallel()
	backend := embedded(t)
	for _, field := range guarded(t) {
		query := selections()[field.Name]
		if query == "" {
			t.Errorf("the test has no request for %s", field.Name)
			continue
		}
		needed := model.Permission(field.Directives.ForName("requires").Arguments.ForName("permission").Value.Raw)
		if !needed.IsValid() {
			t.Errorf("%s requires %q", field.Name, needed)
		}
		others := slices.DeleteFunc(slices.Clone(model.AllPermission), func(p model.Permission) bool { return p == needed })
		var log bytes.Buffer
		refused := ask(t, server(t, backend, time.Now, &log, others...), query)
		if code := refused.code(t); code != "FORBIDDEN" || refused.Errors[0].Extensions["status"] != 403.0 || !strings.Contains(refused.body, needed.String()) {
			t.Errorf("%s without %s was answered %s", field.Name, needed, refused.body)
		}
		let := ask(t, server(t, backend, time.Now, &log, needed), query)
		if code := let.code(t); code == "FORBIDDEN" || code == "INTERNAL" {
			t.Errorf("%s with %s alone was answered %s", field.Name, needed, let.body)
		}
	}
}
