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

// list is a query of things.
type list struct {
	index, order string
	equal        []store.Term
	ranges       []store.Range
	after, until *item
	limit        int
	descending   bool
}

func (l list) scan(s *store.Schema) *store.Scan {
	scan := &store.Scan{
		Schema: s, Index: s.Index(l.index), Tenant: "t", Equal: l.equal, Ranges: l.ranges,
		Order: s.Field("_id"), Descending: l.descending, Limit: l.limit,
	}
	if l.order != "" {
		scan.Order, scan.Tie = s.Field(l.order), !scan.Index.Unique
	}
	if l.after != nil {
		scan.After = l.after.position(l.order)
	}
	if l.until != nil {
		scan.Until = l.until.position(l.order)
	}
	return scan
}

// matches says whether an item is in the list, on whatever page.
func (l list) matches(it item) bool {
	for _, r := range l.ranges {
		if r.Min != nil && it.compare(r.Field, r.Min) < 0 || r.Max != nil && it.compare(r.Field, r.Max) >= 0 {
			return false
		}
	}
	for _, e := range l.equal {
		if it.compare(e.Field, e.Value) != 0 {
			return false
		}
	}
	return true
}

// answer answers the query by looking at every item.
func (l list) answer(all []item) []string {
	low, high := l.after, l.until
	if l.descending {
		low, high = high, low
	}
	var found []item
	for _, it := range all {
		if l.matches(it) && (low == nil || it.key(l.order) > low.key(l.order)) && (high == nil || it.key(l.order) < high.key(l.order)) {
			found = append(found, it)
		}
	}
	slices.SortFunc(found, func(a, b item) int { return strings.Compare(a.key(l.order), b.key(l.order)) })
	if l.descending {
		slices.Reverse(found)
	}
	if l.limit > 0 && len(found) > l.limit {
		found = found[:l.limit]
	}
	ids := make([]string, len(found))
	for i, it := range found {
		ids[i] = it.id
	}
	return ids
}

// lists combines orders and filters, also ranges that bound the order more than once.
func lists() []list {
	on, off := []store.Term{{Field: "on", Value: true}}, []store.Term{{Field: "on", Value: false}}
	from := store.Since("at", time.UnixMilli(1))
	var all []list
	for _, ranges := range [][]store.Range{
		nil,
		{from},
		{{Field: "at", Max: time.UnixMilli(3)}},
		{{Field: "at", Min: time.UnixMilli(1), Max: time.UnixMilli(3)}, {Field: "at", Min: time.UnixMilli(2)}},
		{store.HasPrefix("name", "n1")},
		{store.HasPrefix("name", "n1"), from},
	} {
		all = append(all,
			list{index: "created", ranges: ranges},
			list{index: "name", order: "name", ranges: ranges},
			list{index: "at", order: "at", ranges: ranges},
			list{index: "on_at", order: "at", equal: on, ranges: ranges},
			list{index: "on_created", equal: off, ranges: ranges},
			list{index: "name", order: "name", equal: on, ranges: ranges},
		)
	}
	return all
}

// TestFindAgreesWithLookingAtEverything pages through every list from several places in both
// directions. A position and a range often bound the same side.
func TestFindAgreesWithLookingAtEverything(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	all := items(t, b, s)
	places := []*item{nil, &all[4], &all[13], &all[15]}
	seen := 0
	for _, l := range lists() {
		if count, err := b.Count(t.Context(), l.scan(s)); err != nil || count != len(l.answer(all)) {
			t.Errorf("%+v: counted %d, %v, want %d", l, count, err, len(l.answer(all)))
		}
		for _, l.after = range places {
			for _, l.until = range places {
				for _, l.limit = range []int{0, 1, 5} {
					for _, l.descending = range []bool{false, true} {
						want := l.answer(all)
						seen += len(want)
						if got := find(t, b, l.scan(s)); !slices.Equal(got, want) {
							t.Fatalf("%+v:\ngot  %v\nwant %v\n%s", l, got, want, findQuery(l.scan(s), false).text)
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
		if text := findQuery(&test.scan, false).text; strings.Contains(text, "MATERIALIZED") != test.want {
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
	_, many := b.Many(t.Context(), s, "t", []string{"1"})
	_, count := b.Count(t.Context(), scan)
	_, plan := b.Explain(t.Context(), scan)
	_, expired := b.RemoveExpired(t.Context(), scan)
	write := b.Write(t.Context(), func(context.Context, store.Writer) error { return nil })
	for name, err := range map[string]error{
		"get": get, "find": list, "many": many, "count": count, "explain": plan, "expired": expired, "write": write, "ping": b.Ping(t.Context()),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
