package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// expiresAt is the field that says when a document expires.
const expiresAt = "expiresAt"

// testExpired removes what has expired from a collection that expires. It needs a database in which
// nobody else has documents of the collection, since it looks at all tenants.
func (k kind[E]) testExpired(t *testing.T, s *suite) {
	c := k.door(s.store)
	if !c.Schema().Expires {
		k.testNeverExpires(t, c)
		return
	}
	now := moment(5)
	t.Run("Boundaries", func(t *testing.T) { k.testExpiry(t, s, c, now) })
	t.Run("Pending", func(t *testing.T) { k.testExpiredPending(t, s, c, now) })
	t.Run("Many", func(t *testing.T) { k.testManyExpired(t, s, c, now) })
	t.Run("Races", func(t *testing.T) { k.raceExpired(t, s, now) })
	t.Run("Plan", func(t *testing.T) {
		scan := c.Schema().Expired(now, 10)
		plan, err := s.backend.Explain(t.Context(), scan)
		if err != nil {
			t.Fatal(err)
		}
		(&shelf[E]{kind: k}).testPlan(t, s, "what has expired", plan, scan)
		if scan.Index.Name != store.ExpiredIndex {
			t.Errorf("the store chose the index %s", scan.Index.Name)
		}
	})
}

// testNeverExpires insists that a collection that does not expire has no index for it, and that asking
// it to remove something is a mistake of the program.
func (k kind[E]) testNeverExpires(t *testing.T, c *store.Collection[E]) {
	t.Helper()
	for _, x := range c.Schema().Indexes {
		if x.Name == store.ExpiredIndex || (x.Global && !x.Unique) {
			t.Errorf("it does not expire, and has the index %s", x.Name)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("it does not expire, and RemoveExpired does not mind")
		}
	}()
	n, err := c.RemoveExpired(t.Context(), time.Now())
	t.Errorf("RemoveExpired = %d, %v", n, err)
}

// expiring makes a document that expires at an instant.
func (k kind[E]) expiring(t *testing.T, tenant string, at time.Time) *E {
	t.Helper()
	return k.with(t, k.make(tenant), expiresAt, at)
}

// testExpiry removes documents of several tenants on both sides of the instant.
func (k kind[E]) testExpiry(t *testing.T, s *suite, c *store.Collection[E], now time.Time) {
	ctx := t.Context()
	var past, future []*E
	for _, tenant := range []string{"", s.tenant(), s.tenant()} {
		for _, before := range []time.Duration{24 * time.Hour, time.Millisecond, 0} {
			past = append(past, k.expiring(t, tenant, now.Add(-before)))
		}
		for _, after := range []time.Duration{time.Millisecond, 24 * time.Hour} {
			future = append(future, k.expiring(t, tenant, now.Add(after)))
		}
	}
	for _, doc := range slices.Concat(past, future) {
		if err := c.Insert(ctx, doc, nil); err != nil {
			t.Fatal(err)
		}
	}
	// What is below a millisecond is in no document, and makes none expire earlier.
	k.removes(t, c, now.Add(999*time.Microsecond), len(past))
	for _, doc := range past {
		k.unknown(t, c, k.base(doc).TenantID, k.base(doc).ID)
		k.trail(t, s.store, doc, nil)
	}
	for _, doc := range future {
		same(t, "one that has not expired", doc, k.must(t, c, doc))
	}
	k.removes(t, c, now, 0)
	// Through the door to all collections: the same, with the ones before.
	if n, err := s.store.RemoveExpired(ctx, now.Add(time.Millisecond)); err != nil || n != 3 {
		t.Errorf("RemoveExpired of the store = %d, %v; want 3", n, err)
	}
	k.removes(t, c, now.Add(24*time.Hour), 3)
}

// testExpiredPending has expired documents whose change is not finished. They stay until it is.
func (k kind[E]) testExpiredPending(t *testing.T, s *suite, c *store.Collection[E], now time.Time) {
	ctx, tenant := t.Context(), s.tenant()
	busy, deleted, posting := k.expiring(t, tenant, now), k.expiring(t, tenant, now), k.expiring(t, tenant, now)
	for _, doc := range []*E{busy, deleted} {
		k.insert(t, c, doc)
	}
	if _, err := c.Update(ctx, tenant, k.base(busy).ID, just[E](k.event(busy, "update"), "a task")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Delete(ctx, tenant, k.base(deleted).ID, just[E](k.event(deleted, "delete"), "a task")); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	event := k.event(posting, "insert")
	put(t, s.backend, c.Schema(), posted(t, encoded(t, posting), encoded(t, event)))

	k.removes(t, c, now, 0)
	for _, doc := range []*E{busy, deleted, posting} {
		if _, err := s.backend.Get(ctx, c.Schema(), tenant, k.base(doc).ID); err != nil {
			t.Errorf("a document whose change is not finished: %v", err)
		}
	}
	for _, doc := range []*E{busy, deleted} {
		if err := c.Finish(ctx, tenant, k.base(doc).ID); err != nil {
			t.Fatal(err)
		}
	}
	k.removes(t, c, now, 1) // The one that was being deleted is gone by itself.
	k.unknown(t, c, tenant, k.base(busy).ID)
	if _, relays := s.backend.(store.Relayer); !relays {
		return // and nothing ever has an outbox
	}
	if err := s.store.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	k.removes(t, c, now, 1)
	k.trail(t, s.store, posting, []*model.AuditEvent{event})
}

// posted is a document with an event in its outbox.
func posted(t *testing.T, doc, event bson.Raw) bson.Raw {
	t.Helper()
	var elements bson.D
	if err := bson.Unmarshal(doc, &elements); err != nil {
		t.Fatal(err)
	}
	raw, err := bson.Marshal(append(elements, bson.E{Key: "pending", Value: true}, bson.E{Key: "outbox", Value: bson.A{event}}))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// testManyExpired removes more than are removed at once, the oldest first.
func (k kind[E]) testManyExpired(t *testing.T, s *suite, c *store.Collection[E], now time.Time) {
	const many = 1030
	docs := make([]*E, many)
	for i := range docs {
		docs[i] = k.expiring(t, s.tenant(), now.Add(-time.Duration(i)*time.Second))
	}
	if err := c.Load(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	if n, err := s.backend.RemoveExpired(t.Context(), c.Schema().Expired(now, 30)); err != nil || n != 30 {
		t.Errorf("30 at most: %d, %v", n, err)
	}
	for i, gone := range map[int]bool{0: false, many - 31: false, many - 30: true, many - 1: true} {
		_, err := c.Get(t.Context(), k.base(docs[i]).TenantID, k.base(docs[i]).ID)
		if errors.Is(err, store.ErrNotFound) != gone {
			t.Errorf("after the 30 oldest of %d were removed, number %d from the youngest: %v", many, i, err)
		}
	}
	k.removes(t, c, now, many-30)
}

// raceExpired has two processes remove while documents are put in again under the IDs of those that
// expired, with another time. None of these may go.
func (k kind[E]) raceExpired(t *testing.T, s *suite, now time.Time) {
	const many = 60
	ctx, tenant := t.Context(), s.tenant()
	one, other := k.door(s.store), k.door(s.open(t, store.Options{}))
	var removers, inserters sync.WaitGroup
	var over atomic.Bool
	var removed atomic.Int64
	for _, c := range []*store.Collection[E]{one, other} {
		removers.Go(func() {
			for !over.Load() {
				n, err := c.RemoveExpired(ctx, now)
				if err != nil {
					t.Errorf("RemoveExpired: %v", err)
				}
				removed.Add(int64(n))
			}
		})
	}
	var ids tally[string]
	for worker := range 4 {
		inserters.Go(func() {
			for range many / 4 {
				old := k.expiring(t, tenant, now.Add(-time.Duration(worker)*time.Second))
				if err := other.Insert(ctx, old, nil); err != nil {
					t.Errorf("insert: %v", err)
					return
				}
				again := k.expiring(t, tenant, now.Add(time.Hour))
				k.base(again).ID = k.base(old).ID
				ids.add(k.base(old).ID)
				var duplicate *store.DuplicateError
				err := one.Insert(ctx, again, nil)
				for errors.As(err, &duplicate) && ctx.Err() == nil {
					err = one.Insert(ctx, again, nil)
				}
				if err != nil {
					t.Errorf("insert again: %v", err)
				}
			}
		})
	}
	inserters.Wait()
	over.Store(true)
	removers.Wait()
	if n := removed.Load(); n != many {
		t.Errorf("%d were removed; want %d", n, many)
	}
	for _, id := range ids.all {
		if _, err := one.Get(ctx, tenant, id); err != nil {
			t.Errorf("the document that came in the place of an expired one: %v", err)
		}
	}
	k.removes(t, one, now.Add(time.Hour), many)
}

// removes fails the test unless exactly so many documents are removed.
func (k kind[E]) removes(t *testing.T, c *store.Collection[E], now time.Time, want int) {
	t.Helper()
	if n, err := c.RemoveExpired(t.Context(), now); err != nil || n != want {
		t.Errorf("RemoveExpired at %s = %d, %v; want %d", model.FormatDateTime(now), n, err, want)
	}
}
