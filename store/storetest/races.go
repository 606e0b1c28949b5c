package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// racers is how many race at once.
const racers = 20

// testRaces lets many change one document, or take one key, at once.
func (k kind[E]) testRaces(t *testing.T, s *suite, c *store.Collection[E]) {
	t.Run("Updates", func(t *testing.T) { k.raceUpdates(t, s, c) })
	t.Run("Revision", func(t *testing.T) { k.raceRevision(t, s, c) })
	t.Run("Deletion", func(t *testing.T) { k.raceDeletion(t, s, c) })
	t.Run("Amend", func(t *testing.T) { k.raceAmend(t, s, c) })
	t.Run("ID", func(t *testing.T) {
		first := k.make(s.tenant())
		k.raceInserts(t, s, c, "", func() *E {
			doc := k.make(k.base(first).TenantID)
			k.base(doc).ID = k.base(first).ID
			return doc
		})
	})
	indexes := c.Schema().Indexes
	for i := range indexes {
		x := &indexes[i]
		if !x.Unique {
			continue
		}
		t.Run("Inserts/"+x.Name, func(t *testing.T) {
			first := k.make(s.tenant())
			k.raceInserts(t, s, c, x.Name, func() *E { return k.takeKey(t, x, k.make(k.base(first).TenantID), first) })
		})
	}
}

// raceUpdates has everybody update one document, twice. No update may be lost, and none made twice.
func (k kind[E]) raceUpdates(t *testing.T, s *suite, c *store.Collection[E]) {
	const rounds = 2
	ctx, doc := t.Context(), k.make(s.tenant())
	events := []*model.AuditEvent{k.insert(t, c, doc)}
	for range racers * rounds {
		events = append(events, k.event(doc, "update"))
	}
	mark := func(n int) string { return fmt.Sprintf("<%d>", n) }
	atOnce(racers, func(i int) {
		for round := range rounds {
			n := i*rounds + round
			got, err := c.Update(ctx, k.base(doc).TenantID, k.base(doc).ID, k.edit(events[1+n], mark(n)))
			if err != nil {
				t.Errorf("update %d: %v", n, err)
			} else if !strings.HasSuffix(*k.note(got), mark(n)) {
				t.Errorf("update %d returned a document without it, or with a later one: %q", n, *k.note(got))
			}
		}
	})
	got := k.must(t, c, doc)
	if want := int32(1 + racers*rounds); k.base(got).Revision != want {
		t.Errorf("revision %d after %d updates; want %d", k.base(got).Revision, racers*rounds, want)
	}
	for n := range racers * rounds {
		if times := strings.Count(*k.note(got), mark(n)); times != 1 {
			t.Errorf("update %d is in the document %d times", n, times)
		}
	}
	k.trail(t, s.store, doc, events)
}

// raceRevision has everybody insist on the revision that they saw, as expectedRevision does. One
// alone may find it.
func (k kind[E]) raceRevision(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, doc := t.Context(), k.make(s.tenant())
	inserted := k.insert(t, c, doc)
	var won tally[*model.AuditEvent]
	atOnce(racers, func(i int) {
		event := k.event(doc, "update")
		_, err := c.Update(ctx, k.base(doc).TenantID, k.base(doc).ID, func(ch *store.Change[E]) error {
			if k.base(ch.Doc).Revision != 1 {
				return errRefused
			}
			return k.edit(event, fmt.Sprintf("<%d>", i))(ch)
		})
		switch {
		case err == nil:
			won.add(event)
		case !errors.Is(err, errRefused):
			t.Errorf("update %d: %v", i, err)
		}
	})
	if len(won.all) != 1 {
		t.Errorf("%d of %d who insisted on one revision found it; want 1", len(won.all), racers)
	}
	if revision := k.base(k.must(t, c, doc)).Revision; revision != 2 {
		t.Errorf("revision %d; want 2", revision)
	}
	k.trail(t, s.store, doc, append(won.all, inserted))
}

// raceDeletion has some delete a document while others update it. One deletes it, and then it is
// gone for everybody.
func (k kind[E]) raceDeletion(t *testing.T, s *suite, c *store.Collection[E]) {
	const deleters = 4
	ctx, doc := t.Context(), k.make(s.tenant())
	inserted := k.insert(t, c, doc)
	var updated, deleted tally[*model.AuditEvent]
	atOnce(racers, func(i int) {
		event, write, happened := k.event(doc, "update"), c.Update, &updated
		if i < deleters {
			event, write, happened = k.event(doc, "delete"), c.Delete, &deleted
		}
		_, err := write(ctx, k.base(doc).TenantID, k.base(doc).ID, k.edit(event, "<>"))
		switch {
		case err == nil:
			happened.add(event)
		case !errors.Is(err, store.ErrNotFound):
			t.Errorf("writer %d: %v; want success or ErrNotFound", i, err)
		}
	})
	if len(deleted.all) != 1 {
		t.Errorf("%d deleted one document", len(deleted.all))
	}
	k.gone(ctx, t, "after its deletion", c, doc)
	k.trail(t, s.store, doc, append(append(updated.all, deleted.all...), inserted))
}

// raceInserts has everybody insert a document with the same key. One gets it; the others learn which
// index forbids it.
func (k kind[E]) raceInserts(t *testing.T, s *suite, c *store.Collection[E], index string, another func() *E) {
	ctx := t.Context()
	docs, events := []*E{}, []*model.AuditEvent{}
	for range racers {
		docs = append(docs, another())
		events = append(events, k.event(docs[len(docs)-1], "insert"))
	}
	var won tally[int]
	atOnce(racers, func(i int) {
		err := c.Insert(ctx, docs[i], events[i])
		var duplicate *store.DuplicateError
		switch {
		case err == nil:
			won.add(i)
		case !errors.As(err, &duplicate) || duplicate.Index != index:
			t.Errorf("insert %d: %v; want a duplicate in %q", i, err, index)
		}
	})
	if len(won.all) != 1 {
		t.Fatalf("%d of %d who inserted one key got it; want 1", len(won.all), racers)
	}
	winner := won.all[0]
	same(t, "the one that got the key", docs[winner], k.must(t, c, docs[winner]))
	for _, orderBy := range k.orders {
		n, err := c.Count(ctx, k.base(docs[0]).TenantID, k.plainest(t, docs[winner], orderBy))
		if err != nil || n != 1 {
			t.Errorf("Count by %q = %d, %v; want 1", orderBy, n, err)
		}
	}
	k.trail(t, s.store, docs[winner], events[winner:winner+1])
	for i, doc := range docs {
		if k.base(doc).ID != k.base(docs[winner]).ID {
			k.trail(t, s.store, docs[i], nil)
		}
	}
}

// tally collects what several add to at once.
type tally[V any] struct {
	mu  sync.Mutex
	all []V
}

func (y *tally[V]) add(v V) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.all = append(y.all, v)
}
