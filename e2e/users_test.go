package e2e_test

import (
	"strings"
	"testing"
)

const (
	createUser = `mutation ($input: CreateUserInput!) {
		createUser(input: $input) { user { id username firstName lastName email redirectUri isActive revision } }
	}`
	updateUser = `mutation ($id: ID!, $input: UpdateUserInput!, $expected: Int) {
		updateUser(id: $id, input: $input, expectedRevision: $expected) {
			user { id username firstName lastName email redirectUri revision updatedAt }
		}
	}`
	setUserStatus = `mutation ($id: ID!, $status: Boolean!) {
		setUserStatus(id: $id, status: $status) { status deactivatedAppIds user { isActive revision } }
	}`
	deleteUser = `mutation ($id: ID!) { deleteUser(id: $id) { deletedId deletedAppIds } }`
)

// TestUsers goes through the rules of users that concern no app.
func TestUsers(t *testing.T) {
	long := strings.Repeat("é", 128)
	play(t, []step{
		{
			name:      "every field",
			query:     createUser,
			variables: `{"input": {"username": "  steve ", "firstName": "Steve", "lastName": "Jones", "email": "steve@example.com", "redirectUri": "com.example.app:/callback"}}`,
			want: []string{
				`"username":"steve","firstName":"Steve","lastName":"Jones","email":"steve@example.com","redirectUri":"com.example.app:/callback","isActive":true,"revision":1`,
			},
			save:   map[string]string{"steve": "data.createUser.user.id"},
			events: []string{"user.create {{steve}} username firstName lastName email redirectUri isActive"},
		},
		{
			name:  "a name of 128 characters, however many bytes",
			query: createUser, variables: `{"input": {"username": "` + long + `"}}`,
			want:   []string{`"username":"` + long + `","firstName":null,"lastName":null,"email":null,"redirectUri":null`},
			save:   map[string]string{"long": "data.createUser.user.id"},
			events: []string{"user.create {{long}} username isActive"},
		},
		{
			name:  "a name of 129 characters",
			query: createUser, variables: `{"input": {"username": "` + long + `é"}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `"violations":[{"path":["input","username"],"code":"TOO_LONG"`},
		},
		{
			name:      "five violations at once, each with its path",
			query:     createUser,
			variables: `{"input": {"username": " ", "firstName": "` + strings.Repeat("x", 257) + `", "lastName": "a\nb", "email": "Steve <steve@example.com>", "redirectUri": "/callback"}}`,
			want: []string{
				`"code":"BAD_USER_INPUT","status":400`, `"path":["createUser"]`, `The input breaks 5 rules.`,
				`{"path":["input","username"],"code":"REQUIRED"`,
				`{"path":["input","firstName"],"code":"TOO_LONG"`,
				`{"path":["input","lastName"],"code":"INVALID_CHARACTERS"`,
				`{"path":["input","email"],"code":"INVALID_EMAIL"`,
				`{"path":["input","redirectUri"],"code":"INVALID_URI"`,
			},
			not: []string{`"user":`},
		},
		{
			name:  "a taken name, spelt in another way",
			query: createUser, variables: `{"input": {"username": "ＳＴＥＶＥ"}}`,
			want: []string{`"code":"CONFLICT"`, `"field":"username"`, `"status":409`},
		},
		{
			name:  "a script as redirect URI",
			query: createUser, variables: `{"input": {"username": "eve", "redirectUri": "JavaScript:alert(1)"}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","redirectUri"],"code":"INVALID_URI"`},
		},
		{
			name:  "what failed made nothing",
			query: `{ users { nodes { username } totalCount } }`,
			want:  []string{`{"data":{"users":{"nodes":[{"username":"steve"},{"username":"` + long + `"}],"totalCount":2}}}`},
		},
		{
			name:  "an update changes what it gives and clears what it sets to null",
			query: updateUser, variables: `{"id": "{{steve}}", "input": {"firstName": "Stephen", "email": null}}`,
			want:   []string{`"username":"steve","firstName":"Stephen","lastName":"Jones","email":null,"redirectUri":"com.example.app:/callback","revision":2`},
			save:   map[string]string{"changed": "data.updateUser.user.updatedAt"},
			events: []string{"user.update {{steve}} firstName email"},
		},
		{
			name:  "an update that changes nothing",
			query: updateUser, variables: `{"id": "{{steve}}", "input": {"firstName": " Stephen ", "email": null}}`,
			want: []string{`"revision":2,"updatedAt":"{{changed}}"`},
		},
		{
			name:      "a variable that is not given leaves its field alone",
			query:     `mutation ($id: ID!, $n: String, $l: String) { updateUser(id: $id, input: {firstName: $n, lastName: $l}) { user { firstName lastName revision } } }`,
			variables: `{"id": "{{steve}}", "l": "Johnson"}`,
			want:      []string{`"firstName":"Stephen","lastName":"Johnson","revision":3`},
			events:    []string{"user.update {{steve}} lastName"},
		},
		{
			name:      "a variable that is null clears its field",
			query:     `mutation ($id: ID!, $n: String) { updateUser(id: $id, input: {firstName: $n}) { user { firstName lastName revision } } }`,
			variables: `{"id": "{{steve}}", "n": null}`,
			want:      []string{`"firstName":null,"lastName":"Johnson","revision":4`},
			events:    []string{"user.update {{steve}} firstName"},
		},
		{
			name:      "a variable with a default gives the default",
			query:     `mutation ($id: ID!, $n: String = "Stefan") { updateUser(id: $id, input: {firstName: $n}) { user { firstName revision } } }`,
			variables: `{"id": "{{steve}}"}`,
			want:      []string{`"firstName":"Stefan","revision":5`},
			events:    []string{"user.update {{steve}} firstName"},
		},
		{
			name:  "an old revision",
			query: updateUser, variables: `{"id": "{{steve}}", "input": {"lastName": "Other"}, "expected": 4}`,
			want: []string{`"code":"CONFLICT"`, `"currentRevision":5`, `"status":409`},
			not:  []string{`"field"`},
		},
		{
			name:  "the right revision",
			query: updateUser, variables: `{"id": "{{steve}}", "input": {"lastName": "Other"}, "expected": 5}`,
			want:   []string{`"lastName":"Other"`, `"revision":6`},
			events: []string{"user.update {{steve}} lastName"},
		},
		{
			name:  "the violations of an update",
			query: updateUser, variables: `{"id": "{{steve}}", "input": {"email": "steve", "redirectUri": "http://user@example.com", "lastName": "New"}}`,
			want: []string{
				`"code":"BAD_USER_INPUT"`, `{"path":["input","email"],"code":"INVALID_EMAIL"`, `{"path":["input","redirectUri"],"code":"INVALID_URI"`,
			},
		},
		{
			name:  "a failed update changes nothing",
			query: `query ($id: ID!) { user(id: $id) { lastName email revision } }`, variables: `{"id": "{{steve}}"}`,
			want: []string{`{"lastName":"Other","email":null,"revision":6}`},
		},
		{
			name:      "the username never changes",
			query:     `mutation ($id: ID!) { updateUser(id: $id, input: {username: "stephen"}) { user { id } } }`,
			variables: `{"id": "{{steve}}"}`,
			want:      []string{`"code":"GRAPHQL_VALIDATION_FAILED"`},
		},
		{
			name:  "nobody to update",
			query: updateUser, variables: `{"id": "00000000-0000-7000-8000-0000000000ff", "input": {"firstName": "x"}}`,
			want: []string{`"code":"NOT_FOUND"`},
		},
		{
			name:  "a user by ID, and as a node",
			query: `query ($id: ID!) { user(id: $id) { username createdBy { type name } } node(id: $id) { __typename ... on User { username } } }`, variables: `{"id": "{{long}}"}`,
			want: []string{`"createdBy":{"type":"ADMIN_KEY","name":"first key"}`, `"node":{"__typename":"User","username":"` + long + `"}`},
		},
		{
			name:  "a user is not found by username",
			query: `{ user(id: "steve") { id } }`,
			want:  []string{`{"data":{"user":null}}`},
		},
		{
			name:  "delete a user without apps",
			query: deleteUser, variables: `{"id": "{{long}}"}`,
			want:   []string{`{"data":{"deleteUser":{"deletedId":"{{long}}","deletedAppIds":[]}}}`},
			events: []string{"user.delete {{long}} username isActive"},
		},
		{
			name:  "the name is free again",
			query: createUser, variables: `{"input": {"username": "` + strings.ToUpper(long) + `"}}`,
			want:   []string{`"username":"` + strings.ToUpper(long) + `"`},
			save:   map[string]string{"again": "data.createUser.user.id"},
			events: []string{"user.create {{again}} username isActive"},
		},
	})
}
