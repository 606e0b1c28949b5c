package storetest

import (
	"errors"
	"testing"

	"gatehouse/store"
)

// testAllowance reads a list with an allowance of exactly its size, of one byte less, spent in two
// reads, and without any.
func (k kind[E]) testAllowance(t *testing.T, s *suite, c *store.Collection[E]) {
	if k.orders == nil || k.narrowed != nil {
		return // no list of all
	}
	tenant, size := s.tenant(), 0
	docs := []*E{k.make(tenant), k.make(tenant), k.make(tenant)}
	for _, doc := range docs {
		k.insert(t, c, doc)
	}
	if err := s.store.Flush(t.Context()); err != nil { // an outbox is part of a document until it is settled
		t.Fatal(err)
	}
	for _, doc := range docs {
		raw, err := s.backend.Get(t.Context(), c.Schema(), tenant, k.base(doc).ID)
		if err != nil {
			t.Fatal(err)
		}
		size += len(raw)
	}
	exact := store.WithAllowance(t.Context(), int64(size))
	find := func(limit int) func() ([]*E, error) {
		return func() ([]*E, error) { return c.Find(exact, tenant, store.Query{Limit: limit}) }
	}
	for _, step := range []struct {
		name string
		find func() ([]*E, error)
		want int // -1 for ErrTooMuch
	}{
		{"one byte less", func() ([]*E, error) {
			return c.Find(store.WithAllowance(t.Context(), int64(size-1)), tenant, store.Query{Limit: 10})
		}, -1},
		{"exactly", find(10), 3},
		{"when it is spent", find(1), -1},
		{"without one", func() ([]*E, error) {
			return c.Find(store.WithoutAllowance(exact), tenant, store.Query{Limit: 10})
		}, 3},
	} {
		found, err := step.find()
		if tooMuch := errors.Is(err, store.ErrTooMuch); tooMuch != (step.want < 0) || (!tooMuch && (err != nil || len(found) != step.want)) {
			t.Errorf("%s: %d documents, %v", step.name, len(found), err)
		}
	}
}
