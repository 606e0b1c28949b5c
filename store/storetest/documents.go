package storetest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

// testDocuments follows documents from their insertion to their deletion.
func (k kind[E]) testDocuments(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	doc := k.make(tenant)
	base := k.base(doc)
	k.unknown(t, c, tenant, base.ID)
	k.insert(t, c, doc)
	k.reads(t, "after its insertion", c, doc)

	again := k.make(tenant)
	k.base(again).ID = base.ID
	var duplicate *store.DuplicateError
	if err := c.Insert(ctx, again, k.event(again, "insert")); !errors.As(err, &duplicate) || duplicate.Index != "" {
		t.Errorf("insert with an ID that is taken: %v; want a duplicate of no index", err)
	}
	k.reads(t, "after an insertion with its ID", c, doc)

	want := k.clone(t, doc)
	k.base(want).Revision = 2
	k.base(want).UpdatedAt = base.UpdatedAt.Add(time.Second)
	*k.note(want) += " edited"
	got, err := c.Update(ctx, tenant, base.ID, func(ch *store.Change[E]) error {
		k.base(ch.Doc).UpdatedAt = base.UpdatedAt.Add(time.Second)
		return k.edit(k.event(doc, "update"), " edited")(ch)
	})
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	same(t, "what Update returned", want, got)
	k.reads(t, "after its update", c, want)

	if _, err := c.Delete(ctx, tenant, base.ID, just[E](k.event(doc, "delete"), "")); err != nil {
		t.Fatalf("delete: %v", err)
	}
	k.gone(ctx, t, "after its deletion", c, want)
	k.unknown(t, c, tenant, base.ID)

	// A document whose optional fields are not set, and one of which nothing is.
	bare := k.make(tenant)
	unset(reflect.ValueOf(bare))
	k.insert(t, c, bare)
	same(t, "without its optional fields", bare, k.must(t, c, bare))
	if _, err := c.Delete(ctx, tenant, k.base(bare).ID, just[E](k.event(bare, "delete"), "")); err != nil {
		t.Fatalf("delete: %v", err)
	}
	empty := new(E)
	*k.base(empty) = model.NewEntity(tenant, model.Actor{}, time.Now())
	sealSecrets(reflect.ValueOf(empty))
	k.insert(t, c, empty)
	same(t, "with nothing but an ID", empty, k.must(t, c, empty))
}

// testTenants looks for documents of one tenant from another.
func (k kind[E]) testTenants(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant, stranger := t.Context(), s.tenant(), s.tenant()
	doc := k.make(tenant)
	base := k.base(doc)
	k.insert(t, c, doc)
	k.unknown(t, c, stranger, base.ID)
	k.unknown(t, c, "", base.ID)

	elsewhere := k.clone(t, doc)
	k.base(elsewhere).TenantID = stranger
	k.gone(ctx, t, "for another tenant", c, elsewhere)
	k.reads(t, "after what another tenant tried", c, doc)

	// Nor does a stranger finish what is not theirs.
	if _, err := c.Update(ctx, tenant, base.ID, just[E](k.event(doc, "update"), "a task")); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(ctx, stranger, base.ID); err != nil {
		t.Errorf("Finish for another tenant: %v", err)
	}
	waits := false
	if err := c.Unfinished(ctx, func(u store.Unfinished[E]) error {
		waits = waits || k.base(u.Doc).ID == base.ID
		return nil
	}); err != nil {
		t.Errorf("Unfinished: %v", err)
	}
	if !waits {
		t.Error("another tenant finished the task")
	}
	for _, x := range c.Schema().Indexes {
		if !x.Global || !x.Unique {
			continue
		}
		got, err := c.One(ctx, "", x.Name, k.values(t, doc, keyOf(&x))...)
		if err != nil || k.base(got).ID != base.ID {
			t.Errorf("One by %s, of any tenant: %v, %v", x.Name, got, err)
		}
	}
}

// testNoTenant has a document that belongs to no tenant, as those do that all tenants share: the empty
// tenant is one as any other.
func (k kind[E]) testNoTenant(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, doc, other := t.Context(), k.make(""), k.make(s.tenant())
	id := k.base(doc).ID
	k.insert(t, c, other)
	k.insert(t, c, doc)
	k.reads(t, "without a tenant", c, doc)
	if err := c.Amend(ctx, "", id, func(doc *E) (bool, error) {
		*k.note(doc) += " amended"
		return true, nil
	}); err != nil {
		t.Errorf("Amend: %v", err)
	}
	*k.note(doc) += " amended"
	k.reads(t, "after an amendment", c, doc)
	if _, err := c.Update(ctx, "", id, k.edit(k.event(doc, "update"), " edited")); err != nil {
		t.Errorf("Update: %v", err)
	}
	*k.note(doc) += " edited"
	k.base(doc).Revision = 2
	k.reads(t, "after an update", c, doc)
	k.unknown(t, c, "", k.base(other).ID)
	if _, err := c.Delete(ctx, "", id, just[E](k.event(doc, "delete"), "")); err != nil {
		t.Errorf("Delete: %v", err)
	}
	k.gone(ctx, t, "after its deletion", c, doc)
	k.reads(t, "the one with a tenant", c, other)
}

// unknown fails the test unless every method answers that there is no such document.
func (k kind[E]) unknown(t *testing.T, c *store.Collection[E], tenant, id string) {
	t.Helper()
	ctx := t.Context()
	change := func(ch *store.Change[E]) error {
		t.Errorf("the change of a document that is not there was called with %v", ch.Doc)
		return nil
	}
	if got, err := c.Get(ctx, tenant, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get = %v, %v; want ErrNotFound", got, err)
	}
	if got, err := c.Update(ctx, tenant, id, change); !errors.Is(err, store.ErrNotFound) || got != nil {
		t.Errorf("Update = %v, %v; want ErrNotFound", got, err)
	}
	if got, err := c.Delete(ctx, tenant, id, change); !errors.Is(err, store.ErrNotFound) || got != nil {
		t.Errorf("Delete = %v, %v; want ErrNotFound", got, err)
	}
	if err := c.Finish(ctx, tenant, id); err != nil {
		t.Errorf("Finish = %v; want nothing to do", err)
	}
}

// reads fails the test unless every way to read finds doc, alone in its tenant, as it was written.
func (k kind[E]) reads(t *testing.T, when string, c *store.Collection[E], doc *E) {
	t.Helper()
	ctx, tenant := t.Context(), k.base(doc).TenantID
	same(t, when+": Get", doc, k.must(t, c, doc))
	for i, orderBy := range k.orders {
		q := k.plainest(t, doc, orderBy)
		q.Limit = 10
		found, err := c.Find(ctx, tenant, q)
		if err != nil || len(found) != 1 {
			t.Errorf("%s: Find by %q = %d documents, %v; want one", when, orderBy, len(found), err)
			continue
		}
		same(t, when+": Find by "+orderBy, doc, found[0])
		if i > 0 {
			continue // testLists counts every list
		}
		if n, err := c.Count(ctx, tenant, q); err != nil || n != 1 {
			t.Errorf("%s: Count = %d, %v; want 1", when, n, err)
		}
	}
	for _, x := range c.Schema().Indexes {
		if !x.Unique {
			continue
		}
		got, err := c.One(ctx, tenant, x.Name, k.values(t, doc, keyOf(&x))...)
		if err != nil {
			t.Errorf("%s: One by %s: %v", when, x.Name, err)
			continue
		}
		same(t, when+": One by "+x.Name, doc, got)
	}
}

// must returns what is stored of a document.
func (k kind[E]) must(t *testing.T, c *store.Collection[E], doc *E) *E {
	t.Helper()
	got, err := c.Get(t.Context(), k.base(doc).TenantID, k.base(doc).ID)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return got
}
