package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// item is a document of things, in so far as the tests of lists look at it.
type item struct {
	tenant, id, name string
	on               bool
	at               int64
}

// items are documents with many ties, and others around them that no list may show.
func items(t *testing.T, b *Backend, s *store.Schema) []item {
	t.Helper()
	var all []item
	var docs []bson.Raw
	for i := range 24 {
		it := item{tenant: "t", id: fmt.Sprintf("%02d", i), name: fmt.Sprintf("n%02d", (i*7)%24), on: i%3 != 0, at: int64(i * 5 % 4)}
		all = append(all, it)
		docs = append(docs, thing(t, it.tenant, it.id, bson.M{"name": it.name, "on": it.on, "at": time.UnixMilli(it.at)}))
	}
	insert(t, b, s, append(docs,
		thing(t, "s", "x1", bson.M{"name": "n01"}), thing(t, "u", "x2", bson.M{"name": "n01"}),
		thing(t, "t", "x3", bson.M{"name": "n01", "deleted": true, "pending": true}))...)
	return all
}

// key is where an item stands in an order.
func (it item) key(order string) string {
	switch order {
	case "name":
		return it.name
	case "at":
		return fmt.Sprintf("%d %s", it.at, it.id)
	}
	return it.id
}

func (it item) position(order string) *store.Position {
	switch order {
	case "name":
		return &store.Position{Value: it.name, ID: it.id}
	case "at":
		return &store.Position{Value: time.UnixMilli(it.at), ID: it.id}
	}
	return &store.Position{ID: it.id}
}

// compare compares a field with a value that a query asks for.
func (it item) compare(field string, with any) int {
	switch v := with.(type) {
	case string:
		return strings.Compare(it.name, v)
	case time.Time:
		return cmp.Compare(it.at, v.UnixMilli())
	case bool:
		if it.on == v {
			return 0
		}
		return 1
	}
	panic(fmt.Sprintf("field %s is asked for %v", field, with))
}

// expect answers a scan by looking at every item.
func expect(all []item, scan *store.Scan, order string, after, until *item) []string {
	within := func(it item) bool {
		for _, r := range scan.Ranges {
			if r.Min != nil && it.compare(r.Field, r.Min) < 0 || r.Max != nil && it.compare(r.Field, r.Max) >= 0 {
				return false
			}
		}
		for _, e := range scan.Equal {
			if it.compare(e.Field, e.Value) != 0 {
				return false
			}
		}
		if scan.Descending {
			return (after == nil || it.key(order) < after.key(order)) && (until == nil || it.key(order) > until.key(order))
		}
		return (after == nil || it.key(order) > after.key(order)) && (until == nil || it.key(order) < until.key(order))
	}
	var found []item
	for _, it := range all {
		if within(it) {
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b item) int { return strings.Compare(a.key(order), b.key(order)) })
	if scan.Descending {
		slices.Reverse(found)
	}
	if scan.Limit > 0 && len(found) > scan.Limit {
		found = found[:scan.Limit]
	}
	ids := make([]string, len(found))
	for i, it := range found {
		ids[i] = it.id
	}
	return ids
}

// TestFindAgreesWithLookingAtEverything combines orders, directions, limits, positions and ranges, also
// ranges and positions that bound the same side.
func TestFindAgreesWithLookingAtEverything(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	all := items(t, b, s)
	ranges := [][]store.Range{
		nil,
		{{Field: "at", Min: time.UnixMilli(1)}},
		{{Field: "at", Max: time.UnixMilli(3)}},
		{{Field: "at", Min: time.UnixMilli(1), Max: time.UnixMilli(3)}, {Field: "at", Min: time.UnixMilli(2)}},
		{store.HasPrefix("name", "n1")},
		{store.HasPrefix("name", "n1"), {Field: "at", Min: time.UnixMilli(2)}},
	}
	positions := []*item{nil, &all[4], &all[13], &all[21]}
	seen := 0
	for _, list := range []struct {
		index, order string
		equal        []store.Term
	}{
		{"created", "", nil},
		{"name", "name", nil},
		{"at", "at", nil},
		{"on_at", "at", []store.Term{{Field: "on", Value: true}}},
		{"on_created", "", []store.Term{{Field: "on", Value: false}}},
		{"name", "name", []store.Term{{Field: "on", Value: true}}},
	} {
		for _, r := range ranges {
			for _, after := range positions {
				for _, until := range positions {
					for _, limit := range []int{0, 1, 5} {
						for _, descending := range []bool{false, true} {
							scan := &store.Scan{
								Schema: s, Index: s.Index(list.index), Tenant: "t", Equal: list.equal, Ranges: r,
								Order: s.Field("_id"), Descending: descending, Limit: limit,
							}
							if list.order != "" {
								scan.Order, scan.Tie = s.Field(list.order), !scan.Index.Unique
							}
							if after != nil {
								scan.After = after.position(list.order)
							}
							if until != nil {
								scan.Until = until.position(list.order)
							}
							want := expect(all, scan, list.order, after, until)
							seen += len(want)
							if got := find(t, b, scan); !slices.Equal(got, want) {
								t.Fatalf("%s %v %v after %v until %v limit %d descending %t:\ngot  %v\nwant %v\n%s",
									list.index, list.equal, r, scan.After, scan.Until, limit, descending, got, want, findQuery(scan).text)
							}
							unbounded := *scan
							unbounded.Limit = 0
							count, err := b.Count(t.Context(), scan)
							if want := len(expect(all, &unbounded, list.order, nil, nil)); err != nil || count != want {
								t.Fatalf("%s %v %v: counted %d, %v, want %d", list.index, list.equal, r, count, err, want)
							}
						}
					}
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("the lists held %d documents in all; the test compares nothing", seen)
	}
}

func find(t *testing.T, b *Backend, scan *store.Scan) []string {
	t.Helper()
	docs, err := b.Find(t.Context(), scan)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(docs))
	for i, doc := range docs {
		ids[i] = doc.Lookup("_id").StringValue()
	}
	return ids
}

func TestGetIsBoundByTheTenant(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	insert(t, b, s, thing(t, "t", "1", nil))
	for _, key := range [][2]string{{"u", "1"}, {"", "1"}, {"t", "2"}} {
		if doc, err := b.Get(t.Context(), s, key[0], key[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v: got %v, %v", key, doc, err)
		}
	}
}

func TestPendingGoesThroughAllTenants(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	pending := bson.M{"pending": true}
	insert(t, b, s, thing(t, "t", "1", pending), thing(t, "u", "2", bson.M{"pending": true, "deleted": true}),
		thing(t, "t", "3", nil), thing(t, "s", "4", pending), thing(t, "t", "5", pending))
	for _, test := range []struct {
		after string
		limit int
		want  []string
	}{{"", 2, []string{"1", "2"}}, {"2", 2, []string{"4", "5"}}, {"5", 2, nil}, {"", 0, []string{"1", "2", "4", "5"}}} {
		docs, err := b.Pending(t.Context(), s, test.after, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, doc := range docs {
			got = append(got, doc.Lookup("_id").StringValue())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("after %q: got %v, want %v", test.after, got, test.want)
		}
	}
}

// TestTheContextEndsReads reads what never ends and finds nothing on the way.
func TestTheContextEndsReads(t *testing.T) {
	b := open(t, path(t), things())
	endless := query{text: "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0"}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if docs, err := b.documents(ctx, endless); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %d documents and %v", len(docs), err)
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestFilteredListsAreCollected: see findQuery for why the context depends on it.
func TestFilteredListsAreCollected(t *testing.T) {
	s := things()
	on := store.Term{Field: "on", Value: true}
	for _, test := range []struct {
		scan store.Scan
		want bool
	}{
		{store.Scan{Index: s.Index("created"), Limit: 50}, false},
		{store.Scan{Index: s.Index("on_created"), Limit: 50, Equal: []store.Term{on}}, false},
		{store.Scan{Index: s.Index("created"), Limit: 50, Equal: []store.Term{on}}, true},
		{store.Scan{Index: s.Index("created"), Limit: 50, Ranges: []store.Range{store.HasPrefix("name", "n")}}, true},
		{store.Scan{Index: s.Index("created"), Limit: 1, Equal: []store.Term{on}}, false},
	} {
		test.scan.Schema, test.scan.Order = s, s.Field("_id")
		if text := findQuery(&test.scan).text; strings.Contains(text, "MATERIALIZED") != test.want {
			t.Errorf("collected before the first row is not %t: %s", test.want, text)
		}
	}
}

func TestAClosedBackendIsUnavailable(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	scan := &store.Scan{Schema: s, Index: s.Index("created"), Tenant: "t", Order: s.Field("_id")}
	_, get := b.Get(t.Context(), s, "t", "1")
	_, list := b.Find(t.Context(), scan)
	_, count := b.Count(t.Context(), scan)
	_, plan := b.Explain(t.Context(), scan)
	write := b.Write(t.Context(), func(context.Context, store.Writer) error { return nil })
	for name, err := range map[string]error{
		"get": get, "find": list, "count": count, "explain": plan, "write": write, "ping": b.Ping(t.Context()),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
