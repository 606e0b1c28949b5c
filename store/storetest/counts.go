package storetest

import (
	"testing"

	"gatehouse/store"
)

// testCounts asks how many changes there have been after each that a caller could notice, and after
// those that nobody does. It opens the database once more, where it is alone with its count.
func (k kind[E]) testCounts(t *testing.T, s *suite, _ *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	c := k.door(s.open(t, store.Options{}))
	doc, other := k.make(tenant), k.make(tenant)
	id := k.base(doc).ID
	for _, step := range []struct {
		name   string
		counts bool
		do     func() error
	}{
		{"nothing", false, func() error { return nil }},
		{"an insertion", true, func() error { return c.Insert(ctx, doc, k.event(doc, "insert")) }},
		{"a reading", false, func() error { _, err := c.Get(ctx, tenant, id); return err }},
		{"an update", true, func() error {
			_, err := c.Update(ctx, tenant, id, k.edit(k.event(doc, "update"), " edited"))
			return err
		}},
		{"an amendment", false, func() error {
			return c.Amend(ctx, tenant, id, func(doc *E) (bool, error) {
				*k.note(doc) += " amended"
				return true, nil
			})
		}},
		{"a filling", true, func() error { return c.Load(ctx, []*E{other}) }},
		{"a deletion", true, func() error {
			_, err := c.Delete(ctx, tenant, id, just[E](k.event(doc, "delete"), "a task"))
			return err
		}},
		{"the end of a task", false, func() error { return c.Finish(ctx, tenant, id) }},
	} {
		before := c.Changes()
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if after := c.Changes(); (after != before) != step.counts || after < before {
			t.Errorf("%s took the count from %d to %d", step.name, before, after)
		}
	}
}
