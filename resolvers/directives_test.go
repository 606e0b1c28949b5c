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

		"managementApplication":          `{ managementApplication(id: "x") { id } }`,
		"managementApplications":         `{ managementApplications { nodes { id } } }`,
		"createManagementApplication":    `mutation { createManagementApplication(input: {name: " "}) { managementApplication { id } } }`,
		"updateManagementApplication":    `mutation { updateManagementApplication(id: "x", input: {}) { managementApplication { id } } }`,
		"deleteManagementApplication":    `mutation { deleteManagementApplication(id: "x") { deletedId } }`,
		"setManagementApplicationStatus": `mutation { setManagementApplicationStatus(id: "x", status: true) { status } }`,
		"addClient":                      `mutation { addClient(managementApplicationId: "x", input: {saml: {name: "x", spEntityId: "x"}}) { client { id } } }`,
		"updateClient":                   `mutation { updateClient(id: "x", input: {oidc: {name: "x"}}) { client { id } } }`,
		"removeClient":                   `mutation { removeClient(id: "x") { removedId } }`,
		"setDefaultClient":               `mutation { setDefaultClient(id: "x") { managementApplication { id } } }`,
		"generateClientSecret":           `mutation { generateClientSecret(clientId: "x") { client { id } } }`,
		"revokeClientSecret":             `mutation { revokeClientSecret(clientId: "x", secretId: "x") { client { id } } }`,
		"updateLoginPreferences":         `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {totp: null}}) { application { id } } }`,
		"setLoginMethodStatus":           `mutation { setLoginMethodStatus(applicationId: "x", method: TOTP, status: true) { status } }`,

		"role":         `{ role(id: "x") { id } }`,
		"roles":        `{ roles { nodes { id } } }`,
		"createRole":   `mutation { createRole(input: {name: " ", permissions: []}) { role { id } } }`,
		"updateRole":   `mutation { updateRole(id: "x", input: {}) { role { id } } }`,
		"deleteRole":   `mutation { deleteRole(id: "x") { deletedId } }`,
		"assignRole":   `mutation { assignRole(roleId: "x", entityType: USER, entityIds: ["x"]) { roleAssignments { id } } }`,
		"unassignRole": `mutation { unassignRole(roleId: "x", entityIds: ["x"]) { removedRoleAssignments } }`,

		"adminKeys":      `{ adminKeys { nodes { id } } }`,
		"auditEvents":    `{ auditEvents { nodes { id } } }`,
		"createAdminKey": `mutation { createAdminKey(input: {name: " ", permissions: []}) { adminKey { id } } }`,
		"revokeAdminKey": `mutation { revokeAdminKey(id: "x") { revokedId } }`,
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
