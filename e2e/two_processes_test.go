package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// spread is how long it may take until one process knows what another has done.
const spread = 2 * time.Second

// pair starts two servers on one MongoDB, with what they need to accept each other's tokens.
func pair(t *testing.T, variables ...string) (d *data, here, there *program) {
	t.Helper()
	d = onMongoDB(t)
	variables = append(variables, "GATEHOUSE_PUBLIC_URL="+publicURL)
	here = d.start(t, variables...)
	there = d.start(t, variables...)
	return d, here, there
}

// withinSpread repeats a question from now on until the answer is yes. Only a question that was asked
// later than spread may not be answered with no, however long the answers take.
func withinSpread(t *testing.T, what string, holds func() bool) {
	t.Helper()
	since := time.Now()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		asked := time.Now()
		if holds() {
			return
		}
		if asked.Sub(since) > spread {
			t.Errorf("after %s it is not so that %s", asked.Sub(since), what)
			return
		}
		<-again.C
	}
}

// TestTakenAwayInTwoProcesses takes away from callers what lets them in, at one of two processes: it
// refuses the very next request, and the other follows within two seconds.
func TestTakenAwayInTwoProcesses(t *testing.T) {
	t.Parallel()
	_, here, there := pair(t)
	for _, c := range []struct {
		name string
		take func(t *testing.T, m machine, token string)
	}{
		{"deactivation", func(t *testing.T, m machine, _ string) {
			here.mustAsk(t, `mutation ($id: ID!) { setManagementApplicationStatus(id: $id, status: false) { status } }`, map[string]any{"id": m.id})
		}},
		{"deletion", func(t *testing.T, m machine, _ string) {
			here.mustAsk(t, `mutation ($id: ID!) { deleteManagementApplication(id: $id) { deletedId } }`, map[string]any{"id": m.id})
		}},
		{"removal of the client", func(t *testing.T, m machine, _ string) {
			here.mustAsk(t, `mutation ($id: ID!) { removeClient(id: $id) { managementApplication { id } } }`, map[string]any{"id": m.clients[0].ID})
		}},
		{"revocation of the token", func(t *testing.T, m machine, token string) {
			if a := m.clients[0].form(t, here, publicURL, "/oauth2/revoke", url.Values{"token": {token}}); a.status != http.StatusOK || a.body != "" {
				t.Fatalf("revocation was answered %d %s", a.status, a.body)
			}
		}},
	} {
		m := newMachine(t, here, c.name)
		token := m.clients[0].token(t, here, publicURL)
		for name, p := range map[string]*program{"here": here, "there": there} {
			if a := p.who(t, token); a.status != http.StatusOK || a.text(t, "data.viewer.actor.id") != m.id {
				t.Fatalf("%s: a token from here was answered %d %s %s", c.name, a.status, a.body, name)
			}
		}
		c.take(t, m, token)
		if here.admits(t, token) {
			t.Errorf("%s: the next request here was let in", c.name)
		}
		withinSpread(t, "the other process refuses after "+c.name, func() bool { return !there.admits(t, token) })
		if a := m.clients[0].grant(t, there, publicURL, ""); (a.status == http.StatusOK) != (c.name == "revocation of the token") {
			t.Errorf("%s: the other process answered the client %d %s", c.name, a.status, a.body)
		}
	}
}

// TestRightsInTwoProcesses takes a role away from a management application and revokes an admin key at
// one of two processes.
func TestRightsInTwoProcesses(t *testing.T) {
	t.Parallel()
	_, here, there := pair(t)
	m := newMachine(t, here, "a machine")
	token := m.clients[1].token(t, there, publicURL)
	count := func(p *program, credential string) answer {
		return p.with(credential).ask(t, `{ users { totalCount } }`, "")
	}
	for _, p := range []*program{here, there} {
		expect(t, "with the role", count(p, token), []string{`"totalCount":0`}, nil)
	}
	role := here.mustAsk(t, `query ($id: ID!) { managementApplication(id: $id) { roleAssignments { nodes { role { id } } } } }`, map[string]any{"id": m.id}).
		text(t, "data.managementApplication.roleAssignments.nodes.0.role.id")
	here.mustAsk(t, `mutation ($role: ID!, $id: ID!) { unassignRole(roleId: $role, entityIds: [$id]) { removedRoleAssignments } }`, map[string]any{"role": role, "id": m.id})
	expect(t, "the next request here", count(here, token), []string{`"code":"FORBIDDEN"`}, nil)
	withinSpread(t, "the other process has seen the role go", func() bool {
		a := count(there, token)
		return a.status == http.StatusOK && a.at(t, "errors") != nil && a.text(t, "errors.0.extensions.code") == "FORBIDDEN"
	})

	made := here.mustAsk(t, `mutation { createAdminKey(input: {name: "short", permissions: [USERS_READ]}) { adminKey { id } key } }`, nil)
	key := made.text(t, "data.createAdminKey.key")
	for _, p := range []*program{there, here} {
		expect(t, "with the key", count(p, key), []string{`"totalCount":0`}, nil)
	}
	there.mustAsk(t, `mutation ($id: ID!) { revokeAdminKey(id: $id) { revokedId } }`, map[string]any{"id": made.text(t, "data.createAdminKey.adminKey.id")})
	if there.admits(t, key) {
		t.Error("the next request was let in with a revoked key")
	}
	withinSpread(t, "the other process refuses the key", func() bool { return !here.admits(t, key) })
}

// TestAssertionsInTwoProcesses shows one assertion to both of two processes, one after the other and at
// once: it is good for one use altogether (RFC 7523 §3).
func TestAssertionsInTwoProcesses(t *testing.T) {
	t.Parallel()
	_, here, there := pair(t)
	c := newMachine(t, here, "a machine").clients[2]
	show := func(p *program, assertion string) answer {
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_assertion": {assertion},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}
		header := contentType("application/x-www-form-urlencoded")
		header["Authorization"] = ""
		return p.send(t, request{path: "/oauth2/token", body: formBody(form), header: header})
	}
	used := c.assertion(t, publicURL)
	if a := show(here, used); a.status != http.StatusOK {
		t.Fatalf("an assertion was answered %d %s", a.status, a.body)
	}
	for _, p := range []*program{there, here} {
		if a := show(p, used); a.status != http.StatusUnauthorized || a.text(t, "error") != "invalid_client" {
			t.Errorf("an assertion shown again was answered %d %s", a.status, a.body)
		}
	}
	for round := range 3 {
		assertion := c.assertion(t, publicURL+"/oauth2/token")
		statuses := race(6, func(i int) int { return show([]*program{here, there}[i%2], assertion).status })
		if got := count(statuses); got[http.StatusOK] != 1 || got[http.StatusUnauthorized] != len(statuses)-1 {
			t.Errorf("round %d: one assertion shown at once to both was answered %v", round, got)
		}
	}
}
