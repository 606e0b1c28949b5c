package auth_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/model"
)

func TestPermissionsOfPeople(t *testing.T) {
	t.Parallel()
	const mapping = "admins=*;support=apps:read users:read;CN=Ops,DC=example=audit:read;Domain Users=roles:read"
	none, read := []model.Permission{}, []model.Permission{model.PermissionAppsRead}
	support := []model.Permission{model.PermissionUsersRead, model.PermissionAppsRead}
	for _, c := range []struct {
		name    string
		claim   string
		mapping string
		claims  string // JSON
		want    []model.Permission
	}{
		{"scopes in a list", "permissions", "", `{"permissions": ["apps:read", "users:read"]}`, support},
		{"scopes in a text", "scope", "", `{"scope": "openid apps:read  users:read"}`, support},
		{"one scope", "scope", "", `{"scope": "apps:read"}`, read},
		{"unknown ones beside", "permissions", "", `{"permissions": ["apps:READ", "apps", "*", "APPS_READ", "nothing:read", "", " apps:edit", 7, null, ["users:read"], "apps:read"]}`, read},
		{"the same twice", "permissions", "", `{"permissions": ["apps:read", "apps:read"]}`, read},
		{"no claim", "permissions", "", `{}`, none},
		{"null", "permissions", "", `{"permissions": null}`, none},
		{"a number", "permissions", "", `{"permissions": 7}`, none},
		{"an object", "permissions", "", `{"permissions": {"apps:read": true}}`, none},
		{"all", "permissions", mapping, `{"permissions": ["x", "admins"]}`, model.AllPermission},
		{"some", "permissions", mapping, `{"permissions": ["support"]}`, support},
		{"some of a text", "permissions", mapping, `{"permissions": "x support"}`, support},
		{"a text with a space", "permissions", mapping, `{"permissions": "Domain Users"}`, []model.Permission{model.PermissionRolesRead}},
		{"several", "permissions", mapping, `{"permissions": ["Domain Users", "support"]}`, append(append([]model.Permission{}, support...), model.PermissionRolesRead)},
		{"a distinguished name", "permissions", mapping, `{"permissions": ["CN=Ops,DC=example"]}`, []model.Permission{model.PermissionAuditRead}},
		{"scopes that are not in the mapping", "permissions", mapping, `{"permissions": ["apps:read", "*", "Admins", "admin"]}`, none},
		{"a path", "realm_access.roles", "", `{"realm_access": {"roles": ["apps:read"]}}`, read},
		{"a path with dots in its parts", "resource_access.my.client.roles", "", `{"resource_access": {"my.client": {"roles": ["apps:read"]}}}`, read},
		{"a name with dots", "https://example.com/roles", "", `{"https://example.com/roles": ["apps:read"], "https://example": {"com/roles": ["apps:edit"]}}`, read},
		{"a path that leads nowhere", "realm_access.roles", "", `{"realm_access": "roles", "roles": ["apps:read"]}`, none},
		{"a path through a list", "a.0", "", `{"a": ["apps:read"]}`, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock, key := newClock(), newSigner(t, "first", jose.ES256)
			provider := newIdentityProvider(t, key.public())
			given, err := auth.ParsePeoplePermissions(c.mapping)
			if err != nil {
				t.Fatal(err)
			}
			people := auth.NewPeople(auth.PeopleOptions{Issuer: provider.URL, Audience: audience, Claim: c.claim, Permissions: given, TenantID: tenant, Now: clock.now})
			has := claims(provider, clock, map[string]any{"permissions": nil})
			var more map[string]any
			if err := json.Unmarshal([]byte(c.claims), &more); err != nil {
				t.Fatal(err)
			}
			maps.Copy(has, more)
			principal, _, err := people.Principal(t.Context(), key.sign(t, has, nil))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(principal.Permissions, c.want) {
				t.Errorf("got %v, want %v", principal.Permissions, c.want)
			}
		})
	}
}

func TestParsePeoplePermissions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string][]model.Permission{
		"":                              nil,
		"  ":                            nil,
		"a=apps:read;":                  {"a": {model.PermissionAppsRead}},
		" a = apps:read  roles:edit ; ": {"a": {model.PermissionAppsRead, model.PermissionRolesEdit}},
		"a=*;b b=apps:read":             {"a": model.AllPermission, "b b": {model.PermissionAppsRead}},
		"OU=a,DC=b=apps:read":           {"OU=a,DC=b": {model.PermissionAppsRead}},
		"a=management_applications:read login_preferences:edit admin_keys:manage": {"a": {
			model.PermissionManagementApplicationsRead, model.PermissionLoginPreferencesEdit, model.PermissionAdminKeysManage,
		}},
	} {
		if got, err := auth.ParsePeoplePermissions(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string][]string{
		"admins":                    {`"admins" is not VALUE=SCOPES`},
		"=*":                        {"has no value"},
		"a=":                        {`"a": gives nothing`},
		"a=* apps:read":             {`"*" is no scope`},
		"a=apps:reed":               {`"apps:reed" is no scope`},
		"a=APPS_READ":               {`"APPS_READ" is no scope`},
		"a=*;a=apps:read":           {`"a" is there twice`},
		"a=apps:reed;b;=*;a=x;c=*;": {`"apps:reed"`, `"b"`, "has no value", `"a" is there twice`},
	} {
		got, err := auth.ParsePeoplePermissions(text)
		if got != nil || err == nil {
			t.Errorf("%q is accepted: %v", text, got)
			continue
		}
		for _, problem := range want {
			if !strings.Contains(err.Error(), problem) {
				t.Errorf("%q: the error %q lacks %s", text, err, problem)
			}
		}
	}
}
