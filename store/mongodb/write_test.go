package mongodb

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

func TestDuplicates(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users, user(t, "t", "1", is("usernameKey", "taken")), user(t, "t", "2"))
	var duplicate *store.DuplicateError
	for what, c := range map[string]struct {
		err   error
		index string
	}{
		"insert the ID":    {b.Insert(t.Context(), users, user(t, "t", "1", is("usernameKey", "free"))), ""},
		"insert the name":  {b.Insert(t.Context(), users, user(t, "t", "3", is("usernameKey", "taken"))), "username"},
		"replace the name": {second(b.Replace(t.Context(), users, 1, user(t, "t", "2", is("usernameKey", "taken")))), "username"},
	} {
		if !errors.As(c.err, &duplicate) || duplicate.Index != c.index {
			t.Errorf("%s: %v, want a duplicate in %q", what, c.err, c.index)
		}
	}
	if err := b.Insert(t.Context(), users, user(t, "u", "4", is("usernameKey", "taken"))); err != nil {
		t.Errorf("the name in another tenant: %v", err)
	}
	if ok, err := b.Replace(t.Context(), users, 1, user(t, "t", "1", is("usernameKey", "taken"), is("deleted", true))); !ok || err != nil {
		t.Fatalf("mark as deleted: %t, %v", ok, err)
	}
	if err := b.Insert(t.Context(), users, user(t, "t", "5", is("usernameKey", "taken"))); err != nil {
		t.Errorf("the name of a document being deleted: %v", err)
	}
}

func second(_ bool, err error) error { return err }

func TestReplaceAndRemoveAskForTheRevision(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users, user(t, "t", "1", is("revision", int32(7))))
	next := user(t, "t", "1", is("revision", int32(8)))
	for _, c := range []struct {
		what string
		do   func() (bool, error)
		want bool
	}{
		{"replace an old revision", func() (bool, error) { return b.Replace(t.Context(), users, 6, next) }, false},
		{"replace another tenant's", func() (bool, error) { return b.Replace(t.Context(), users, 7, user(t, "u", "1")) }, false},
		{"replace nothing", func() (bool, error) { return b.Replace(t.Context(), users, 1, user(t, "t", "2")) }, false},
		{"replace", func() (bool, error) { return b.Replace(t.Context(), users, 7, next) }, true},
		{"replace with the same", func() (bool, error) { return b.Replace(t.Context(), users, 8, next) }, true},
		{"remove an old revision", func() (bool, error) {
			return b.Remove(t.Context(), users, store.Key{Tenant: "t", ID: "1", Revision: 7})
		}, false},
		{"remove another tenant's", func() (bool, error) {
			return b.Remove(t.Context(), users, store.Key{Tenant: "u", ID: "1", Revision: 8})
		}, false},
		{"remove", func() (bool, error) {
			return b.Remove(t.Context(), users, store.Key{Tenant: "t", ID: "1", Revision: 8})
		}, true},
		{"remove again", func() (bool, error) {
			return b.Remove(t.Context(), users, store.Key{Tenant: "t", ID: "1", Revision: 8})
		}, false},
	} {
		if got, err := c.do(); err != nil || got != c.want {
			t.Errorf("%s: %t, %v, want %t", c.what, got, err, c.want)
		}
	}
}

func TestOneOfRacingReplacesWins(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users, user(t, "t", "1"))
	for revision := range int32(20) {
		var wins atomic.Int32
		var racers sync.WaitGroup
		for i := range 10 {
			racers.Go(func() {
				doc := user(t, "t", "1", is("revision", revision+2), is("usernameKey", fmt.Sprint(i)))
				ok, err := b.Replace(t.Context(), users, revision+1, doc)
				if err != nil {
					t.Error(err)
				}
				if ok {
					wins.Add(1)
				}
			})
		}
		racers.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d of 10 racing replaces won", wins.Load())
		}
	}
}

func TestInsertMissing(t *testing.T) {
	b, users := built(t), schema(t, "users")
	if err := b.InsertMissing(t.Context(), users, nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
	insert(t, b, users, user(t, "t", "2", is("usernameKey", "as it was")))
	docs := []bson.Raw{user(t, "t", "1"), user(t, "t", "2"), user(t, "t", "3"), user(t, "t", "3")}
	for range 2 {
		if err := b.InsertMissing(t.Context(), users, docs); err != nil {
			t.Fatal(err)
		}
	}
	for id, name := range map[string]string{"1": "name of 1", "2": "as it was", "3": "name of 3"} {
		got, err := b.Get(t.Context(), users, "t", id)
		if err != nil || got.Lookup("usernameKey").StringValue() != name {
			t.Errorf("%s: %s, %v", id, got, err)
		}
	}
	// A name that is taken is no document that is there already.
	err := b.InsertMissing(t.Context(), users, []bson.Raw{
		user(t, "t", "1"), user(t, "t", "4", is("usernameKey", "as it was")), user(t, "t", "5"),
	})
	var duplicate *store.DuplicateError
	if !errors.As(err, &duplicate) || duplicate.Index != "username" {
		t.Errorf("a taken name: %v", err)
	}
	if _, err := b.Get(t.Context(), users, "t", "5"); err != nil {
		t.Errorf("the one behind it: %v", err)
	}
}

func TestDiscard(t *testing.T) {
	b, users := built(t), schema(t, "users")
	if err := b.Discard(t.Context(), users, nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
	stays := map[string]bool{"as it was": false, "another": false, "moved on": true, "other tenant": true, "not asked for": true}
	for id := range stays {
		insert(t, b, users, user(t, "t", id))
	}
	keys := []store.Key{
		{Tenant: "t", ID: "as it was", Revision: 1},
		{Tenant: "t", ID: "moved on", Revision: 2},
		{Tenant: "t", ID: "nobody", Revision: 1},
		{Tenant: "u", ID: "other tenant", Revision: 1},
		{Tenant: "t", ID: "another", Revision: 1},
	}
	for round := range 2 {
		if err := b.Discard(t.Context(), users, keys); err != nil {
			t.Fatal(err)
		}
		for id, want := range stays {
			if _, err := b.Get(t.Context(), users, "t", id); (err == nil) != want {
				t.Errorf("round %d, %s: %v", round, id, err)
			}
		}
	}
}

func TestSettle(t *testing.T) {
	b, users := built(t), schema(t, "users")
	if err := b.Settle(t.Context(), users, nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
	outbox, pending := is("outbox", bson.A{bson.D{is("_id", "event")}}), is("pending", true)
	var keys []store.Key
	cases := map[string]struct {
		before []bson.E
		key    store.Key
		// What is to be there afterwards.
		outbox, pending bool
	}{
		"done":         {before: []bson.E{outbox, pending}},
		"task":         {before: []bson.E{outbox, pending, is("task", "x")}, pending: true},
		"deleted":      {before: []bson.E{outbox, pending, is("deleted", true)}, pending: true},
		"both":         {before: []bson.E{outbox, pending, is("deleted", true), is("task", "x")}, pending: true},
		"moved on":     {before: []bson.E{outbox, pending, is("revision", int32(2))}, outbox: true, pending: true},
		"other tenant": {before: []bson.E{outbox, pending}, key: store.Key{Tenant: "u", ID: "other tenant", Revision: 1}, outbox: true, pending: true},
		"only task":    {before: []bson.E{pending, is("task", "x")}, pending: true},
		"plain":        {},
		"absent":       {key: store.Key{Tenant: "t", ID: "nobody", Revision: 1}},
	}
	for id, c := range cases {
		insert(t, b, users, user(t, "t", id, c.before...))
		if c.key.ID == "" {
			c.key = store.Key{Tenant: "t", ID: id, Revision: 1}
		}
		keys = append(keys, c.key)
	}
	for round := range 2 {
		if err := b.Settle(t.Context(), users, keys); err != nil {
			t.Fatal(err)
		}
		for id, c := range cases {
			got, err := b.Get(t.Context(), users, "t", id)
			if err != nil {
				t.Fatal(err)
			}
			h, err := store.ParseHeader(got)
			if err != nil {
				t.Fatal(err)
			}
			if (len(h.Outbox) > 0) != c.outbox || h.Pending != c.pending {
				t.Errorf("round %d, %s: %s", round, id, got)
			}
			// Nothing else changed, nor is there a field that says nothing.
			want := user(t, "t", id, c.before...)
			for _, e := range must(want.Elements()) {
				if k := e.Key(); k != "outbox" && k != "pending" && !got.Lookup(k).Equal(e.Value()) {
					t.Errorf("round %d, %s: field %s became %s", round, id, k, got.Lookup(k))
				}
			}
			if _, err := got.LookupErr("outbox"); (err == nil) != c.outbox {
				t.Errorf("round %d, %s: field outbox: %v", round, id, err)
			}
			if _, err := got.LookupErr("pending"); (err == nil) != c.pending {
				t.Errorf("round %d, %s: field pending: %v", round, id, err)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestOneOfRacingInsertsWins(t *testing.T) {
	b, users := built(t), schema(t, "users")
	for round := range 5 {
		name := is("usernameKey", fmt.Sprintf("name %d", round))
		var wins, losses atomic.Int32
		var racers sync.WaitGroup
		for i := range 20 {
			racers.Go(func() {
				err := b.Insert(t.Context(), users, user(t, "t", fmt.Sprintf("%d-%d", round, i), name))
				var duplicate *store.DuplicateError
				switch {
				case err == nil:
					wins.Add(1)
				case errors.As(err, &duplicate) && duplicate.Index == "username":
					losses.Add(1)
				default:
					t.Errorf("%#v", err)
				}
			})
		}
		racers.Wait()
		if wins.Load() != 1 || losses.Load() != 19 {
			t.Errorf("round %d: %d of 20 racing inserts won, %d lost to a duplicate", round, wins.Load(), losses.Load())
		}
	}
}
