package auth_test

import (
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/model"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	for permission, want := range map[model.Permission]string{
		model.PermissionAppsRead:                   "apps:read",
		model.PermissionAdminKeysManage:            "admin_keys:manage",
		model.PermissionManagementApplicationsRead: "management_applications:read",
	} {
		if got := auth.Scope(permission); got != want {
			t.Errorf("Scope(%s) = %q, want %q", permission, got, want)
		}
	}
	for _, permission := range model.AllPermission {
		scope := auth.Scope(permission)
		if got, ok := auth.ParseScope(scope); !ok || got != permission {
			t.Errorf("ParseScope(%q) = %s %t, want %s", scope, got, ok, permission)
		}
		// RFC 6749 §3.3: visible ASCII without quotes and backslashes.
		if strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			t.Errorf("%q is no scope", scope)
		}
	}
	for _, text := range []string{"", "apps", "apps:", "apps_read", "APPS:READ", "Apps:read", " apps:read", "apps:read apps:edit", "apps:write", "APPS_READ"} {
		if got, ok := auth.ParseScope(text); ok {
			t.Errorf("ParseScope(%q) = %s", text, got)
		}
	}
	if got := auth.Scopes([]model.Permission{model.PermissionAuditRead, model.PermissionAppsEdit}); got != "audit:read apps:edit" {
		t.Errorf("Scopes = %q", got)
	}
	if got := auth.Scopes(nil); got != "" {
		t.Errorf("Scopes of nothing = %q", got)
	}
}
