package oauth_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

func TestToken(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		c := w.basicClient(t, "basic", model.PermissionUsersRead, model.PermissionAppsEdit)
		got := send(t, w, tokenRequest(c))
		if got.status != http.StatusOK {
			t.Fatalf("got %d %s", got.status, got.raw)
		}
		want := map[string]any{ // RFC 6749 §5.1
			"access_token": got.text("access_token"), "token_type": "Bearer", "expires_in": 600.0, "scope": "users:read apps:edit",
		}
		if !reflect.DeepEqual(got.body, want) {
			t.Errorf("got %v, want %v", got.body, want)
		}
		for name, value := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"} {
			if got.header.Get(name) != value {
				t.Errorf("%s is %q, want %q", name, got.header.Get(name), value)
			}
		}
		token, err := w.options.Tokens.Parse(t.Context(), got.text("access_token"))
		if err != nil {
			t.Fatal(err)
		}
		if token.ClientID != c.id || token.ApplicationID != c.appID || token.TenantID != home || token.Scoped {
			t.Errorf("the token says %+v", token)
		}
	})
}

func TestScope(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	reader := w.basicClient(t, "reader", model.PermissionUsersRead, model.PermissionManagementApplicationsRead)
	nobody := w.basicClient(t, "nobody")
	for _, c := range []struct {
		rule, name string
		client     registered
		scope      string
		want, code string
		scoped     bool
	}{
		{"RFC 6749 §3.3", "none asked for", reader, "", "users:read management_applications:read", "", false},
		{"RFC 6749 §3.3", "one that is held", reader, "users:read", "users:read", "", true},
		{"RFC 6749 §3.3", "all that are held, in another order", reader, "management_applications:read users:read", "users:read management_applications:read", "", true},
		{"RFC 6749 §3.3", "the same twice", reader, "users:read users:read", "users:read", "", true},
		{"RFC 6749 §5.1", "one held and one not", reader, "users:read users:delete", "users:read", "", true},
		{"RFC 6749 §5.2", "one that is not held", reader, "users:delete", "", "invalid_scope", false},
		{"RFC 6749 §5.2", "one held and one unknown", reader, "users:read openid", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "in capitals", reader, "USERS:READ", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "as the schema calls it", reader, "USERS_READ", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "two spaces", reader, "users:read  apps:read", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "a space in front", reader, " users:read", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "a space alone", reader, " ", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "a tab between", reader, "users:read\tapps:read", "", "invalid_scope", false},
		{"RFC 6749 §3.3", "a quotation mark", reader, `users:read"`, "", "invalid_scope", false},
		{"RFC 6749 §3.3", "a NUL", reader, "users:read\x00", "", "invalid_scope", false},
		{"RFC 6749 §5.1", "no roles, none asked for", nobody, "", "", "", false},
		{"RFC 6749 §5.2", "no roles, one asked for", nobody, "users:read", "", "invalid_scope", false},
	} {
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			got := send(t, w, tokenRequest(c.client, "scope", c.scope))
			if got.code() != c.code || got.text("scope") != c.want {
				t.Fatalf("got %d %s, want scope %q and error %q", got.status, got.raw, c.want, c.code)
			}
			if _, there := got.body["scope"]; there != (c.want != "") {
				t.Errorf("the scope is to be left out when it is empty, and only then: %s", got.raw)
			}
			if c.code != "" {
				wantErrorAnswer(t, got)
				return
			}
			token, err := w.options.Tokens.Parse(t.Context(), got.text("access_token"))
			if err != nil {
				t.Fatal(err)
			}
			if token.Scoped != c.scoped {
				t.Errorf("the token is narrowed: %t, want %t", token.Scoped, c.scoped)
			}
		})
	}
}

// TestAcceptedRequests is what must work although it looks odd.
func TestAcceptedRequests(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	post := w.register(t, home, "post", model.TokenEndpointAuthMethodClientSecretPost, nil)
	const grant = "grant_type=client_credentials"
	for _, e := range []struct {
		rule, name string
		request    request
	}{
		{"RFC 6749 §2.3.1", "the secret in the body", request{body: encode("grant_type", "client_credentials", "client_id", post.id, "client_secret", post.secret)}},
		{"RFC 6749 §2.3.1", "Basic and the same client_id", tokenRequest(c, "client_id", c.id)},
		{"RFC 7617 §2", "the scheme in lower case", request{authorization: []string{strings.Replace(basicOf(c.id, c.secret)[0], "Basic", "basic", 1)}, body: grant}},
		{"RFC 6749 §2.3.1", "percent-encoded letters", request{authorization: percentBasic(c), body: grant}},
		{"RFC 6749 §3.2", "unknown parameters", tokenRequest(c, "audience", "x", "client_id[$ne]", "x", "client_id[$ne]", "y")},
		{"RFC 6749 §3.2", "parameters without a value", tokenRequest(c, "scope", "", "client_secret", "", "client_assertion", "", "client_id", "")},
		{"RFC 6749 §3.2", "a query is kept and not read", request{authorization: basicOf(c.id, c.secret), body: grant, query: "grant_type=password&scope=x&client_id=x"}},
		{"RFC 6749 appendix B", "a charset", request{authorization: basicOf(c.id, c.secret), body: grant, contentType: "application/x-www-form-urlencoded; charset=UTF-8"}},
		{"RFC 8707 §2", "the resource that there is", tokenRequest(c, "resource", audience)},
		{"RFC 8707 §2", "the same resource twice", tokenRequest(c, "resource", audience, "resource", audience)},
	} {
		t.Run(e.rule+" "+e.name, func(t *testing.T) {
			if got := send(t, w, e.request); got.status != http.StatusOK {
				t.Errorf("got %d %s", got.status, got.raw)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		c := w.basicClient(t, "basic")
		ctx := in(t.Context(), home)
		expiry := w.clock.Now().Add(time.Hour)
		made, err := w.admin.GenerateClientSecret(ctx, c.id, &expiry)
		if err != nil {
			t.Fatal(err)
		}
		second := registered{appID: c.appID, id: c.id, secret: made.ClientSecret.Value()}
		status := func(c registered) int { return send(t, w, tokenRequest(c)).status }
		if status(c) != http.StatusOK || status(second) != http.StatusOK {
			t.Error("two secrets must both work")
		}
		w.clock.advance(time.Hour - time.Second)
		if status(second) != http.StatusOK {
			t.Error("a secret must work until it expires")
		}
		w.clock.advance(time.Second)
		if status(second) != http.StatusUnauthorized || status(c) != http.StatusOK {
			t.Error("a secret must not work from the instant of its expiry on, and the other must")
		}
		app, err := w.store.ManagementApplications.Get(t.Context(), home, c.appID)
		if err != nil {
			t.Fatal(err)
		}
		minute := w.clock.Now().UTC().Truncate(time.Minute)
		for i, want := range []time.Time{minute, w.clock.Now().Add(-time.Second).UTC().Truncate(time.Minute)} {
			if last := app.StoredClients[0].OIDC.Secrets[i].LastUsedAt; last == nil || !last.Equal(want) {
				t.Errorf("secret %d was last used at %v, want %v", i, last, want)
			}
		}
		third, err := w.admin.GenerateClientSecret(ctx, c.id, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.admin.RevokeClientSecret(ctx, c.id, app.StoredClients[0].OIDC.Secrets[0].ID); err != nil {
			t.Fatal(err)
		}
		if status(c) != http.StatusUnauthorized || status(registered{id: c.id, secret: third.ClientSecret.Value()}) != http.StatusOK {
			t.Error("a revoked secret must not work any more, and the one that replaces it must")
		}
	})
}

// TestLastUseIsWrittenOnceAMinute also shows that an inactive application is let in again.
func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	w.setActive(t, home, c, false)
	if got := send(t, w, tokenRequest(c)); got.code() != "invalid_client" {
		t.Errorf("an inactive application: %s", got.raw)
	}
	w.setActive(t, home, c, true)
	cost := func() int64 {
		before := w.backend.calls.Load()
		mustGetToken(t, w, c)
		return w.backend.calls.Load() - before
	}
	mustGetToken(t, w, c)
	if w.clock.Now().Second() != 0 { // to the beginning of a minute
		w.clock.advance(time.Duration(60-w.clock.Now().Second()) * time.Second)
	}
	first, second := cost(), cost()
	if first != second+1 {
		t.Errorf("the first use in a minute cost %d calls to the store, the second %d", first, second)
	}
}

// TestHostileClientIDs: what looks like a query is a client that is not known.
func TestHostileClientIDs(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		c := w.basicClient(t, "basic")
		post := w.register(t, home, "post", model.TokenEndpointAuthMethodClientSecretPost, nil)
		for _, id := range []string{
			"' OR 1=1 --", "' OR '1'='1", `" OR ""="`, "'; DROP TABLE managementApplications; --", `{"$ne":null}`, `{"$gt":""}`,
			"[$ne]", "$where", "%", "_", "*", c.id + "\x00", "\x00", c.id + " ", strings.ToUpper(c.id) + "x", c.id[:8] + "%",
			"../" + c.id, "\n" + c.id, "é", strings.Repeat("x", 40<<10), "null", "undefined", "[object Object]",
		} {
			for _, r := range []request{
				tokenRequest(registered{id: id, secret: c.secret}),
				{body: encode("grant_type", "client_credentials", "client_id", id, "client_secret", post.secret)},
			} {
				if got := send(t, w.another(t), r); got.status != http.StatusUnauthorized || got.code() != "invalid_client" {
					t.Errorf("%.40q: got %d %s", id, got.status, got.raw)
				}
			}
		}
		got := send(t, w, request{body: "grant_type=client_credentials&client_id[$ne]=x&client_secret[$ne]=x"})
		if got.code() != "invalid_client" {
			t.Errorf("operators in the names of parameters: got %d %s", got.status, got.raw)
		}
		if strings.Contains(w.log.String(), "DROP") {
			t.Error("the ID of an unknown client is in the log")
		}
		mustGetToken(t, w, c)
	})
}

// TestALastUseThatCannotBeWritten: a client is served even when its use cannot be written down, and
// waits for that a little while at most.
func TestALastUseThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	opened, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	faults := storetest.NewFaults(opened)
	w := newWorld(t, faults)
	c := w.basicClient(t, "basic")
	var deadline time.Time
	faults.On(func(ctx context.Context, collection string, write bool) error {
		if !write || collection != "managementApplications" {
			return nil
		}
		deadline, _ = ctx.Deadline()
		return errors.New(canary)
	})
	if got := send(t, w, tokenRequest(c)); got.status != http.StatusOK {
		t.Errorf("got %d %s", got.status, got.raw)
	}
	if deadline.IsZero() || time.Until(deadline) > 2*time.Second {
		t.Errorf("the note may take until %s", deadline)
	}
	if log := w.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, c.id) {
		t.Errorf("the log says %q", log)
	}
}
