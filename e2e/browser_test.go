package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlaygroundInABrowser opens the playground in a real browser by the link that a first start
// prints, and lets browser/playground.mjs do what a newcomer does.
//
// With GATEHOUSE_TEST_SCREENSHOT it leaves a picture of the page in the file of that name.
func TestPlaygroundInABrowser(t *testing.T) {
	t.Parallel()
	node, chromium := browser(t)
	p := onSQLite(t).start(t)
	arguments := []string{filepath.Join("browser", "playground.mjs"), p.link}
	if file := os.Getenv("GATEHOUSE_TEST_SCREENSHOT"); file != "" {
		arguments = append(arguments, "--screenshot", file)
	}
	run := exec.CommandContext(t.Context(), node, arguments...)
	run.Env = append(environment(), "CHROMIUM="+chromium)
	output, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var report struct {
		OK       bool
		Examples []string
	}
	if err := json.Unmarshal(output, &report); err != nil || !report.OK || len(report.Examples) < len(loadExamples(t)) {
		t.Errorf("the browser reports %s %v", output, err)
	}
	p.stop(t)
	if strings.Contains(p.stderr.String(), p.key) {
		t.Error("the key is in the log")
	}
}

// browser finds Node.js with what drives a browser, and the browser.
func browser(t *testing.T) (node, chromium string) {
	t.Helper()
	node = tool(t, "node")
	chromium = os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "chromium"
	}
	chromium = tool(t, chromium)
	if _, err := os.Stat(filepath.Join("browser", "node_modules", "playwright-core")); err != nil {
		leaveOut(t, "playwright-core is not installed: run npm ci in e2e/browser")
	}
	return node, chromium
}

// TestPlaygroundWithoutTheSchema opens the playground of a server that does not show its schema.
func TestPlaygroundWithoutTheSchema(t *testing.T) {
	t.Parallel()
	node, chromium := browser(t)
	p := onSQLite(t).start(t, hardened()...)
	run := exec.CommandContext(t.Context(), node, filepath.Join("browser", "closed.mjs"), p.link)
	run.Env = append(environment(), "CHROMIUM="+chromium)
	output, err := run.CombinedOutput()
	if err != nil || strings.TrimSpace(string(output)) != `{"ok":true}` {
		t.Fatalf("%v\n%s", err, output)
	}
}
