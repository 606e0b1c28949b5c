package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// graphqlHTTPNode is Node.js, for the programs of the folder graphql-http.
func graphqlHTTPNode(t *testing.T) string {
	t.Helper()
	node := tool(t, "node")
	if _, err := os.Stat(filepath.Join("graphql-http", "node_modules", "graphql-http")); err != nil {
		leaveOut(t, "graphql-http is not installed: run npm ci in e2e/graphql-http")
	}
	return node
}

// runGraphQLHTTP runs a program of the folder graphql-http with the credential of a server, and reads
// what it prints.
func runGraphQLHTTP(t *testing.T, p *program, to any, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), graphqlHTTPNode(t), arguments...)
	command.Dir = "graphql-http"
	command.Env = append(environment(), "GATEHOUSE_KEY="+p.key)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, output, &problems)
	}
	if err := json.Unmarshal(output, to); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// audits is how many audits graphql-http 1.23.1 has.
const audits = 61

// TestGraphQLOverHTTP lets graphql-http audit the server: everything that the specification says must,
// should or may be is.
func TestGraphQLOverHTTP(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		var report []struct{ ID, Name, Status, Reason string }
		runGraphQLHTTP(t, p, &report, "audits.mjs", p.base+"/graphql")
		if len(report) != audits {
			t.Errorf("there were %d audits, want %d", len(report), audits)
		}
		for _, audit := range report {
			if audit.Status != "ok" {
				t.Errorf("%s %s: %s: %s", audit.ID, audit.Name, audit.Status, audit.Reason)
			}
		}
		t.Logf("%d audits", len(report))
	})
}

// persistedRun is what became of an operation of Apollo Client.
type persistedRun struct {
	Name  string
	Data  json.RawMessage
	Error string
	Sent  []string
}

// TestApolloPersistedQueries lets Apollo Client name documents by their hashes.
func TestApolloPersistedQueries(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t)
	var runs []persistedRun
	runGraphQLHTTP(t, p, &runs, "persisted.mjs", "automatic", p.base+"/graphql")
	checkRuns(t, runs, map[string][][]string{
		"CountUsers": {{"GET without text", "POST with text"}, {"GET without text"}},
		"WhoAmI":     {{"GET without text", "POST with text"}, {"GET without text"}},
		"MakeSteve":  {{"POST without text", "POST with text"}, {"POST without text"}},
	})

	off := onSQLite(t).start(t, "GATEHOUSE_PERSISTED_QUERIES=off")
	runGraphQLHTTP(t, off, &runs, "persisted.mjs", "automatic", off.base+"/graphql")
	checkRuns(t, runs, map[string][][]string{
		"CountUsers": {{"GET without text", "POST with text"}, {"GET without text", "POST with text"}},
		"WhoAmI":     {{"GET without text", "POST with text"}, {"GET without text", "POST with text"}},
		"MakeSteve":  {{"POST without text", "POST with text"}, {"POST without text", "POST with text"}},
	})
}

// checkRuns compares what Apollo Client sent the first and the second time with what it should have.
// The first must have succeeded, and the second, unless it makes the user again.
func checkRuns(t *testing.T, runs []persistedRun, want map[string][][]string) {
	t.Helper()
	if len(runs) != 2*len(want) {
		t.Fatalf("there were %d runs", len(runs))
	}
	for i, run := range runs {
		if sent := want[run.Name][i%2]; !slices.Equal(run.Sent, sent) {
			t.Errorf("%s, time %d, sent %q, want %q", run.Name, i%2+1, run.Sent, sent)
		}
		again := run.Name == "MakeSteve" && i%2 == 1
		if (run.Error != "") != again || (again && !strings.Contains(run.Error, "Another user")) {
			t.Errorf("%s, time %d, was answered %s %s", run.Name, i%2+1, run.Data, run.Error)
		}
	}
}

// generatedManifest lets Apollo's own tool write a manifest of the operations in graphql-http.
func generatedManifest(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("graphql-http")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "manifest.json")
	config, err := json.Marshal(map[string]any{"documents": []string{"operations/*.graphql"}, "output": file})
	if err != nil {
		t.Fatal(err)
	}
	configFile := filepath.Join(t.TempDir(), "persisted-query-manifest.config.json")
	if err := os.WriteFile(configFile, config, 0o600); err != nil {
		t.Fatal(err)
	}
	generator := filepath.Join("node_modules", "@apollo", "generate-persisted-query-manifest", "cli.js")
	command := exec.CommandContext(t.Context(), graphqlHTTPNode(t), generator, "--config", configFile)
	command.Dir, command.Env = folder, environment()
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return file
}

// TestApolloTrustedDocuments runs a server with the manifest of Apollo's tool, and Apollo Client with
// the same.
func TestApolloTrustedDocuments(t *testing.T) {
	t.Parallel()
	file := generatedManifest(t)
	p := onSQLite(t).start(t, "GATEHOUSE_TRUSTED_DOCUMENTS="+file)
	var runs []persistedRun
	runGraphQLHTTP(t, p, &runs, "persisted.mjs", "trusted", p.base+"/graphql", file)
	once := [][]string{{"POST without text"}, {"POST without text"}}
	checkRuns(t, runs, map[string][][]string{"CountUsers": once, "WhoAmI": once, "MakeSteve": once})
	// The tool's IDs are the hashes of the texts, so a client that knows no manifest finds them, too.
	runGraphQLHTTP(t, p, &runs, "persisted.mjs", "automatic", p.base+"/graphql")
	for _, run := range runs {
		want := []string{"GET without text"}
		if run.Name == "MakeSteve" {
			want = []string{"POST without text"}
		}
		if !slices.Equal(run.Sent, want) || (run.Error == "") == (run.Name == "MakeSteve") {
			t.Errorf("%s sent %q and was answered %s %s", run.Name, run.Sent, run.Data, run.Error)
		}
	}
}
