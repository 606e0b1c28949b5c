package e2e_test

import (
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fingerprint is every file below a folder, with its content; empty where there is no folder. The
// index of SQLite's log is left out: readers note in it, in memory that they share, what they read.
func fingerprint(t *testing.T, folder string) string {
	t.Helper()
	if folder == "" {
		return ""
	}
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		all.WriteString(path + "\n")
		if entry.IsDir() || strings.HasSuffix(path, "-shm") {
			return nil
		}
		content, err := os.ReadFile(path)
		sum := sha256.Sum256(content)
		all.WriteString(hexOf(sum[:]) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// contents is everything that the check command must leave as it is.
func (d *data) contents(t *testing.T) string {
	t.Helper()
	if d.folder != "" {
		return fingerprint(t, d.folder)
	}
	documents, err := json.Marshal(d.documents(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(documents)
}

// wantCheck runs the check command and looks at its code and its lines.
func wantCheck(t *testing.T, what string, code int, lines []string, variables ...string) {
	t.Helper()
	got, stdout, stderr := finish(t, []string{"check"}, variables...)
	if got != code || strings.Contains(stdout+stderr, "hunter2") || strings.Contains(stdout+stderr, "panic") {
		t.Errorf("%s: ended with code %d, want %d, and printed\n%s%s", what, got, code, stdout, stderr)
	}
	for _, line := range lines {
		if !strings.Contains(stdout+stderr, line) {
			t.Errorf("%s: there is no %q in\n%s%s", what, line, stdout, stderr)
		}
	}
}

// TestCheck runs gatehouse check before the first start, beside a server, after a crash, and with what
// is wrong.
func TestCheck(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		nothing := d.contents(t)
		first := []string{"ok       configuration: valid", "ok       store: "}
		if d.folder != "" {
			first = append(first, "there is none in", "the first start makes it")
		}
		wantCheck(t, "before the first start", 0, first, d.variables()...)
		if d.folder != "" && d.contents(t) != nothing {
			t.Error("the check has made something")
		}
		p := d.start(t)
		mustCreateUser(t, p, "steve")
		well := []string{"store: answers; all", "collections are built", "keyset.json opens what is stored"}
		wantCheck(t, "beside a server", 0, well, d.variables()...)
		p.ask(t, `{ viewer { tenantId } }`, "")
		p.kill(t)
		before := d.contents(t)
		wantCheck(t, "after a crash", 0, well, d.variables()...)
		if d.contents(t) != before {
			t.Error("the check has changed something after a crash")
		}
		d.start(t).stop(t)
		before = d.contents(t)
		wantCheck(t, "after a stop", 0, well, d.variables()...)
		other, failed := newKeyset(t), "1 of 4 checks failed"
		if d.folder != "" { // there is a file, too, that is looked at
			failed = "1 of 5 checks failed"
		}
		wantCheck(t, "with another keyset", 1, []string{"failed   keyset: " + other, failed}, append(d.variables(), "GATEHOUSE_KEYSET_FILE="+other)...)
		wantCheck(t, "without the keyset", 1, []string{"failed   keyset: ", "missing.json"}, append(d.variables(), "GATEHOUSE_KEYSET_FILE=missing.json")...)
		wantCheck(t, "with a provider that is away", 1, []string{"ok       store: ", "failed   OpenID provider: "},
			append(d.variables(), "GATEHOUSE_OIDC_ISSUER=http://"+closedPort(t), "GATEHOUSE_OIDC_AUDIENCE=a")...)
		provider := newProvider(t)
		people := append(d.variables(), "GATEHOUSE_OIDC_ISSUER="+provider, "GATEHOUSE_OIDC_AUDIENCE=a")
		wantCheck(t, "with a provider", 0, []string{"ok       OpenID provider: " + provider}, people...)
		wantCheck(t, "with a tenant that is not there", 1, []string{"failed   OpenID provider: GATEHOUSE_OIDC_TENANT"},
			append(people, "GATEHOUSE_OIDC_TENANT=01890a5d-ac96-774b-bcce-b302099a8057")...)
		wantCheck(t, "with trusted documents that are not there", 1, []string{"failed   trusted documents: "}, append(d.variables(), "GATEHOUSE_TRUSTED_DOCUMENTS=missing.json")...)
		wantCheck(t, "with http on a network", 0, []string{"warning  public URL: http://gatehouse.example"}, append(d.variables(), "GATEHOUSE_PUBLIC_URL=http://gatehouse.example")...)
		wantCheck(t, "with a wrong configuration", 2, []string{"GATEHOUSE_LOG_LEVEL"}, append(d.variables(), "GATEHOUSE_LOG_LEVEL=loud")...)
		if d.contents(t) != before {
			t.Error("the checks have changed something")
		}
	})
}

// newProvider is the least of an OpenID provider.
func newProvider(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"issuer": "` + server.URL + `", "jwks_uri": "` + server.URL + `/keys"}`))
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`))
	})
	return server.URL
}

// TestCheckOfWhatIsBroken runs gatehouse check on stores that are of no use.
func TestCheckOfWhatIsBroken(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "gatehouse.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	before := fingerprint(t, folder)
	wantCheck(t, "a damaged file", 1, []string{"failed   store: ", "gatehouse.db"}, "GATEHOUSE_DATA="+folder)
	if fingerprint(t, folder) != before {
		t.Error("the check has changed the folder")
	}
	wantCheck(t, "a MongoDB that is not there", 1, []string{"failed   store: ", "ok       keyset: ", "warning  public URL"},
		"MONGODB_URI=mongodb://user:hunter2@"+closedPort(t)+"/?serverSelectionTimeoutMS=100&connectTimeoutMS=100", "GATEHOUSE_KEYSET_FILE="+newKeyset(t))
}
