package e2e_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestCommandsOfTheReadme runs the commands that the README shows as they stand, but for the address
// of the server, and compares the answers with those that the README shows.
func TestCommandsOfTheReadme(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	for _, name := range []string{"first-mutation", "tour"} {
		runShown(t, p, name)
	}
}

// runShown runs one command of the README against a server.
func runShown(t *testing.T, p *program, name string) {
	t.Helper()
	shell := tool(t, "sh")
	tool(t, "curl")
	readme := document(t, "README.md")
	command := block(t, readme, name, "sh")
	if !strings.Contains(command, shownAddress) {
		t.Fatalf("the command does not call %s:\n%s", shownAddress, command)
	}
	run := exec.CommandContext(t.Context(), shell, "-c", strings.ReplaceAll(command, shownAddress, p.base))
	run.Env = append(environment(), "GATEHOUSE_KEY="+p.key)
	var stdout, stderr bytes.Buffer
	run.Stdout, run.Stderr = &stdout, &stderr
	if err := run.Run(); err != nil {
		t.Fatalf("the command failed: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	got, want := masked(t, stdout.String()), masked(t, block(t, readme, name+"-answer", "json"))
	if got != want {
		t.Errorf("the README shows\n%s, the answer is\n%s", want, got)
	}
}

// block is the fenced code in a language that follows the comment <!-- test: name -->.
func block(t *testing.T, markdown, name, language string) string {
	t.Helper()
	pattern := "(?s)<!-- test: " + regexp.QuoteMeta(name) + " -->\\s*```" + language + "\n(.*?)\n```"
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(markdown, -1)
	if len(found) != 1 {
		t.Fatalf("there are %d blocks of %s called %s, want one", len(found), language, name)
	}
	return found[0][1]
}

// masked is a JSON text without white space, with every ID, time, cursor and client secret replaced
// by its kind.
func masked(t *testing.T, text string) string {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, text)
	}
	text = compact.String()
	for pattern, kind := range map[string]string{
		`"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"`: `"ID"`,
		`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`:                        `"TIME"`,
		`("(?:c|startC|endC)ursor"):"[\w-]+"`:                             `$1:"CURSOR"`,
		`"value":"[\w-]{43}"`:                                             `"value":"SECRET"`,
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, kind)
	}
	return text
}
