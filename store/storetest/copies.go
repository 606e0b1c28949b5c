package storetest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

const (
	// copyLarge is the collection that has more documents than are copied at once: copySource.
	copyLarge  = "roles"
	copySource = 520
)

func (k kind[E]) load(t *testing.T, s *suite, n int) {
	t.Helper()
	tenants := []string{s.tenant(), s.tenant()}
	docs := make([]*E, n)
	for i := range docs {
		docs[i] = k.make(tenants[i%len(tenants)])
	}
	if err := k.door(s.store).Load(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	// One is being deleted, and its task must go with it.
	if _, err := k.door(s.store).Delete(t.Context(), k.base(docs[0]).TenantID, k.base(docs[0]).ID, just[E](k.event(docs[0], "delete"), "a task")); err != nil {
		t.Fatal(err)
	}
}

// spoil is the same document with another text in it.
func (k kind[E]) spoil(t *testing.T, raw bson.Raw) bson.Raw {
	t.Helper()
	doc := new(E)
	if err := bson.Unmarshal(raw, doc); err != nil {
		t.Fatal(err)
	}
	*k.note(doc) += "!"
	return encoded(t, doc)
}

// encoded is a document with the envelope of one at rest.
func encoded(t *testing.T, doc any) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var elements bson.D
	if err := bson.Unmarshal(raw, &elements); err != nil {
		t.Fatal(err)
	}
	if raw, err = bson.Marshal(append(elements, bson.E{Key: "deleted", Value: false})); err != nil {
		t.Fatal(err)
	}
	return raw
}

// testCopies copies a full database into others.
func testCopies(t *testing.T, create func(*testing.T) Database) {
	large, source := newSource(t, create, copySource), newSource(t, create, 3)
	none := func(string, int, bool) {}
	t.Run("whole", func(t *testing.T) { testCopyWhole(t, large, create) })
	t.Run("resumed", func(t *testing.T) { testCopyResumed(t, large, create) })
	for _, k := range kinds() {
		schema := schemaOf(k)
		first := raws(t, source.backend, schema)[1]
		t.Run("a "+schema.Singular+" differs", func(t *testing.T) {
			target := open(t, create)
			put(t, target, schema, k.spoil(t, first))
			header, err := store.ParseHeader(first)
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Copy(t.Context(), source.backend, target, true, none)
			if err == nil || !strings.Contains(err.Error(), header.ID) || !strings.Contains(err.Error(), schema.Name) {
				t.Errorf("Copy = %v; want an error that names %s of %s", err, header.ID, schema.Name)
			}
		})
	}
	t.Run("not empty", func(t *testing.T) { testCopyNotEmpty(t, source, create) })
	t.Run("additional", func(t *testing.T) { testCopyAdditional(t, source, create) })
	t.Run("outboxes", func(t *testing.T) { testCopyOutbox(t, source, create) })
}

// newSource makes a database with a few documents in each collection, and n in one of them: how many
// are copied at once does not depend on the collection.
func newSource(t *testing.T, create func(*testing.T) Database, n int) *suite {
	t.Helper()
	source := newSuite(t, create(t))
	for _, k := range kinds() {
		if k.name() == copyLarge {
			k.load(t, source, n)
		} else {
			k.load(t, source, 3)
		}
	}
	if err := source.store.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return source
}

func schemaOf(k entity) *store.Schema {
	catalogue := store.Catalogue()
	return catalogue[slices.IndexFunc(catalogue, func(s *store.Schema) bool { return s.Name == k.name() })]
}

// testCopyWhole copies everything there and back again.
func testCopyWhole(t *testing.T, source *suite, create func(*testing.T) Database) {
	ctx, there, back := t.Context(), open(t, create), open(t, create)
	last, compared := map[string]int{}, map[string]int{}
	counts, err := store.Copy(ctx, source.backend, there, false, func(name string, n int, comparing bool) {
		if comparing {
			compared[name] = n
		} else {
			last[name] = n
		}
	})
	if err != nil {
		t.Fatalf("Copy: %v", err)
	}
	if !maps.Equal(counts, last) || !maps.Equal(counts, compared) {
		t.Errorf("counts %v; the progress came to %v copied and %v compared", counts, last, compared)
	}
	if _, err := store.Copy(ctx, there, back, false, func(string, int, bool) {}); err != nil {
		t.Fatalf("Copy back: %v", err)
	}
	for _, schema := range store.Catalogue() {
		want := raws(t, source.backend, schema)
		if counts[schema.Name] != len(want) || len(want) == 0 {
			t.Errorf("%s: %d were copied of %d", schema.Name, counts[schema.Name], len(want))
		}
		equalRaws(t, schema.Name, want, raws(t, there, schema))
		equalRaws(t, schema.Name+", back again", want, raws(t, back, schema))
	}
}

// equalRaws fails the test unless both are the same byte for byte.
func equalRaws(t *testing.T, what string, want, got []bson.Raw) {
	t.Helper()
	if !slices.EqualFunc(want, got, func(a, b bson.Raw) bool { return bytes.Equal(a, b) }) {
		t.Errorf("%s: the %d documents of the copy are not the %d of the source", what, len(got), len(want))
	}
}

// testCopyResumed interrupts a copy within a collection, and goes on.
func testCopyResumed(t *testing.T, source *suite, create func(*testing.T) Database) {
	target := open(t, create)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := store.Copy(ctx, source.backend, target, false, func(name string, _ int, _ bool) {
		if name == copyLarge {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) && !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("Copy that is interrupted = %v", err)
	}
	schema := schemaOf(roles())
	if got, all := len(raws(t, target, schema)), len(raws(t, source.backend, schema)); got == 0 || got >= all {
		t.Fatalf("the interrupted copy has %d of %d %s; want some", got, all, schema.Name)
	}
	none := func(string, int, bool) {}
	if _, err := store.Copy(t.Context(), source.backend, target, false, none); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("Copy once more = %v; want ErrNotEmpty", err)
	}
	if _, err := store.Copy(t.Context(), source.backend, target, true, none); err != nil {
		t.Errorf("Copy that is resumed = %v", err)
	}
	for _, schema := range store.Catalogue() {
		equalRaws(t, schema.Name, raws(t, source.backend, schema), raws(t, target, schema))
	}
}

// testCopyNotEmpty copies into databases that have one document, of each collection in turn.
func testCopyNotEmpty(t *testing.T, source *suite, create func(*testing.T) Database) {
	for _, schema := range store.Catalogue() {
		target := open(t, create)
		put(t, target, schema, raws(t, source.backend, schema)[1])
		_, err := store.Copy(t.Context(), source.backend, target, false, func(string, int, bool) {})
		if !errors.Is(err, store.ErrNotEmpty) || !strings.Contains(err.Error(), schema.Name) {
			t.Errorf("Copy into a database with a document in %s = %v; want ErrNotEmpty", schema.Name, err)
		}
	}
}

// testCopyAdditional copies into databases that have a document which the source has not: before
// all others, and behind them.
func testCopyAdditional(t *testing.T, source *suite, create func(*testing.T) Database) {
	row := roles().(kind[model.Role])
	for _, id := range []string{"00000000-0000-7000-8000-00000000abcd", "ffffffff-0000-7000-8000-00000000abcd"} {
		target, doc := open(t, create), row.make(source.tenant())
		row.base(doc).ID = id
		put(t, target, schemaOf(row), encoded(t, doc))
		counts, err := store.Copy(t.Context(), source.backend, target, true, func(string, int, bool) {})
		if err == nil || !strings.Contains(err.Error(), "roles") {
			t.Errorf("Copy into a database with the further role %s = %v, %v; want an error that names roles", id, counts, err)
		}
	}
}

// testCopyOutbox copies from a database whose events are still in outboxes.
func testCopyOutbox(t *testing.T, source *suite, create func(*testing.T) Database) {
	origin, target := open(t, create), open(t, create)
	schema := store.Catalogue()[0]
	put(t, origin, schema, posted(t, raws(t, source.backend, schema)[1], raws(t, source.backend, schemaOf(auditEvents()))[0]))
	_, err := store.Copy(t.Context(), origin, target, false, func(string, int, bool) {})
	if !errors.Is(err, store.ErrInUse) {
		t.Errorf("Copy of a document with an outbox = %v; want ErrInUse", err)
	}
}

// open opens another database, with its collections, and closes it at the end of the test.
func open(t *testing.T, create func(*testing.T) Database) store.Backend {
	t.Helper()
	backend := create(t).Open(t)
	t.Cleanup(func() {
		if err := backend.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	if err := backend.Build(t.Context(), store.Catalogue()); err != nil {
		t.Fatal(err)
	}
	return backend
}

// put adds a document as it is.
func put(t *testing.T, backend store.Backend, schema *store.Schema, doc bson.Raw) {
	t.Helper()
	if err := backend.InsertMissing(t.Context(), schema, []bson.Raw{doc}); err != nil {
		t.Fatal(err)
	}
}
