package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// mustFill adds so many apps to the database file of a folder from which nobody serves, each with a
// long redirect URI.
func mustFill(t *testing.T, folder string, apps int) {
	t.Helper()
	backend, err := sqlite.Open(t.Context(), filepath.Join(folder, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), backend, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	uri := "https://example.com/" + strings.Repeat("x", 2000)
	docs := make([]*model.App, apps)
	for i := range docs {
		docs[i] = &model.App{
			Entity: model.NewEntity(admin.DefaultTenantID, model.SystemActor(), time.Now()),
			UserID: "somebody", Name: fmt.Sprintf("app %d", i), RedirectURI: &uri, IsActive: true,
		}
		docs[i].Normalize()
	}
	if err := s.Apps.Load(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDamageFoundWhileServing starts a server on a file that is too large to be read at the start, and
// of which a page in the middle is damaged. It serves, finds the damage, and is not ready any more; the
// check command finds it, too.
func TestDamageFoundWhileServing(t *testing.T) {
	t.Parallel()
	d := onSQLite(t)
	p := d.start(t)
	p.stop(t)
	mustFill(t, d.folder, 6000)
	p = d.start(t)
	p.logs(t, "the database file was checked", 1)
	p.ready(t)
	p.stop(t)
	wantCheck(t, "a large file", 0, []string{"ok       database file: "}, d.variables()...)

	path := filepath.Join(d.folder, "gatehouse.db")
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const pageSize = 4096
	if _, err := file.WriteAt(make([]byte, pageSize), info.Size()/2/pageSize*pageSize); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, "a large file that is damaged", 1, []string{"ok       store: ", "failed   database file: ", "damaged"}, d.variables()...)
	p = begin(t, d.variables()...)
	p.announced(t)
	p.logs(t, "the database file is damaged; the server is not ready any more", 1)
	if status := p.probe(t, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("with the damage /readyz answers %d", status)
	}
	if status := p.probe(t, "/livez"); status != http.StatusOK {
		t.Errorf("with the damage /livez answers %d", status)
	}
}
