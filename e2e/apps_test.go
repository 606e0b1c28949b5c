package e2e_test

import (
	"strings"
	"testing"
)

const (
	createApp = `mutation ($input: CreateAppInput!) {
		createApp(input: $input) { app { id name userId redirectUri isActive revision } }
	}`
	updateApp = `mutation ($id: ID!, $input: UpdateAppInput!, $expected: Int) {
		updateApp(id: $id, input: $input, expectedRevision: $expected) { app { id name userId redirectUri isActive revision createdAt updatedAt } }
	}`
)

// twoUsers begins a scenario with the users steve and anna.
func twoUsers(then []step) []step {
	return append([]step{
		{
			name: "the user steve", query: createUser, variables: `{"input": {"username": "steve"}}`,
			save: map[string]string{"steve": "data.createUser.user.id"}, events: []string{"user.create {{steve}} username isActive"},
		},
		{
			name: "the user anna", query: createUser, variables: `{"input": {"username": "anna"}}`,
			save: map[string]string{"anna": "data.createUser.user.id"}, events: []string{"user.create {{anna}} username isActive"},
		},
	}, then...)
}

// TestApps goes through the rules of apps that do not depend on whether their owner is active.
func TestApps(t *testing.T) {
	play(t, twoUsers([]step{
		{
			name:  "an owner by username, whatever its case, and a name to trim",
			query: createApp, variables: `{"input": {"userId": "STEVE", "name": " my-app ", "redirectUri": "https://example.com/cb?x=1"}}`,
			want:   []string{`"name":"my-app","userId":"{{steve}}","redirectUri":"https://example.com/cb?x=1","isActive":true,"revision":1`},
			save:   map[string]string{"app": "data.createApp.app.id"},
			events: []string{"app.create {{app}} userId name redirectUri isActive"},
		},
		{
			name:  "an owner by ID, and no redirect URI",
			query: createApp, variables: `{"input": {"userId": "{{steve}}", "name": "second"}}`,
			want:   []string{`"name":"second","userId":"{{steve}}","redirectUri":null`},
			save:   map[string]string{"second": "data.createApp.app.id"},
			events: []string{"app.create {{second}} userId name isActive"},
		},
		{
			name:      "three violations at once, each with its path",
			query:     createApp,
			variables: `{"input": {"userId": "nobody", "name": "\u200b ", "redirectUri": "http://example.com/#top"}}`,
			want: []string{
				`"code":"BAD_USER_INPUT","status":400`, `"message":"The input breaks 3 rules."`, `"path":["createApp"]`,
				`{"path":["input","userId"],"code":"UNKNOWN_USER"`,
				`{"path":["input","name"],"code":"REQUIRED"`,
				`{"path":["input","redirectUri"],"code":"INVALID_URI"`,
			},
		},
		{
			name:  "a name of 129 characters",
			query: createApp, variables: `{"input": {"userId": "steve", "name": "` + strings.Repeat("n", 129) + `"}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["input","name"],"code":"TOO_LONG"`},
		},
		{
			name:  "a redirect URI of 2049 bytes",
			query: createApp, variables: `{"input": {"userId": "steve", "name": "x", "redirectUri": "http://example.com/` + strings.Repeat("p", 2049-len("http://example.com/")) + `"}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["input","redirectUri"],"code":"TOO_LONG"`},
		},
		{
			name:  "a name with a line end",
			query: createApp, variables: `{"input": {"userId": "steve", "name": "a\u2028b"}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["input","name"],"code":"INVALID_CHARACTERS"`},
		},
		{
			name:  "a taken name, spelt in another way",
			query: createApp, variables: `{"input": {"userId": "steve", "name": "Ｍｙ-App"}}`,
			want: []string{`"code":"CONFLICT"`, `"field":"name"`, `"status":409`},
			not:  []string{"currentRevision"},
		},
		{
			name:  "another owner may use it",
			query: createApp, variables: `{"input": {"userId": "anna", "name": "Ｍｙ-App"}}`,
			want:   []string{`"name":"Ｍｙ-App","userId":"{{anna}}"`},
			save:   map[string]string{"annas": "data.createApp.app.id"},
			events: []string{"app.create {{annas}} userId name isActive"},
		},
		{
			name:  "renaming to a taken name",
			query: updateApp, variables: `{"id": "{{second}}", "input": {"name": "MY-APP"}}`,
			want: []string{`"code":"CONFLICT"`, `"field":"name"`},
		},
		{
			name:  "renaming to the same name in another case",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"name": "My-App"}}`,
			want:   []string{`"name":"My-App"`, `"revision":2`},
			events: []string{"app.update {{app}} name"},
		},
		{
			name:  "renaming frees the old name",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"name": "renamed"}}`,
			want:   []string{`"name":"renamed"`, `"revision":3`},
			events: []string{"app.update {{app}} name"},
		},
		{
			name:  "the old name is free",
			query: updateApp, variables: `{"id": "{{second}}", "input": {"name": "my-app"}}`,
			want:   []string{`"id":"{{second}}","name":"my-app"`},
			events: []string{"app.update {{second}} name"},
		},
		{
			name:  "what failed made nothing",
			query: `{ apps(orderBy: {field: NAME}) { nodes { name revision } totalCount } }`,
			want:  []string{`{"data":{"apps":{"nodes":[{"name":"my-app","revision":2},{"name":"Ｍｙ-App","revision":1},{"name":"renamed","revision":3}],"totalCount":3}}}`},
		},
		{
			name:  "deleting frees the name",
			query: `mutation ($id: ID!) { deleteApp(id: $id) { deletedId } }`, variables: `{"id": "{{second}}"}`,
			want:   []string{`"deletedId":"{{second}}"`},
			events: []string{"app.delete {{second}} userId name isActive"},
		},
		{
			name:  "the deleted name is free",
			query: createApp, variables: `{"input": {"userId": "steve", "name": "my-app"}}`,
			want:   []string{`"name":"my-app"`},
			save:   map[string]string{"third": "data.createApp.app.id"},
			events: []string{"app.create {{third}} userId name isActive"},
		},
		{
			name:  "every type is a node",
			query: `query ($app: ID!, $user: ID!) { a: node(id: $app) { __typename id ... on App { name } } u: node(id: $user) { __typename ... on User { username } } }`, variables: `{"app": "{{app}}", "user": "{{anna}}"}`,
			want: []string{`"a":{"__typename":"App","id":"{{app}}","name":"renamed"},"u":{"__typename":"User","username":"anna"}`},
		},
		{
			name:  "nothing has another ID",
			query: `{ a: node(id: "00000000-0000-7000-8000-0000000000ff") { id } b: node(id: "") { id } c: node(id: "../../etc/passwd") { id } }`,
			want:  []string{`{"data":{"a":null,"b":null,"c":null}}`},
		},
		{
			// The ID of the first admin key, which is no node that can be fetched.
			name:  "an admin key is no app",
			query: `{ app(id: "00000000-0000-7000-8000-000000000002") { id } }`,
			want:  []string{`{"data":{"app":null}}`},
		},
	}))
}

// TestUpdatesOfApps goes through the three states of a field in an update, and through revisions.
func TestUpdatesOfApps(t *testing.T) {
	play(t, twoUsers([]step{
		{
			name: "the app", query: createApp, variables: `{"input": {"userId": "steve", "name": "my-app", "redirectUri": "http://example.com"}}`,
			save:   map[string]string{"app": "data.createApp.app.id"},
			events: []string{"app.create {{app}} userId name redirectUri isActive"},
		},
		{
			name:  "left out: the name alone",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"name": "my-app-2"}}`,
			want:   []string{`"name":"my-app-2","userId":"{{steve}}","redirectUri":"http://example.com","isActive":true,"revision":2`},
			save:   map[string]string{"made": "data.updateApp.app.createdAt", "changed": "data.updateApp.app.updatedAt"},
			events: []string{"app.update {{app}} name"},
		},
		{
			name:      "not given: a variable inside the input",
			query:     `mutation ($id: ID!, $name: String, $uri: String) { updateApp(id: $id, input: {name: $name, redirectUri: $uri}) { app { name redirectUri revision updatedAt } } }`,
			variables: `{"id": "{{app}}"}`,
			want:      []string{`"name":"my-app-2","redirectUri":"http://example.com","revision":2,"updatedAt":"{{changed}}"`},
		},
		{
			name:  "an empty input",
			query: updateApp, variables: `{"id": "{{app}}", "input": {}}`,
			want: []string{`"revision":2,"createdAt":"{{made}}","updatedAt":"{{changed}}"`},
		},
		{
			name:  "the values that it has",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"name": " my-app-2 ", "redirectUri": "http://example.com"}}`,
			want: []string{`"revision":2,"createdAt":"{{made}}","updatedAt":"{{changed}}"`},
		},
		{
			name:  "null clears",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"redirectUri": null}}`,
			want:   []string{`"name":"my-app-2","userId":"{{steve}}","redirectUri":null`, `"revision":3`},
			events: []string{"app.update {{app}} redirectUri"},
		},
		{
			name:      "null for what cannot be cleared, beside another violation",
			query:     updateApp,
			variables: `{"id": "{{app}}", "input": {"name": null, "redirectUri": "about:blank"}}`,
			want: []string{
				`"code":"BAD_USER_INPUT"`, `{"path":["input","name"],"code":"REQUIRED","message":"must not be null"}`,
				`{"path":["input","redirectUri"],"code":"INVALID_URI"`,
			},
		},
		{
			name:      "null through a variable inside the input",
			query:     `mutation ($id: ID!, $name: String) { updateApp(id: $id, input: {name: $name}) { app { name } } }`,
			variables: `{"id": "{{app}}", "name": null}`,
			want:      []string{`"code":"BAD_USER_INPUT"`, `[{"path":["input","name"],"code":"REQUIRED"`},
		},
		{
			name:  "an old revision",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"name": "late"}, "expected": 2}`,
			want: []string{`"code":"CONFLICT"`, `"currentRevision":3`},
			not:  []string{`"field"`},
		},
		{
			name:  "an old revision is a conflict although nothing would change",
			query: updateApp, variables: `{"id": "{{app}}", "input": {}, "expected": 1}`,
			want: []string{`"code":"CONFLICT"`, `"currentRevision":3`},
		},
		{
			name:  "the right revision",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"name": "in time"}, "expected": 3}`,
			want:   []string{`"name":"in time"`, `"revision":4`, `"createdAt":"{{made}}"`},
			not:    []string{`"updatedAt":"{{changed}}"`},
			events: []string{"app.update {{app}} name"},
		},
		{
			name:  "no revision expected",
			query: updateApp, variables: `{"id": "{{app}}", "input": {"redirectUri": "app.example:/x"}, "expected": null}`,
			want:   []string{`"redirectUri":"app.example:/x"`, `"revision":5`},
			events: []string{"app.update {{app}} redirectUri"},
		},
		{
			name:      "several mutations in one request happen one after the other",
			query:     `mutation ($id: ID!) { a: updateApp(id: $id, input: {name: "a"}, expectedRevision: 5) { app { revision } } b: updateApp(id: $id, input: {name: "b"}, expectedRevision: 6) { app { name revision } } }`,
			variables: `{"id": "{{app}}"}`,
			want:      []string{`{"data":{"a":{"app":{"revision":6}},"b":{"app":{"name":"b","revision":7}}}}`},
			events:    []string{"app.update {{app}} name", "app.update {{app}} name"},
		},
	}))
}
