package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// testMany reads several documents by their IDs: each must be where its ID is, and be what Get returns.
func (k kind[E]) testMany(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	first, second, third, gone := k.make(tenant), k.make(tenant), k.make(tenant), k.make(tenant)
	stranger := k.make(s.tenant())
	for _, doc := range []*E{first, second, third, gone, stranger} {
		k.insert(t, c, doc)
	}
	// One is hidden, and waits for its task.
	if _, err := c.Delete(ctx, tenant, k.base(gone).ID, just[E](k.event(gone, "delete"), "a task")); err != nil {
		t.Fatal(err)
	}
	unknown := model.NewID(k.base(first).CreatedAt)
	for _, test := range []struct {
		name string
		want []*E // nil where nothing is to be found by the ID in the same place
		ids  []string
	}{
		{"none", nil, nil},
		{"one", []*E{second}, []string{k.base(second).ID}},
		{"backwards", []*E{third, second, first}, []string{k.base(third).ID, k.base(second).ID, k.base(first).ID}},
		{"several times", []*E{second, first, second, second}, []string{k.base(second).ID, k.base(first).ID, k.base(second).ID, k.base(second).ID}},
		{"one unknown", []*E{nil, third, nil}, []string{unknown, k.base(third).ID, unknown}},
		{"one that is no ID", []*E{first, nil, nil}, []string{k.base(first).ID, `"],["\`, ""}},
		{"one being deleted", []*E{first, nil}, []string{k.base(first).ID, k.base(gone).ID}},
		{"one of another tenant", []*E{nil, first}, []string{k.base(stranger).ID, k.base(first).ID}},
	} {
		got, err := c.Many(ctx, tenant, test.ids)
		if err != nil || len(got) != len(test.ids) {
			t.Errorf("%s: Many = %d documents, %v; want %d places", test.name, len(got), err, len(test.ids))
			continue
		}
		for i, want := range test.want {
			if want == nil {
				if got[i] != nil {
					t.Errorf("%s: place %d has %v", test.name, i, got[i])
				}
				continue
			}
			if got[i] == nil {
				t.Errorf("%s: place %d is empty", test.name, i)
				continue
			}
			same(t, fmt.Sprintf("%s: place %d", test.name, i), want, got[i])
		}
	}
	if err := c.Finish(ctx, tenant, k.base(gone).ID); err != nil {
		t.Fatal(err)
	}
	k.testManyAllowance(t, s, c, tenant, []string{k.base(first).ID, k.base(second).ID, k.base(third).ID})
	k.testVeryMany(t, c, tenant, []*E{first, second, third})
}

// testManyAllowance reads documents with an allowance of exactly their size, and of one byte less.
func (k kind[E]) testManyAllowance(t *testing.T, s *suite, c *store.Collection[E], tenant string, ids []string) {
	t.Helper()
	if err := s.store.Flush(t.Context()); err != nil { // an outbox is part of a document until it is settled
		t.Fatal(err)
	}
	size := 0
	for _, id := range ids {
		raw, err := s.backend.Get(t.Context(), c.Schema(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		size += len(raw)
	}
	exact := store.WithAllowance(t.Context(), int64(size))
	for _, step := range []struct {
		name    string
		ctx     context.Context //nolint:containedctx // what the step is about
		tooMuch bool
	}{
		{"one byte less", store.WithAllowance(t.Context(), int64(size-1)), true},
		{"exactly", exact, false},
		{"when it is spent", exact, true},
		{"without one", store.WithoutAllowance(exact), false},
	} {
		if _, err := c.Many(step.ctx, tenant, append(ids, ids...)); errors.Is(err, store.ErrTooMuch) != step.tooMuch || (!step.tooMuch && err != nil) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

// testVeryMany reads more documents than are read in one call: those that are there lie far from each
// other.
func (k kind[E]) testVeryMany(t *testing.T, c *store.Collection[E], tenant string, docs []*E) {
	t.Helper()
	ids := make([]string, 1201)
	for i := range ids {
		ids[i] = fmt.Sprintf("nobody %d", i)
	}
	places := []int{0, 600, len(ids) - 1}
	for i, place := range places {
		ids[place] = k.base(docs[i]).ID
	}
	got, err := c.Many(t.Context(), tenant, ids)
	if err != nil {
		t.Errorf("very many: %v", err)
		return
	}
	found := 0
	for _, doc := range got {
		if doc != nil {
			found++
		}
	}
	for i, place := range places {
		if got[place] == nil || k.base(got[place]).ID != ids[place] {
			t.Errorf("very many: place %d has not %s", place, k.base(docs[i]).ID)
		}
	}
	if found != len(places) {
		t.Errorf("very many: %d documents, want %d", found, len(places))
	}
}
