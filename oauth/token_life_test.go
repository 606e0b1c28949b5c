package oauth_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/oauth"
)

// about asks an endpoint about a token.
func about(path, token string, c registered, more ...string) request {
	return request{path: path, authorization: basicOf(c.id, c.secret), body: encode(append([]string{"token", token}, more...)...)}
}

func (w *world) introspect(t *testing.T, handler http.Handler, token string, c registered) answer {
	t.Helper()
	got := send(t, handler, about(oauth.IntrospectionPath, token, c))
	if got.status != http.StatusOK || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v %s", got.status, got.header, got.raw)
	}
	return got
}

func wantInactive(t *testing.T, what string, got answer) {
	t.Helper()
	if got.raw != `{"active":false}`+"\n" {
		t.Errorf("%s: got %s", what, got.raw)
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		c := w.basicClient(t, "basic", model.PermissionUsersRead, model.PermissionAppsRead)
		colleague := w.basicClient(t, "colleague")
		foreigner := w.register(t, "tenant-abroad", "foreigner", model.TokenEndpointAuthMethodClientSecretBasic, nil)
		issued := w.clock.Now().Unix()
		full, narrow := mustGetToken(t, w, c), mustGetToken(t, w, c, "scope", "apps:read")
		for _, e := range []struct{ token, scope string }{{full, "users:read apps:read"}, {narrow, "apps:read"}} {
			parsed, err := w.options.Tokens.Parse(t.Context(), e.token)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]any{ // RFC 7662 §2.2
				"active": true, "scope": e.scope, "client_id": c.id, "token_type": "Bearer", "sub": c.appID,
				"iss": issuer, "aud": audience, "jti": parsed.ID, "iat": float64(issued), "exp": float64(issued + 600),
			}
			for _, asks := range []registered{c, colleague} {
				if got := w.introspect(t, w, e.token, asks); !reflect.DeepEqual(got.body, want) {
					t.Errorf("got %v, want %v", got.body, want)
				}
			}
		}
		for _, hint := range []string{"access_token", "refresh_token", "nonsense"} { // RFC 7662 §2.1
			if got := send(t, w, about(oauth.IntrospectionPath, full, c, "token_type_hint", hint)); got.body["active"] != true {
				t.Errorf("with hint %s: %s", hint, got.raw)
			}
		}
		wantInactive(t, "a token of another tenant", w.introspect(t, w, full, foreigner))
		parts := strings.Split(full, ".")
		for what, token := range map[string]string{
			"garbage": "x", "a query": "' OR 1=1 --", "a key": auth.NewKey(), "a NUL": "\x00", "long garbage": strings.Repeat("x", 50<<10),
			"none":              unsigned(t, map[string]any{"alg": "none", "typ": "at+jwt"}, map[string]any{"iss": issuer, "aud": audience}, ""),
			"another signature": parts[0] + "." + parts[1] + "." + strings.Split(narrow, ".")[2],
		} {
			wantInactive(t, what, w.introspect(t, w, token, c))
		}

		// Permissions are those of now.
		ctx := in(t.Context(), home)
		roles, err := w.store.RoleAssignments.One(ctx, home, "role_entity", w.roleOf(t, c), c.appID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.admin.UnassignRole(ctx, roles.RoleID, []string{c.appID}); err != nil {
			t.Fatal(err)
		}
		got := w.introspect(t, w, full, colleague)
		if _, there := got.body["scope"]; got.body["active"] != true || there {
			t.Errorf("without its role: %s", got.raw)
		}
		w.setActive(t, home, c, false)
		wantInactive(t, "a token of an inactive application", w.introspect(t, w, full, colleague))
		w.setActive(t, home, c, true)
		w.clock.advance(10*time.Minute - time.Second)
		if got := w.introspect(t, w, full, colleague); got.body["active"] != true {
			t.Errorf("before it expires: %s", got.raw)
		}
		w.clock.advance(time.Second)
		wantInactive(t, "an expired token", w.introspect(t, w, full, colleague))
	})
}

// roleOf is the ID of the one role of a client's application.
func (w *world) roleOf(t *testing.T, c registered) string {
	t.Helper()
	app, err := w.store.ManagementApplications.Get(t.Context(), home, c.appID)
	if err != nil {
		t.Fatal(err)
	}
	role, err := w.store.Roles.One(t.Context(), home, "name", app.NameKey)
	if err != nil {
		t.Fatal(err)
	}
	return role.ID
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		c := w.basicClient(t, "basic", model.PermissionUsersRead)
		colleague := w.basicClient(t, "colleague")
		foreigner := w.register(t, "tenant-abroad", "foreigner", model.TokenEndpointAuthMethodClientSecretBasic, nil)
		other := w.another(t)
		token, kept := mustGetToken(t, w, c), mustGetToken(t, w, c)
		revoke := func(what, token string, by registered, more ...string) {
			t.Helper()
			got := send(t, w, about(oauth.RevocationPath, token, by, more...))
			if got.status != http.StatusOK || got.raw != "" || got.header.Get("Cache-Control") != "no-store" { // RFC 7009 §2.2
				t.Errorf("%s: got %d %q", what, got.status, got.raw)
			}
		}
		for what, by := range map[string]registered{"a colleague": colleague, "a foreigner": foreigner} {
			revoke(what, token, by)
			if got := w.introspect(t, other, token, c); got.body["active"] != true {
				t.Errorf("%s has revoked a token that is not its own", what)
			}
		}
		for _, garbage := range []string{"x", "' OR 1=1 --", token + "x", strings.Repeat("x", 50<<10)} {
			revoke("garbage", garbage, c)
		}
		if got := w.introspect(t, other, token, c); got.body["active"] != true {
			t.Error("the token is revoked too soon")
		}
		revoke("its own token", token, c, "token_type_hint", "refresh_token")
		for i, process := range []http.Handler{w, other} {
			wantInactive(t, "a revoked token", w.introspect(t, process, token, c))
			if got := w.introspect(t, process, kept, c); got.body["active"] != true {
				t.Errorf("process %d: another token of the client is revoked, too", i)
			}
		}
		revoke("a revoked token", token, c)
		w.clock.advance(time.Hour)
		revoke("an expired token", kept, c)
	})
}
