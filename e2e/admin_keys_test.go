package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
)

const (
	adminKeyFields = `id name hint permissions expiresAt lastUsedAt createdAt createdBy { type name }`
	createAdminKey = `mutation ($input: CreateAdminKeyInput!) { createAdminKey(input: $input) { adminKey { ` + adminKeyFields + ` } key } }`
	revokeAdminKey = `mutation ($id: ID!) { revokeAdminKey(id: $id) { revokedId } }`
	listAdminKeys  = `{ adminKeys { nodes { name } totalCount } }`
)

// TestAdminKeys makes, lists and revokes admin keys, right and wrong.
func TestAdminKeys(t *testing.T) {
	play(t, []step{
		{
			name: "a key", query: createAdminKey, variables: `{"input": {"name": " Deployment ", "permissions": ["APPS_READ", "USERS_READ"], "expiresAt": "2999-01-01T00:00:00+01:00"}}`,
			want: []string{`"name":"Deployment"`, `"permissions":["APPS_READ","USERS_READ"],"expiresAt":"2998-12-31T23:00:00.000Z"`, `"createdBy":{"type":"ADMIN_KEY","name":"first key"}`, `"key":"gk_`},
			save: map[string]string{
				"id": "data.createAdminKey.adminKey.id", "hint": "data.createAdminKey.adminKey.hint", "key": "data.createAdminKey.key",
			},
			events: []string{"adminKey.create {{id}} name hint permissions expiresAt"},
		},
		{
			name: "another of the same name, that may do nothing", query: createAdminKey, variables: `{"input": {"name": "deployment", "permissions": []}}`,
			want: []string{`"permissions":[],"expiresAt":null,"lastUsedAt":null`}, save: map[string]string{"other": "data.createAdminKey.adminKey.id"},
			events: []string{"adminKey.create {{other}} name hint permissions"},
		},
		{
			name: "no end of time, said with null", query: createAdminKey, variables: `{"input": {"name": "x", "permissions": [], "expiresAt": null}}`,
			want: []string{`"expiresAt":null`}, save: map[string]string{"third": "data.createAdminKey.adminKey.id"}, events: []string{"adminKey.create {{third}} *"},
		},
		{
			name: "all violations at once", query: createAdminKey, variables: `{"input": {"name": " ", "permissions": ["APPS_READ", "USERS_READ", "APPS_READ"], "expiresAt": "2019-08-24T14:15:22Z"}}`,
			want: []string{
				`"code":"BAD_USER_INPUT"`, `"message":"The input breaks 3 rules."`, `{"path":["input","expiresAt"],"code":"NOT_IN_FUTURE"`,
				`{"path":["input","name"],"code":"REQUIRED"`, `{"path":["input","permissions",2],"code":"DUPLICATE"`,
			},
			not: []string{"gk_"},
		},
		{
			name: "a name too long", query: createAdminKey, variables: `{"input": {"name": "` + strings.Repeat("x", 129) + `", "permissions": []}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `{"path":["input","name"],"code":"TOO_LONG"`},
		},
		{name: "an unknown permission", query: createAdminKey, variables: `{"input": {"name": "x", "permissions": ["EVERYTHING"]}}`, want: []string{`"code":"GRAPHQL_VALIDATION_FAILED"`}},
		{
			name: "list", query: `{ adminKeys { nodes { ` + adminKeyFields + ` } edges { node { id } } totalCount } }`,
			want: []string{`"name":"first key"`, `"id":"{{id}}","name":"Deployment","hint":"{{hint}}","permissions":["APPS_READ","USERS_READ"]`, `"totalCount":4`},
			not:  []string{"{{key}}", "gk_", "hash"},
		},
		{
			name: "by page", query: `{ adminKeys(first: 2) { nodes { name } pageInfo { hasNextPage endCursor } } }`,
			want: []string{`[{"name":"first key"},{"name":"Deployment"}]`, `"hasNextPage":true`}, save: map[string]string{"cursor": "data.adminKeys.pageInfo.endCursor"},
		},
		{
			name: "the next page", query: `query ($c: String) { adminKeys(after: $c) { nodes { id } pageInfo { hasPreviousPage } } }`, variables: `{"c": "{{cursor}}"}`,
			want: []string{`[{"id":"{{other}}"},{"id":"{{third}}"}],"pageInfo":{"hasPreviousPage":true}`},
		},
		{name: "a page backwards", query: `{ adminKeys(last: 1) { nodes { id } pageInfo { hasPreviousPage } } }`, want: []string{`[{"id":"{{third}}"}],"pageInfo":{"hasPreviousPage":true}`}},
		{name: "a page of nothing", query: `{ adminKeys(first: 0) { totalCount } }`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["first"],"code":"OUT_OF_RANGE"`}},
		{
			name: "as a node", query: `query ($id: ID!) { node(id: $id) { __typename id ... on AdminKey { name hint } } }`, variables: `{"id": "{{id}}"}`,
			want: []string{`{"node":{"__typename":"AdminKey","id":"{{id}}","name":"Deployment","hint":"{{hint}}"}}`},
		},
		{name: "there is no way to the hash", query: `{ adminKeys { nodes { hash } } }`, want: []string{`"code":"GRAPHQL_VALIDATION_FAILED"`}},
		{name: "revoke", query: revokeAdminKey, variables: `{"id": "{{id}}"}`, want: []string{`{"revokedId":"{{id}}"}`}, events: []string{"adminKey.revoke {{id}} name hint permissions expiresAt"}},
		{name: "revoke again", query: revokeAdminKey, variables: `{"id": "{{id}}"}`, want: []string{`"code":"NOT_FOUND"`, `There is no such admin key.`}},
		{name: "revoke what was never there", query: revokeAdminKey, variables: `{"id": "unknown"}`, want: []string{`"code":"NOT_FOUND"`, `There is no such admin key.`}},
		{name: "what is left", query: listAdminKeys, want: []string{`{"nodes":[{"name":"first key"},{"name":"deployment"},{"name":"x"}],"totalCount":3}`}},
		{name: "it is no node any more", query: `query ($id: ID!) { node(id: $id) { id } }`, variables: `{"id": "{{id}}"}`, want: []string{`{"node":null}`}},
	})
}

// mustCreateKey makes an admin key with these permissions, and returns it with its ID.
func mustCreateKey(t testing.TB, p *program, name string, expiresAt *time.Time, permissions ...model.Permission) (key, id string) {
	t.Helper()
	words := make([]string, len(permissions))
	for i, permission := range permissions {
		words[i] = `"` + permission.String() + `"`
	}
	expiry := "null"
	if expiresAt != nil {
		expiry = `"` + expiresAt.UTC().Format(time.RFC3339Nano) + `"`
	}
	a := p.ask(t, createAdminKey, `{"input": {"name": "`+name+`", "permissions": [`+strings.Join(words, ",")+`], "expiresAt": `+expiry+`}}`)
	return a.text(t, "data.createAdminKey.key"), a.text(t, "data.createAdminKey.adminKey.id")
}

// expect checks an answer's texts: those that it must have, and those that it must not.
func expect(t testing.TB, what string, a answer, want, not []string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s: the answer lacks %s: %d %s", what, text, a.status, a.body)
		}
	}
	for _, text := range not {
		if strings.Contains(a.body, text) {
			t.Errorf("%s: the answer has %s: %s", what, text, a.body)
		}
	}
}

// TestLifeOfAKey uses a key until it is revoked, in the server that revokes it and, where there can be
// one, in another.
func TestLifeOfAKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		servers := []*program{p}
		if d.uri != "" { // a data folder is for one server
			servers = append(servers, d.start(t))
		}
		key, id := mustCreateKey(t, p, "worker", nil, model.PermissionUsersRead, model.PermissionAdminKeysManage)
		if hint := auth.HintOf(key); !strings.HasSuffix(key, hint) || len(key) != len("gk_")+43 {
			t.Errorf("the key has %d characters", len(key))
		}
		for _, server := range servers {
			expect(t, "the new key", server.with(key).ask(t, `{ viewer { actor { type id name } permissions } }`, ""),
				[]string{`{"actor":{"type":"ADMIN_KEY","id":"` + id + `","name":"worker"},"permissions":["USERS_READ","ADMIN_KEYS_MANAGE"]}`}, nil)
		}
		expect(t, "the hint", p.ask(t, `query ($id: ID!) { node(id: $id) { ... on AdminKey { hint } } }`, `{"id": "`+id+`"}`), []string{`"hint":"` + auth.HintOf(key) + `"`}, []string{key})
		worker := p.with(key)
		expect(t, "more than it holds", worker.ask(t, createAdminKey, `{"input": {"name": "child", "permissions": ["USERS_READ", "APPS_READ"]}}`),
			[]string{`"code":"FORBIDDEN"`, `APPS_READ`, `"data":null`}, []string{"gk_"})
		expect(t, "violations before all", worker.ask(t, createAdminKey, `{"input": {"name": "", "permissions": ["APPS_READ"]}}`), []string{`"code":"BAD_USER_INPUT"`}, []string{"FORBIDDEN"})
		child, childID := mustCreateKey(t, worker, "child", nil, model.PermissionUsersRead)
		expect(t, "a key made by a key", p.with(child).ask(t, `{ users { totalCount } adminKeys { totalCount } }`, ""), []string{`"code":"FORBIDDEN"`, `ADMIN_KEYS_MANAGE`}, nil)
		expect(t, "a key as a node", p.with(child).ask(t, `query ($id: ID!) { node(id: $id) { id } }`, `{"id": "`+childID+`"}`), []string{`{"data":{"node":null}}`}, nil)

		expect(t, "revoked by itself", worker.ask(t, revokeAdminKey, `{"id": "`+id+`"}`), []string{`{"revokedId":"` + id + `"}`}, nil)
		for i, server := range servers {
			refused := func() bool {
				a := server.with(key).ask(t, `{ viewer { tenantId } }`, "")
				return a.status == http.StatusUnauthorized && strings.Contains(a.body, `"code":"UNAUTHENTICATED"`)
			}
			if i > 0 { // the server that revoked it refuses the very next request
				withinSpread(t, "another server refuses a revoked key", refused)
			} else if !refused() {
				t.Error("a revoked key was admitted")
			}
			expect(t, "what it made stays", server.with(child).ask(t, `{ users { totalCount } }`, ""), []string{`{"data":{"users":{"totalCount":0}}}`}, nil)
		}
		for _, server := range servers {
			server.stop(t)
			if log := server.stderr.String(); strings.Contains(log, key) || strings.Contains(log, auth.HashKey(key)) {
				t.Error("the key or its hash is in the log")
			}
		}
		d.searchStore(t, key, 0)
		d.searchStore(t, child, 1)
	})
}

// TestExpiringKey uses a key until it expires. Then it is refused, and is there to be seen and
// revoked.
func TestExpiringKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		ends := time.Now().Add(5 * time.Second).Truncate(time.Millisecond)
		key, id := mustCreateKey(t, p, "guest", &ends, model.PermissionUsersRead)
		guest := p.with(key)
		for used := 0; ; used++ {
			asked := time.Now()
			a := guest.ask(t, `{ viewer { actor { name } } }`, "")
			if a.status == http.StatusUnauthorized {
				if used == 0 || time.Now().Before(ends) {
					t.Errorf("refused after %d uses, %s before its end", used, time.Until(ends))
				}
				break
			}
			if a.status != http.StatusOK || asked.After(ends) {
				t.Fatalf("%s after its end it was answered %d %s", time.Since(ends), a.status, a.body)
			}
		}
		expect(t, "the list", p.ask(t, listAdminKeys, ""), []string{`{"name":"guest"}`}, nil)
		expect(t, "revoking it", p.ask(t, revokeAdminKey, `{"id": "`+id+`"}`), []string{`{"revokedId":"` + id + `"}`}, nil)
	})
}

// TestTheLastKey revokes the only key there is: nobody gets in any more until the next start, which
// shows another one.
func TestTheLastKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		mustCreateUser(t, p, "steve")
		id := p.ask(t, `{ viewer { actor { id } } }`, "").text(t, "data.viewer.actor.id")
		expect(t, "revoking the last", p.ask(t, revokeAdminKey, `{"id": "`+id+`"}`), []string{`{"revokedId":"` + id + `"}`}, nil)
		if a := p.ask(t, `{ viewer { tenantId } }`, ""); a.status != http.StatusUnauthorized {
			t.Errorf("the last key, revoked, was answered %d %s", a.status, a.body)
		}
		p.stop(t)
		lost := d.key
		d.key = ""
		next := d.start(t)
		if next.key == "" || next.key == lost {
			t.Fatalf("the next start printed %s", next.stdout)
		}
		expect(t, "the next first key", next.ask(t, `{ users { nodes { username } } }`, ""), []string{`"steve"`}, nil)
		if a := next.with(lost).ask(t, `{ viewer { tenantId } }`, ""); a.status != http.StatusUnauthorized {
			t.Errorf("the revoked key came back: %d %s", a.status, a.body)
		}
	})
}
