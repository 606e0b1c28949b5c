package e2e_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
)

// putKey stores an admin key with these permissions and returns it.
func (d *data) putKey(t *testing.T, expiresAt *time.Time, permissions ...model.Permission) string {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	key := auth.NewKey()
	doc := &model.AdminKey{
		Entity: model.NewEntity(admin.DefaultTenantID, model.Actor{Type: model.ActorTypeSystem, ID: "test", Name: "test"}, time.Now()),
		Name:   "key of the test", Hint: auth.HintOf(key), Hash: auth.HashKey(key), Permissions: permissions, ExpiresAt: expiresAt,
	}
	if err := s.AdminKeys.Insert(t.Context(), doc, nil); err != nil {
		t.Fatal(err)
	}
	return key
}

// TestPermissionsOfAKey calls with keys that may do some things and not others.
func TestPermissionsOfAKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		first := d.start(t)
		user := mustCreateUser(t, first, "steve")
		app := mustCreateApp(t, first, "steve", "my-app")
		first.stop(t)

		appsOnly := d.putKey(t, nil, model.PermissionAppsRead)
		usersOnly := d.putKey(t, nil, model.PermissionUsersRead)
		editor := d.putKey(t, nil, model.PermissionAppsEdit)
		nothing := d.putKey(t, nil)
		expired := d.putKey(t, new(time.Now().Add(-time.Second)), model.AllPermission...)
		p := d.start(t)
		for _, c := range []struct {
			name, key, query string
			want, not        []string
		}{
			{"apps without users", appsOnly, `{ apps { nodes { name } } }`, []string{`{"data":{"apps":{"nodes":[{"name":"my-app"}]}}}`}, nil},
			{"the owner of an app is null, with an error", appsOnly, `{ app(id: "APP") { name userId user { username } } }`, []string{`"code":"FORBIDDEN"`, `"path":["app","user"]`, `USERS_READ`, `"data":{"app":{"name":"my-app","userId":"USER","user":null}}`}, []string{"steve"}},
			{"users are forbidden", appsOnly, `{ users { nodes { username } } }`, []string{`"code":"FORBIDDEN"`, `"status":403`, `"data":null`}, []string{"steve"}},
			{"a user's apps are null, with an error", usersOnly, `{ user(id: "USER") { username apps { totalCount } } }`, []string{`"code":"FORBIDDEN"`, `APPS_READ`, `"data":{"user":{"username":"steve","apps":null}}`}, nil},
			{"a user as a node, for whoever may read it", usersOnly, `{ node(id: "USER") { __typename } }`, []string{`{"data":{"node":{"__typename":"User"}}}`}, nil},
			{"a user as a node is null for others", appsOnly, `{ node(id: "USER") { __typename } }`, []string{`{"data":{"node":null}}`}, nil},
			{"an app as a node is null for others", usersOnly, `{ node(id: "APP") { __typename } }`, []string{`{"data":{"node":null}}`}, nil},
			{"an app as a node, for whoever may read it", appsOnly, `{ node(id: "APP") { __typename ... on App { user { username } } } }`, []string{`"code":"FORBIDDEN"`, `{"node":{"__typename":"App","user":null}}`}, []string{"steve"}},
			{"reading is not changing", appsOnly, `mutation { setAppStatus(id: "APP", status: false) { status } }`, []string{`"code":"FORBIDDEN"`, `APPS_EDIT`}, []string{"DEACTIVATED"}},
			{"editing is not deleting", editor, `mutation { deleteApp(id: "APP") { deletedId } }`, []string{`"code":"FORBIDDEN"`, `APPS_DELETE`}, nil},
			{"editing is not creating", editor, `mutation { createApp(input: {userId: "steve", name: "x"}) { app { id } } }`, []string{`"code":"FORBIDDEN"`, `APPS_CREATE`}, nil},
			{"one of two mutations is forbidden", editor, `mutation { setAppStatus(id: "APP", status: true) { status } deleteApp(id: "APP") { deletedId } }`, []string{`"code":"FORBIDDEN"`, `"path":["deleteApp"]`}, nil},
			{"everybody may ask who they are", nothing, `{ viewer { actor { name } permissions } }`, []string{`{"data":{"viewer":{"actor":{"name":"key of the test"},"permissions":[]}}}`}, nil},
			{"and what there is", nothing, `{ __schema { queryType { name } } }`, []string{`{"data":{"__schema":{"queryType":{"name":"Query"}}}}`}, nil},
			{"an expired key", expired, `{ viewer { tenantId } }`, []string{`"code":"UNAUTHENTICATED"`}, nil},
		} {
			p.key = c.key
			ids := strings.NewReplacer("USER\"", user+`"`, "APP\"", app.Id+`"`)
			a := p.ask(t, ids.Replace(c.query), "")
			for _, text := range c.want {
				if !strings.Contains(a.body, ids.Replace(text)) {
					t.Errorf("%s: the answer lacks %s: %s", c.name, text, a.body)
				}
			}
			for _, text := range c.not {
				if strings.Contains(a.body, text) {
					t.Errorf("%s: the answer has %s: %s", c.name, text, a.body)
				}
			}
		}
		p.stop(t)
		if there := d.checkLives(t); !there[app.Id] {
			t.Error("the app is missing")
		}
	})
}
