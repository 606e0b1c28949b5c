package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shownAddress is the address of the server in the documents.
const shownAddress = "http://127.0.0.1:8080"

// document reads a document of the project by its path.
func document(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// graphqlOf runs a GraphQL document that a document shows.
func graphqlOf(t *testing.T, p *program, path, name string, variables map[string]any) answer {
	t.Helper()
	return p.mustAsk(t, block(t, document(t, path), name, "graphql"), variables)
}

// bash runs commands with bash and returns what they printed and their exit code.
func bash(t *testing.T, commands string, arguments, variables []string) (code int, stdout, stderr string) {
	t.Helper()
	for _, name := range []string{"curl", "jq"} {
		tool(t, name)
	}
	run := exec.CommandContext(t.Context(), tool(t, "bash"), append([]string{"-c", commands, "onboard.sh"}, arguments...)...)
	run.Env = append(environment(), variables...)
	var out, problems bytes.Buffer
	run.Stdout, run.Stderr = &out, &problems
	var exit *exec.ExitError
	if err := run.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return run.ProcessState.ExitCode(), out.String(), problems.String()
}

// TestAuthenticationDocument makes the key and gets the token that docs/authentication.md shows.
func TestAuthenticationDocument(t *testing.T) {
	t.Parallel()
	const path = "docs/authentication.md"
	p := onSQLite(t).start(t)
	made := graphqlOf(t, p, path, "create-admin-key", nil)
	dashboard := p.with(made.text(t, "data.createAdminKey.key"))
	expect(t, "the key", dashboard.ask(t, `{ viewer { permissions } }`, ""), []string{`{"permissions":["USERS_READ","APPS_READ"]}`}, []string{"errors"})

	service := p.mustAsk(t, `mutation { createManagementApplication(input: {name: "onboarding"}) { managementApplication { id } clientSecret { clientId value } } }`, nil)
	var shown struct{ Scope string }
	if err := json.Unmarshal([]byte(block(t, document(t, path), "token-answer", "json")), &shown); err != nil {
		t.Fatal(err)
	}
	permissions := strings.ToUpper(strings.NewReplacer(":", "_", " ", ", ").Replace(shown.Scope))
	p.giveRole(t, service.text(t, "data.createManagementApplication.managementApplication.id"), permissions)
	command := block(t, document(t, path), "token", "sh")
	if !strings.Contains(command, shownAddress) {
		t.Fatalf("the command does not call %s:\n%s", shownAddress, command)
	}
	code, stdout, stderr := bash(t, strings.ReplaceAll(command, shownAddress, p.base), nil, []string{
		"CLIENT_ID=" + service.text(t, "data.createManagementApplication.clientSecret.clientId"),
		"CLIENT_SECRET=" + service.text(t, "data.createManagementApplication.clientSecret.value"),
	})
	if code != 0 || stderr != "" {
		t.Fatalf("the command ended with code %d and printed\n%s%s", code, stdout, stderr)
	}
	if got, want := tokenMasked(t, stdout), tokenMasked(t, block(t, document(t, path), "token-answer", "json")); got != want {
		t.Errorf("%s shows\n%s, the answer is\n%s", path, want, got)
	}
}

// tokenMasked is the answer of the token endpoint with only the header of its token left of it.
func tokenMasked(t *testing.T, text string) string {
	t.Helper()
	return regexp.MustCompile(`"(eyJhbGciOiJFUzI1NiIs)[^"]*"`).ReplaceAllString(masked(t, text), `"$1"`)
}

// giveRole gives a management application a role with these permissions, which is called after them.
func (p *program) giveRole(t testing.TB, application, permissions string) {
	t.Helper()
	role := p.mustAsk(t, `mutation ($name: String!) { createRole(input: {name: $name, permissions: [`+permissions+`]}) { role { id } } }`, map[string]any{"name": permissions})
	p.mustAsk(t, `mutation ($role: ID!, $id: ID!) { assignRole(roleId: $role, entityType: APPLICATION, entityIds: [$id]) { roleAssignments { id } } }`,
		map[string]any{"role": role.text(t, "data.createRole.role.id"), "id": application})
}

// TestScriptingDocument sets up and runs the script that docs/scripting.md shows.
func TestScriptingDocument(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		const path = "docs/scripting.md"
		p := d.start(t)
		setUp := graphqlOf(t, p, path, "setup", nil)
		client := setUp.text(t, "data.createManagementApplication.managementApplication.defaultClient.id")
		secret := setUp.text(t, "data.createManagementApplication.clientSecret.value")
		given := map[string]any{"role": setUp.text(t, "data.createRole.role.id"), "application": setUp.text(t, "data.createManagementApplication.managementApplication.id")}
		script := block(t, document(t, path), "script", "bash")
		onboard := func(secret string, arguments ...string) (code int, stdout, stderr string) {
			return bash(t, script, arguments, []string{"GATEHOUSE_URL=" + p.base, "CLIENT_ID=" + client, "CLIENT_SECRET=" + secret})
		}

		code, stdout, stderr := onboard(secret, "steve", "my-app")
		if code != 1 || stdout != "" || !strings.Contains(stderr, `"code":"FORBIDDEN"`) {
			t.Errorf("without its role the script ended with code %d and printed\n%s%s", code, stdout, stderr)
		}
		graphqlOf(t, p, path, "assign", given)
		code, stdout, stderr = onboard(secret+"x", "steve", "my-app")
		if code != 1 || stdout != "" || !strings.Contains(stderr, "invalid_client") || strings.Contains(stderr, secret) {
			t.Errorf("with a wrong secret the script ended with code %d and printed\n%s%s", code, stdout, stderr)
		}
		expect(t, "after what failed", p.ask(t, `{ users { totalCount } }`, ""), []string{`"totalCount":0`}, nil)

		for range 2 { // the second time changes nothing
			code, stdout, stderr = onboard(secret, "steve", "my-app")
			if code != 0 || stdout != "my-app\n" || stderr != "" {
				t.Fatalf("the script ended with code %d and printed\n%s%s", code, stdout, stderr)
			}
		}
		awkward := `my "app", $(2) é` + "\t;"
		code, stdout, stderr = onboard(secret, "steve", strings.TrimSpace(awkward))
		if code != 1 || !strings.Contains(stderr, "BAD_USER_INPUT") || stdout != "" {
			t.Errorf("with a control character in the name the script ended with code %d and printed\n%s%s", code, stdout, stderr)
		}
		code, stdout, stderr = onboard(secret, "steve", strings.ReplaceAll(awkward, "\t", " "))
		if want := "my-app\n" + strings.ReplaceAll(awkward, "\t", " ") + "\n"; code != 0 || stdout != want || stderr != "" {
			t.Errorf("with an awkward name the script ended with code %d and printed\n%s%s", code, stdout, stderr)
		}
		checkPages(t, p, onboard, secret)
		p.mustAsk(t, setServiceStatus, map[string]any{"id": given["application"], "status": false})
		code, stdout, stderr = onboard(secret, "steve", "my-app")
		if code != 1 || stdout != "" || !strings.Contains(stderr, "invalid_client") {
			t.Errorf("deactivated, the script ended with code %d and printed\n%s%s", code, stdout, stderr)
		}
		p.stop(t)
		actions := actionsOf(d.events(t))
		if actions["user.create"] != 1 || actions["app.create"] != 2+moreApps {
			t.Errorf("the audit events are %v", actions)
		}
	})
}

// moreApps is how many apps need a second page in the script.
const moreApps = 499

// checkPages makes apps until there are two pages of them, and runs the script, which lists them all.
func checkPages(t *testing.T, p *program, onboard func(secret string, arguments ...string) (code int, stdout, stderr string), secret string) {
	t.Helper()
	const batch = 50
	for first := 0; first < moreApps; first += batch {
		mutation := ""
		for i := first; i < min(first+batch, moreApps); i++ {
			mutation += fmt.Sprintf(`a%d: createApp(input: {userId: "steve", name: "app %03d"}) { app { id } } `, i, i)
		}
		if a := p.mustAsk(t, "mutation { "+mutation+"}", nil); a.status != http.StatusOK {
			t.Fatal(a.body)
		}
	}
	code, stdout, stderr := onboard(secret, "steve", "my-app")
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	if code != 0 || stderr != "" || len(lines) != moreApps+2 || len(count(lines)) != len(lines) {
		t.Errorf("with two pages the script ended with code %d and printed %d lines\n%s", code, len(lines), stderr)
	}
}
