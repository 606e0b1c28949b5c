package storetest

import (
	"errors"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// testHeld changes documents that somebody holds: as they were read, changed by others, and gone.
func (k kind[E]) testHeld(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	doc := k.make(tenant)
	base := k.base(doc)
	events := []*model.AuditEvent{k.insert(t, c, doc)}
	hold := func() *store.Held[E] {
		t.Helper()
		held, err := c.Hold(ctx, tenant, base.ID)
		if err != nil {
			t.Fatalf("Hold: %v", err)
		}
		return held
	}
	update := func(held *store.Held[E], mark string) (runs int) {
		t.Helper()
		event := k.event(doc, "update")
		events = append(events, event)
		got, err := c.UpdateHeld(ctx, held, func(ch *store.Change[E]) error {
			runs++
			return k.edit(event, mark)(ch)
		})
		if err != nil {
			t.Fatalf("UpdateHeld: %v", err)
		}
		*k.note(doc) += mark
		base.Revision++
		same(t, "what UpdateHeld returns", doc, got)
		same(t, "after UpdateHeld", doc, k.must(t, c, doc))
		return runs
	}

	first, second := hold(), hold()
	before := k.clone(t, doc)
	if runs := update(first, " first"); runs != 1 {
		t.Errorf("a document as it was held was changed in %d attempts", runs)
	}
	same(t, "the document that is held", before, first.Doc)
	// Somebody has written since it was read: the change meets what is stored.
	if runs := update(second, " second"); runs != 2 {
		t.Errorf("a document that somebody had changed was changed in %d attempts; want one that lost and one that won", runs)
	}

	third := hold()
	if _, err := c.UpdateHeld(ctx, third, func(*store.Change[E]) error { return errRefused }); !errors.Is(err, errRefused) {
		t.Errorf("UpdateHeld = %v; want the error of the change", err)
	}
	same(t, "after a change that failed", doc, k.must(t, c, doc))

	if _, err := c.Hold(ctx, s.tenant(), base.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another tenant's Hold = %v", err)
	}
	gone := k.event(doc, "delete")
	events = append(events, gone)
	if _, err := c.Delete(ctx, tenant, base.ID, just[E](gone, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateHeld(ctx, third, k.edit(k.event(doc, "update"), " late")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("UpdateHeld of what is gone = %v", err)
	}
	k.trail(t, s.store, doc, events)
}
