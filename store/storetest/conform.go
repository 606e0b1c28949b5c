package storetest

import (
	"context"
	"errors"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// conform runs what tests a collection by tenants of its own.
func (k kind[E]) conform(t *testing.T, s *suite) {
	c := k.door(s.store)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *suite, *store.Collection[E])
	}{
		{"Documents", k.testDocuments},
		{"Tenants", k.testTenants},
		{"NoTenant", k.testNoTenant},
		{"Changes", k.testChanges},
		{"Held", k.testHeld},
		{"Events", k.testEvents},
		{"Unique", k.testUnique},
		{"Lists", k.testLists},
		{"Many", k.testMany},
		{"Allowance", k.testAllowance},
		{"Cursors", k.testCursors},
		{"Races", k.testRaces},
		{"Amend", k.testAmend},
		{"AmendLost", k.testAmendLost},
		{"Writer", k.testWriter},
		{"Counts", k.testCounts},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, s, c)
		})
	}
}

// interrupted runs what needs a database for itself.
func (k kind[E]) interrupted(t *testing.T, s *suite) {
	t.Run("Crashes", func(t *testing.T) { k.testCrashes(t, s) })
	t.Run("Hiccup", func(t *testing.T) { k.testHiccup(t, s) })
	t.Run("Outbox", func(t *testing.T) { k.testOutbox(t, s) })
	t.Run("Unfinished", func(t *testing.T) { k.testUnfinished(t, s) })
	t.Run("AmendOutbox", func(t *testing.T) { k.testAmendOutbox(t, s) })
}

// event makes a filled event about a document. Events are kept for a tenant of their own, so that
// among the audit events themselves only those that a test made count as documents.
func (k kind[E]) event(doc *E, action string) *model.AuditEvent {
	event := auditEvents().(kind[model.AuditEvent]).make(trailOf(k.base(doc).TenantID))
	event.Action, event.EntityType, event.EntityID = action, model.AuditEntityType(k.collection), k.base(doc).ID
	return event
}

func trailOf(tenant string) string { return tenant + "-trail" }

// insert inserts a document with an event.
func (k kind[E]) insert(t *testing.T, c *store.Collection[E], doc *E) *model.AuditEvent {
	t.Helper()
	event := k.event(doc, "insert")
	if err := c.Insert(t.Context(), doc, event); err != nil {
		t.Fatalf("insert: %v", err)
	}
	return event
}

// edit is a change that adds a mark to the document.
func (k kind[E]) edit(event *model.AuditEvent, mark string) func(*store.Change[E]) error {
	return func(ch *store.Change[E]) error {
		note := k.note(ch.Doc)
		if note == nil {
			return errors.New("the document has lost its note")
		}
		*note += mark
		ch.Event = event
		return nil
	}
}

// just is a change that does no more than tell of itself.
func just[E any](event *model.AuditEvent, task string) func(*store.Change[E]) error {
	return func(ch *store.Change[E]) error {
		ch.Event, ch.Task = event, task
		return nil
	}
}

// gone fails the test unless a document is hidden from every read.
func (k kind[E]) gone(ctx context.Context, t *testing.T, when string, c *store.Collection[E], doc *E) {
	t.Helper()
	base := k.base(doc)
	if got, err := c.Get(ctx, base.TenantID, base.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%s: Get = %v, %v; want ErrNotFound", when, got, err)
	}
	for i, orderBy := range k.orders {
		q := k.plainest(t, doc, orderBy)
		found, err := c.Find(ctx, base.TenantID, q)
		if err != nil {
			t.Errorf("%s: Find: %v", when, err)
		}
		for _, other := range found {
			if k.base(other).ID == base.ID {
				t.Errorf("%s: the list by %q still has it", when, orderBy)
			}
		}
		if i > 0 {
			continue // testLists counts every list
		}
		if n, err := c.Count(ctx, base.TenantID, q); err != nil || n != len(found) {
			t.Errorf("%s: Count = %d, %v; the list has %d", when, n, err, len(found))
		}
	}
	for _, x := range c.Schema().Indexes {
		if !x.Unique {
			continue
		}
		got, err := c.One(ctx, base.TenantID, x.Name, k.values(t, doc, keyOf(&x))...)
		if err == nil && k.base(got).ID != base.ID {
			continue // the key has been taken by another
		}
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: One by %s = %v, %v; want ErrNotFound", when, x.Name, got, err)
		}
	}
}
