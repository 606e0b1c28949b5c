package e2e_test

import (
	"testing"

	"gatehouse/model"
)

const (
	roleFields = `id name description permissions revision`
	createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { ` + roleFields + ` assignments { totalCount } } } }`
	updateRole = `mutation ($id: ID!, $input: UpdateRoleInput!, $expected: Int) { updateRole(id: $id, input: $input, expectedRevision: $expected) { role { ` + roleFields + ` } } }`
	deleteRole = `mutation ($id: ID!) { deleteRole(id: $id) { deletedId removedRoleAssignments } }`
	assignRole = `mutation ($role: ID!, $type: RoleEntityType!, $ids: [ID!]!) { assignRole(roleId: $role, entityType: $type, entityIds: $ids) {
		roleAssignments { id entityType entityId role { name } entity { __typename ... on User { username } ... on ManagementApplication { name } } createdBy { type } }
	} }`
	unassignRole = `mutation ($role: ID!, $ids: [ID!]!) { unassignRole(roleId: $role, entityIds: $ids) { removedRoleAssignments } }`
	assignments  = `query ($role: ID!) { role(id: $role) { all: assignments { totalCount } users: assignments(entityType: USER) { totalCount nodes { entityId } } services: assignments(entityType: APPLICATION) { totalCount nodes { entityId } } } }`
)

// twoServices begins a scenario with two users, two management applications and two roles.
func twoServices(then []step) []step {
	steps := twoUsers(nil)
	for _, name := range []string{"alpha", "beta"} {
		steps = append(steps, step{
			name: "the management application " + name, query: createService, variables: `{"input": {"name": "` + name + `"}}`,
			save: map[string]string{name: "data.createManagementApplication.managementApplication.id"}, events: []string{"managementApplication.create {{" + name + "}} *"},
		})
	}
	steps = append(
		steps,
		step{
			name: "the role reader", query: createRole, variables: `{"input": {"name": " Reader ", "description": "reads", "permissions": ["USERS_READ", "APPS_READ"]}}`,
			want: []string{`"name":"Reader","description":"reads","permissions":["USERS_READ","APPS_READ"],"revision":1,"assignments":{"totalCount":0}`},
			save: map[string]string{"reader": "data.createRole.role.id"}, events: []string{"role.create {{reader}} name description permissions"},
		},
		step{
			name: "the role writer", query: createRole, variables: `{"input": {"name": "Writer", "permissions": []}}`,
			save: map[string]string{"writer": "data.createRole.role.id"}, events: []string{"role.create {{writer}} name permissions"},
		},
	)
	return append(steps, then...)
}

// TestRoles makes, changes, lists and deletes roles.
func TestRoles(t *testing.T) {
	play(t, twoServices([]step{
		{name: "a taken name, spelt otherwise", query: createRole, variables: `{"input": {"name": "ＲEADER", "permissions": []}}`, want: []string{`"code":"CONFLICT"`, `"field":"name"`}},
		{name: "a taken name on update", query: updateRole, variables: `{"id": "{{writer}}", "input": {"name": "reader"}}`, want: []string{`"code":"CONFLICT"`, `"field":"name"`}},
		{name: "two violations", query: createRole, variables: `{"input": {"name": " ", "permissions": ["USERS_READ", "USERS_READ"]}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","name"],"code":"REQUIRED"`, `"path":["input","permissions",1],"code":"DUPLICATE"`}},
		{name: "an unknown permission", query: createRole, variables: `{"input": {"name": "X", "permissions": ["EVERYTHING"]}}`, want: []string{`"code":"GRAPHQL_VALIDATION_FAILED"`}},
		{name: "null for what cannot be cleared", query: updateRole, variables: `{"id": "{{reader}}", "input": {"name": null, "permissions": null}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","name"]`, `"path":["input","permissions"]`}},
		{
			name: "update", query: updateRole, variables: `{"id": "{{reader}}", "expected": 1, "input": {"name": "Viewer", "description": null, "permissions": ["AUDIT_READ"]}}`,
			want: []string{`"name":"Viewer","description":null,"permissions":["AUDIT_READ"],"revision":2`}, events: []string{"role.update {{reader}} name permissions description"},
		},
		{name: "nothing to change", query: updateRole, variables: `{"id": "{{reader}}", "expected": 2, "input": {"permissions": ["AUDIT_READ"]}}`, want: []string{`"revision":2`}},
		{name: "an old revision", query: updateRole, variables: `{"id": "{{reader}}", "expected": 1, "input": {"name": "X"}}`, want: []string{`"code":"CONFLICT"`, `"currentRevision":2`}},
		{name: "the old name is free", query: updateRole, variables: `{"id": "{{writer}}", "input": {"name": "Reader"}}`, want: []string{`"name":"Reader"`}, events: []string{"role.update {{writer}} name"}},
		{name: "list", query: `query ($id: ID!) { roles { nodes { name } totalCount } node(id: $id) { ... on Role { name } } }`, variables: `{"id": "{{reader}}"}`, want: []string{`"roles":{"nodes":[{"name":"Viewer"},{"name":"Reader"}],"totalCount":2},"node":{"name":"Viewer"}`}},
		{name: "delete", query: deleteRole, variables: `{"id": "{{reader}}"}`, want: []string{`{"deletedId":"{{reader}}","removedRoleAssignments":0}`}, events: []string{"role.delete {{reader}} *"}},
		{name: "delete what is gone", query: deleteRole, variables: `{"id": "{{reader}}"}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "its name is free", query: createRole, variables: `{"input": {"name": "viewer", "permissions": []}}`, save: map[string]string{"viewer": "data.createRole.role.id"}, events: []string{"role.create {{viewer}} *"}},
	}))
}

// TestRoleAssignments assigns and takes away roles, and deletes each of what an assignment ties
// together.
func TestRoleAssignments(t *testing.T) {
	play(t, twoServices([]step{
		{
			name: "all or none", query: assignRole, variables: `{"role": "{{reader}}", "type": "USER", "ids": ["{{steve}}", "unknown", "{{alpha}}", "{{anna}}"]}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `{"path":["entityIds",1],"code":"UNKNOWN_ENTITY"`, `{"path":["entityIds",2],"code":"UNKNOWN_ENTITY"`}, not: []string{`["entityIds",0]`, `["entityIds",3]`},
		},
		{name: "none", query: assignments, variables: `{"role": "{{reader}}"}`, want: []string{`"all":{"totalCount":0}`}},
		{name: "an unknown role", query: assignRole, variables: `{"role": "unknown", "type": "USER", "ids": ["{{steve}}"]}`, want: []string{`"code":"NOT_FOUND"`}},
		{
			name: "two users", query: assignRole, variables: `{"role": "{{reader}}", "type": "USER", "ids": ["{{anna}}", "{{steve}}"]}`,
			want: []string{
				`"entityType":"USER","entityId":"{{anna}}","role":{"name":"Reader"},"entity":{"__typename":"User","username":"anna"},"createdBy":{"type":"ADMIN_KEY"}},{"id":"`,
				`"entityType":"USER","entityId":"{{steve}}","role":{"name":"Reader"},"entity":{"__typename":"User","username":"steve"}`,
			},
			save:   map[string]string{"annas": "data.assignRole.roleAssignments.0.id", "steves": "data.assignRole.roleAssignments.1.id"},
			events: []string{"roleAssignment.create {{annas}} roleId entityType entityId", "roleAssignment.create {{steves}} roleId entityType entityId"},
		},
		{
			name: "two management applications, one of them twice", query: assignRole, variables: `{"role": "{{reader}}", "type": "APPLICATION", "ids": ["{{alpha}}", "{{beta}}", "{{alpha}}"]}`,
			want:   []string{`"entityType":"APPLICATION","entityId":"{{alpha}}","role":{"name":"Reader"},"entity":{"__typename":"ManagementApplication","name":"alpha"}`},
			save:   map[string]string{"alphas": "data.assignRole.roleAssignments.0.id", "betas": "data.assignRole.roleAssignments.1.id", "again": "data.assignRole.roleAssignments.2.id"},
			events: []string{"roleAssignment.create {{alphas}} *", "roleAssignment.create {{betas}} *"},
		},
		{
			name: "again", query: assignRole, variables: `{"role": "{{reader}}", "type": "USER", "ids": ["{{steve}}", "{{anna}}"]}`,
			want: []string{`[{"id":"{{steves}}",`, `,{"id":"{{annas}}",`},
		},
		{
			name: "the other role", query: assignRole, variables: `{"role": "{{writer}}", "type": "APPLICATION", "ids": ["{{alpha}}", "{{beta}}"]}`,
			save:   map[string]string{"alphas2": "data.assignRole.roleAssignments.0.id", "betas2": "data.assignRole.roleAssignments.1.id"},
			events: []string{"roleAssignment.create {{alphas2}} *", "roleAssignment.create {{betas2}} *"},
		},
		{name: "of the role", query: assignments, variables: `{"role": "{{reader}}"}`, want: []string{`"all":{"totalCount":4},"users":{"totalCount":2,`, `"services":{"totalCount":2,`, `{"entityId":"{{anna}}"}`, `{"entityId":"{{steve}}"}`, `{"entityId":"{{alpha}}"}`, `{"entityId":"{{beta}}"}`}},
		{
			name: "of an application, by page, and by ID", query: `query ($app: ID!, $id: ID!) { managementApplication(id: $app) { roleAssignments(first: 1) { nodes { role { name } } totalCount pageInfo { hasNextPage } } } node(id: $id) { ... on RoleAssignment { entityId } } }`, variables: `{"app": "{{alpha}}", "id": "{{alphas}}"}`,
			want: []string{`{"nodes":[{"role":{"name":"Reader"}}],"totalCount":2,"pageInfo":{"hasNextPage":true}}`, `"node":{"entityId":"{{alpha}}"}`},
		},
		{name: "unassign, and count", query: unassignRole, variables: `{"role": "{{writer}}", "ids": ["{{alpha}}", "{{steve}}", "unknown", "{{alpha}}"]}`, want: []string{`{"removedRoleAssignments":1}`}, events: []string{"roleAssignment.delete {{alphas2}} *"}},
		{name: "unassign again", query: unassignRole, variables: `{"role": "{{writer}}", "ids": ["{{alpha}}"]}`, want: []string{`{"removedRoleAssignments":0}`}},
		{name: "unassign an unknown role", query: unassignRole, variables: `{"role": "unknown", "ids": ["{{alpha}}"]}`, want: []string{`"code":"NOT_FOUND"`}},
		{
			name: "assign once more", query: assignRole, variables: `{"role": "{{writer}}", "type": "APPLICATION", "ids": ["{{alpha}}"]}`,
			save: map[string]string{"alphas3": "data.assignRole.roleAssignments.0.id"}, events: []string{"roleAssignment.create {{alphas3}} *"},
		},
		{
			name: "delete one of two management applications", query: deleteService, variables: `{"id": "{{alpha}}"}`,
			want:   []string{`{"deletedId":"{{alpha}}","removedRoleAssignments":2}`},
			events: []string{"managementApplication.delete {{alpha}} *", "roleAssignment.delete {{alphas}} *", "roleAssignment.delete {{alphas3}} *"},
		},
		{
			name: "the other keeps its assignments", query: `query ($app: ID!, $gone: ID!) { managementApplication(id: $app) { roleAssignments { totalCount nodes { id } } } node(id: $gone) { id } }`, variables: `{"app": "{{beta}}", "gone": "{{alphas}}"}`,
			want: []string{`{"totalCount":2,"nodes":[{"id":"{{betas}}"},{"id":"{{betas2}}"}]}`, `"node":null`},
		},
		{
			name: "delete a user", query: `mutation ($id: ID!) { deleteUser(id: $id) { deletedId deletedAppIds } }`, variables: `{"id": "{{anna}}"}`,
			want: []string{`"deletedId":"{{anna}}"`}, events: []string{"user.delete {{anna}} *", "roleAssignment.delete {{annas}} *"},
		},
		{name: "what is left of the role", query: assignments, variables: `{"role": "{{reader}}"}`, want: []string{`"all":{"totalCount":2},"users":{"totalCount":1,"nodes":[{"entityId":"{{steve}}"}]},"services":{"totalCount":1,"nodes":[{"entityId":"{{beta}}"}]}`}},
		{
			name: "delete the role", query: deleteRole, variables: `{"id": "{{reader}}"}`, want: []string{`{"deletedId":"{{reader}}","removedRoleAssignments":2}`},
			events: []string{"role.delete {{reader}} *", "roleAssignment.delete {{steves}} *", "roleAssignment.delete {{betas}} *"},
		},
		{name: "the other role keeps its own", query: assignments, variables: `{"role": "{{writer}}"}`, want: []string{`"all":{"totalCount":1}`}},
		{name: "assign to what is gone", query: assignRole, variables: `{"role": "{{writer}}", "type": "APPLICATION", "ids": ["{{beta}}", "{{alpha}}"]}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["entityIds",1],"code":"UNKNOWN_ENTITY"`}},
	}))
}

// TestWhomARoleIsGivenTo checks that seeing assignments is not seeing users and management
// applications.
func TestWhomARoleIsGivenTo(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		user := mustCreateUser(t, p, "steve")
		service := mustCreateService(t, p, "billing", "secret").ManagementApplication.Id
		role := p.ask(t, createRole, `{"input": {"name": "Reader", "permissions": []}}`).text(t, "data.createRole.role.id")
		const (
			whom  = `query ($id: ID!, $type: RoleEntityType) { role(id: $id) { name assignments(entityType: $type) { nodes { entityId entity { __typename ... on User { username } ... on ManagementApplication { name } } } } } }`
			fewer = `query ($id: ID!) { role(id: $id) { assignments { nodes { entityType entityId role { name } } } } }`
		)
		of := func(entityType string) string { return `{"id": "` + role + `", "type": "` + entityType + `"}` }
		give := func(entityType, id string) string {
			return `{"role": "` + role + `", "type": "` + entityType + `", "ids": ["` + id + `"]}`
		}
		forbidden := func(permission string) []string {
			return []string{`"code":"FORBIDDEN"`, `"status":403`, "This needs the permission " + permission + "."}
		}
		hidden := []string{"steve", "billing"}

		editor := p.with(d.addKey(t, "editor", model.PermissionRolesEdit))
		expect(t, "a user, by whom may not read users", editor.ask(t, assignRole, give("USER", user)), forbidden("USERS_READ"), hidden)
		expect(t, "a service, by whom may not read them", editor.ask(t, assignRole, give("APPLICATION", service)), forbidden("MANAGEMENT_APPLICATIONS_READ"), hidden)
		reader := p.with(d.addKey(t, "reader", model.PermissionRolesRead))
		expect(t, "by ID alone", reader.ask(t, fewer, of("USER")), []string{`{"entityType":"USER","entityId":"` + user + `","role":{"name":"Reader"}}`, `"entityId":"` + service + `"`}, []string{"errors"})
		expect(t, "a user", reader.ask(t, whom, of("USER")), append(forbidden("USERS_READ"), `"path":["role","assignments","nodes",0,"entity"]`, `"data":{"role":null}`), hidden)
		expect(t, "a service", reader.ask(t, whom, of("APPLICATION")), append(forbidden("MANAGEMENT_APPLICATIONS_READ"), `"data":{"role":null}`), hidden)

		users := p.with(d.addKey(t, "users", model.PermissionRolesRead, model.PermissionUsersRead))
		expect(t, "a user, by whom may read users", users.ask(t, whom, of("USER")), []string{`{"entityId":"` + user + `","entity":{"__typename":"User","username":"steve"}}`}, []string{"errors"})
		expect(t, "a service, by whom may read users", users.ask(t, whom, of("APPLICATION")), forbidden("MANAGEMENT_APPLICATIONS_READ"), hidden)
		services := p.with(d.addKey(t, "services", model.PermissionRolesRead, model.PermissionManagementApplicationsRead))
		expect(t, "a service, by whom may read services", services.ask(t, whom, of("APPLICATION")), []string{`"entity":{"__typename":"ManagementApplication","name":"billing"}`}, []string{"errors"})
		expect(t, "a user, by whom may read services", services.ask(t, whom, of("USER")), forbidden("USERS_READ"), hidden)
	})
}
