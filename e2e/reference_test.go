package e2e_test

import "testing"

// TestReference sends the requests of the gateway's own documentation, in its order and with its
// values: POST, GET, list, PUT, status and DELETE of /apps.
func TestReference(t *testing.T) {
	const app = `id name userId isActive redirectUri createdAt updatedAt revision`
	play(t, []step{
		{
			name:   "steve has to be there first",
			query:  `mutation { createApp(input: {userId: "steve", name: "my-app", redirectUri: "http://example.com"}) { app { id } } }`,
			want:   []string{`"code":"BAD_USER_INPUT"`, `"path":["input","userId"],"code":"UNKNOWN_USER"`},
			not:    []string{`"app":`},
			events: nil,
		},
		{
			name:   "create the user steve",
			query:  `mutation { createUser(input: {username: "steve"}) { user { id username isActive } } }`,
			want:   []string{`"username":"steve","isActive":true`},
			save:   map[string]string{"steve": "data.createUser.user.id"},
			events: []string{"user.create {{steve}} username isActive"},
		},
		{
			name:  "create an app",
			query: `mutation { createApp(input: {userId: "steve", name: "my-app", redirectUri: "http://example.com"}) { app { ` + app + ` } } }`,
			want: []string{
				`"name":"my-app","userId":"{{steve}}","isActive":true,"redirectUri":"http://example.com"`, `"revision":1`,
			},
			save:   map[string]string{"app": "data.createApp.app.id", "made": "data.createApp.app.createdAt"},
			events: []string{"app.create {{app}} userId name redirectUri isActive"},
		},
		{
			name:  "view it",
			query: `query ($id: ID!) { app(id: $id) { ` + app + ` user { id username } } }`, variables: `{"id": "{{app}}"}`,
			want: []string{
				`"id":"{{app}}","name":"my-app","userId":"{{steve}}","isActive":true,"redirectUri":"http://example.com"`,
				`"createdAt":"{{made}}","updatedAt":"{{made}}"`, `"user":{"id":"{{steve}}","username":"steve"}`,
			},
		},
		{
			name:  "list all apps",
			query: `{ apps { nodes { ` + app + ` } pageInfo { hasNextPage } totalCount } }`,
			want:  []string{`"nodes":[{"id":"{{app}}","name":"my-app",`, `}],"pageInfo":{"hasNextPage":false},"totalCount":1`},
		},
		{
			name:      "update it",
			query:     `mutation ($id: ID!) { updateApp(id: $id, input: {name: "my-app-2", redirectUri: "http://example.com"}) { app { ` + app + ` } } }`,
			variables: `{"id": "{{app}}"}`,
			want: []string{
				`"id":"{{app}}","name":"my-app-2","userId":"{{steve}}","isActive":true,"redirectUri":"http://example.com","createdAt":"{{made}}"`,
				`"revision":2`,
			},
			not:    []string{`"updatedAt":"{{made}}"`},
			save:   map[string]string{"updated": "data.updateApp.app.updatedAt"},
			events: []string{"app.update {{app}} name"},
		},
		{
			name:  "activate what is active",
			query: setAppStatus, variables: `{"id": "{{app}}", "status": true}`,
			want: []string{`"status":"ACTIVE"`, `"isActive":true,"updatedAt":"{{updated}}","revision":2`},
		},
		{
			name:  "deactivate it",
			query: setAppStatus, variables: `{"id": "{{app}}", "status": false}`,
			want:   []string{`"status":"DEACTIVATED"`, `"isActive":false`, `"revision":3`},
			save:   map[string]string{"deactivated": "data.setAppStatus.app.updatedAt"},
			events: []string{"app.deactivate {{app}} isActive"},
		},
		{
			name:  "deactivate what is inactive",
			query: setAppStatus, variables: `{"id": "{{app}}", "status": false}`,
			want: []string{`"status":"INACTIVE"`, `"isActive":false,"updatedAt":"{{deactivated}}","revision":3`},
		},
		{
			name:  "activate it",
			query: setAppStatus, variables: `{"id": "{{app}}", "status": true}`,
			want:   []string{`"status":"ACTIVATED"`, `"isActive":true`, `"revision":4`},
			events: []string{"app.activate {{app}} isActive"},
		},
		{
			name:  "delete it",
			query: `mutation ($id: ID!) { deleteApp(id: $id) { deletedId } }`, variables: `{"id": "{{app}}"}`,
			want:   []string{`{"data":{"deleteApp":{"deletedId":"{{app}}"}}}`},
			events: []string{"app.delete {{app}} userId name redirectUri isActive"},
		},
		{
			name:  "it is gone",
			query: `query ($id: ID!) { app(id: $id) { id } node(id: $id) { id } apps { totalCount } }`, variables: `{"id": "{{app}}"}`,
			want: []string{`{"data":{"app":null,"node":null,"apps":{"totalCount":0}}}`},
		},
		{
			name:  "delete what is gone",
			query: `mutation ($id: ID!) { deleteApp(id: $id) { deletedId } }`, variables: `{"id": "{{app}}"}`,
			want: []string{`"code":"NOT_FOUND"`, `"status":404`},
		},
		{
			name:  "toggle what is gone",
			query: setAppStatus, variables: `{"id": "{{app}}", "status": true}`,
			want: []string{`"code":"NOT_FOUND"`, `"status":404`},
		},
	})
}

const setAppStatus = `mutation ($id: ID!, $status: Boolean!) {
	setAppStatus(id: $id, status: $status) { status app { isActive updatedAt revision } }
}`
