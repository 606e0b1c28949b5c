package e2e_test

import (
	"path/filepath"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

// data is where a server keeps its data. It outlives the server.
type data struct {
	// folder is the data folder of the embedded store; empty with MongoDB.
	folder string
	// uri names a MongoDB database; empty with the embedded store.
	uri string
	// keyset is the file of the keyset; the embedded store makes its own.
	keyset string
	// key is the admin key that the first server printed.
	key string
}

// forEachStore runs a scenario on each store, on data of its own.
func forEachStore(t *testing.T, scenario func(t *testing.T, d *data)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		scenario(t, onSQLite(t))
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		scenario(t, onMongoDB(t))
	})
}

func onSQLite(t testing.TB) *data {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	return &data{folder: folder, keyset: filepath.Join(folder, "keyset.json")}
}

func onMongoDB(t testing.TB) *data {
	t.Helper()
	return &data{uri: storetest.MongoDB(t), keyset: newKeyset(t)}
}

// newKeyset makes a keyset file as an operator does, and returns its path.
func newKeyset(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keyset.json")
	if code, stdout, stderr := finish(t, []string{"keyset", "create", file}); code != 0 {
		t.Fatalf("keyset create ended with code %d and printed %s%s", code, stdout, stderr)
	}
	return file
}

// start starts a server on the data and waits until it is ready. variables are NAME=VALUE.
func (d *data) start(t testing.TB, variables ...string) *program {
	t.Helper()
	p := begin(t, append(variables, d.variables()...)...)
	p.announced(t)
	if d.key == "" {
		d.key = p.key
	}
	p.key = d.key
	p.ready(t)
	return p
}

// variables are the environment variables that tell a server where its data and its keyset are.
func (d *data) variables() []string {
	if d.uri != "" {
		return []string{"MONGODB_URI=" + d.uri, "GATEHOUSE_KEYSET_FILE=" + d.keyset}
	}
	return []string{"GATEHOUSE_DATA=" + d.folder}
}

// place names the data as the copy command does.
func (d *data) place() string { return d.uri + d.folder }

// backend opens the data without a server.
func (d *data) backend(t testing.TB) store.Backend {
	t.Helper()
	var backend store.Backend
	var err error
	if d.uri != "" {
		backend, err = mongodb.Open(t.Context(), d.uri)
	} else {
		backend, err = sqlite.Open(t.Context(), filepath.Join(d.folder, "gatehouse.db"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := backend.Build(t.Context(), store.Catalogue()); err != nil {
		t.Fatal(err)
	}
	return backend
}

// settled checks that nothing in the data waits to be finished.
func (d *data) settled(t testing.TB) {
	t.Helper()
	backend := d.backend(t)
	defer closing(t, backend)
	for _, schema := range store.Catalogue() {
		pending, err := backend.Pending(t.Context(), schema, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range pending {
			t.Errorf("in %s something waits to be finished: %s", schema.Name, doc)
		}
	}
}

// open opens the store without a server. The caller closes it.
func (d *data) open(t testing.TB) *store.Store {
	t.Helper()
	backend := d.backend(t)
	s, err := store.Open(t.Context(), backend, store.Options{})
	if err != nil {
		closing(t, backend)
		t.Fatal(err)
	}
	return s
}

// events reads all audit events, in the order in which they happened.
func (d *data) events(t testing.TB) []*model.AuditEvent {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	return allOf(t, s.AuditEvents)
}

func closing(t testing.TB, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
