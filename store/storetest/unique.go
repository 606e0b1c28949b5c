package storetest

import (
	"errors"
	"testing"

	"gatehouse/store"
)

// testUnique holds every unique index of the catalogue to what it says.
func (k kind[E]) testUnique(t *testing.T, s *suite, c *store.Collection[E]) {
	indexes := c.Schema().Indexes
	for i := range indexes {
		if x := &indexes[i]; x.Unique {
			t.Run(x.Name, func(t *testing.T) {
				k.testUniqueIndex(t, s, c, x)
				if x.Sparse {
					k.testSparseIndex(t, s, c, x)
				}
			})
		}
	}
}

func (k kind[E]) testUniqueIndex(t *testing.T, s *suite, c *store.Collection[E], x *store.Index) {
	ctx, tenant := t.Context(), s.tenant()
	id := func(doc *E) string { return k.base(doc).ID }
	insert := func(doc *E) error { return c.Insert(ctx, doc, k.event(doc, "insert")) }
	take := func(doc, other *E) error {
		_, err := c.Update(ctx, tenant, id(doc), func(ch *store.Change[E]) error {
			*ch.Doc = *k.takeKey(t, x, ch.Doc, other)
			return k.edit(k.event(doc, "update"), " edited")(ch)
		})
		return err
	}
	free := func(when string, doc *E) {
		t.Helper()
		if err := insert(doc); err != nil {
			t.Errorf("%s: insert with its key: %v", when, err)
			return
		}
		got, err := c.One(ctx, tenant, x.Name, k.values(t, doc, keyOf(x))...)
		if err != nil || id(got) != id(doc) {
			t.Errorf("%s: One = %v, %v; want the new one", when, got, err)
		}
	}

	first, second := k.make(tenant), k.make(tenant)
	k.insert(t, c, first)
	k.insert(t, c, second)
	rival := func() *E { return k.takeKey(t, x, k.make(tenant), first) }

	refused := rival()
	k.duplicate(t, "insert of a taken key", x, insert(refused))
	k.gone(ctx, t, "after it was refused", c, refused)
	k.trail(t, s.store, refused, nil)
	k.duplicate(t, "update into a taken key", x, take(second, first))
	same(t, "after an update that was refused", second, k.must(t, c, second))
	same(t, "the one that has the key", first, k.must(t, c, first))
	if err := take(first, first); err != nil {
		t.Errorf("update that keeps its own key: %v", err)
	}

	elsewhere := k.takeKey(t, x, k.make(s.tenant()), first)
	if err := insert(elsewhere); x.Global {
		k.duplicate(t, "insert of a key that another tenant has", x, err)
	} else if err != nil {
		t.Errorf("insert of a key that another tenant has: %v", err)
	}

	// The key is freed by a change.
	third := rival()
	if err := take(first, k.make(tenant)); err != nil {
		t.Fatalf("update into a free key: %v", err)
	}
	free("after its owner took another", third)
	// By a deletion.
	if _, err := c.Delete(ctx, tenant, id(third), just[E](k.event(third, "delete"), "")); err != nil {
		t.Fatal(err)
	}
	fourth := k.takeKey(t, x, k.make(tenant), third)
	free("after its owner was deleted", fourth)
	// And by the mark of a deletion, as often as one likes.
	hidden := []*E{fourth}
	for range 2 {
		last := hidden[len(hidden)-1]
		if _, err := c.Delete(ctx, tenant, id(last), just[E](k.event(last, "delete"), "a task")); err != nil {
			t.Fatal(err)
		}
		next := k.takeKey(t, x, k.make(tenant), last)
		free("after its owner was marked as deleted", next)
		hidden = append(hidden, next)
	}
	living := hidden[len(hidden)-1]
	for _, doc := range hidden[:len(hidden)-1] {
		if err := c.Finish(ctx, tenant, id(doc)); err != nil {
			t.Errorf("Finish: %v", err)
		}
		k.gone(ctx, t, "after Finish", c, doc)
		same(t, "the one that has the key now", living, k.must(t, c, living))
	}
	k.duplicate(t, "insert of the key once more", x, insert(k.takeKey(t, x, k.make(tenant), living)))
}

// testSparseIndex lets many documents of a tenant lack the key, and get and lose it.
func (k kind[E]) testSparseIndex(t *testing.T, s *suite, c *store.Collection[E], x *store.Index) {
	ctx, tenant := t.Context(), s.tenant()
	var lacking []*E
	for range 3 {
		doc := k.without(t, k.make(tenant), x.Order)
		k.insert(t, c, doc)
		same(t, "without a key", doc, k.must(t, c, doc))
		lacking = append(lacking, doc)
	}
	become := func(doc, like *E) (*E, error) {
		return c.Update(ctx, tenant, k.base(doc).ID, func(ch *store.Change[E]) error {
			base := *k.base(ch.Doc)
			*ch.Doc = *k.clone(t, like)
			*k.base(ch.Doc) = base
			return k.edit(k.event(doc, "update"), " edited")(ch)
		})
	}
	owner := k.make(tenant)
	if _, err := become(lacking[0], owner); err != nil {
		t.Fatalf("update that takes a key: %v", err)
	}
	k.duplicate(t, "insert of the key", x, c.Insert(ctx, k.takeKey(t, x, k.make(tenant), owner), nil))
	if _, err := become(lacking[0], k.without(t, owner, x.Order)); err != nil {
		t.Fatalf("update that gives the key up: %v", err)
	}
	if err := c.Insert(ctx, k.takeKey(t, x, k.make(tenant), owner), nil); err != nil {
		t.Errorf("insert of a key that was given up: %v", err)
	}
}

// duplicate fails the test unless err says that this index forbids it.
func (k kind[E]) duplicate(t *testing.T, what string, x *store.Index, err error) {
	t.Helper()
	var duplicate *store.DuplicateError
	if !errors.As(err, &duplicate) || duplicate.Index != x.Name {
		t.Errorf("%s: %v; want a duplicate in the index %s", what, err, x.Name)
	}
}
