package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// made is the field that says when a document was made. Stores do not index it, since IDs tell the same.
const made = "createdAt"

// filter is a condition that the API offers: how to ask a store for it, and, apart from that, when a
// document meets it.
type filter struct {
	name  string
	add   func(*store.Query)
	meets func(field func(name string) any) bool
}

func equal(field string, value any) filter {
	return filter{
		name: field,
		add:  func(q *store.Query) { q.Equal = append(q.Equal, store.Term{Field: field, Value: value}) },
		meets: func(f func(string) any) bool {
			if many, ok := f(field).([]string); ok {
				return slices.Contains(many, value.(string))
			}
			return compare(f(field), value) == 0
		},
	}
}

func hasPrefix(field, prefix string) filter {
	return filter{
		name:  field + " begins with",
		add:   func(q *store.Query) { q.Ranges = append(q.Ranges, store.HasPrefix(field, prefix)) },
		meets: func(f func(string) any) bool { return strings.HasPrefix(f(field).(string), prefix) },
	}
}

func since(field string, t time.Time) filter {
	return filter{
		name:  field + " since",
		add:   func(q *store.Query) { q.Ranges = append(q.Ranges, store.Since(field, t)) },
		meets: func(f func(string) any) bool { return !f(field).(time.Time).Before(t) },
	}
}

func madeSince(t time.Time) filter {
	return filter{
		name:  "made since",
		add:   func(q *store.Query) { q.Ranges = append(q.Ranges, store.MadeSince(t)) },
		meets: func(f func(string) any) bool { return !f(made).(time.Time).Before(t) },
	}
}

func madeBefore(t time.Time) filter {
	return filter{
		name:  "made before",
		add:   func(q *store.Query) { q.Ranges = append(q.Ranges, store.MadeBefore(t)) },
		meets: func(f func(string) any) bool { return f(made).(time.Time).Before(t) },
	}
}

// list is a list that the API offers: some filters, and an order.
type list struct {
	filters    []filter
	orderBy    string
	descending bool
}

// lists are all that the filters and orders of a row make possible.
func (k kind[E]) lists(filters []filter) []list {
	var all []list
	for chosen := range 1 << len(filters) {
		var some []filter
		for i, f := range filters {
			if chosen&(1<<i) != 0 {
				some = append(some, f)
			}
		}
		if !k.offers(some) {
			continue
		}
		for _, orderBy := range k.orders {
			all = append(all, list{some, orderBy, false}, list{some, orderBy, true})
		}
	}
	return all
}

// offers says whether the API lists by these filters.
func (k kind[E]) offers(filters []filter) bool {
	var names []string
	for _, f := range filters {
		names = append(names, f.name)
	}
	return len(k.narrowed) == 0 || slices.ContainsFunc(k.narrowed, func(some []string) bool { return slices.Equal(some, names) })
}

// plainLists are those with no more filters than a list must have.
func (k kind[E]) plainLists() []list {
	if len(k.narrowed) == 0 {
		return k.lists(nil)
	}
	var needed []filter
	for _, f := range k.filters {
		if slices.Contains(k.narrowed[0], f.name) {
			needed = append(needed, f)
		}
	}
	only := k
	only.narrowed = k.narrowed[:1]
	return only.lists(needed)
}

// plainest is the query of the plainest list in this order that has doc.
func (k kind[E]) plainest(t *testing.T, doc *E, orderBy string) store.Query {
	t.Helper()
	q := store.Query{OrderBy: orderBy}
	if len(k.narrowed) > 0 {
		for _, field := range k.narrowed[0] {
			q.Equal = append(q.Equal, store.Term{Field: field, Value: k.get(t, doc, field)})
		}
	}
	return q
}

func (l list) String() string {
	names := []string{"all"}
	for _, f := range l.filters {
		names = append(names, f.name)
	}
	by, direction := l.orderBy, "ascending"
	if by == "" {
		by = "ID"
	}
	if l.descending {
		direction = "descending"
	}
	return fmt.Sprintf("%s by %s %s", strings.Join(names, "+"), by, direction)
}

func (l list) query() store.Query {
	q := store.Query{OrderBy: l.orderBy, Descending: l.descending}
	for _, f := range l.filters {
		f.add(&q)
	}
	return q
}

// item is a document as the model of lists sees it.
type item struct {
	id     string
	fields map[string]any
}

// of picks from the documents those of a list, in its order. It is the model that stores are held to.
func (l list) of(items []item) []item {
	var picked []item
	for _, it := range items {
		if !slices.ContainsFunc(l.filters, func(f filter) bool { return !f.meets(it.field) }) {
			picked = append(picked, it)
		}
	}
	slices.SortFunc(picked, func(a, b item) int {
		order := 0
		if l.orderBy != "" {
			order = compare(a.field(l.orderBy), b.field(l.orderBy))
		}
		if order == 0 {
			order = strings.Compare(a.id, b.id)
		}
		if l.descending {
			return -order
		}
		return order
	})
	return picked
}

func (it item) field(name string) any { return it.fields[name] }

// compare orders two values of one field: texts by their bytes, false before true, times by instant.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case time.Time:
		return a.Compare(b.(time.Time))
	case bool:
		rank := map[bool]int{true: 1}
		return cmp.Compare(rank[a], rank[b.(bool)])
	}
	panic(fmt.Sprintf("storetest: no order of %T", a))
}

// item is what lists see of a document.
func (k kind[E]) item(t *testing.T, schema *store.Schema, doc *E) item {
	t.Helper()
	it := item{id: k.base(doc).ID, fields: map[string]any{made: k.base(doc).CreatedAt}}
	for _, f := range schema.Fields {
		it.fields[f.Name] = k.get(t, doc, f.Name)
	}
	return it
}

// get returns an indexed field of a document by its path; nil where the document lacks it.
func (k kind[E]) get(t *testing.T, doc *E, field string) any {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	switch value := bson.Raw(raw).Lookup(strings.Split(field, ".")...); value.Type {
	case bson.TypeString:
		return value.StringValue()
	case bson.TypeBoolean:
		return value.Boolean()
	case bson.TypeDateTime:
		return value.Time().UTC()
	case bson.TypeArray:
		elements, err := value.Array().Values()
		if err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(elements))
		for i, element := range elements {
			texts[i] = element.StringValue()
		}
		return texts
	case 0, bson.TypeNull:
		return nil
	default:
		t.Fatalf("field %s of a document of %s is a %s", field, k.collection, value.Type)
		return nil
	}
}

// with returns a copy of doc in which an indexed field has another value.
func (k kind[E]) with(t *testing.T, doc *E, field string, value any) *E {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var elements bson.D
	if err := bson.Unmarshal(raw, &elements); err != nil {
		t.Fatal(err)
	}
	if !replace(elements, strings.Split(field, "."), value) {
		t.Fatalf("a document of %s has no field %s", k.collection, field)
	}
	if raw, err = bson.Marshal(elements); err != nil {
		t.Fatal(err)
	}
	changed := new(E)
	if err := bson.Unmarshal(raw, changed); err != nil {
		t.Fatal(err)
	}
	return changed
}

func replace(elements bson.D, path []string, value any) bool {
	for i := range elements {
		if elements[i].Key != path[0] {
			continue
		}
		if len(path) == 1 {
			elements[i].Value = value
			return true
		}
		nested, ok := elements[i].Value.(bson.D)
		return ok && replace(nested, path[1:], value)
	}
	return false
}

// without returns a copy of doc that lacks an indexed field, and with it what the field is part of.
func (k kind[E]) without(t *testing.T, doc *E, field string) *E {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var elements bson.D
	if err := bson.Unmarshal(raw, &elements); err != nil {
		t.Fatal(err)
	}
	outer, _, _ := strings.Cut(field, ".")
	elements = slices.DeleteFunc(elements, func(e bson.E) bool { return e.Key == outer })
	if raw, err = bson.Marshal(elements); err != nil {
		t.Fatal(err)
	}
	lacking := new(E)
	if err := bson.Unmarshal(raw, lacking); err != nil {
		t.Fatal(err)
	}
	return lacking
}

// keyOf are the fields of a unique key, without the tenant.
func keyOf(x *store.Index) []string {
	fields := slices.Clone(x.Equal)
	if x.Order != "" {
		fields = append(fields, x.Order)
	}
	return fields
}

// values returns what doc has in these fields, of several values the first.
func (k kind[E]) values(t *testing.T, doc *E, fields []string) []any {
	t.Helper()
	var values []any
	for _, f := range fields {
		value := k.get(t, doc, f)
		if many, ok := value.([]string); ok {
			value = many[0]
		}
		values = append(values, value)
	}
	return values
}

// takeKey returns a copy of doc with the unique key that other has. Of a field with several values it
// takes the first alone, since one that is shared is enough to collide.
func (k kind[E]) takeKey(t *testing.T, x *store.Index, doc, other *E) *E {
	t.Helper()
	for _, f := range keyOf(x) {
		value := k.get(t, other, f)
		if many, ok := value.([]string); ok {
			value = append([]string{many[0]}, k.get(t, doc, f).([]string)[1:]...)
		}
		doc = k.with(t, doc, f, value)
	}
	return doc
}

// make makes a new document, filled.
func (k kind[E]) make(tenant string) *E {
	doc := new(E)
	*k.base(doc) = model.NewEntity(tenant, actor(), time.Now())
	k.fill(doc)
	k.base(doc).TenantID = tenant // also where it is empty, and fill took it for a field to fill
	return doc
}
