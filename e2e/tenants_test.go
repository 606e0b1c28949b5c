package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatehouse/admin"
	"gatehouse/model"
)

// tenantCommand runs a tenant command on the data, perhaps beside a server, and returns what it
// printed.
func (d *data) tenantCommand(t testing.TB, arguments ...string) string {
	t.Helper()
	code, stdout, stderr := finish(t, append([]string{"tenant"}, arguments...), d.variables()...)
	if code != 0 || strings.Contains(stderr, "gk_") {
		t.Fatalf("tenant %v ended with code %d and printed\n%s\n%s", arguments, code, stdout, stderr)
	}
	return stdout
}

// createTenant makes a tenant as an operator does, and returns its ID and its first key.
func (d *data) createTenant(t testing.TB, name string) (id, key string) {
	t.Helper()
	stdout := d.tenantCommand(t, "create", name)
	found := regexp.MustCompile(`^Tenant: ([0-9a-f-]{36})\nAdmin key \(shown this once\): (gk_[A-Za-z0-9_-]{43})\n$`).FindStringSubmatch(stdout)
	if found == nil {
		t.Fatalf("tenant create printed %s", stdout)
	}
	return found[1], found[2]
}

// TestTenantCommands makes tenants and keys of tenants while a server runs, which takes them at once.
func TestTenantCommands(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t, "GATEHOUSE_ADMIN_KEY="+configuredKey)
		const fields = `{ viewer { tenantId actor { name } permissions } }`
		every := `"permissions":["` + strings.Join(allWords(), `","`) + `"]`
		if list := d.tenantCommand(t, "list"); !regexp.MustCompile(`^` + admin.DefaultTenantID + `\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tdefault\n$`).MatchString(list) {
			t.Errorf("the tenants are\n%s", list)
		}
		id, key := d.createTenant(t, " Acme & Söhne ")
		acme := p.with(key)
		expect(t, "the first key", acme.ask(t, fields, ""), []string{`"tenantId":"` + id + `","actor":{"name":"first key"},` + every}, nil)
		list := strings.Split(d.tenantCommand(t, "list"), "\n")
		if len(list) != 3 || !strings.HasPrefix(list[1], id+"\t") || !strings.HasSuffix(list[1], "\tAcme & Söhne") || strings.Count(list[1], "\t") != 2 {
			t.Errorf("the tenants are %q", list)
		}

		more := d.tenantCommand(t, "key", id)
		second := strings.TrimSuffix(strings.TrimPrefix(more, "Admin key (shown this once): "), "\n")
		expect(t, "one more key", p.with(second).ask(t, fields, ""), []string{`"tenantId":"` + id + `","actor":{"name":"operator's key"},` + every}, nil)
		expect(t, "the trail of the tenant", acme.ask(t, `{ auditEvents { nodes { actor { type } action requestId } totalCount } }`, ""),
			[]string{`[{"actor":{"type":"SYSTEM"},"action":"adminKey.create","requestId":""},{"actor":{"type":"SYSTEM"},"action":"adminKey.create","requestId":""}],"totalCount":2`}, nil)

		// A tenant whose keys are all lost is not lost.
		for range 2 {
			expect(t, "revoking a key", acme.ask(t, revokeAdminKey, `{"id": "`+acme.ask(t, `{ viewer { actor { id } } }`, "").text(t, "data.viewer.actor.id")+`"}`), []string{`"revokedId"`}, nil)
			acme = p.with(second)
		}
		for _, lost := range []string{key, second} {
			if a := p.with(lost).ask(t, fields, ""); a.status != http.StatusUnauthorized {
				t.Errorf("a revoked key was answered %d %s", a.status, a.body)
			}
		}
		third := strings.Fields(d.tenantCommand(t, "key", id))
		expect(t, "after the last was lost", p.with(third[len(third)-1]).ask(t, `{ adminKeys { totalCount } }`, ""), []string{`"totalCount":1`}, nil)

		for _, c := range []struct {
			name      string
			arguments []string
			code      int
			says      string
		}{
			{"a taken name", []string{"create", "ACME & söhne"}, 1, "Another tenant has this name."},
			{"the name of the default tenant", []string{"create", "Default"}, 1, "Another tenant has this name."},
			{"a blank name", []string{"create", " "}, 1, "must not be blank"},
			{"a name of two lines", []string{"create", "a\nb"}, 1, "control characters"},
			{"a name too long", []string{"create", strings.Repeat("x", 129)}, 1, "at most 128 characters"},
			{"no name", []string{"create"}, 2, "<name>"},
			{"a key of an unknown tenant", []string{"key", "00000000-0000-7000-8000-00000000000f"}, 1, "There is no such tenant."},
			{"a key of a tenant by its name", []string{"key", "default"}, 1, "There is no such tenant."},
			{"no tenant", []string{"key"}, 2, "<tenant>"},
			{"no command", nil, 2, "create"},
			{"an unknown command", []string{"delete", id}, 2, "unexpected argument"},
		} {
			code, stdout, stderr := finish(t, append([]string{"tenant"}, c.arguments...), d.variables()...)
			if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
				t.Errorf("%s: ended with code %d and printed\n%s\n%s", c.name, code, stdout, stderr)
			}
		}
		p.stop(t)
		d.settled(t)
		if lines := strings.Count(d.tenantCommand(t, "list"), "\n"); lines != 2 {
			t.Errorf("there are %d tenants", lines)
		}
	})
}

// allWords are all permissions.
func allWords() []string {
	words := make([]string, len(model.AllPermission))
	for i, permission := range model.AllPermission {
		words[i] = permission.String()
	}
	return words
}

// TestTenantsBeforeTheFirstStart makes several tenants at once on data that no server has seen.
func TestTenantsBeforeTheFirstStart(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		for i, err := range race(3, func(i int) error {
			code, stdout, stderr := finish(t, []string{"tenant", "create", fmt.Sprintf("tenant %d", i)}, d.variables()...)
			if code != 0 {
				return fmt.Errorf("code %d: %s%s", code, stdout, stderr)
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("tenant %d: %v", i, err)
			}
		}
		list := d.tenantCommand(t, "list")
		if strings.Count(list, "\n") != 4 || strings.Count(list, "\tdefault\n") != 1 {
			t.Errorf("the tenants are\n%s", list)
		}
		if p := d.start(t); p.key == "" {
			t.Error("the first start printed no key of the default tenant")
		}
	})
}
