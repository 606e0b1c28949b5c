package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

// shelf is a tenant full of documents to list.
type shelf[E any] struct {
	kind[E]
	collection *store.Collection[E]
	tenant     string
	// items are the living documents, docs the same by ID.
	items []item
	docs  map[string]*E
}

// fillShelf makes the documents of the lists, and around them what no list may show: documents that
// are deleted, wholly or by their mark, and those of another tenant that are like them in all else.
func (k kind[E]) fillShelf(t *testing.T, s *suite, c *store.Collection[E]) *shelf[E] {
	t.Helper()
	const deleted = 6
	ctx, sh := t.Context(), &shelf[E]{kind: k, collection: c, tenant: s.tenant(), docs: map[string]*E{}}
	start := moment(0).Add(300 * time.Microsecond)
	var all []*E
	for i := range listLength + deleted {
		doc := k.make(sh.tenant)
		// Several are made within one millisecond.
		*k.base(doc) = model.NewEntity(sh.tenant, actor(), start.Add(time.Duration(i/4)*time.Millisecond))
		k.fill(doc)
		k.vary(doc, i)
		all = append(all, doc)
		if i < listLength {
			sh.docs[k.base(doc).ID] = doc
			sh.items = append(sh.items, k.item(t, c.Schema(), doc))
		}
	}
	stranger := s.tenant()
	for i := range 10 {
		doc := k.make(stranger)
		*k.base(doc) = model.NewEntity(stranger, actor(), start.Add(time.Duration(i)*time.Millisecond))
		k.fill(doc)
		k.vary(doc, i)
		all = append(all, doc)
	}
	// The order of insertion is none of those that are asked for.
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(all))
	each(len(all), func(n int) {
		i := order[n]
		doc := all[i]
		if err := c.Insert(ctx, doc, nil); err != nil {
			t.Errorf("insert document %d of the list: %v", i, err)
			return
		}
		if i < listLength || i >= listLength+deleted {
			return
		}
		task := ""
		if i%2 == 0 {
			task = "a task"
		}
		if _, err := c.Delete(ctx, sh.tenant, k.base(doc).ID, just[E](k.event(doc, "delete"), task)); err != nil {
			t.Errorf("delete document %d of the list: %v", i, err)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return sh
}

// testLists reads every list that the API makes possible, on pages of many sizes, in both
// directions, and between bounds; and it asks the database how it walks each.
func (k kind[E]) testLists(t *testing.T, s *suite, c *store.Collection[E]) {
	if len(k.orders) == 0 {
		k.testNoLists(t, s, c)
		return
	}
	sh := k.fillShelf(t, s, c)
	filters := k.filters
	for _, field := range k.byKey {
		value := k.values(t, sh.docs[sh.items[listLength/2].id], []string{field})[0]
		filters = append(slices.Clip(filters), equal(field, value))
	}
	all := k.lists(filters)
	t.Run("Pages", func(t *testing.T) {
		t.Parallel()
		each(len(all), func(i int) { sh.testList(t, all[i], i, len(all[0].filters)) })
	})
	t.Run("Prefixes", func(t *testing.T) {
		t.Parallel()
		sh.testPrefixes(t)
	})
	t.Run("Plans", func(t *testing.T) {
		t.Parallel()
		sh.testPlans(t, s, all)
	})
}

// testNoLists insists that a collection that the row knows no lists of has none: the store refuses,
// rather than reading the whole collection.
func (k kind[E]) testNoLists(t *testing.T, s *suite, c *store.Collection[E]) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("the collection can be listed, and the row has no lists")
		}
	}()
	found, err := c.Find(t.Context(), s.tenant(), store.Query{Limit: 1})
	t.Errorf("Find = %v, %v", found, err)
}

// testList reads one list. On how many pages depends on how special the list is, that is, by how many
// filters it has more than the plainest: those are read one by one to the last document.
func (sh *shelf[E]) testList(t *testing.T, l list, number, least int) {
	t.Helper()
	want := l.of(sh.items)
	forward, backward := []int{}, []int{500}
	switch len(l.filters) - least {
	case 0:
		forward, backward = []int{1, 7, 50, 103, 500}, []int{7, 50, 103, 500}
	case 1:
		forward, backward = []int{7, 50, 500}, []int{7, 103}
	case 2:
		forward = []int{7}
	}
	// Every other list is walked the other way round; of each pair, one ascends and one descends.
	if number%4 > 1 {
		forward, backward = backward, forward
	}
	for _, size := range forward {
		sh.walkForward(t, l, size, want)
	}
	for _, size := range backward {
		sh.walkBackward(t, l, size, want)
	}
	sh.testWindows(t, l, want, number)
	if number == 0 {
		sh.testContents(t, l, want)
	}
}

// walkForward reads a list page by page from its beginning.
func (sh *shelf[E]) walkForward(t *testing.T, l list, size int, want []item) {
	t.Helper()
	q := l.query()
	q.Limit = size
	what := fmt.Sprintf("%s, pages of %d", l, size)
	var got []string
	for range len(want)/size + 2 {
		page := sh.find(t, what, q)
		if got = append(got, page...); len(page) < size {
			break
		}
		q.After = sh.cursor(t, l, page[len(page)-1])
	}
	sh.compare(t, what, want, got)
}

// walkBackward reads a list page by page from its end.
func (sh *shelf[E]) walkBackward(t *testing.T, l list, size int, want []item) {
	t.Helper()
	q := l.query()
	q.Limit, q.Backward = size, true
	what := fmt.Sprintf("%s, pages of %d from the end", l, size)
	var got []string
	for range len(want)/size + 2 {
		page := sh.find(t, what, q)
		if got = slices.Concat(page, got); len(page) < size {
			break
		}
		q.Before = sh.cursor(t, l, page[0])
	}
	sh.compare(t, what, want, got)
}

// testWindows reads what lies between two places: of the list's own documents, and of others that the
// filters leave out, such as those just outside of it. Of the others only those whose value the list
// does not have: where a unique key orders the list, the value alone is the place.
func (sh *shelf[E]) testWindows(t *testing.T, l list, want []item, number int) {
	t.Helper()
	own := func(it item) bool {
		return slices.ContainsFunc(want, func(w item) bool { return w.id == it.id })
	}
	tied := func(it item) bool {
		return l.orderBy != "" && slices.ContainsFunc(want, func(w item) bool {
			return compare(w.field(l.orderBy), it.field(l.orderBy)) == 0
		})
	}
	every := list{orderBy: l.orderBy, descending: l.descending}.of(sh.items)
	every = slices.DeleteFunc(every, func(it item) bool { return !own(it) && tied(it) })
	place := map[string]int{}
	for i, it := range every {
		place[it.id] = i
	}
	// The ends, and where there is something beyond those of the list, the far side of that: of all
	// documents with one value the last.
	first, last := 0, len(every)-1
	if len(want) > 0 {
		first, last = place[want[0].id]-1, place[want[len(want)-1].id]+1
	}
	level := func(i, j int) bool {
		return l.orderBy != "" && compare(every[i].field(l.orderBy), every[j].field(l.orderBy)) == 0
	}
	for first > 0 && level(first, first-1) {
		first--
	}
	for last < len(every)-1 && level(last, last+1) {
		last++
	}
	first, last = max(0, first), min(len(every)-1, last)
	random := rand.New(rand.NewPCG(3, uint64(number)))
	for i, w := range []struct {
		after, before, size int
		backward            bool
	}{
		{first, last, 500, number%4 > 1},
		// The one may be behind the other, and nothing is between them then.
		{random.IntN(len(every)), random.IntN(len(every)), 1 + random.IntN(10), number%4 < 2},
	} {
		q := l.query()
		q.After, q.Before = sh.cursor(t, l, every[w.after].id), sh.cursor(t, l, every[w.before].id)
		q.Limit, q.Backward = w.size, w.backward
		var between []item
		for _, it := range want {
			if place[it.id] > w.after && place[it.id] < w.before {
				between = append(between, it)
			}
		}
		if w.backward {
			between = between[max(0, len(between)-w.size):]
		} else {
			between = between[:min(len(between), w.size)]
		}
		what := fmt.Sprintf("%s, %d between places %d and %d, backward: %t", l, w.size, w.after, w.before, w.backward)
		sh.compare(t, what, between, sh.find(t, what, q))
		if i > 0 {
			continue
		}
		if n, err := sh.collection.Count(t.Context(), sh.tenant, q); err != nil || n != len(want) {
			t.Errorf("%s: Count = %d, %v; want all %d", what, n, err, len(want))
		}
	}
}

// testContents compares every document of a list with what was written.
func (sh *shelf[E]) testContents(t *testing.T, l list, want []item) {
	t.Helper()
	found, err := sh.collection.Find(t.Context(), sh.tenant, l.query())
	if err != nil || len(found) != len(want) {
		t.Errorf("%s, without a limit: %d documents, %v; want %d", l, len(found), err, len(want))
		return
	}
	for i, doc := range found {
		same(t, l.String(), sh.docs[want[i].id], doc)
	}
}

// testPrefixes looks for the beginnings of each text by which a list is ordered.
func (sh *shelf[E]) testPrefixes(t *testing.T) {
	for _, orderBy := range sh.orders {
		if orderBy == "" || sh.collection.Schema().Field(orderBy).Kind != store.String {
			continue
		}
		seen := map[string]bool{"": true}
		for _, it := range sh.items {
			text := []rune(it.field(orderBy).(string))
			for n := range text {
				seen[string(text[:n+1])] = true
			}
		}
		prefixes := slices.Collect(func(yield func(string) bool) {
			for p := range seen {
				if !yield(p) {
					return
				}
			}
		})
		each(len(prefixes), func(i int) {
			l := list{filters: []filter{hasPrefix(orderBy, prefixes[i])}, orderBy: orderBy}
			sh.compare(t, fmt.Sprintf("%s %+q", l, prefixes[i]), l.of(sh.items), sh.find(t, l.String(), l.query()))
		})
	}
}

// find returns the IDs of a page.
func (sh *shelf[E]) find(t *testing.T, what string, q store.Query) []string {
	t.Helper()
	found, err := sh.collection.Find(t.Context(), sh.tenant, q)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	var ids []string
	for _, doc := range found {
		ids = append(ids, sh.base(doc).ID)
	}
	return ids
}

// cursor is the place of a document in a list, by way of the text that callers get.
func (sh *shelf[E]) cursor(t *testing.T, l list, id string) *store.Position {
	t.Helper()
	return sh.cursorOf(t, sh.collection, l.orderBy, sh.docs[id])
}

func (k kind[E]) cursorOf(t *testing.T, c *store.Collection[E], orderBy string, doc *E) *store.Position {
	t.Helper()
	text, err := store.FormatCursor(orderBy, c.Position(doc, orderBy))
	if err != nil {
		t.Errorf("format a cursor: %v", err)
	}
	p, err := store.ParseCursor(c.Schema(), orderBy, text)
	if err != nil {
		t.Errorf("parse the cursor %q: %v", text, err)
	}
	for _, other := range k.orders {
		if _, err := store.ParseCursor(c.Schema(), other, text); other != orderBy && !errors.Is(err, store.ErrCursor) {
			t.Errorf("a cursor by %q as one by %q: %v; want ErrCursor", orderBy, other, err)
		}
	}
	return p
}

// compare fails the test unless got are exactly the documents wanted, in that order.
func (sh *shelf[E]) compare(t *testing.T, what string, want []item, got []string) {
	t.Helper()
	var ids []string
	for _, it := range want {
		ids = append(ids, it.id)
	}
	if !slices.Equal(ids, got) {
		t.Errorf("%s (-want +got):\n%s", what, diff(ids, got))
	}
}

// testCursors deletes the documents that cursors stand on, and goes on from there.
func (k kind[E]) testCursors(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, tenant := t.Context(), s.tenant()
	const length = 12
	sh := &shelf[E]{kind: k, collection: c, tenant: tenant, docs: map[string]*E{}}
	for i := range length {
		doc := k.make(tenant)
		k.vary(doc, i)
		if err := c.Insert(ctx, doc, nil); err != nil {
			t.Fatal(err)
		}
		sh.docs[k.base(doc).ID] = doc
		sh.items = append(sh.items, k.item(t, c.Schema(), doc))
	}
	for i, l := range k.plainLists() {
		want := l.of(sh.items)
		middle := len(want) / 2
		at := want[middle].id
		before, after := l.query(), l.query()
		before.Before, after.After = sh.cursor(t, l, at), sh.cursor(t, l, at)
		before.Backward, before.Limit, after.Limit = true, length, length
		task := ""
		if i%2 == 0 {
			task = "a task"
		}
		if _, err := c.Delete(ctx, tenant, at, just[E](k.event(sh.docs[at], "delete"), task)); err != nil {
			t.Fatal(err)
		}
		what := l.String() + ", from a place whose document is deleted"
		sh.compare(t, what, want[:middle], sh.find(t, what, before))
		sh.compare(t, what, want[middle+1:], sh.find(t, what, after))
		sh.items = slices.DeleteFunc(sh.items, func(it item) bool { return it.id == at })
	}
}
