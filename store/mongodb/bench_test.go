package mongodb

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// BenchmarkBackend times single calls, one at a time, among 10,000 documents of one tenant and as
// many of another.
func BenchmarkBackend(b *testing.B) {
	backend, users := built(b), schema(b, "users")
	const size = 10_000
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return start.Add(time.Duration(i/2) * time.Second) }
	for from := 0; from < size; from += 1000 {
		var docs []bson.Raw
		for i := from; i < from+1000; i++ {
			for _, tenant := range []string{"t", "u"} {
				docs = append(docs, user(b, tenant, fmt.Sprintf("%s%05d", tenant, i), is("updatedAt", at(i))))
			}
		}
		if err := backend.InsertMissing(b.Context(), users, docs); err != nil {
			b.Fatal(err)
		}
	}
	check := func(b *testing.B, err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Get", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, err := backend.Get(b.Context(), users, "t", fmt.Sprintf("t%05d", i%size))
			check(b, err)
		}
	})
	b.Run("Insert", func(b *testing.B) {
		run := time.Now().UnixNano()
		for i := 0; b.Loop(); i++ {
			check(b, backend.Insert(b.Context(), users, user(b, "new", fmt.Sprintf("%d-%d", run, i))))
		}
	})
	b.Run("Replace", func(b *testing.B) {
		id := fmt.Sprint(time.Now().UnixNano())
		check(b, backend.Insert(b.Context(), users, user(b, "new", id)))
		for revision := int32(1); b.Loop(); revision++ {
			ok, err := backend.Replace(b.Context(), users, revision, user(b, "new", id, is("revision", revision+1)))
			if check(b, err); !ok {
				b.Fatal("lost a race against nobody")
			}
		}
	})
	b.Run("Settle256", func(b *testing.B) {
		keys := make([]store.Key, 256)
		for i := range keys {
			keys[i] = store.Key{Tenant: "t", ID: fmt.Sprintf("t%05d", i), Revision: 1}
		}
		some := bson.D{is("tenantId", "t"), is("_id", bson.D{is("$lt", fmt.Sprintf("t%05d", len(keys)))})}
		mark := bson.D{is("$set", bson.D{is("pending", true), is("outbox", bson.A{bson.D{is("_id", "event")}})})}
		for b.Loop() {
			b.StopTimer()
			_, err := backend.collection(users).UpdateMany(b.Context(), some, mark)
			check(b, err)
			b.StartTimer()
			check(b, backend.Settle(b.Context(), users, keys))
		}
	})
	for name, index := range map[string]string{"ByID": "created", "ByTime": "updated"} {
		for where, position := range map[string]int{"First": -1, "Middle": size / 2, "Last": size - 60} {
			scan := &store.Scan{Schema: users, Index: users.Index(index), Tenant: "t", Order: users.Field("_id"), Limit: 50}
			if index == "updated" {
				scan.Order, scan.Tie = users.Field("updatedAt"), true
			}
			if position >= 0 {
				scan.After = &store.Position{ID: fmt.Sprintf("t%05d", position), Value: at(position)}
			}
			b.Run("Find50"+name+where, func(b *testing.B) {
				for b.Loop() {
					found, err := backend.Find(b.Context(), scan)
					if check(b, err); len(found) != 50 {
						b.Fatalf("%d documents", len(found))
					}
				}
			})
		}
	}
}
