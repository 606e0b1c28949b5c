package mongodb

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// turnSlots is how many keys can be claimed at once. Two keys that share a slot by chance wait for
// each other, which costs one of them a write's time.
const turnSlots = 256

// turns lets the writes of this process that claim the same unique key go one after the other.
//
// Servers make different things of such writes at the same time. MongoDB lets one through, and the
// others collide with it and are repeated. Below DocumentDB each puts its key into the index first
// and then waits for all others who did; PostgreSQL notices such a deadlock after a second, ends one
// of them, and needs many seconds for twenty. Other processes are not waited for: what collides with
// them is tried again, as Backend.write does.
type turns struct {
	seed  maphash.Seed
	slots [turnSlots]chan struct{}
}

func newTurns() *turns {
	t := &turns{seed: maphash.MakeSeed()}
	for i := range t.slots {
		t.slots[i] = make(chan struct{}, 1)
	}
	return t
}

// wait waits until nobody else writes a document with one of doc's unique keys, or the context ends.
// The caller calls done when he has written.
func (t *turns) wait(ctx context.Context, s *store.Schema, h store.Header, doc bson.Raw) (done func(), err error) {
	var held []int
	done = func() {
		for _, slot := range held {
			<-t.slots[slot]
		}
	}
	for _, slot := range t.claims(s, h, doc) {
		select {
		case t.slots[slot] <- struct{}{}:
			held = append(held, slot)
		case <-ctx.Done():
			done()
			return nil, ctx.Err()
		}
	}
	return done, nil
}

// claims returns the slots of the unique keys of doc, each once and in ascending order, so that two
// who claim several do not wait for each other. A document being deleted is in no unique index.
func (t *turns) claims(s *store.Schema, h store.Header, doc bson.Raw) []int {
	if h.Deleted {
		return nil
	}
	var slots []int
	for _, index := range s.Indexes {
		if !index.Unique {
			continue
		}
		last := doc.Lookup(strings.Split(index.Order, ".")...)
		keys := []bson.RawValue{last}
		if elements, ok := last.ArrayOK(); ok { // each of several values is a key by itself
			keys, _ = elements.Values()
		} else if index.Sparse && last.IsZero() {
			continue
		}
		for _, key := range keys {
			var hash maphash.Hash
			hash.SetSeed(t.seed)
			maphash.WriteComparable(&hash, [2]string{s.Name, index.Name})
			if !index.Global {
				maphash.WriteComparable(&hash, h.TenantID)
			}
			for _, field := range index.Equal {
				// A field that is missing is a key as any other.
				maphash.WriteComparable(&hash, string(doc.Lookup(strings.Split(field, ".")...).Value))
			}
			maphash.WriteComparable(&hash, string(key.Value))
			slots = append(slots, int(hash.Sum64()%turnSlots))
		}
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}
