package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// things is a collection with an index of every kind there is.
func things() *store.Schema {
	return &store.Schema{
		Name:     "things",
		Singular: "thing",
		Fields: []store.Field{
			{Name: "name", Kind: store.String},
			{Name: "on", Kind: store.Bool},
			{Name: "at", Kind: store.Time},
			{Name: "nested.code", Kind: store.String},
		},
		Indexes: []store.Index{
			{Name: "name", Order: "name", Unique: true},
			{Name: "created"},
			{Name: "at", Order: "at"},
			{Name: "on_at", Equal: []string{"on"}, Order: "at"},
			{Name: "on_created", Equal: []string{"on"}},
			{Name: "code", Order: "nested.code", Unique: true, Global: true},
		},
	}
}

// thing makes a document of things; extra goes over what it would hold otherwise.
func thing(t *testing.T, tenant, id string, extra bson.M) bson.Raw {
	t.Helper()
	m := bson.M{
		"_id": id, "tenantId": tenant, "revision": int32(1), "deleted": false,
		"name": "name of " + id, "on": true, "at": time.UnixMilli(1000), "nested": bson.M{"code": tenant + id},
	}
	for k, v := range extra {
		m[k] = v
	}
	doc, err := bson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func open(t *testing.T, path string, catalogue ...*store.Schema) *Backend {
	t.Helper()
	b, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := b.Build(t.Context(), catalogue); err != nil {
		t.Fatal(err)
	}
	return b
}

func path(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data", "gatehouse.db")
}

func insert(t *testing.T, b *Backend, s *store.Schema, docs ...bson.Raw) {
	t.Helper()
	err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
		for _, doc := range docs {
			if err := w.Insert(ctx, s, doc); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	s, file := things(), path(t)
	b := open(t, file, s)
	insert(t, b, s, thing(t, "t", "1", nil))
	for name, want := range map[string]fs.FileMode{
		filepath.Dir(file): 0o700, file: 0o600, file + "-wal": 0o600, file + "-shm": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(name), got, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("this is no database, and long enough to be told from one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"no path": "", "a database in memory": ":memory:", "another file": text, "a folder": t.TempDir(),
		"a file in a file": filepath.Join(text, "gatehouse.db"),
	} {
		if b, err := Open(t.Context(), file); err == nil {
			t.Errorf("%s: opened", name)
			_ = b.Close()
		}
	}
}

func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "50%41", "what?mode=ro", "hash#tag", "ümläut", "amp&sand;"} {
		s, file := things(), filepath.Join(t.TempDir(), name, name+".db")
		b := open(t, file, s)
		insert(t, b, s, thing(t, "t", "1", nil))
		if _, err := os.Stat(file + "-wal"); err != nil {
			t.Errorf("%q: the database is elsewhere: %v", name, err)
		}
	}
}

func TestAnotherOpenReadsWhatWasWritten(t *testing.T) {
	s, file := things(), path(t)
	first := open(t, file, s)
	second := open(t, file, s)
	doc := thing(t, "t", "1", nil)
	insert(t, first, s, doc)
	got, err := second.Get(t.Context(), s, "t", "1")
	if err != nil || string(got) != string(doc) {
		t.Fatalf("beside: got %v, %v", got, err)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}
	got, err = open(t, file, s).Get(t.Context(), s, "t", "1")
	if err != nil || string(got) != string(doc) {
		t.Fatalf("afterwards: got %v, %v", got, err)
	}
}

// TestRacingWritersLoseNothing has two backends on one file, as two processes would.
func TestRacingWritersLoseNothing(t *testing.T) {
	s, file := things(), path(t)
	b := open(t, file, s)
	backends := []*Backend{b, open(t, file, s)}
	insert(t, b, s, thing(t, "t", "1", bson.M{"count": int32(0)}))
	const writers = 20
	var group sync.WaitGroup
	failures := make(chan error, writers)
	for i := range writers {
		group.Go(func() {
			failures <- backends[i%2].Write(t.Context(), func(ctx context.Context, w store.Writer) error {
				before, err := w.Get(ctx, s, "t", "1")
				if err != nil {
					return err
				}
				revision, count := before.Lookup("revision").Int32(), before.Lookup("count").Int32()
				ok, err := w.Replace(ctx, s, revision, thing(t, "t", "1", bson.M{"revision": revision + 1, "count": count + 1}))
				if err == nil && !ok {
					err = fmt.Errorf("revision %d was gone", revision)
				}
				return err
			})
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
	doc, err := b.Get(t.Context(), s, "t", "1")
	if err != nil {
		t.Fatal(err)
	}
	if count := doc.Lookup("count").Int32(); count != writers {
		t.Errorf("%d of %d writes are left", count, writers)
	}
}
