package resolvers_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"gatehouse/model"
)

// TestVariables gives values to variables that GraphQL allows where they stand, as long as the value
// is another one: null where there is a default, and the words of enums in another case.
func TestVariables(t *testing.T) {
	t.Parallel()
	null := map[string]any{"v": nil}
	for _, c := range []struct {
		name, query string
		values      map[string]any
		path        string // of the one violation, as JSON; empty where there is none
	}{
		{"a status", `mutation($v: Boolean = true) { setUserStatus(id: "x", status: $v) { status } }`, null, `["status"]`},
		{"a status of an app", `mutation($v: Boolean = true) { setAppStatus(id: "x", status: $v) { status } }`, null, `["status"]`},
		{"an ID", `mutation($v: ID = "x") { deleteUser(id: $v) { deletedId } }`, null, `["id"]`},
		{"an input", `mutation($v: UpdateUserInput = {}) { updateUser(id: "x", input: $v) { user { id } } }`, null, `["input"]`},
		{"a field with a default", `mutation($v: RefreshTokenInvalidationInput) { createManagementApplication(input: {name: "x", refreshTokenInvalidation: $v}) { managementApplication { id } } }`, null, `["input","refreshTokenInvalidation"]`},
		{"a field of a field", `mutation($v: Boolean) { createManagementApplication(input: {name: "x", refreshTokenInvalidation: {onMemberSuspension: $v}}) { managementApplication { id } } }`, null, `["input","refreshTokenInvalidation","onMemberSuspension"]`},
		{"an enum with a default", `query($v: OrderDirection) { users(orderBy: {direction: $v}) { totalCount } }`, null, `["orderBy","direction"]`},
		{"an element of a list", `mutation($v: Permission = USERS_READ) { createRole(input: {name: "x", permissions: [$v]}) { role { id } } }`, null, `["input","permissions",0]`},
		{"in a fragment", `query($v: OrderDirection) { ...f } fragment f on Query { ... on Query { users(orderBy: {direction: $v}) { totalCount } } }`, null, `["orderBy","direction"]`},
		{"a directive", `query($v: Boolean = true) { viewer @skip(if: $v) { tenantId } }`, null, `["if"]`},
		{"a word in another case", `query($v: OrderDirection!) { users(orderBy: {direction: $v}) { totalCount } }`, map[string]any{"v": "desc"}, `["v"]`},
		{"a word in a list", `mutation($v: [Permission!]!) { createRole(input: {name: "x", permissions: $v}) { role { id } } }`, map[string]any{"v": []string{"USERS_READ", "users_read"}}, `["v",1]`},
		{"a word in an input", `query($v: UserOrder!) { users(orderBy: $v) { totalCount } }`, map[string]any{"v": map[string]any{"field": "username"}}, `["v","field"]`},

		{"null where it is allowed", `query($v: UserFilter) { users(filter: $v) { totalCount } }`, null, ""},
		{"left out, where there is a default", `query($v: OrderDirection) { users(orderBy: {direction: $v}) { totalCount } }`, nil, ""},
		{"left out, of a directive", `query($v: Boolean = true) { viewer @include(if: $v) { tenantId } }`, nil, ""},
		{"a word as it is written", `query($v: UserOrder!) { users(orderBy: $v) { totalCount } }`, map[string]any{"v": map[string]any{"field": "USERNAME"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			got := askWith(t, server(t, embedded(t), time.Now, &log, model.AllPermission...), c.query, c.values)
			if c.path == "" {
				if len(got.Errors) > 0 {
					t.Errorf("was refused: %s", got.body)
				}
				return
			}
			if code := got.code(t); code != "BAD_USER_INPUT" {
				t.Fatalf("was answered %s", got.body)
			}
			violations, _ := got.Errors[0].Extensions["violations"].([]any)
			if len(violations) != 1 {
				t.Fatalf("there is not one violation: %s", got.body)
			}
			path, err := json.Marshal(violations[0].(map[string]any)["path"])
			if err != nil || string(path) != c.path {
				t.Errorf("the path is %s, not %s: %v", path, c.path, err)
			}
		})
	}
}
