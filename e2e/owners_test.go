package e2e_test

import "testing"

// TestOwners goes through what happens to apps when their owner is deactivated or deleted.
func TestOwners(t *testing.T) {
	const stateOfApps = `{ apps(orderBy: {field: NAME}) { nodes { name isActive revision } } }`
	play(t, twoUsers([]step{
		{
			name: "steve's first app", query: createApp, variables: `{"input": {"userId": "steve", "name": "first"}}`,
			save: map[string]string{"first": "data.createApp.app.id"}, events: []string{"app.create {{first}} userId name isActive"},
		},
		{
			name: "steve's second app", query: createApp, variables: `{"input": {"userId": "steve", "name": "second"}}`,
			save: map[string]string{"second": "data.createApp.app.id"}, events: []string{"app.create {{second}} userId name isActive"},
		},
		{
			name: "steve's third app", query: createApp, variables: `{"input": {"userId": "steve", "name": "third"}}`,
			save: map[string]string{"third": "data.createApp.app.id"}, events: []string{"app.create {{third}} userId name isActive"},
		},
		{
			name: "anna's app", query: createApp, variables: `{"input": {"userId": "anna", "name": "annas"}}`,
			save: map[string]string{"annas": "data.createApp.app.id"}, events: []string{"app.create {{annas}} userId name isActive"},
		},
		{
			name: "the second app is inactive already", query: setAppStatus, variables: `{"id": "{{second}}", "status": false}`,
			want: []string{`"DEACTIVATED"`}, events: []string{"app.deactivate {{second}} isActive"},
		},
		{
			name:  "activate an active user",
			query: setUserStatus, variables: `{"id": "{{steve}}", "status": true}`,
			want: []string{`"status":"ACTIVE","deactivatedAppIds":[],"user":{"isActive":true,"revision":1}`},
		},
		{
			name:  "deactivating a user deactivates its active apps",
			query: setUserStatus, variables: `{"id": "{{steve}}", "status": false}`,
			want: []string{`"status":"DEACTIVATED","deactivatedAppIds":["{{first}}","{{third}}"],"user":{"isActive":false,"revision":2}`},
			events: []string{
				"user.deactivate {{steve}} isActive", "app.deactivate {{first}} isActive", "app.deactivate {{third}} isActive",
			},
		},
		{
			name:  "deactivate an inactive user",
			query: setUserStatus, variables: `{"id": "{{steve}}", "status": false}`,
			want: []string{`"status":"INACTIVE","deactivatedAppIds":[],"user":{"isActive":false,"revision":2}`},
		},
		{
			name:  "only this user's apps, and only those that were active",
			query: stateOfApps,
			want: []string{
				`[{"name":"annas","isActive":true,"revision":1},{"name":"first","isActive":false,"revision":2},{"name":"second","isActive":false,"revision":2},{"name":"third","isActive":false,"revision":2}]`,
			},
		},
		{
			name:  "an inactive user gets no app",
			query: createApp, variables: `{"input": {"userId": "steve", "name": "fourth"}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["input","userId"],"code":"INACTIVE_USER"`},
		},
		{
			name:  "an app of an inactive user cannot be activated",
			query: setAppStatus, variables: `{"id": "{{first}}", "status": true}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["status"],"code":"INACTIVE_USER"`},
		},
		{
			name:  "but it can be deactivated",
			query: setAppStatus, variables: `{"id": "{{first}}", "status": false}`,
			want: []string{`"status":"INACTIVE"`},
		},
		{
			name:  "and changed, which does not activate it",
			query: updateApp, variables: `{"id": "{{first}}", "input": {"redirectUri": "http://example.com"}}`,
			want:   []string{`"isActive":false,"revision":3`},
			events: []string{"app.update {{first}} redirectUri"},
		},
		{
			name:  "activating the user again",
			query: setUserStatus, variables: `{"id": "{{steve}}", "status": true}`,
			want:   []string{`"status":"ACTIVATED","deactivatedAppIds":[],"user":{"isActive":true,"revision":3}`},
			events: []string{"user.activate {{steve}} isActive"},
		},
		{
			name:  "does not bring the apps back",
			query: stateOfApps,
			want: []string{
				`[{"name":"annas","isActive":true,"revision":1},{"name":"first","isActive":false,"revision":3},{"name":"second","isActive":false,"revision":2},{"name":"third","isActive":false,"revision":2}]`,
			},
		},
		{
			name: "now they can be activated", query: setAppStatus, variables: `{"id": "{{first}}", "status": true}`,
			want: []string{`"status":"ACTIVATED"`}, events: []string{"app.activate {{first}} isActive"},
		},
		{
			name:  "a user and its apps",
			query: `query ($id: ID!) { user(id: $id) { apps(first: 2, filter: {isActive: false}) { nodes { name user { username } } pageInfo { hasNextPage } totalCount } } }`, variables: `{"id": "{{steve}}"}`,
			want: []string{`"apps":{"nodes":[{"name":"second","user":{"username":"steve"}},{"name":"third","user":{"username":"steve"}}],"pageInfo":{"hasNextPage":false},"totalCount":2}`},
		},
		{
			name:  "deleting a user deletes its apps",
			query: deleteUser, variables: `{"id": "{{steve}}"}`,
			want: []string{`{"data":{"deleteUser":{"deletedId":"{{steve}}","deletedAppIds":["{{first}}","{{second}}","{{third}}"]}}}`},
			events: []string{
				"user.delete {{steve}} username isActive", "app.delete {{first}} userId name redirectUri isActive",
				"app.delete {{second}} userId name isActive", "app.delete {{third}} userId name isActive",
			},
		},
		{
			name:  "and nobody else's",
			query: `query ($steve: ID!, $first: ID!) { user(id: $steve) { id } app(id: $first) { id } users { nodes { username } } apps { nodes { name } } }`, variables: `{"steve": "{{steve}}", "first": "{{first}}"}`,
			want: []string{`{"data":{"user":null,"app":null,"users":{"nodes":[{"username":"anna"}]},"apps":{"nodes":[{"name":"annas"}]}}}`},
		},
		{
			name:  "delete a deleted user",
			query: deleteUser, variables: `{"id": "{{steve}}"}`,
			want: []string{`"code":"NOT_FOUND"`},
		},
		{
			name:  "the username is free, and has no apps",
			query: createUser, variables: `{"input": {"username": "steve"}}`,
			save:   map[string]string{"other": "data.createUser.user.id"},
			events: []string{"user.create {{other}} username isActive"},
		},
		{
			name:  "the new steve owns nothing",
			query: `{ apps(filter: {userId: "steve"}) { totalCount nodes { id } } }`,
			want:  []string{`{"totalCount":0,"nodes":[]}`},
		},
	}))
}
