package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// testWhole loads documents of several tenants, and walks all that the collection has.
func (k kind[E]) testWhole(t *testing.T, s *suite) {
	ctx, c := t.Context(), k.door(s.store)
	var docs []*E
	var tenants []string
	for range 3 {
		tenants = append(tenants, s.tenant())
		for range 5 {
			docs = append(docs, k.make(tenants[len(tenants)-1]))
		}
	}
	if err := c.Load(ctx, docs[:10]); err != nil {
		t.Fatalf("Load: %v", err)
	}
	// What is there already stays as it is.
	again := k.clone(t, docs[0])
	*k.note(again) += edited
	if err := c.Load(ctx, append([]*E{again}, docs[5:]...)); err != nil {
		t.Fatalf("Load with documents that are there: %v", err)
	}
	living := map[string]*E{}
	for i, doc := range docs {
		same(t, "after Load", doc, k.must(t, c, doc))
		task := map[int]string{1: "a task"}[i%5]
		if i%5 > 1 {
			living[k.base(doc).ID] = doc
		} else if _, err := c.Delete(ctx, k.base(doc).TenantID, k.base(doc).ID, just[E](k.event(doc, "delete"), task)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	last := ""
	if err := c.Each(ctx, func(doc *E) error {
		base := k.base(doc)
		if base.ID <= last {
			t.Errorf("%s comes after %s", base.ID, last)
		}
		last = base.ID
		if !slices.Contains(tenants, base.TenantID) {
			return nil // of a test before this one, or an event
		}
		want := living[base.ID]
		if want == nil {
			t.Errorf("Each comes to %s, which is deleted", base.ID)
			return nil
		}
		delete(living, base.ID)
		same(t, "Each", want, doc)
		return nil
	}); err != nil {
		t.Errorf("Each: %v", err)
	}
	for id := range living {
		t.Errorf("Each does not come to %s", id)
	}
	if err := c.Each(ctx, func(*E) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("Each = %v; want the error of the callback", err)
	}
}

// testWriter asks the backend for what no collection shows by itself: that a write is only of the
// document of this tenant and revision, and that where writes are atomic they are undone together.
func (k kind[E]) testWriter(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, schema, doc := t.Context(), c.Schema(), k.make(s.tenant())
	base := k.base(doc)
	k.insert(t, c, doc)
	if err := s.store.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	raw, err := s.backend.Get(ctx, schema, base.TenantID, base.ID)
	if err != nil {
		t.Fatal(err)
	}
	stranger := k.clone(t, doc)
	k.base(stranger).TenantID = s.tenant()
	foreign, err := bson.Marshal(stranger)
	if err != nil {
		t.Fatal(err)
	}
	key := store.Key{Tenant: base.TenantID, ID: base.ID, Revision: base.Revision}
	for _, attempt := range []struct {
		what string
		want bool
		do   func(ctx context.Context, w store.Writer) (bool, error)
	}{
		{"replace another revision", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Replace(ctx, schema, key.Revision+1, raw)
		}},
		{"replace the document of another tenant", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Replace(ctx, schema, key.Revision, foreign)
		}},
		{"remove another revision", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Remove(ctx, schema, store.Key{Tenant: key.Tenant, ID: key.ID, Revision: key.Revision - 1})
		}},
		{"remove the document of another tenant", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Remove(ctx, schema, store.Key{Tenant: k.base(stranger).TenantID, ID: key.ID, Revision: key.Revision})
		}},
		{"replace", true, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Replace(ctx, schema, key.Revision, raw)
		}},
	} {
		var done bool
		if err := s.backend.Write(ctx, func(ctx context.Context, w store.Writer) (err error) {
			done, err = attempt.do(ctx, w)
			return err
		}); err != nil || done != attempt.want {
			t.Errorf("%s: %t, %v; want %t", attempt.what, done, err, attempt.want)
		}
		same(t, attempt.what, doc, k.must(t, c, doc))
	}
	if _, relays := s.backend.(store.Relayer); !relays {
		err := s.backend.Write(ctx, func(ctx context.Context, w store.Writer) error {
			if done, err := w.Remove(ctx, schema, key); err != nil || !done {
				t.Errorf("remove: %t, %v", done, err)
			}
			if _, err := w.Get(ctx, schema, key.Tenant, key.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get behind a removal, in one Write: %v; want ErrNotFound", err)
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("Write = %v; want the error of the work", err)
		}
		same(t, "after a Write that failed", doc, k.must(t, c, doc))
	}
	if err := s.backend.Write(ctx, func(ctx context.Context, w store.Writer) error {
		done, err := w.Remove(ctx, schema, key)
		if !done {
			t.Error("the document was not removed")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	k.gone(ctx, t, "after its removal", c, doc)
}

// sow writes some documents, one of them being deleted. The result looks whether another store has
// them.
func (k kind[E]) sow(t *testing.T, s *suite) (reap func(t *testing.T, copied *store.Store)) {
	t.Helper()
	ctx, c := t.Context(), k.door(s.store)
	docs := []*E{k.make(s.tenant()), k.make(s.tenant()), k.make(s.tenant())}
	for _, doc := range docs {
		k.insert(t, c, doc)
	}
	hidden := docs[2]
	if _, err := c.Delete(ctx, k.base(hidden).TenantID, k.base(hidden).ID, just[E](k.event(hidden, "delete"), "a task")); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, copied *store.Store) {
		t.Helper()
		c := k.door(copied)
		for _, doc := range docs[:2] {
			k.reads(t, "in the copy", c, doc)
		}
		k.gone(ctx, t, "in the copy", c, hidden)
		if task := k.waiting(t, copied, hidden); task != "a task" {
			t.Errorf("in the copy the task %q waits; want the one of the original", task)
		}
	}
}

// testCopy copies a database into another, goes on with a copy that is not whole, and refuses one
// that is not what it should be.
func testCopy(t *testing.T, s *suite, other Database) {
	ctx, to := t.Context(), other.Open(t)
	t.Cleanup(func() {
		if err := to.Close(); err != nil {
			t.Error(err)
		}
	})
	progress := func(string, int, bool) {}
	for _, attempt := range []struct {
		resume bool
		want   error
	}{{false, nil}, {false, store.ErrNotEmpty}, {true, nil}} {
		var reap []func(*testing.T, *store.Store)
		for _, k := range kinds() {
			reap = append(reap, k.sow(t, s))
		}
		if err := s.store.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		counts, err := store.Copy(ctx, s.backend, to, attempt.resume, progress)
		if !errors.Is(err, attempt.want) {
			t.Fatalf("Copy, to go on %t: %v; want %v", attempt.resume, err, attempt.want)
		}
		if attempt.want != nil {
			continue
		}
		for name, n := range counts {
			if n < 3 {
				t.Errorf("%d documents of %s were copied; want at least 3", n, name)
			}
		}
		copied := newSuite(t, other).store
		for _, r := range reap {
			r(t, copied)
		}
	}
	// The original goes on, and the copy has another state of a document.
	apps := s.store.Apps
	var app string
	var tenant string
	if err := apps.Each(ctx, func(a *model.App) error {
		app, tenant = a.ID, a.TenantID
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := apps.Amend(ctx, tenant, app, func(a *model.App) (bool, error) {
		a.Name += edited
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Copy(ctx, s.backend, to, true, progress); err == nil {
		t.Error("a copy with another state of a document passes")
	}
}
