package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// filter is a condition that the API offers: how to ask a store for it, and, apart from that, when a
// document meets it.
type filter struct {
	name  string
	add   func(*store.Query)
	meets func(field func(name string) any) bool
}

func equal(field string, value any) filter {
	return filter{
		name:  field,
		add:   func(q *store.Query) { q.Equal = append(q.Equal, store.Term{Field: field, Value: value}) },
		meets: func(f func(string) any) bool { return has(f(field), value) },
	}
}

// has says whether a field is a value, or a list with it.
func has(field, value any) bool {
	if many, ok := field.([]string); ok {
		return slices.Contains(many, value.(string))
	}
	return field != nil && compare(field, value) == 0
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

// list is a list that the API offers: some filters, and an order.
type list struct {
	filters    []filter
	orderBy    string
	descending bool
}

// lists are all that the filters and orders of a row make possible, those with few filters first.
func (k kind[E]) lists(sample *E) []list {
	var filters []filter
	if k.filters != nil {
		filters = k.filters(sample)
	}
	all := combinations(filters, k.orders)
	if len(k.within) > 0 {
		all = slices.DeleteFunc(all, func(l list) bool {
			return !slices.ContainsFunc(l.query().Equal, func(t store.Term) bool { return slices.Contains(k.within, t.Field) })
		})
	}
	slices.SortStableFunc(all, func(a, b list) int { return cmp.Compare(len(a.filters), len(b.filters)) })
	return all
}

func combinations(filters []filter, orders []string) []list {
	var all []list
	for chosen := range 1 << len(filters) {
		var some []filter
		for i, f := range filters {
			if chosen&(1<<i) != 0 {
				some = append(some, f)
			}
		}
		for _, orderBy := range orders {
			all = append(all, list{some, orderBy, false}, list{some, orderBy, true})
		}
	}
	return all
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
	it := item{id: k.base(doc).ID, fields: map[string]any{}}
	for _, f := range schema.Fields {
		it.fields[f.Name] = k.get(t, doc, f.Name)
	}
	return it
}

// get returns an indexed field of a document by its path: a text, a bool, a time, a list of texts, or
// nil if the document lacks it.
func (k kind[E]) get(t *testing.T, doc *E, field string) any {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	value, err := bson.Raw(raw).LookupErr(strings.Split(field, ".")...)
	if err != nil {
		return nil
	}
	switch value.Type {
	case bson.TypeString:
		return value.StringValue()
	case bson.TypeBoolean:
		return value.Boolean()
	case bson.TypeDateTime:
		return value.Time().UTC()
	case bson.TypeArray:
		var many []string
		if err := value.Unmarshal(&many); err != nil {
			t.Fatalf("field %s of a document of %s: %v", field, k.collection, err)
		}
		return many
	default:
		t.Fatalf("field %s of a document of %s is a %s", field, k.collection, value.Type)
		return nil
	}
}

// with returns a copy of doc in which an indexed field has another value; nil takes it away, with
// all that it is part of.
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
	path := strings.Split(field, ".")
	if value == nil {
		elements = slices.DeleteFunc(elements, func(e bson.E) bool { return e.Key == path[0] })
	} else if !replace(elements, path, value) {
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

// keyOf are the fields of a unique key, without the tenant.
func keyOf(x *store.Index) []string {
	fields := slices.Clone(x.Equal)
	if x.Order != "" {
		fields = append(fields, x.Order)
	}
	return fields
}

// one looks a document up by a unique index, by the last of its values where it has many. It answers
// ErrNotFound for what the document lacks.
func (k kind[E]) one(ctx context.Context, t *testing.T, c *store.Collection[E], tenant string, x *store.Index, doc *E) (*E, error) {
	t.Helper()
	var values []any
	for _, f := range keyOf(x) {
		value := k.get(t, doc, f)
		if many, ok := value.([]string); ok {
			value = nil
			if len(many) > 0 {
				value = many[len(many)-1]
			}
		}
		if value == nil {
			return nil, store.ErrNotFound
		}
		values = append(values, value)
	}
	return c.One(ctx, tenant, x.Name, values...)
}

// like asks for the documents that are like doc in all that an index compares, in its order. It
// reports false for an index that serves no such list.
func (k kind[E]) like(t *testing.T, x *store.Index, doc *E) (q store.Query, ok bool) {
	t.Helper()
	for _, f := range x.Equal {
		q.Equal = append(q.Equal, store.Term{Field: f, Value: k.get(t, doc, f)})
	}
	q.OrderBy = x.Order
	return q, !x.Global && !x.Sparse
}

// takeKey returns a copy of doc with the unique key that other has.
func (k kind[E]) takeKey(t *testing.T, x *store.Index, doc, other *E) *E {
	t.Helper()
	for _, f := range keyOf(x) {
		doc = k.with(t, doc, f, k.get(t, other, f))
	}
	return doc
}

// make makes a new document, filled.
func (k kind[E]) make(tenant string) *E {
	doc := new(E)
	*k.base(doc) = model.NewEntity(tenant, actor(), time.Now())
	k.fill(doc)
	return doc
}
