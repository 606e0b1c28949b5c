package storetest

import (
	"errors"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// testAmendments holds Amend and Waiting to their contract.
func (k kind[E]) testAmendments(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	doc := k.make(tenant)
	base := k.base(doc)
	never := func(*E) (bool, error) {
		t.Error("the amendment of a document that is not there was called")
		return true, nil
	}
	if err := c.Amend(ctx, tenant, base.ID, never); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Amend before the insertion: %v; want ErrNotFound", err)
	}
	events := []*model.AuditEvent{k.insert(t, c, doc)}
	if err := c.Amend(ctx, s.tenant(), base.ID, never); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Amend for another tenant: %v; want ErrNotFound", err)
	}
	for _, refused := range []error{errRefused, nil} {
		if err := c.Amend(ctx, tenant, base.ID, func(doc *E) (bool, error) {
			*k.note(doc) += edited
			return refused != nil, refused
		}); !errors.Is(err, refused) {
			t.Errorf("Amend: %v; want %v", err, refused)
		}
		same(t, "after an amendment that wrote nothing", doc, k.must(t, c, doc))
	}
	k.waits(t, c, doc, "")

	event := k.event(doc, "update")
	if _, err := c.Update(ctx, tenant, base.ID, just[E](event, "a task")); err != nil {
		t.Fatal(err)
	}
	events, base.Revision = append(events, event), base.Revision+1
	if err := c.Amend(ctx, tenant, base.ID, func(doc *E) (bool, error) {
		*k.note(doc) += edited
		return true, nil
	}); err != nil {
		t.Errorf("Amend: %v", err)
	}
	*k.note(doc) += edited
	k.reads(t, "after an amendment", c, doc)
	k.waits(t, c, doc, "a task")
	k.trail(t, s.store, doc, events)

	event = k.event(doc, "delete")
	if _, err := c.Delete(ctx, tenant, base.ID, just[E](event, "another task")); err != nil {
		t.Fatal(err)
	}
	if err := c.Amend(ctx, tenant, base.ID, never); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Amend after the deletion: %v; want ErrNotFound", err)
	}
	if task, err := c.Waiting(ctx, tenant, base.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Waiting after the deletion = %q, %v; want ErrNotFound", task, err)
	}
	k.trail(t, s.store, doc, append(events, event))
}

func (k kind[E]) waits(t *testing.T, c *store.Collection[E], doc *E, want string) {
	t.Helper()
	task, err := c.Waiting(t.Context(), k.base(doc).TenantID, k.base(doc).ID)
	if err != nil || task != want {
		t.Errorf("Waiting = %q, %v; want %q", task, err, want)
	}
}
