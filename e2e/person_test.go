package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/e2e/client"
	"gatehouse/model"
)

// peopleAudience is what tokens of people must be for in these tests.
const peopleAudience = "https://gatehouse.example.com/graphql"

// identityProvider is oauth/provider.mjs, a real OpenID provider with people who sign in.
type identityProvider struct {
	*program
	commands io.Writer
	sent     int
	issuer   string
}

func startIdentityProvider(t *testing.T) *identityProvider {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), oauthNode(t), filepath.Join("oauth", "provider.mjs"))
	command.Env = environment()
	commands, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &identityProvider{commands: commands, program: supervise(t, command)}
	p.issuer = p.do(t, map[string]string{"do": "issuer"}).Issuer
	return p
}

// oauthNode is Node.js, for the programs of the folder oauth.
func oauthNode(t *testing.T) string {
	t.Helper()
	node := tool(t, "node")
	if _, err := os.Stat(filepath.Join("oauth", "node_modules", "oidc-provider")); err != nil {
		leaveOut(t, "oidc-provider is not installed: run npm ci in e2e/oauth")
	}
	return node
}

// identityReply is what the provider answers to a command.
type identityReply struct{ Issuer, AccessToken, IDToken string }

// do gives the provider a command and waits until it is done.
func (p *identityProvider) do(t *testing.T, command map[string]string) (reply identityReply) {
	t.Helper()
	line, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	p.sent++
	if _, err := fmt.Fprintf(p.commands, "%d %s\n", p.sent, line); err != nil {
		t.Fatalf("the identity provider does not listen: %v\n%s", err, p.stderr)
	}
	if err := json.Unmarshal([]byte(p.await(t, fmt.Sprintf(`(?m)^reply %d (.*)$`, p.sent))), &reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

// signIn signs somebody in, and returns their access token for Gatehouse and their ID token for the
// relying party. The account's name has its roles in it.
func (p *identityProvider) signIn(t *testing.T, account string) identityReply {
	t.Helper()
	return p.do(t, map[string]string{"do": "signIn", "account": account, "resource": peopleAudience})
}

// until repeats a check until it holds. It is for what ought to become true within a second or two.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("it never came true that %s", what)
		}
	}
}

// TestPeople signs people in to a real OpenID provider, lets them call, and lets the provider come
// late, change its keys, and go.
func TestPeople(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		provider := startIdentityProvider(t)
		ada := provider.signIn(t, "ada+support")
		provider.do(t, map[string]string{"do": "away"})
		p := d.start(
			t, "GATEHOUSE_OIDC_ISSUER="+provider.issuer, "GATEHOUSE_OIDC_AUDIENCE="+peopleAudience,
			"GATEHOUSE_OIDC_CLAIM=realm_access.roles", "GATEHOUSE_OIDC_PERMISSIONS=admins=*;support=users:create users:read",
		)
		viewer := func(credential string) answer { return p.with(credential).ask(t, `{ viewer { tenantId } }`, "") }

		if a := viewer(ada.AccessToken); a.status != http.StatusServiceUnavailable || a.text(t, "errors.0.extensions.code") != "UNAVAILABLE" {
			t.Errorf("with the provider away a person was answered %d %s", a.status, a.body)
		}
		if a := viewer(p.key); a.status != http.StatusOK {
			t.Errorf("with the provider away a key was answered %d %s", a.status, a.body)
		}
		provider.do(t, map[string]string{"do": "back"})
		until(t, "a person is let in after the provider came back", func() bool { return viewer(ada.AccessToken).status == http.StatusOK })

		checkAda(t, p.with(ada.AccessToken))
		checkRoles(t, p, provider)
		header, rest, _ := strings.Cut(ada.AccessToken, ".")
		payload, signature, _ := strings.Cut(rest, ".")
		for name, token := range map[string]string{
			"for the relying party":  ada.IDToken,
			"with another signature": header + "." + payload + "." + flip(signature),
			"with no signature":      header + "." + payload + ".",
			"for somebody else":      provider.do(t, map[string]string{"do": "signIn", "account": "ada+admins", "resource": "https://other.example.com/"}).AccessToken,
		} {
			if a := viewer(token); a.status != http.StatusUnauthorized || a.text(t, "errors.0.extensions.code") != "UNAUTHENTICATED" {
				t.Errorf("a token %s was answered %d %s", name, a.status, a.body)
			}
		}

		provider.do(t, map[string]string{"do": "rotate"})
		after := provider.signIn(t, "ada+support")
		until(t, "a token signed with the provider's new key is let in", func() bool { return viewer(after.AccessToken).status == http.StatusOK })
		if a := viewer(ada.AccessToken); a.status != http.StatusUnauthorized {
			t.Errorf("a token signed with the key that is gone was answered %d %s", a.status, a.body)
		}

		provider.stop(t)
		if a := viewer(after.AccessToken); a.status != http.StatusOK {
			t.Errorf("with the provider gone a person was answered %d %s", a.status, a.body)
		}
		p.stop(t)
		for _, token := range []string{ada.AccessToken, ada.IDToken, after.AccessToken} {
			if strings.Contains(p.stderr.String(), token) {
				t.Error("a token is in the log")
			}
		}
		checkAdasEvents(t, d)
	})
}

// flip changes the first character of a text.
func flip(text string) string {
	if text[0] == 'A' {
		return "B" + text[1:]
	}
	return "A" + text[1:]
}

// checkAda checks who a person is, and what she may do and may not.
func checkAda(t *testing.T, p *program) {
	t.Helper()
	who, err := client.WhoAmI(t.Context(), p.client())
	if err != nil {
		t.Fatal(err)
	}
	want := []client.Permission{client.PermissionUsersRead, client.PermissionUsersCreate}
	if v := who.Viewer; v.Actor.Type != client.ActorTypePerson || v.Actor.Id != "ada+support" || v.Actor.Name != "ada of the provider" || !slices.Equal(v.Permissions, want) {
		t.Errorf("the viewer is %+v", v)
	}
	const create = `mutation { createUser(input: {username: "made-by-ada"}) { user { createdBy { type id name } } } }`
	if a := p.ask(t, create, ""); !strings.Contains(a.body, `"createdBy":{"type":"PERSON","id":"ada+support","name":"ada of the provider"}`) {
		t.Errorf("a person who makes a user was answered %d %s", a.status, a.body)
	}
	if a := p.ask(t, `{ apps { totalCount } }`, ""); a.text(t, "errors.0.extensions.code") != "FORBIDDEN" {
		t.Errorf("what a person may not do was answered %d %s", a.status, a.body)
	}
}

// checkRoles checks that roles of the provider give all, or nothing.
func checkRoles(t *testing.T, p *program, provider *identityProvider) {
	t.Helper()
	for account, want := range map[string][]client.Permission{
		"grace+admins": client.AllPermission, "nobody": {}, "stranger+users:read+*": {},
	} {
		who, err := client.WhoAmI(t.Context(), p.with(provider.signIn(t, account).AccessToken).client())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(who.Viewer.Permissions, want) || who.Viewer.Actor.Id != account {
			t.Errorf("%s is %+v", account, who.Viewer)
		}
	}
}

// checkAdasEvents checks that the audit trail has what a person did, and only that.
func checkAdasEvents(t *testing.T, d *data) {
	t.Helper()
	done := 0
	for _, event := range d.events(t) {
		if event.Actor.Type != model.ActorTypePerson {
			continue
		}
		done++
		if event.Action != "user.create" || event.Actor.ID != "ada+support" || event.Actor.Name != "ada of the provider" {
			t.Errorf("there is an audit event %s by %+v", event.Action, event.Actor)
		}
	}
	if done != 1 {
		t.Errorf("there are %d audit events of people, want 1", done)
	}
}

// TestTenantOfPeople checks that a tenant that does not exist stops the start.
func TestTenantOfPeople(t *testing.T) {
	t.Parallel()
	const missing = "01890a5d-ac96-774b-bcce-b302099a8057"
	code, stdout, stderr := finish(
		t, nil, "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_OIDC_ISSUER=https://id.example.com", "GATEHOUSE_OIDC_AUDIENCE=a", "GATEHOUSE_OIDC_TENANT="+missing,
	)
	if code != 1 || stdout != "" || !strings.Contains(stderr, "GATEHOUSE_OIDC_TENANT (--oidc-tenant): "+missing) {
		t.Errorf("ended with code %d and printed\n%s\n%s", code, stdout, stderr)
	}
}
