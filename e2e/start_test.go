package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/auth"
)

// configuredKey is an admin key as an operator might choose it.
const configuredKey = "0123456789-0123456789-0123456789-0123456789"

// finish runs the program until it ends by itself.
func finish(t testing.TB, arguments []string, variables ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, os.Getenv(programVariable), arguments...)
	command.Env = append(environment(), variables...)
	command.Dir = t.TempDir()
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), out.String(), problems.String()
}

// TestProblemsOfConfiguration checks that every problem is told, at once, and nothing is started.
func TestProblemsOfConfiguration(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	code, stdout, stderr := finish(
		t, []string{"--log-format=xml", "--cors-origins", "https://admin.example.com/path"},
		"GATEHOUSE_LISTEN=8080", "GATEHOUSE_DATA="+folder, "MONGODB_URI=postgres://user:hunter2@db", "GATEHOUSE_ADMIN_KEY=hunter3",
		"GATEHOUSE_CORS_ORIGINS=*", "GATEHOUSE_LOG_FORMAT=json", "GATEHOUSE_LOG_LEVEL=loud",
	)
	if code != 2 || stdout != "" {
		t.Errorf("ended with code %d and printed %q", code, stdout)
	}
	for _, want := range []string{
		`GATEHOUSE_LISTEN (--listen): "8080"`, "MONGODB_URI (--mongodb-uri)", "GATEHOUSE_KEYSET_FILE (--keyset-file)", "GATEHOUSE_ADMIN_KEY (--admin-key)",
		`GATEHOUSE_CORS_ORIGINS (--cors-origins): "https://admin.example.com/path"`, `GATEHOUSE_LOG_FORMAT (--log-format): "xml"`, `GATEHOUSE_LOG_LEVEL (--log-level): "loud"`,
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("the problems lack %s:\n%s", want, stderr)
		}
	}
	if strings.Contains(stderr, "hunter") {
		t.Errorf("the problems show a secret:\n%s", stderr)
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data folder was made: %v", err)
	}
}

// TestCommands goes through what the program does instead of serving.
func TestCommands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arguments []string
		code      int
		stdout    string // a regular expression
		stderr    string
	}{
		{[]string{"version"}, 0, `^gatehouse \S+ go1\.\d+`, `^$`},
		{[]string{"--help"}, 0, `(?s)GATEHOUSE_LISTEN.*GATEHOUSE_DATA.*MONGODB_URI.*GATEHOUSE_ADMIN_KEY.*GATEHOUSE_CORS_ORIGINS.*GATEHOUSE_LOG_FORMAT.*GATEHOUSE_LOG_LEVEL.*version`, `^$`},
		{[]string{"--verbose"}, 2, `^$`, `unknown flag --verbose`},
		{[]string{"destroy"}, 2, `^$`, `unexpected argument destroy`},
	} {
		code, stdout, stderr := finish(t, c.arguments)
		if code != c.code || !regexp.MustCompile(c.stdout).MatchString(stdout) || !regexp.MustCompile(c.stderr).MatchString(stderr) {
			t.Errorf("gatehouse %v ended with code %d and printed\n%s\n%s", c.arguments, code, stdout, stderr)
		}
	}
}

// TestWhatCannotStart checks that a start that fails says why, with no secret in it.
func TestWhatCannotStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, listener)
	taken := listener.Addr().String()
	for _, c := range []struct {
		name      string
		variables []string
		says      string
	}{
		{"a file in the place of the data folder", []string{"GATEHOUSE_DATA=" + file, "GATEHOUSE_LISTEN=127.0.0.1:0"}, file},
		{"a port that is taken", []string{"GATEHOUSE_LISTEN=" + taken}, taken},
		{"a MongoDB that is not there", []string{"MONGODB_URI=mongodb://user:hunter2@" + closedPort(t) + "/?serverSelectionTimeoutMS=100&connectTimeoutMS=100", "GATEHOUSE_KEYSET_FILE=" + newKeyset(t), "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_STARTUP_TIMEOUT=500ms"}, "MongoDB"},
	} {
		code, stdout, stderr := finish(t, nil, c.variables...)
		if code != 1 || !strings.Contains(stderr, c.says) || strings.Contains(stdout+stderr, "hunter2") || strings.Contains(stdout, "Playground") {
			t.Errorf("%s: ended with code %d and printed\n%s\n%s", c.name, code, stdout, stderr)
		}
	}
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closing(t, listener)
	return listener.Addr().String()
}

// TestFirstKey checks that the first start shows a key, and nothing else ever does.
func TestFirstKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		first := d.start(t)
		if !regexp.MustCompile(`^gk_[A-Za-z0-9_-]{43}$`).MatchString(first.key) || first.link != first.base+"/playground#key="+first.key {
			t.Fatalf("the first start printed %s", first.stdout)
		}
		mustCreateUser(t, first, "steve")
		first.stop(t)
		second := d.start(t)
		if strings.Contains(second.stdout.String(), "gk_") || strings.Contains(second.link, "#") {
			t.Errorf("the second start printed %s", second.stdout)
		}
		if a := second.ask(t, `{ users { totalCount } }`, ""); a.body != `{"data":{"users":{"totalCount":1}}}` {
			t.Errorf("after a restart there is %s", a.body)
		}
		d.searchFiles(t, first.key)
		second.stop(t)
		d.searchFiles(t, first.key)
		d.searchStore(t, first.key, 1)
		if log := first.stderr.String() + second.stderr.String(); strings.Contains(log, first.key) || !strings.Contains(log, "/graphql") {
			t.Errorf("the key is in the log:\n%s", log)
		}
	})
}

// searchFiles checks that the files of the embedded store are nobody else's to read, and have the
// hash of the key but not the key.
func (d *data) searchFiles(t *testing.T, key string) {
	t.Helper()
	if d.folder == "" {
		return // whatever MongoDB keeps is searched by searchStore
	}
	folder, err := os.Stat(d.folder)
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Fatalf("the data folder has the mode %v %v", folder.Mode(), err)
	}
	entries, err := os.ReadDir(d.folder)
	if err != nil || len(entries) == 0 {
		t.Fatalf("the data folder holds %v %v", entries, err)
	}
	hashed := false
	for _, entry := range entries {
		path := filepath.Join(d.folder, entry.Name())
		info, err := entry.Info()
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has the mode %v %v", path, info.Mode(), err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(key)) || bytes.Contains(content, []byte(strings.TrimPrefix(key, "gk_"))) {
			t.Errorf("the key is in %s", path)
		}
		hashed = hashed || bytes.Contains(content, []byte(auth.HashKey(key)))
	}
	if !hashed {
		t.Error("the hash of the key is in no file")
	}
}

// searchStore checks that the documents have the hash of the key so many times, but not the key.
func (d *data) searchStore(t *testing.T, key string, hashes int) {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	documents, err := json.Marshal([]any{allOf(t, s.AdminKeys), allOf(t, s.AuditEvents), allOf(t, s.Users)})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(documents, []byte(strings.TrimPrefix(key, "gk_"))) || bytes.Count(documents, []byte(auth.HashKey(key))) != hashes {
		t.Errorf("the documents have the key, or its hash not %d times: %s", hashes, documents)
	}
}

// TestServersStartingTogether starts several servers on one empty database; one of them shows a key.
func TestServersStartingTogether(t *testing.T) {
	t.Parallel()
	d := onMongoDB(t)
	servers := make([]*program, 3)
	for i := range servers {
		servers[i] = begin(t, d.variables()...)
	}
	for _, p := range servers {
		p.announced(t)
		if p.key != "" && d.key != "" {
			t.Error("two servers printed a key")
		}
		d.key = max(d.key, p.key)
	}
	if d.key == "" {
		t.Fatal("no server printed a key")
	}
	for _, p := range servers {
		p.key = d.key
		mustCreateUser(t, p, "user of "+p.base)
	}
	for _, p := range servers {
		p.stop(t)
	}
	if there := d.checkLives(t); len(there) != len(servers) {
		t.Errorf("%d servers made %d users", len(servers), len(there))
	}
}

// TestConfiguredKey checks that a configured key takes the place of the first one.
func TestConfiguredKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		d.key = configuredKey
		p := d.start(t, "GATEHOUSE_ADMIN_KEY="+configuredKey)
		if printed := p.stdout.String(); strings.Contains(printed, "key") || strings.Contains(printed, configuredKey) {
			t.Errorf("a start with a configured key printed %s", printed)
		}
		a := p.ask(t, `{ viewer { actor { type name } } }`, "")
		if a.status != http.StatusOK || a.text(t, "data.viewer.actor.name") != "GATEHOUSE_ADMIN_KEY" {
			t.Errorf("the configured key was answered %d %s", a.status, a.body)
		}
		p.stop(t)
		if strings.Contains(p.stderr.String(), configuredKey) {
			t.Error("the configured key is in the log")
		}
		if events := d.events(t); len(events) != 0 {
			t.Errorf("there are %d audit events", len(events))
		}
	})
}
