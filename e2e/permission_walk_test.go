package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
)

// TestPermissionWalk sends the request of every operation as callers who hold just the permission that
// the schema names, who lack just that one, who may nothing, and who are nobody.
func TestPermissionWalk(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		w := newWalk(t, d)
		holding := w.keyHolders()
		walkPermissions(t, w, holding)
		walkNodes(t, w, holding)
		walkOpenFields(t, w, holding)
	})
}

// attempt is a row of the table, made ready to be sent by callers who differ in what they may do.
type attempt struct {
	operation
	made map[string]string
	// query is the request of the row.
	query string
	// own is the permission of the field; empty where it is open. needed are all that the request takes.
	own    model.Permission
	needed []model.Permission
	// able holds what is needed and nothing else, unable everything but own, powerless nothing.
	able, unable, powerless caller
	// refused is what unable was answered.
	refused answer
}

// walkPermissions tries every operation with callers of the first tenant that holding finds: those
// that hold exactly these permissions, whatever their credential is.
func walkPermissions(t *testing.T, w *walk, holding func(t *testing.T, permissions []model.Permission) caller) {
	t.Helper()
	maker := w.administrator(t, admin.DefaultTenantID)
	nobodies := map[string]caller{
		"without a credential":    {},
		"with an unknown key":     {credential: auth.NewKey()},
		"with an expired key":     w.keyHolder(t, admin.DefaultTenantID, new(time.Now().Add(-time.Second)), model.AllPermission...),
		"with what is no key":     {credential: "null"},
		"with the hash of a key":  {credential: auth.HashKey(maker.credential)},
		"with a key and a letter": {credential: maker.credential + "A"},
	}
	attempts := make([]*attempt, 0, len(operations()))
	for _, row := range operations() {
		at := &attempt{operation: row, made: w.furnish(t, maker)}
		at.query = expand(t, row.request, at.made)
		at.own = model.Permission(permissionOf(fieldNamed(t, w.schema, row.field)))
		for _, name := range permissionsIn(t, w.schema, at.query) {
			at.needed = append(at.needed, model.Permission(name))
		}
		at.able, at.unable, at.powerless = holding(t, at.needed), holding(t, allBut(at.own)), holding(t, nil)
		if at.own == "" { // whoever may nothing may select it; what it leads to is for those who may read it
			at.able = maker
		}
		attempts = append(attempts, at)
	}
	before := w.dump(t, admin.DefaultTenantID)
	for _, at := range attempts {
		for name, nobody := range nobodies {
			a := w.as(t, nobody, "refused", at.query)
			if a.status != http.StatusUnauthorized || a.text(t, "errors.0.extensions.code") != "UNAUTHENTICATED" || strings.Contains(a.body, `"data"`) {
				t.Errorf("%s %s was answered %d %s", at.field, name, a.status, a.body)
			}
		}
		none := w.as(t, at.powerless, "refused", at.query)
		codes := codesIn(t, none)
		if (len(codes) == 0) != (at.own == "") || len(slices.DeleteFunc(codes, func(code string) bool { return code == "FORBIDDEN" })) > 0 {
			t.Errorf("%s without any permission was answered %s", at.field, none.body)
		}
		at.refused = w.as(t, at.unable, "refused", at.query)
	}
	if diff := cmp.Diff(before, w.dump(t, admin.DefaultTenantID)); diff != "" {
		t.Errorf("callers who were refused have changed %s", diff)
	}
	for _, at := range attempts {
		worked := w.as(t, at.able, "allowed", at.query)
		if want := expand(t, at.works, at.made); worked.status != http.StatusOK || strings.Contains(worked.body, `"errors":`) || !strings.Contains(worked.body, want) {
			t.Errorf("%s with %v alone was answered %s, want %s", at.field, at.needed, worked.body, want)
			continue
		}
		if at.own != "" {
			checkRefusal(t, w, at.field, at.query, at.refused, worked)
		}
	}
}

// allBut is every permission but one.
func allBut(one model.Permission) []model.Permission {
	return slices.DeleteFunc(slices.Clone(model.AllPermission), func(p model.Permission) bool { return p == one })
}

// checkRefusal compares the answer to a caller who lacks the permission of a field with the answer to
// one who holds it: all is the same, but the field is null, or nothing is left where it cannot be,
// and each time there is an error that says so in its place.
func checkRefusal(t *testing.T, w *walk, field, query string, refused, worked answer) {
	t.Helper()
	definition := fieldNamed(t, w.schema, field)
	var data map[string]any
	reencode(t, worked.at(t, "data"), &data)
	places := findField(parsed(t, w.schema, query), data, field, nil)
	if len(places) == 0 {
		t.Fatalf("%s is nowhere in %s", field, worked.body)
	}
	var want any = data
	for _, place := range places {
		place.object[place.key] = nil
	}
	if definition.Type.NonNull { // of an operation, whose data falls with it
		want = nil
	}
	var got struct {
		Data   any
		Errors []struct {
			Message    string
			Path       []any
			Extensions struct {
				Code   string
				Status int
			}
		}
	}
	if err := json.Unmarshal([]byte(refused.body), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Data); diff != "" {
		t.Errorf("%s: without the permission the rest of the answer is another: %s", field, diff)
	}
	wantPaths, gotPaths := map[string]bool{}, map[string]bool{}
	for _, place := range places {
		wantPaths[fmt.Sprint(place.path)] = true
	}
	for _, e := range got.Errors {
		gotPaths[fmt.Sprint(e.Path)] = true
		if e.Extensions.Code != "FORBIDDEN" || e.Extensions.Status != http.StatusForbidden || !strings.Contains(e.Message, " "+permissionOf(definition)+".") {
			t.Errorf("%s: without the permission %s the error is %+v", field, permissionOf(definition), e)
		}
	}
	if diff := cmp.Diff(wantPaths, gotPaths); diff != "" || len(got.Errors) != len(wantPaths) {
		t.Errorf("%s: the errors stand in other places than the field: %s", field, diff)
	}
	if refused.status != http.StatusOK {
		t.Errorf("%s: the refusal has status %d", field, refused.status)
	}
}

// found is a place in an answer.
type found struct {
	object map[string]any
	key    string
	path   []any
}

// findField finds where an answer holds a field such as User.apps.
func findField(set ast.SelectionSet, object map[string]any, field string, path []any) []found {
	var places []found
	for _, selection := range set {
		switch selected := selection.(type) {
		case *ast.InlineFragment:
			places = append(places, findField(selected.SelectionSet, object, field, path)...)
		case *ast.Field:
			value, there := object[selected.Alias]
			if !there { // of a fragment on another type
				continue
			}
			here := append(slices.Clone(path), selected.Alias)
			if selected.ObjectDefinition.Name+"."+selected.Name == field {
				places = append(places, found{object: object, key: selected.Alias, path: here})
			}
			switch inner := value.(type) {
			case map[string]any:
				places = append(places, findField(selected.SelectionSet, inner, field, here)...)
			case []any:
				for i, element := range inner {
					if inner, ok := element.(map[string]any); ok {
						places = append(places, findField(selected.SelectionSet, inner, field, append(slices.Clone(here), float64(i)))...)
					}
				}
			}
		}
	}
	return places
}

// walkNodes asks for a node of every type: it is there for whoever may read the type, and otherwise
// null without an error, like an ID that does not exist.
func walkNodes(t *testing.T, w *walk, holding func(t *testing.T, permissions []model.Permission) caller) {
	t.Helper()
	made := w.furnish(t, w.administrator(t, admin.DefaultTenantID))
	for kind, node := range nodeKinds() {
		needed := model.Permission(permissionOf(fieldNamed(t, w.schema, node.field)))
		query := expand(t, `{ node(id: "{{`+node.name+`}}") { __typename id } }`, made)
		want := expand(t, `{"data":{"node":{"__typename":"`+kind+`","id":"{{`+node.name+`}}"}}}`, made)
		if a := w.as(t, holding(t, []model.Permission{needed}), "node", query); a.body != want {
			t.Errorf("a %s for whoever holds %s is %s, want %s", kind, needed, a.body, want)
		}
		for _, held := range [][]model.Permission{allBut(needed), nil} {
			if a := w.as(t, holding(t, held), "node", query); a.body != `{"data":{"node":null}}` {
				t.Errorf("a %s for whoever holds %v is %s", kind, held, a.body)
			}
		}
	}
	// What node leads to is guarded as elsewhere, also where the field is asked of an interface.
	for _, name := range []string{"app", "service"} {
		query := expand(t, `{ node(id: "{{`+name+`}}") { ... on Application { name loginPreferences { authMethods { sms { codeLength } } } } } }`, made)
		reader := holding(t, []model.Permission{model.PermissionAppsRead, model.PermissionManagementApplicationsRead})
		a := w.as(t, reader, "node", query)
		if a.at(t, "data.node.loginPreferences") != nil || a.text(t, "data.node.name") == "" || !slices.Equal(codesIn(t, a), []string{"FORBIDDEN"}) ||
			!strings.Contains(a.body, `"path":["node","loginPreferences"]`) || !strings.Contains(a.body, "LOGIN_PREFERENCES_READ") {
			t.Errorf("the login preferences of the node %s are %s", name, a.body)
		}
	}
}

// walkOpenFields checks what needs no permission, and that one refusal does not stop what is allowed.
func walkOpenFields(t *testing.T, w *walk, holding func(t *testing.T, permissions []model.Permission) caller) {
	t.Helper()
	nothing := holding(t, nil)
	a := w.as(t, nothing, "open", `{ viewer { tenantId actor { type id name } permissions } __schema { queryType { name } } }`)
	want := `{"data":{"viewer":{"tenantId":"` + admin.DefaultTenantID + `","actor":{"type":"` + nothing.actor.Type.String() + `","id":"` + nothing.actor.ID +
		`","name":"` + nothing.actor.Name + `"},"permissions":[]},"__schema":{"queryType":{"name":"Query"}}}}`
	if a.body != want {
		t.Errorf("whoever may nothing is %s, want %s", a.body, want)
	}
	made := w.furnish(t, w.administrator(t, admin.DefaultTenantID))
	editor := holding(t, []model.Permission{model.PermissionAppsEdit})
	a = w.as(t, editor, "open", expand(t, `mutation { setAppStatus(id: "{{app}}", status: false) { status } deleteApp(id: "{{app}}") { deletedId } }`, made))
	if !slices.Equal(codesIn(t, a), []string{"FORBIDDEN"}) || !strings.Contains(a.body, `"path":["deleteApp"]`) || !strings.Contains(a.body, "APPS_DELETE") {
		t.Errorf("the second of two mutations, which is forbidden, was answered %s", a.body)
	}
	reader := holding(t, []model.Permission{model.PermissionAppsRead})
	if a := w.as(t, reader, "open", expand(t, `{ app(id: "{{app}}") { isActive } }`, made)); a.body != `{"data":{"app":{"isActive":false}}}` {
		t.Errorf("after the first of two mutations, which is allowed, the app is %s", a.body)
	}
}

// codesIn are the codes of the errors in an answer.
func codesIn(t *testing.T, a answer) []string {
	t.Helper()
	var got struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	var codes []string
	for _, e := range got.Errors {
		codes = append(codes, e.Extensions.Code)
	}
	return codes
}

// reencode copies a value by way of JSON.
func reencode(t *testing.T, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}
