package model_test

import (
	"reflect"
	"testing"

	"gatehouse/model"
)

func TestRoleRules(t *testing.T) {
	read, edit := model.PermissionUsersRead, model.PermissionUsersEdit
	for _, c := range []struct {
		name string
		in   model.CreateRoleInput
		want string
	}{
		{"no permission", model.CreateRoleInput{Name: "r"}, ""},
		{"all", model.CreateRoleInput{Name: "r", Permissions: model.AllPermission}, ""},
		{"the same permission again", model.CreateRoleInput{Name: "r", Permissions: []model.Permission{read, edit, read}}, "permissions.2 DUPLICATE"},
		{"no permission of ours", model.CreateRoleInput{Name: "r", Permissions: []model.Permission{"FLY"}}, "permissions.0 UNKNOWN_PERMISSION"},
		{"name of 0 characters", model.CreateRoleInput{Name: " "}, "name REQUIRED"},
		{"name of 128 characters", model.CreateRoleInput{Name: a(128)}, ""},
		{"name of 129 characters", model.CreateRoleInput{Name: a(129)}, "name TOO_LONG"},
		{"description of 1024 characters", model.CreateRoleInput{Name: "r", Description: ptr(a(1024))}, ""},
		{"description of 1025 characters", model.CreateRoleInput{Name: "r", Description: ptr(a(1025))}, "description TOO_LONG"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := broken(t, model.NewRole(base(), c.in).Validate()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestApplyToARole(t *testing.T) {
	for _, c := range []struct {
		name, input, want string
		changed           func(*model.Role)
	}{
		{"nothing", `{}`, "", func(*model.Role) {}},
		{"all", `{"name": " New ", "description": " d ", "permissions": []}`, "", func(r *model.Role) {
			r.Name, r.NameKey, r.Description, r.Permissions = "New", "new", ptr("d"), []model.Permission{}
		}},
		{"null for what can be cleared", `{"description": null}`, "", func(r *model.Role) { r.Description = nil }},
		{"null for what cannot", `{"name": null, "permissions": null}`, "name REQUIRED, permissions REQUIRED", func(*model.Role) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			role := model.NewRole(base(), model.CreateRoleInput{Name: "Old", Description: ptr("old"), Permissions: []model.Permission{model.PermissionUsersRead}})
			want := *role
			if got := broken(t, role.Apply(roleInput(t, c.input))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if c.changed(&want); !reflect.DeepEqual(*role, want) {
				t.Errorf("got %+v, want %+v", *role, want)
			}
		})
	}
}

func TestRoleAssignmentRules(t *testing.T) {
	full := model.RoleAssignment{Entity: base(), RoleID: "r", EntityType: model.RoleEntityTypeUser, EntityID: "u"}
	if err := full.Validate(); err != nil {
		t.Error(err)
	}
	if got := broken(t, (&model.RoleAssignment{}).Validate()); got != "roleId REQUIRED, entityType UNKNOWN_ENTITY_TYPE, entityId REQUIRED" {
		t.Errorf("got %q", got)
	}
	for n, want := range map[int]string{0: "", 1: "", 100: "", 101: "entityIds TOO_MANY"} {
		if got := broken(t, model.CheckRoleEntities(make([]string, n))); got != want {
			t.Errorf("%d entities: got %q, want %q", n, got, want)
		}
	}
}
