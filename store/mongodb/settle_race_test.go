package mongodb

import (
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// TestSettleLosesNoReplace settles documents, twice at once, while each is being replaced. A server
// that worked out the settled document from what it saw at first, and wrote it over what came between,
// would take the replacement back.
func TestSettleLosesNoReplace(t *testing.T) {
	b, users := built(t), schema(t, "users")
	const documents, rounds = 8, 60
	id := func(i int) string { return fmt.Sprint(i) }
	for i := range documents {
		insert(t, b, users, user(t, "t", id(i)))
	}
	for revision := int32(1); revision <= rounds; revision++ {
		var keys []store.Key
		for i := range documents {
			keys = append(keys, store.Key{Tenant: "t", ID: id(i), Revision: revision})
		}
		var all sync.WaitGroup
		for i := range documents {
			next := user(t, "t", id(i), is("revision", revision+1), is("pending", true), is("outbox", bson.A{bson.D{is("_id", "event")}}))
			all.Go(func() {
				if ok, err := b.Replace(t.Context(), users, revision, next); err != nil || !ok {
					t.Errorf("round %d: Replace = %t, %v", revision, ok, err)
				}
			})
		}
		for range 2 {
			all.Go(func() {
				if err := b.Settle(t.Context(), users, keys); err != nil {
					t.Errorf("round %d: Settle: %v", revision, err)
				}
			})
		}
		all.Wait()
		for i := range documents {
			raw, err := b.Get(t.Context(), users, "t", id(i))
			if err != nil {
				t.Fatal(err)
			}
			h, err := store.ParseHeader(raw)
			if err != nil {
				t.Fatal(err)
			}
			if h.Revision != revision+1 || !h.Pending || len(h.Outbox) != 1 {
				t.Fatalf("round %d: %s", revision, raw)
			}
		}
	}
}
