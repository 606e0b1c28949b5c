package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// testAmend holds Amend to its contract: what it changes is there, and nobody can tell otherwise.
func (k kind[E]) testAmend(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, doc := t.Context(), k.make(s.tenant())
	tenant, id := k.base(doc).TenantID, k.base(doc).ID
	events := []*model.AuditEvent{k.insert(t, c, doc)}
	mark := func(text string) func(*E) (bool, error) {
		return func(doc *E) (bool, error) {
			*k.note(doc) += text
			return true, nil
		}
	}
	if err := c.Amend(ctx, tenant, id, mark(" amended")); err != nil {
		t.Fatalf("Amend: %v", err)
	}
	*k.note(doc) += " amended"
	k.reads(t, "after an amendment", c, doc)

	if err := c.Amend(ctx, tenant, id, func(doc *E) (bool, error) {
		*k.note(doc) += " refused"
		return true, errRefused
	}); !errors.Is(err, errRefused) {
		t.Errorf("Amend = %v; want the error of the change", err)
	}
	if err := c.Amend(ctx, tenant, id, func(doc *E) (bool, error) {
		*k.note(doc) += " not meant"
		return false, nil
	}); err != nil {
		t.Errorf("an amendment that changes nothing: %v", err)
	}
	k.reads(t, "after amendments that were none", c, doc)

	never := func(*E) (bool, error) {
		t.Error("a document that is not there was amended")
		return true, nil
	}
	for what, where := range map[string][2]string{
		"another tenant": {s.tenant(), id}, "an unknown ID": {tenant, model.NewID(k.base(doc).CreatedAt)},
	} {
		if err := c.Amend(ctx, where[0], where[1], never); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Amend for %s = %v; want ErrNotFound", what, err)
		}
	}

	// A task stays. A document being deleted cannot be amended.
	event := k.event(doc, "update")
	if _, err := c.Update(ctx, tenant, id, just[E](event, "a task")); err != nil {
		t.Fatal(err)
	}
	if err := c.Amend(ctx, tenant, id, mark(" again")); err != nil {
		t.Errorf("Amend: %v", err)
	}
	if task, err := c.Waiting(ctx, tenant, id); err != nil || task != "a task" {
		t.Errorf("after an amendment the task %q waits, %v", task, err)
	}
	last := k.event(doc, "delete")
	if _, err := c.Delete(ctx, tenant, id, just[E](last, "a task")); err != nil {
		t.Fatal(err)
	}
	if err := c.Amend(ctx, tenant, id, never); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Amend of a document being deleted = %v; want ErrNotFound", err)
	}
	k.trail(t, s.store, doc, append(events, event, last))
}

// raceAmend has some amend a document while others update it. No update may be lost, and no event.
func (k kind[E]) raceAmend(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, doc := t.Context(), k.make(s.tenant())
	tenant, id := k.base(doc).TenantID, k.base(doc).ID
	events := []*model.AuditEvent{k.insert(t, c, doc)}
	for range racers / 2 {
		events = append(events, k.event(doc, "update"))
	}
	atOnce(racers, func(i int) {
		var err error
		if i%2 == 0 {
			_, err = c.Update(ctx, tenant, id, k.edit(events[1+i/2], fmt.Sprintf("<%d>", i)))
		} else {
			err = c.Amend(ctx, tenant, id, func(doc *E) (bool, error) {
				*k.note(doc) += "~"
				return true, nil
			})
		}
		if err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	got := k.must(t, c, doc)
	if want := int32(1 + racers/2); k.base(got).Revision != want {
		t.Errorf("revision %d after %d updates and as many amendments; want %d", k.base(got).Revision, racers/2, want)
	}
	for i := 0; i < racers; i += 2 {
		if times := strings.Count(*k.note(got), fmt.Sprintf("<%d>", i)); times != 1 {
			t.Errorf("update %d is in the document %d times", i, times)
		}
	}
	k.trail(t, s.store, doc, events)
}

// testAmendLost has an amendment lose its race: an update comes between its reading and its writing.
// It must begin again with what is stored then. Where the database is atomic, nobody comes between.
func (k kind[E]) testAmendLost(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, doc := t.Context(), k.make(s.tenant())
	tenant, id := k.base(doc).TenantID, k.base(doc).ID
	k.insert(t, c, doc)
	_, relays := s.backend.(store.Relayer)
	calls := 0
	if err := c.Amend(ctx, tenant, id, func(seen *E) (bool, error) {
		if calls++; calls == 1 && relays {
			if _, err := c.Update(ctx, tenant, id, k.edit(k.event(doc, "update"), " updated")); err != nil {
				return false, err
			}
		}
		*k.note(seen) += " amended"
		return true, nil
	}); err != nil {
		t.Fatalf("Amend: %v", err)
	}
	want, tries := k.clone(t, doc), 1
	if relays {
		*k.note(want) += " updated"
		k.base(want).Revision++
		tries = 2
	}
	*k.note(want) += " amended"
	same(t, "after an amendment that lost its race", want, k.must(t, c, doc))
	if calls != tries {
		t.Errorf("the amendment was tried %d times; want %d", calls, tries)
	}
}

// testAmendOutbox amends a document whose event the relay is delivering at that moment. The event
// must not come back into the outbox, where nobody would fetch it until the next recovery.
func (k kind[E]) testAmendOutbox(t *testing.T, s *suite) {
	ctx, doc := t.Context(), k.make(s.tenant())
	armed := true
	held := s.open(t, store.Options{})
	c := k.door(held)
	event := k.insert(t, c, doc)
	if err := c.Amend(ctx, k.base(doc).TenantID, k.base(doc).ID, func(doc *E) (bool, error) {
		*k.note(doc) += " amended"
		if _, relays := s.backend.(store.Relayer); relays && armed {
			armed = false
			return true, held.Flush(ctx)
		}
		return true, nil
	}); err != nil {
		t.Fatalf("Amend: %v", err)
	}
	*k.note(doc) += " amended"
	k.trail(t, held, doc, []*model.AuditEvent{event})
	k.settled(t, s, story[E]{doc: doc})
	same(t, "amended", doc, k.must(t, c, doc))
}

// testEach walks all documents of several tenants, more than are read at once.
func (k kind[E]) testEach(t *testing.T, s *suite) {
	// How many are read at once does not depend on the collection, so one stands for all.
	length := 12
	if k.collection == store.Catalogue()[0].Name {
		length = 1203
	}
	ctx, c := t.Context(), k.door(s.store)
	tenants := []string{s.tenant(), s.tenant(), s.tenant()}
	docs, byID := make([]*E, length), map[string]*E{}
	for i := range docs {
		docs[i] = k.make(tenants[i%len(tenants)])
		byID[k.base(docs[i]).ID] = docs[i]
	}
	k.testLoad(t, c, docs)
	hidden, gone := docs[1], docs[2]
	for doc, task := range map[*E]string{hidden: "a task", gone: ""} {
		if _, err := c.Delete(ctx, k.base(doc).TenantID, k.base(doc).ID, just[E](k.event(doc, "delete"), task)); err != nil {
			t.Fatal(err)
		}
		delete(byID, k.base(doc).ID)
	}
	last := ""
	if err := c.Each(ctx, func(doc *E) error {
		id := k.base(doc).ID
		want := byID[id]
		if want == nil {
			if strings.HasSuffix(k.base(doc).TenantID, "-trail") { // the events of the deletions, among events
				return nil
			}
			return fmt.Errorf("document %s was not expected, or comes twice", id)
		}
		if id <= last {
			t.Errorf("document %s comes behind %s", id, last)
		}
		last = id
		same(t, "Each", want, doc)
		delete(byID, id)
		return nil
	}); err != nil {
		t.Errorf("Each: %v", err)
	}
	if len(byID) > 0 {
		t.Errorf("Each left %d documents out", len(byID))
	}
	calls := 0
	if err := c.Each(ctx, func(*E) error {
		calls++
		return errRefused
	}); !errors.Is(err, errRefused) || calls != 1 {
		t.Errorf("Each = %v after %d documents; want the error of the first", err, calls)
	}
}

// testLoad adds documents many at once, some of which are there already and stay as they are.
func (k kind[E]) testLoad(t *testing.T, c *store.Collection[E], docs []*E) {
	t.Helper()
	ctx := t.Context()
	if err := c.Load(ctx, nil); err != nil {
		t.Errorf("Load of nothing: %v", err)
	}
	if err := c.Load(ctx, docs[:len(docs)/2]); err != nil {
		t.Fatalf("Load: %v", err)
	}
	again := k.clone(t, docs[0])
	*k.note(again) += " loaded again"
	if err := c.Load(ctx, append([]*E{again}, docs[1:]...)); err != nil {
		t.Fatalf("Load of documents that are there in part: %v", err)
	}
	for _, doc := range []*E{docs[0], docs[len(docs)/2], docs[len(docs)-1]} {
		k.loaded(ctx, t, c, doc)
	}
	for _, x := range c.Schema().Indexes {
		if !x.Unique {
			continue
		}
		rival := k.takeKey(t, &x, k.make(k.base(docs[0]).TenantID), docs[0])
		k.duplicate(t, "Load of a taken key", &x, c.Load(ctx, []*E{rival}))
	}
}

// loaded fails the test unless a document can be read by its ID and by each unique key.
func (k kind[E]) loaded(ctx context.Context, t *testing.T, c *store.Collection[E], doc *E) {
	t.Helper()
	same(t, "loaded", doc, k.must(t, c, doc))
	for _, x := range c.Schema().Indexes {
		if !x.Unique {
			continue
		}
		got, err := c.One(ctx, k.base(doc).TenantID, x.Name, k.values(t, doc, keyOf(&x))...)
		if err != nil {
			t.Errorf("One by %s: %v", x.Name, err)
			continue
		}
		same(t, "loaded: One by "+x.Name, doc, got)
	}
}

// raws reads a whole collection as it is stored.
func raws(t *testing.T, backend store.Backend, schema *store.Schema) []bson.Raw {
	t.Helper()
	all, err := backend.All(t.Context(), schema, "", 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
