package mongodb_test

import (
	"slices"
	"testing"

	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/storetest"
)

// TestPools counts the connections of a client that has asked a few times, one after the other.
func TestPools(t *testing.T) {
	t.Parallel()
	b, err := mongodb.Open(t.Context(), storetest.MongoDB(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := b.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
	pools := b.Pools()
	if len(pools) != 1 || pools[0].Name != "mongodb" || pools[0].Max < 1 || pools[0].InUse != 0 || pools[0].Idle < 1 || pools[0].Waits < 4 {
		t.Errorf("the pools are %+v", pools)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if after := b.Pools()[0]; after.InUse != 0 || after.Idle != 0 {
		t.Errorf("after the end the pool is %+v", after)
	}
}

// TestUnbuilt names what Build would make, and makes nothing.
func TestUnbuilt(t *testing.T) {
	t.Parallel()
	b, err := mongodb.Open(t.Context(), storetest.MongoDB(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	users := store.Catalogue()[0]
	catalogue := []*store.Schema{users}
	for range 2 { // the first time would be seen the second
		names, err := b.Unbuilt(t.Context(), catalogue)
		if err != nil || len(names) != len(users.Indexes)+1 || !slices.Contains(names, "users.username") {
			t.Errorf("before: %v %v", names, err)
		}
	}
	if err := b.Build(t.Context(), catalogue); err != nil {
		t.Fatal(err)
	}
	if names, err := b.Unbuilt(t.Context(), catalogue); err != nil || len(names) > 0 {
		t.Errorf("after: %v %v", names, err)
	}
	other := *users
	other.Indexes = slices.Clone(users.Indexes)
	other.Indexes[0].Unique = false
	if _, err := b.Unbuilt(t.Context(), []*store.Schema{&other}); err == nil {
		t.Error("an index that is another one is no failure")
	}
}
