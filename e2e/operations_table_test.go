package e2e_test

// operation is one row of the table that the walks follow: a field of the schema, and a request that
// selects it. In its texts {{name}} stands for what a fixture holds under that name; see furnish.
type operation struct {
	// field is the place in the schema: User.apps.
	field string
	// request selects the field, and nothing for which another permission is needed unless there is no
	// other way to it. Everything that a fixture put into it belongs to one tenant.
	request string
	// works is in the answer, beside no errors, when the field did what it is for.
	works string
	// saves keeps texts of the answer for events: the name is the key, the path in the answer the value.
	saves map[string]string
	// events are the audit events that the request leaves, and all of them: the action, and the type
	// and ID of the entity.
	events []string
	// idle is a request for the same field that asks for what is so already; empty where there is none.
	idle string
}

// operations has a row for every field of Query and Mutation and for every other field that
// needs a permission. TestOperations compares it with the schema.
func operations() []operation {
	rows := append(queries(), guardedFields()...)
	rows = append(rows, userMutations()...)
	rows = append(rows, managementApplicationMutations()...)
	rows = append(rows, clientMutations()...)
	rows = append(rows, roleMutations()...)
	return append(rows, keyMutations()...)
}

func queries() []operation {
	return []operation{
		{field: "Query.viewer", request: `{ viewer { tenantId actor { type id name } permissions } }`, works: `"viewer":{"tenantId":`},
		{field: "Query.node", request: `{ node(id: "{{user}}") { id } }`, works: `"node":{"id":"{{user}}"}`},
		{field: "Query.user", request: `{ viewer { tenantId } user(id: "{{user}}") { id username } }`, works: `"user":{"id":"{{user}}","username":"{{username}}"}`},
		{
			field:   "Query.users",
			request: `{ users(filter: {usernameStartsWith: "{{username}}"}) { nodes { id } totalCount } }`,
			works:   `"users":{"nodes":[{"id":"{{user}}"}],"totalCount":1}`,
		},
		{field: "Query.app", request: `{ viewer { tenantId } app(id: "{{app}}") { id userId } }`, works: `"app":{"id":"{{app}}","userId":"{{user}}"}`},
		{
			field: "Query.apps",
			request: `{
				apps(filter: {userId: "{{user}}"}) { nodes { id } totalCount }
				by: apps(filter: {userId: "{{username}}"}) { nodes { id } totalCount }
			}`,
			works: `"by":{"nodes":[{"id":"{{app}}"},{"id":"{{app2}}"}],"totalCount":2}`,
		},
		{
			field:   "Query.managementApplication",
			request: `{ viewer { tenantId } managementApplication(id: "{{service}}") { id clients { id managementApplication { id } } } }`,
			works:   `"managementApplication":{"id":"{{service}}","clients":[{"id":"{{client}}","managementApplication":{"id":"{{service}}"}}`,
		},
		{
			field:   "Query.managementApplications",
			request: `{ managementApplications(filter: {clientId: "{{client}}"}) { nodes { id } totalCount } }`,
			works:   `"managementApplications":{"nodes":[{"id":"{{service}}"}],"totalCount":1}`,
		},
		{
			field:   "Query.role",
			request: `{ viewer { tenantId } role(id: "{{role}}") { id assignments { nodes { id entityId role { id } } totalCount } } }`,
			works:   `"role":{"id":"{{role}}","assignments":{"nodes":[{"id":"{{assignment}}","entityId":"{{user}}","role":{"id":"{{role}}"}},{`,
		},
		{field: "Query.adminKeys", request: `{ adminKeys(first: 500) { nodes { id } totalCount } }`, works: `{"id":"{{adminKey}}"}`},
		{
			field: "Query.auditEvents",
			request: `{
				auditEvents(filter: {entityId: "{{user}}"}) { nodes { id action entityType changes { path before after } } totalCount }
				by: auditEvents(first: 1, filter: {actorId: "{{actor}}", action: "user.create"}) { nodes { actor { id } } }
			}`,
			works: `"auditEvents":{"nodes":[{"id":"{{event}}","action":"user.create","entityType":"USER","changes":[{"path":"username","before":null,"after":"{{username}}"}`,
		},
		{field: "Query.roles", request: `{ roles(first: 500) { nodes { id } totalCount } }`, works: `{"id":"{{role}}"}`},
	}
}

// guardedFields are the fields of other types that need a permission. Each is nullable, so that the
// rest of an answer stands without it.
func guardedFields() []operation {
	return []operation{
		{field: "User.apps", request: `{ user(id: "{{user}}") { id apps { nodes { id } totalCount } } }`, works: `"apps":{"nodes":[{"id":"{{app}}"},{"id":"{{app2}}"}],"totalCount":2}`},
		{field: "App.user", request: `{ apps(filter: {userId: "{{user}}"}) { nodes { id userId user { username } } } }`, works: `{"id":"{{app2}}","userId":"{{user}}","user":{"username":"{{username}}"}}`},
		{
			field:   "App.loginPreferences",
			request: `{ app(id: "{{app}}") { id loginPreferences { authMethods { line { clientId hasClientSecret } } } } }`,
			works:   `"line":{"clientId":"1234567890","hasClientSecret":true}`,
		},
		{
			field:   "ManagementApplication.loginPreferences",
			request: `{ managementApplication(id: "{{service}}") { id loginPreferences { authMethods { facebook { clientId hasClientSecret } } } } }`,
			works:   `"facebook":{"clientId":"12345","hasClientSecret":true}`,
		},
		{
			field:   "ManagementApplication.roleAssignments",
			request: `{ managementApplication(id: "{{service}}") { id roleAssignments { nodes { id } totalCount } } }`,
			works:   `"roleAssignments":{"nodes":[{"id":"{{serviceAssignment}}"}],"totalCount":1}`,
		},
		{
			field:   "ClientSecret.value",
			request: `{ managementApplication(id: "{{service}}") { id defaultClient { ... on OidcClient { secrets { id hint value } } } } }`,
			works:   `,"value":"{{secretValue}}"}`,
			events:  []string{"managementApplication.revealSecret MANAGEMENT_APPLICATION {{service}}", "managementApplication.revealSecret MANAGEMENT_APPLICATION {{service}}"},
		},
		{
			field:   "SocialLogin.clientSecret",
			request: `{ managementApplication(id: "{{service}}") { id loginPreferences { authMethods { facebook { clientId clientSecret } } } } }`,
			works:   `"clientSecret":"{{loginSecret}}"`,
			events:  []string{"managementApplication.revealSecret MANAGEMENT_APPLICATION {{service}}"},
		},
		{
			field:   "AppleLogin.clientSecret",
			request: `{ app(id: "{{app}}") { id loginPreferences { authMethods { apple { clientId clientSecret } } } } }`,
			works:   `"clientSecret":"-----BEGIN PRIVATE KEY-----`,
			events:  []string{"app.revealSecret APP {{app}}"},
		},
	}
}

func userMutations() []operation {
	return []operation{
		{
			field: "Mutation.createUser", request: `mutation { createUser(input: {username: "made-{{n}}", firstName: "Eve"}) { user { id username } } }`,
			works: `"username":"made-{{n}}"`, saves: map[string]string{"made": "data.createUser.user.id"}, events: []string{"user.create USER {{made}}"},
		},
		{
			field: "Mutation.updateUser", request: `mutation { updateUser(id: "{{user}}", input: {firstName: "Eve", email: null}) { user { id firstName } } }`,
			works: `{"id":"{{user}}","firstName":"Eve"}`, events: []string{"user.update USER {{user}}"},
			idle: `mutation { updateUser(id: "{{user}}", input: {firstName: "Steve"}) { user { id } } }`,
		},
		{
			field: "Mutation.deleteUser", request: `mutation { deleteUser(id: "{{user}}") { deletedId deletedAppIds } }`,
			works:  `{"deletedId":"{{user}}","deletedAppIds":["{{app}}","{{app2}}"]}`,
			events: []string{"user.delete USER {{user}}", "app.delete APP {{app}}", "app.delete APP {{app2}}", "roleAssignment.delete ROLE_ASSIGNMENT {{assignment}}"},
		},
		{
			field: "Mutation.setUserStatus", request: `mutation { setUserStatus(id: "{{user}}", status: false) { status deactivatedAppIds } }`,
			works:  `{"status":"DEACTIVATED","deactivatedAppIds":["{{app}}","{{app2}}"]}`,
			events: []string{"user.deactivate USER {{user}}", "app.deactivate APP {{app}}", "app.deactivate APP {{app2}}"},
			idle:   `mutation { setUserStatus(id: "{{user}}", status: true) { status } }`,
		},
		{
			field: "Mutation.createApp", request: `mutation { createApp(input: {userId: "{{username}}", name: "made-{{n}}"}) { app { id userId } } }`,
			works: `"userId":"{{user}}"`, saves: map[string]string{"made": "data.createApp.app.id"}, events: []string{"app.create APP {{made}}"},
		},
		{
			field: "Mutation.updateApp", request: `mutation { updateApp(id: "{{app}}", input: {name: "renamed", redirectUri: null}) { app { id name } } }`,
			works: `{"id":"{{app}}","name":"renamed"}`, events: []string{"app.update APP {{app}}"},
			idle: `mutation { updateApp(id: "{{app}}", input: {name: "app"}) { app { id } } }`,
		},
		{
			field: "Mutation.deleteApp", request: `mutation { deleteApp(id: "{{app}}") { deletedId } }`,
			works: `{"deletedId":"{{app}}"}`, events: []string{"app.delete APP {{app}}"},
		},
		{
			field: "Mutation.setAppStatus", request: `mutation { setAppStatus(id: "{{app}}", status: false) { status } }`,
			works: `{"status":"DEACTIVATED"}`, events: []string{"app.deactivate APP {{app}}"},
			idle: `mutation { setAppStatus(id: "{{app}}", status: true) { status } }`,
		},
	}
}

func managementApplicationMutations() []operation {
	return []operation{
		{
			field: "Mutation.createManagementApplication",
			request: `mutation { createManagementApplication(input: {name: "made-{{n}}", loginPreferences: {authMethods: {line: {clientId: "1234567890", clientSecret: "line-{{n}}"}}}}) {
				managementApplication { id name } clientSecret { value } } }`,
			works: `"name":"made-{{n}}"},"clientSecret":{"value":"`, saves: map[string]string{"made": "data.createManagementApplication.managementApplication.id"},
			events: []string{"managementApplication.create MANAGEMENT_APPLICATION {{made}}"},
		},
		{
			field: "Mutation.updateManagementApplication", request: `mutation { updateManagementApplication(id: "{{service}}", input: {description: "other", subdomain: null}) { managementApplication { id description } } }`,
			works: `{"id":"{{service}}","description":"other"}`, events: []string{"managementApplication.update MANAGEMENT_APPLICATION {{service}}"},
			idle: `mutation { updateManagementApplication(id: "{{service}}", input: {name: "service-{{n}}", allowPublicSignup: false}) { managementApplication { id } } }`,
		},
		{
			field: "Mutation.deleteManagementApplication", request: `mutation { deleteManagementApplication(id: "{{service}}") { deletedId removedRoleAssignments } }`,
			works:  `{"deletedId":"{{service}}","removedRoleAssignments":1}`,
			events: []string{"managementApplication.delete MANAGEMENT_APPLICATION {{service}}", "roleAssignment.delete ROLE_ASSIGNMENT {{serviceAssignment}}"},
		},
		{
			field: "Mutation.setManagementApplicationStatus", request: `mutation { setManagementApplicationStatus(id: "{{service}}", status: false) { status } }`,
			works: `{"status":"DEACTIVATED"}`, events: []string{"managementApplication.deactivate MANAGEMENT_APPLICATION {{service}}"},
			idle: `mutation { setManagementApplicationStatus(id: "{{service}}", status: true) { status } }`,
		},
		{
			field: "Mutation.updateLoginPreferences",
			request: `mutation {
				updateLoginPreferences(applicationId: "{{service}}", input: {authMethods: {facebook: {clientId: "12345", clientSecret: "other-{{n}}"}}}) { application { id } }
				app: updateLoginPreferences(applicationId: "{{app}}", input: {authMethods: {line: null}}) { application { id } }
			}`,
			works:  `"app":{"application":{"id":"{{app}}"}}`,
			events: []string{"managementApplication.updateLoginPreferences MANAGEMENT_APPLICATION {{service}}", "app.updateLoginPreferences APP {{app}}"},
			idle:   `mutation { updateLoginPreferences(applicationId: "{{service}}", input: {authMethods: {facebook: {clientId: "12345", clientSecret: "{{loginSecret}}"}, sms: null}}) { application { id } } }`,
		},
		{
			field: "Mutation.setLoginMethodStatus",
			request: `mutation {
				setLoginMethodStatus(applicationId: "{{service}}", method: FACEBOOK, status: false) { application { id isActive } }
				app: setLoginMethodStatus(applicationId: "{{app}}", method: LINE, status: false) { application { id isActive } }
			}`,
			works:  `"app":{"application":{"id":"{{app}}","isActive":true}}`,
			events: []string{"managementApplication.deactivateLoginMethod MANAGEMENT_APPLICATION {{service}}", "app.deactivateLoginMethod APP {{app}}"},
			idle:   `mutation { setLoginMethodStatus(applicationId: "{{service}}", method: FACEBOOK, status: true) { status } }`,
		},
	}
}

func clientMutations() []operation {
	return []operation{
		{
			field: "Mutation.addClient", request: `mutation { addClient(managementApplicationId: "{{service}}", input: {oidc: {name: "made"}}) { client { name } clientSecret { value } } }`,
			works: `{"client":{"name":"made"},"clientSecret":{"value":"`, events: []string{"managementApplication.addClient MANAGEMENT_APPLICATION {{service}}"},
		},
		{
			field: "Mutation.updateClient", request: `mutation { updateClient(id: "{{spare}}", input: {oidc: {name: "other"}}) { client { id name } } }`,
			works: `{"id":"{{spare}}","name":"other"}`, events: []string{"managementApplication.updateClient MANAGEMENT_APPLICATION {{service}}"},
			idle: `mutation { updateClient(id: "{{spare}}", input: {oidc: {name: "spare"}}) { client { id } } }`,
		},
		{
			field: "Mutation.removeClient", request: `mutation { removeClient(id: "{{spare}}") { removedId } }`,
			works: `{"removedId":"{{spare}}"}`, events: []string{"managementApplication.removeClient MANAGEMENT_APPLICATION {{service}}"},
		},
		{
			field: "Mutation.setDefaultClient", request: `mutation { setDefaultClient(id: "{{spare}}") { managementApplication { defaultClient { id } } } }`,
			works: `"defaultClient":{"id":"{{spare}}"}`, events: []string{"managementApplication.setDefaultClient MANAGEMENT_APPLICATION {{service}}"},
			idle: `mutation { setDefaultClient(id: "{{client}}") { managementApplication { id } } }`,
		},
		{
			field: "Mutation.generateClientSecret", request: `mutation { generateClientSecret(clientId: "{{spare}}") { clientSecret { clientId value } } }`,
			works: `"clientSecret":{"clientId":"{{spare}}","value":"`, events: []string{"managementApplication.generateClientSecret MANAGEMENT_APPLICATION {{service}}"},
		},
		{
			field: "Mutation.revokeClientSecret", request: `mutation { revokeClientSecret(clientId: "{{client}}", secretId: "{{secret}}") { client { id } } }`,
			works: `"client":{"id":"{{client}}"}`, events: []string{"managementApplication.revokeClientSecret MANAGEMENT_APPLICATION {{service}}"},
		},
	}
}

func roleMutations() []operation {
	return []operation{
		{
			field: "Mutation.createRole", request: `mutation { createRole(input: {name: "made-{{n}}", permissions: [ROLES_EDIT]}) { role { id name } } }`,
			works: `"name":"made-{{n}}"`, saves: map[string]string{"made": "data.createRole.role.id"}, events: []string{"role.create ROLE {{made}}"},
		},
		{
			field: "Mutation.updateRole", request: `mutation { updateRole(id: "{{role}}", input: {description: "other", permissions: [ROLES_EDIT]}) { role { id permissions } } }`,
			works: `{"id":"{{role}}","permissions":["ROLES_EDIT"]}`, events: []string{"role.update ROLE {{role}}"},
			idle: `mutation { updateRole(id: "{{role}}", input: {permissions: []}) { role { id } } }`,
		},
		{
			field: "Mutation.deleteRole", request: `mutation { deleteRole(id: "{{role}}") { deletedId removedRoleAssignments } }`,
			works:  `{"deletedId":"{{role}}","removedRoleAssignments":2}`,
			events: []string{"role.delete ROLE {{role}}", "roleAssignment.delete ROLE_ASSIGNMENT {{assignment}}", "roleAssignment.delete ROLE_ASSIGNMENT {{serviceAssignment}}"},
		},
		{
			field: "Mutation.assignRole", request: `mutation { assignRole(roleId: "{{role}}", entityType: USER, entityIds: ["{{user}}", "{{other}}"]) { roleAssignments { id entityId } } }`,
			works: `"roleAssignments":[{"id":"{{assignment}}","entityId":"{{user}}"},{`, saves: map[string]string{"made": "data.assignRole.roleAssignments.1.id"},
			events: []string{"roleAssignment.create ROLE_ASSIGNMENT {{made}}"},
			idle:   `mutation { assignRole(roleId: "{{role}}", entityType: APPLICATION, entityIds: ["{{service}}"]) { roleAssignments { id } } }`,
		},
		{
			field: "Mutation.unassignRole", request: `mutation { unassignRole(roleId: "{{role}}", entityIds: ["{{service}}", "{{other}}", "{{user}}"]) { removedRoleAssignments } }`,
			works:  `{"removedRoleAssignments":2}`,
			events: []string{"roleAssignment.delete ROLE_ASSIGNMENT {{assignment}}", "roleAssignment.delete ROLE_ASSIGNMENT {{serviceAssignment}}"},
			idle:   `mutation { unassignRole(roleId: "{{role}}", entityIds: ["{{other}}"]) { removedRoleAssignments } }`,
		},
	}
}

func keyMutations() []operation {
	return []operation{
		{
			field: "Mutation.createAdminKey", request: `mutation { createAdminKey(input: {name: "made-{{n}}", permissions: [ADMIN_KEYS_MANAGE]}) { adminKey { id name } key } }`,
			works: `"name":"made-{{n}}"},"key":"gk_`, saves: map[string]string{"made": "data.createAdminKey.adminKey.id"}, events: []string{"adminKey.create ADMIN_KEY {{made}}"},
		},
		{
			field: "Mutation.revokeAdminKey", request: `mutation { revokeAdminKey(id: "{{adminKey}}") { revokedId } }`,
			works: `{"revokedId":"{{adminKey}}"}`, events: []string{"adminKey.revoke ADMIN_KEY {{adminKey}}"},
		},
	}
}

// nodeKind is a type that the field node leads to.
type nodeKind struct {
	// name is what a fixture calls one.
	name string
	// field is the field of Query that reads objects of the type otherwise. Its permission is the one
	// that node asks for.
	field string
}

// nodeKinds has every type of the interface Node, by its name. TestOperations compares it with the
// schema.
func nodeKinds() map[string]nodeKind {
	return map[string]nodeKind{
		"User":                  {"user", "Query.user"},
		"App":                   {"app", "Query.app"},
		"ManagementApplication": {"service", "Query.managementApplication"},
		"OidcClient":            {"client", "Query.managementApplication"},
		"SamlClient":            {"saml", "Query.managementApplication"},
		"Role":                  {"role", "Query.role"},
		"RoleAssignment":        {"assignment", "Query.role"},
		"AdminKey":              {"adminKey", "Query.adminKeys"},
		"AuditEvent":            {"event", "Query.auditEvents"},
	}
}
