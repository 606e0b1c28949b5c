package mongodb

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

func insert(t testing.TB, b *Backend, s *store.Schema, docs ...bson.Raw) {
	t.Helper()
	for _, doc := range docs {
		if err := b.Insert(t.Context(), s, doc); err != nil {
			t.Fatalf("insert %s: %v", doc, err)
		}
	}
}

func ids(t testing.TB, docs []bson.Raw) []string {
	t.Helper()
	found := []string{}
	for _, doc := range docs {
		h, err := store.ParseHeader(doc)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, h.ID)
	}
	return found
}

func TestGet(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users, user(t, "t", "1"), user(t, "t", "2", is("deleted", true), is("pending", true)))
	for _, c := range []struct {
		tenant, id string
		there      bool
	}{
		{"t", "1", true},
		{"t", "2", true}, // being deleted
		{"t", "3", false},
		{"u", "1", false},
		{"", "1", false},
	} {
		_, err := b.Get(t.Context(), users, c.tenant, c.id)
		if c.there && err != nil || !c.there && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("get %s of tenant %q: %v", c.id, c.tenant, err)
		}
	}
}

// person is what the tests of scans know of a document.
type person struct {
	id, key string
	at      time.Time
	active  bool
}

func people(t testing.TB, b *Backend, users *store.Schema) []person {
	t.Helper()
	var all []person
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 9 {
		// Three share each time, and the times run against the IDs; the names run criss-cross.
		p := person{
			id: fmt.Sprintf("id%d", i), key: fmt.Sprintf("n%d", i*4%9), active: i%4 != 0,
			at: start.Add(time.Duration(3-i/3) * time.Hour),
		}
		all = append(all, p)
		insert(t, b, users, user(t, "t", p.id, is("usernameKey", p.key), is("updatedAt", p.at), is("isActive", p.active)))
	}
	insert(t, b, users,
		user(t, "other", "id5a", is("usernameKey", "n5"), is("updatedAt", start.Add(2*time.Hour))),
		user(t, "t", "id5b", is("usernameKey", "n5"), is("updatedAt", start.Add(2*time.Hour)), is("deleted", true), is("pending", true)))
	return all
}

// TestFindBetweenAnyTwo compares every scan between any two positions, in every order and both
// directions, with the same scan over a slice.
func TestFindBetweenAnyTwo(t *testing.T) {
	b, users := built(t), schema(t, "users")
	all := people(t, b, users)
	byID := func(p, q person) int { return cmp.Compare(p.id, q.id) }
	byKey := func(p, q person) int { return cmp.Compare(p.key, q.key) }
	byTime := func(p, q person) int { return cmp.Or(p.at.Compare(q.at), cmp.Compare(p.id, q.id)) }
	active := []store.Term{{Field: "isActive", Value: true}}
	since := all[4].at
	for _, c := range []struct {
		index, order string
		tie          bool
		compare      func(p, q person) int
		value        func(person) any
		equal        []store.Term
		ranges       []store.Range
		keep         func(person) bool
	}{
		{index: "created", order: "_id", compare: byID},
		{index: "username", order: "usernameKey", compare: byKey, value: func(p person) any { return p.key }},
		{index: "updated", order: "updatedAt", tie: true, compare: byTime, value: func(p person) any { return p.at }},
		{
			index: "active_updated", order: "updatedAt", tie: true, compare: byTime,
			value: func(p person) any { return p.at }, equal: active, keep: func(p person) bool { return p.active },
		},
		{
			index: "updated", order: "updatedAt", tie: true, compare: byTime,
			value:  func(p person) any { return p.at },
			ranges: []store.Range{store.Since("updatedAt", since), {Field: "usernameKey", Min: "n2", Max: "n7"}},
			keep:   func(p person) bool { return !p.at.Before(since) && p.key >= "n2" && p.key < "n7" },
		},
	} {
		for _, descending := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%d ranges/descending %t", c.index, len(c.ranges), descending), func(t *testing.T) {
				list := slices.Clone(all)
				if c.keep != nil {
					list = slices.DeleteFunc(list, func(p person) bool { return !c.keep(p) })
				}
				compare := c.compare
				if descending {
					compare = func(p, q person) int { return c.compare(q, p) }
				}
				slices.SortFunc(list, compare)
				position := func(i int) *store.Position {
					if i < 0 {
						return nil
					}
					p := store.Position{ID: all[i].id}
					if c.value != nil {
						p.Value = c.value(all[i])
					}
					return &p
				}
				for after := -1; after < len(all); after++ {
					for until := -1; until < len(all); until++ {
						scan := &store.Scan{
							Schema: users, Index: users.Index(c.index), Tenant: "t", Equal: c.equal, Ranges: c.ranges,
							Order: users.Field(c.order), Tie: c.tie, Descending: descending,
							After: position(after), Until: position(until),
						}
						want := []string{}
						for _, p := range list {
							if (after < 0 || compare(p, all[after]) > 0) && (until < 0 || compare(p, all[until]) < 0) {
								want = append(want, p.id)
							}
						}
						found, err := b.Find(t.Context(), scan)
						if err != nil {
							t.Fatal(err)
						}
						if got := ids(t, found); !slices.Equal(got, want) {
							t.Fatalf("after %d, until %d: got %v, want %v", after, until, got, want)
						}
						scan.Limit = 2
						if found, err = b.Find(t.Context(), scan); err != nil {
							t.Fatal(err)
						}
						if got := ids(t, found); !slices.Equal(got, want[:min(2, len(want))]) {
							t.Fatalf("two after %d, until %d: got %v, want of %v", after, until, got, want)
						}
					}
				}
				count, err := b.Count(t.Context(), &store.Scan{
					Schema: users, Index: users.Index(c.index), Tenant: "t", Equal: c.equal, Ranges: c.ranges,
					Order: users.Field(c.order), Tie: c.tie, After: position(4), Limit: 1,
				})
				if err != nil || count != len(list) {
					t.Errorf("counted %d, %v, want %d", count, err, len(list))
				}
			})
		}
	}
}

func TestFindWithoutLimitReturnsAll(t *testing.T) {
	b, users := built(t), schema(t, "users")
	var docs []bson.Raw
	for i := range 250 { // more than the first batch of a server
		docs = append(docs, user(t, "t", fmt.Sprintf("%03d", i)))
	}
	if err := b.InsertMissing(t.Context(), users, docs); err != nil {
		t.Fatal(err)
	}
	scan := &store.Scan{Schema: users, Index: users.Index("created"), Tenant: "t", Order: users.Field("_id")}
	for limit, want := range map[int]int{0: 250, 120: 120, 250: 250, 1000: 250} {
		scan.Limit = limit
		found, err := b.Find(t.Context(), scan)
		if err != nil || len(found) != want {
			t.Errorf("limit %d: %d documents, %v, want %d", limit, len(found), err, want)
		}
	}
}

// TestFindByGlobalIndex finds whose credential it is, without knowing the tenant.
func TestFindByGlobalIndex(t *testing.T) {
	b, keys := built(t), schema(t, "adminKeys")
	insert(t, b, keys, user(t, "a", "1", is("hash", "x")), user(t, "b", "2", is("hash", "y")))
	index := keys.Index("hash")
	found, err := b.Find(t.Context(), &store.Scan{
		Schema: keys, Index: index, Order: keys.Field("hash"), Limit: 1,
		Equal: []store.Term{{Field: "hash", Value: "y"}},
	})
	if err != nil || !slices.Equal(ids(t, found), []string{"2"}) {
		t.Errorf("found %v, %v", ids(t, found), err)
	}
	var duplicate *store.DuplicateError
	if err := b.Insert(t.Context(), keys, user(t, "c", "3", is("hash", "x"))); !errors.As(err, &duplicate) || duplicate.Index != "hash" {
		t.Errorf("the same hash in another tenant: %v", err)
	}
}

func TestPending(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users,
		user(t, "a", "1", is("pending", true), is("task", "x")),
		user(t, "b", "2", is("pending", true), is("deleted", true)),
		user(t, "a", "3"),
		user(t, "c", "4", is("pending", true), is("outbox", bson.A{bson.D{}})),
		user(t, "a", "5", is("pending", true), is("task", "y")))
	for _, c := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 10, []string{"1", "2", "4", "5"}},
		{"", 2, []string{"1", "2"}},
		{"2", 2, []string{"4", "5"}},
		{"5", 2, []string{}},
	} {
		found, err := b.Pending(t.Context(), users, c.after, c.limit)
		if err != nil || !slices.Equal(ids(t, found), c.want) {
			t.Errorf("%d after %q: %v, %v, want %v", c.limit, c.after, ids(t, found), err, c.want)
		}
	}
}
