package storetest

import (
	"errors"
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// errRefused is what a change fails with. It stands for any error of a caller's own.
var errRefused = errors.New("refused")

// testChanges holds Update and Delete to their contract.
func (k kind[E]) testChanges(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	doc := k.make(tenant)
	base := k.base(doc)
	k.insert(t, c, doc)
	type write = func(func(*store.Change[E]) error) (*E, error)
	writes := map[string]write{
		"Update": func(change func(*store.Change[E]) error) (*E, error) {
			return c.Update(ctx, tenant, base.ID, change)
		},
		"Delete": func(change func(*store.Change[E]) error) (*E, error) {
			return c.Delete(ctx, tenant, base.ID, change)
		},
	}
	for name, write := range writes {
		event := k.event(doc, "refused")
		got, err := write(func(ch *store.Change[E]) error {
			if err := k.edit(event, " edited")(ch); err != nil {
				return err
			}
			ch.Task = "a task"
			return errRefused
		})
		if !errors.Is(err, errRefused) || got != nil {
			t.Errorf("%s = %v, %v; want the error of the change", name, got, err)
		}
		same(t, "after a change that failed in "+name, doc, k.must(t, c, doc))

		if _, err := write(k.edit(nil, " edited")); err != nil {
			t.Errorf("%s without an event: %v", name, err)
		}
		same(t, "after a change without an event in "+name, doc, k.must(t, c, doc))

		if _, err := write(func(ch *store.Change[E]) error {
			k.before(t, doc, ch)
			return nil
		}); err != nil {
			t.Errorf("%s that only looks: %v", name, err)
		}
	}
	k.noTask(t, c, doc)

	// What Update returns is the caller's, and shares nothing with what the next one gets.
	got, err := c.Update(ctx, tenant, base.ID, k.edit(k.event(doc, "update"), " edited"))
	if err != nil {
		t.Fatal(err)
	}
	stored := k.must(t, c, doc)
	scribble(reflect.ValueOf(got))
	same(t, "after the caller wrote over what Update returned", stored, k.must(t, c, doc))

	// Deletion ignores edits, also where the document stays behind.
	if _, err := c.Delete(ctx, tenant, base.ID, func(ch *store.Change[E]) error {
		ch.Task = "a task"
		return k.edit(k.event(doc, "delete"), " edited once more")(ch)
	}); err != nil {
		t.Fatal(err)
	}
	found := false
	if err := c.Unfinished(ctx, func(u store.Unfinished[E]) error {
		if k.base(u.Doc).ID != base.ID {
			return nil
		}
		found = true
		k.base(stored).Revision++
		same(t, "while it is deleted", stored, u.Doc)
		return nil
	}); err != nil || !found {
		t.Errorf("Unfinished: %v; found the document: %t", err, found)
	}
}

// before fails the test unless Before is the document as it is stored, whatever happens to Doc, and
// the other way round.
func (k kind[E]) before(t *testing.T, doc *E, ch *store.Change[E]) {
	t.Helper()
	same(t, "Doc", doc, ch.Doc)
	first, err := ch.Before()
	if err != nil {
		t.Fatalf("Before: %v", err)
	}
	same(t, "Before", doc, first)
	scribble(reflect.ValueOf(first))
	same(t, "Doc, after Before was written over", doc, ch.Doc)
	scribble(reflect.ValueOf(ch.Doc))
	second, err := ch.Before()
	if err != nil {
		t.Fatalf("Before: %v", err)
	}
	same(t, "Before, after Doc was written over", doc, second)
}

// noTask fails the test if a task of doc waits.
func (k kind[E]) noTask(t *testing.T, c *store.Collection[E], doc *E) {
	t.Helper()
	if err := c.Unfinished(t.Context(), func(u store.Unfinished[E]) error {
		if k.base(u.Doc).ID == k.base(doc).ID {
			t.Errorf("the task %q waits", u.Task)
		}
		return nil
	}); err != nil {
		t.Errorf("Unfinished: %v", err)
	}
}

// testEvents looks for the events of changes that happened and of those that did not.
func (k kind[E]) testEvents(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	doc, other := k.make(tenant), k.make(tenant)
	base := k.base(doc)
	happened := []*model.AuditEvent{k.insert(t, c, doc)}
	for range 3 {
		event := k.event(doc, "update")
		if _, err := c.Update(ctx, tenant, base.ID, k.edit(event, " edited")); err != nil {
			t.Fatal(err)
		}
		happened = append(happened, event)
	}
	if err := c.Insert(ctx, other, nil); err != nil {
		t.Fatalf("insert without an event: %v", err)
	}
	k.base(other).ID = base.ID
	if err := c.Insert(ctx, other, k.event(doc, "insert")); err == nil {
		t.Error("an ID was inserted twice")
	}
	refused := func(ch *store.Change[E]) error {
		ch.Event = k.event(doc, "refused")
		return errRefused
	}
	if _, err := c.Update(ctx, tenant, base.ID, refused); err == nil {
		t.Error("a change that failed was made")
	}
	if _, err := c.Delete(ctx, tenant, base.ID, refused); err == nil {
		t.Error("a deletion that failed was made")
	}
	last := k.event(doc, "delete")
	if _, err := c.Delete(ctx, tenant, base.ID, just[E](last, "")); err != nil {
		t.Fatal(err)
	}
	happened = append(happened, last)
	k.trail(t, s.store, doc, happened)
}

// trail fails the test unless the audit trail of a document, once flushed, is exactly these events.
func (k kind[E]) trail(t *testing.T, s *store.Store, doc *E, want []*model.AuditEvent) {
	t.Helper()
	ctx, tenant := t.Context(), trailOf(k.base(doc).TenantID)
	if err := s.Flush(ctx); err != nil {
		t.Fatalf("Flush: %v", err)
	}
	got, err := s.AuditEvents.Find(ctx, tenant, store.Query{Equal: []store.Term{{Field: "entityId", Value: k.base(doc).ID}}})
	if err != nil {
		t.Fatalf("read the trail: %v", err)
	}
	missing := map[string]*model.AuditEvent{}
	for _, event := range want {
		missing[event.ID] = event
	}
	for _, event := range got {
		if missing[event.ID] == nil {
			t.Errorf("the trail has the event %s %s, which is of no change that happened, or was there already", event.Action, event.ID)
			continue
		}
		same(t, "event "+event.Action, missing[event.ID], event)
		delete(missing, event.ID)
	}
	for _, event := range missing {
		t.Errorf("the trail lacks the event %s %s of a change that happened", event.Action, event.ID)
	}
}

// clone copies a document.
func (k kind[E]) clone(t *testing.T, doc *E) *E {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	copied := new(E)
	if err := bson.Unmarshal(raw, copied); err != nil {
		t.Fatal(err)
	}
	return copied
}
