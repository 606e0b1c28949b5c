package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestWrongTypes sends values of the wrong type, in the document and in variables. Each is a fault
// of the caller's and does nothing.
func TestWrongTypes(t *testing.T) {
	const invalid = `"code":"GRAPHQL_VALIDATION_FAILED"`
	steps := twoUsers([]step{{
		name: "the app", query: createApp, variables: `{"input": {"userId": "steve", "name": "my-app"}}`,
		save: map[string]string{"app": "data.createApp.app.id"}, events: []string{"app.create {{app}} userId name isActive"},
	}})
	for _, bad := range []step{
		{name: "a word as status", query: `mutation { setAppStatus(id: "{{app}}", status: "yes") { status } }`, want: []string{invalid}},
		{name: "a word as status by variable", query: setAppStatus, variables: `{"id": "{{app}}", "status": "yes"}`, want: []string{invalid}},
		{name: "a word for true as status", query: setAppStatus, variables: `{"id": "{{app}}", "status": "true"}`, want: []string{invalid}},
		{name: "a number as status", query: setAppStatus, variables: `{"id": "{{app}}", "status": 0}`, want: []string{invalid}},
		{name: "null as status", query: setAppStatus, variables: `{"id": "{{app}}", "status": null}`, want: []string{invalid}},
		{name: "no status", query: setAppStatus, variables: `{"id": "{{app}}"}`, want: []string{invalid}},
		{name: "an integer too large", query: `{ apps(first: 99999999999) { totalCount } }`, want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["first"],"code":"OUT_OF_RANGE"`}},
		{name: "an integer too large by variable", query: `query ($n: Int) { apps(first: $n) { totalCount } }`, variables: `{"n": 99999999999}`, want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["first"],"code":"OUT_OF_RANGE"`}},
		{name: "an integer beyond 64 bits", query: `{ apps(first: 99999999999999999999999) { totalCount } }`, want: []string{`"code":"`}},
		{name: "an integer beyond 64 bits by variable", query: `query ($n: Int) { apps(first: $n) { totalCount } }`, variables: `{"n": 99999999999999999999999}`, want: []string{`"code":"`}},
		{name: "a revision too large", query: updateApp, variables: `{"id": "{{app}}", "input": {"name": "x"}, "expected": 4294967297}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["expectedRevision"]`}},
		{name: "a fraction as integer", query: `{ apps(first: 1.5) { totalCount } }`, want: []string{invalid}},
		{name: "a fraction as integer by variable", query: `query ($n: Int) { apps(first: $n) { totalCount } }`, variables: `{"n": 1.5}`, want: []string{`"code":"`}},
		{name: "a word as integer by variable", query: `query ($n: Int) { apps(first: $n) { totalCount } }`, variables: `{"n": "1"}`, want: []string{`"code":"`}},
		{name: "no instant", query: `{ apps(filter: {updatedSince: "yesterday"}) { totalCount } }`, want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["filter","updatedSince"],"code":"INVALID_DATE_TIME"`}},
		{name: "no instant by variable", query: `query ($t: DateTime) { apps(filter: {updatedSince: $t}) { totalCount } }`, variables: `{"t": "yesterday"}`, want: []string{`"code":"BAD_USER_INPUT"`, `[{"path":["filter","updatedSince"],"code":"INVALID_DATE_TIME"`}},
		{name: "a day that is not in the calendar", query: `query ($f: AppFilter) { apps(filter: $f) { totalCount } }`, variables: `{"f": {"updatedSince": "2019-02-30T00:00:00Z"}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"INVALID_DATE_TIME"`}},
		{name: "a number as instant", query: `query ($f: UserFilter) { users(filter: $f) { totalCount } }`, variables: `{"f": {"updatedSince": 1566656122}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"INVALID_DATE_TIME"`}},
		{name: "null for a name", query: `mutation { createUser(input: {username: null}) { user { id } } }`, want: []string{invalid}},
		{name: "null for a name by variable", query: `mutation ($u: String!) { createUser(input: {username: $u}) { user { id } } }`, variables: `{"u": null}`, want: []string{invalid}},
		{name: "null for a name in a variable", query: createUser, variables: `{"input": {"username": null}}`, want: []string{invalid}},
		{name: "no name in a variable", query: createUser, variables: `{"input": {"firstName": "x"}}`, want: []string{invalid}},
		{name: "null for an input", query: createUser, variables: `{"input": null}`, want: []string{invalid}},
		{name: "no input", query: createUser, variables: `{}`, want: []string{invalid}},
		{name: "a list for an input", query: createUser, variables: `{"input": ["x"]}`, want: []string{invalid}},
		{name: "a text for an input", query: createUser, variables: `{"input": "x"}`, want: []string{invalid}},
		{name: "a number as name", query: `mutation { createUser(input: {username: 7}) { user { id } } }`, want: []string{invalid}},
		{name: "a number as name by variable", query: createUser, variables: `{"input": {"username": 7}}`, want: []string{`"code":"`}},
		{name: "a boolean as name by variable", query: createUser, variables: `{"input": {"username": true}}`, want: []string{`"code":"`}},
		{name: "an object as name by variable", query: createUser, variables: `{"input": {"username": {"a": 1}}}`, want: []string{`"code":"`}},
		{name: "an object as ID", query: `query ($id: ID!) { app(id: $id) { id } }`, variables: `{"id": {"$ne": null}}`, want: []string{`"code":"`}},
		{name: "a boolean as ID", query: `{ app(id: true) { id } }`, want: []string{invalid}},
		{name: "a boolean as ID by variable", query: `query ($id: ID!) { app(id: $id) { id } }`, variables: `{"id": true}`, want: []string{`"code":"`}},
		{name: "a list as ID by variable", query: `query ($id: ID!) { app(id: $id) { id } }`, variables: `{"id": ["a"]}`, want: []string{`"code":"`}},
		{name: "an unknown field of an input", query: createUser, variables: `{"input": {"username": "x", "isAdmin": true}}`, want: []string{invalid}},
		{name: "an unknown field of an input in the document", query: `mutation { createUser(input: {username: "x", isAdmin: true}) { user { id } } }`, want: []string{invalid}},
		{name: "an unknown field", query: `{ apps { nodes { secret } } }`, want: []string{invalid}},
		{name: "an unknown argument", query: `{ apps(offset: 3) { totalCount } }`, want: []string{invalid}},
		{name: "an unknown order", query: `query ($o: AppOrder) { apps(orderBy: $o) { totalCount } }`, variables: `{"o": {"field": "SIZE"}}`, want: []string{invalid}},
		{name: "a variable of an unknown type", query: `mutation ($u: Strin) { createUser(input: {username: $u}) { user { id } } }`, variables: `{"u": "x"}`, want: []string{invalid}},
		{name: "a variable of another type", query: `mutation ($u: [String!]!) { createUser(input: {username: $u}) { user { id } } }`, variables: `{"u": ["x"]}`, want: []string{invalid}},
		{name: "no document", query: ``, status: http.StatusBadRequest, want: []string{`"code":"BAD_USER_INPUT"`}},
		{name: "half a document", query: `{ apps {`, want: []string{`"code":"GRAPHQL_PARSE_FAILED"`}},
		{name: "two operations and none chosen", query: `query A { viewer { tenantId } } query B { viewer { tenantId } }`, want: []string{invalid}},
		{name: "an operation that is none of the server's", query: `subscription { apps { totalCount } }`, want: []string{`"code":"`}},
		{name: "a text of 100,000 characters", query: createApp, variables: `{"input": {"userId": "steve", "name": "` + strings.Repeat("x", 100_000) + `", "redirectUri": "http://` + strings.Repeat("y", 100_000) + `"}}`, want: []string{`"code":"BAD_USER_INPUT"`, `["input","name"],"code":"TOO_LONG"`, `["input","redirectUri"],"code":"TOO_LONG"`}},
		{name: "an ID of 100,000 characters", query: `mutation ($id: ID!) { deleteUser(id: $id) { deletedId } }`, variables: `{"id": "` + strings.Repeat("x", 100_000) + `"}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "a cursor of 100,000 characters", query: `query ($c: String) { apps(after: $c) { totalCount } }`, variables: `{"c": "` + strings.Repeat("A", 100_000) + `"}`, want: []string{`"code":"BAD_USER_INPUT"`, `"INVALID_CURSOR"`}},
		{name: "a text with a zero byte", query: createUser, variables: `{"input": {"username": "a\u0000b"}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"INVALID_CHARACTERS"`}},
		{name: "an owner with a zero byte", query: createApp, variables: `{"input": {"userId": "a\u0000b", "name": "x"}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"UNKNOWN_USER"`}},
		{name: "a filter with half a surrogate pair", query: `query ($n: String) { apps(filter: {nameStartsWith: $n}) { totalCount } }`, variables: `{"n": "\ud800"}`, want: []string{`"totalCount":0`}},
		{name: "too many tokens", query: `{ ` + strings.Repeat("__typename ", 2001) + `}`, want: []string{`"code":"`}},
		{name: "a body of two megabytes", query: createUser, variables: `{"input": {"username": "` + strings.Repeat("x", 2_000_000) + `"}}`, status: http.StatusRequestEntityTooLarge, want: []string{`"code":"BAD_USER_INPUT"`}},
	} {
		bad.not = append(bad.not, "INTERNAL", `"user":{`, `"app":{`)
		steps = append(steps, bad)
	}
	play(t, append(steps, step{
		name:  "nothing happened",
		query: `{ users { totalCount } apps { nodes { id name isActive revision } } }`,
		want:  []string{`{"data":{"users":{"totalCount":2},"apps":{"nodes":[{"id":"{{app}}","name":"my-app","isActive":true,"revision":1}]}}}`},
	}))
}
