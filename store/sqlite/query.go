package sqlite

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"gatehouse/store"
)

// query is the text of a query and the values for its placeholders.
type query struct {
	text string
	args []any
	// short says that no row takes long, so that it is enough to look at the context between them.
	short bool
}

func getText(s *store.Schema) string {
	return `SELECT "doc" FROM ` + quote(s.Name) + ` WHERE "id" = ? AND "tenantId" = ?`
}

// manyQuery lists the documents with these IDs. They come as one value, a list in JSON: with a
// placeholder for each there would be as many texts to prepare as there are lengths. The cross join says
// that the IDs lead and each is looked up, which is what SQLite is to do however many there are.
func manyQuery(s *store.Schema, tenant string, ids []string) (query, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return query{}, fmt.Errorf("write a list of IDs: %w", err)
	}
	return query{
		text: `SELECT kept."doc" FROM json_each(?) AS wanted CROSS JOIN ` + quote(s.Name) +
			` AS kept ON kept."id" = wanted.value WHERE kept."tenantId" = ?`,
		args: []any{string(list), tenant},
	}, nil
}

func idText(s *store.Schema) string {
	return "SELECT 1 FROM " + quote(s.Name) + ` WHERE "id" = ?`
}

// takenText looks for another living document with the same key in a unique index.
func takenText(s *store.Schema, x *store.Index) string {
	text := "SELECT 1 FROM " + source(s, x.Name) + ` WHERE "deleted" = 0`
	for _, name := range indexKey(x) {
		text += " AND " + quote(name) + " = ?"
	}
	return text + ` AND "id" <> ?`
}

func pendingQuery(s *store.Schema, afterID string, limit int) query {
	return query{
		text: `SELECT "doc" FROM ` + source(s, store.PendingIndex) + ` WHERE "pending" = 1 AND "id" > ? ORDER BY "id"` + limitText,
		args: []any{afterID, sqlLimit(limit)},
	}
}

func allQuery(s *store.Schema, afterID string, limit int) query {
	return query{
		text: `SELECT "doc" FROM ` + quote(s.Name) + ` WHERE "id" > ? ORDER BY "id"` + limitText,
		args: []any{afterID, sqlLimit(limit)},
	}
}

// expiredQuery lists the IDs of the documents of a scan that are not pending.
func expiredQuery(scan *store.Scan) query {
	var b builder
	b.write(`SELECT "id" FROM `, source(scan.Schema, scan.Index.Name))
	b.where(scan)
	b.write(` AND "pending" = 0`)
	b.order(scan)
	b.write(limitText)
	b.args = append(b.args, sqlLimit(scan.Limit))
	return b.query()
}

func countQuery(scan *store.Scan, late bool) query {
	b := builder{late: late}
	b.write("SELECT count(*) FROM ", b.source(scan))
	unbounded := *scan
	unbounded.After, unbounded.Until = nil, nil
	b.where(&unbounded)
	return b.query()
}

// findQuery lists the documents of a scan.
//
// A context interrupts a query only until its first row is there; between rows it is looked at as
// well, but not within the step from one to the next. That step is short where the bounds of the
// index leave nothing but hits. Where other conditions are checked on the way it may pass over any
// number of documents; there the page is collected before the first row comes out.
func findQuery(scan *store.Scan, late bool) query {
	b := builder{late: late}
	collect := scan.Limit != 1 && (late || filters(scan))
	if collect {
		b.write("WITH page AS MATERIALIZED (")
	}
	b.write(`SELECT "doc" FROM `, b.source(scan))
	b.where(scan)
	b.order(scan)
	b.write(limitText)
	b.args = append(b.args, sqlLimit(scan.Limit))
	if collect {
		b.write(`) SELECT "doc" FROM page`)
	}
	q := b.query()
	q.short = !late && !filters(scan)
	return q
}

// source names a table and the index to read it by. Where the index is that of a table of many
// values, that table leads to the document.
func source(s *store.Schema, index string) string {
	if index != store.PendingIndex {
		if x := s.Index(index); x.Order != "" && s.Field(x.Order).Many {
			return quote(s.Name)
		}
	}
	return quote(s.Name) + " INDEXED BY " + quote(indexName(s, index))
}

// limitText is the end of a query with a limit. SQLite looks at the value of a limit that is a lone
// placeholder when it plans, and so plans again whenever another value may be bound, which is before
// every run: a third of the time of a short one. An expression it leaves alone.
const limitText = " LIMIT ? + 0"

// sqlLimit says no limit as SQLite does.
func sqlLimit(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

// filters says whether a scan checks more than the bounds of its walk through the index.
func filters(scan *store.Scan) bool {
	for _, t := range scan.Equal {
		if !leads(scan.Index, t.Field) {
			return true
		}
	}
	for _, r := range scan.Ranges {
		if r.Field != scan.Order.Name {
			return true
		}
	}
	return false
}

// leads says whether a field is in the key of an index; a term for it is then a bound of the walk.
func leads(x *store.Index, field string) bool {
	for _, name := range x.Equal {
		if name == field {
			return true
		}
	}
	return x.Order == field
}

// unique says whether a scan fixes the whole key of a unique index, so that it finds one document at
// most.
func unique(scan *store.Scan) bool {
	if !scan.Index.Unique {
		return false
	}
	fixed := map[string]bool{}
	for _, t := range scan.Equal {
		fixed[t.Field] = true
	}
	for _, name := range indexKey(scan.Index) {
		if name != tenantColumn && !fixed[name] {
			return false
		}
	}
	return true
}

// builder puts a query together.
type builder struct {
	text strings.Builder
	args []any
	// late says that documents wait to be indexed, so that the whole table is read.
	late bool
}

// source is where the documents of a scan are.
func (b *builder) source(scan *store.Scan) string {
	if b.late {
		return quote(scan.Schema.Name) + " NOT INDEXED"
	}
	return source(scan.Schema, scan.Index.Name)
}

func (b *builder) write(texts ...string) {
	for _, text := range texts {
		b.text.WriteString(text)
	}
}

func (b *builder) query() query { return query{text: b.text.String(), args: b.args} }

// and adds a condition on one column.
func (b *builder) and(column, operator string, value any) {
	b.write(" AND ", quote(column), operator, "?")
	b.args = append(b.args, value)
}

// where writes the conditions of a scan. That the document is living stands there as a constant,
// because otherwise SQLite could not tell that the partial index has all there is.
func (b *builder) where(scan *store.Scan) {
	b.write(` WHERE "deleted" = 0`)
	if !b.late {
		b.write(indexedTerm(scan.Schema))
	}
	if scan.Tenant != "" || !scan.Index.Global {
		b.and(tenantColumn, " = ", scan.Tenant)
	}
	for _, t := range scan.Equal {
		f := scan.Schema.Field(t.Field)
		if !f.Many {
			b.and(columnOf(f), " = ", columnValue(t.Value))
			continue
		}
		b.write(` AND "id" IN (SELECT "id" FROM `, quote(manyTable(scan.Schema, f)), ` WHERE "value" = ?)`)
		b.args = append(b.args, columnValue(t.Value))
	}
	for _, r := range scan.Ranges {
		if r.Field == scan.Order.Name {
			continue // part of the interval
		}
		column := columnOf(scan.Schema.Field(r.Field))
		if r.Min != nil {
			b.and(column, " >= ", columnValue(r.Min))
		}
		if r.Max != nil {
			b.and(column, " < ", columnValue(r.Max))
		}
	}
	low, high := interval(scan)
	b.bound(scan, low, " > ")
	b.bound(scan, high, " < ")
}

// order writes the order of a scan.
func (b *builder) order(scan *store.Scan) {
	if unique(scan) {
		return // SQLite would sort even a single document
	}
	direction := ""
	if scan.Descending {
		direction = " DESC"
	}
	b.write(" ORDER BY ", quote(columnOf(scan.Order)), direction)
	if scan.Tie {
		b.write(", ", quote(idColumn), direction)
	}
}

// bound is one end of the interval that a scan walks.
type bound struct {
	value any
	// tie says that documents with this value lie within if they are on the inner side of id.
	tie bool
	id  string
	// inclusive says that the value itself lies within.
	inclusive bool
}

func (b *builder) bound(scan *store.Scan, end *bound, operator string) {
	column := columnOf(scan.Order)
	switch {
	case end == nil:
	case end.tie && fixedTo(scan, end.value):
		// All documents there have this value. Beside the condition for it SQLite would not seek by the
		// pair, but step over every one up to the ID.
		b.and(idColumn, operator, end.id)
	case end.tie:
		b.write(" AND (", quote(column), ", ", quote(idColumn), ")", operator, "(?, ?)")
		b.args = append(b.args, end.value, end.id)
	case end.inclusive:
		b.and(column, " >= ", end.value)
	default:
		b.and(column, operator, end.value)
	}
}

// fixedTo says whether a scan asks for one value in the field that it is ordered by, and for this one. It
// is another only where the cursor of a list with another filter is used.
func fixedTo(scan *store.Scan, value any) bool {
	for _, t := range scan.Equal {
		if t.Field == scan.Order.Name {
			return columnValue(t.Value) == value
		}
	}
	return false
}

// interval returns the ends of the walk along the order: nil where it is open. Of a position and a
// range that bound the same end only the narrower is left. With both, SQLite may start at the wider
// one and step over everything up to the other, and deep pages would be slow.
func interval(scan *store.Scan) (low, high *bound) {
	low, high = position(scan, scan.After), position(scan, scan.Until)
	if scan.Descending {
		low, high = high, low
	}
	for _, r := range scan.Ranges {
		if r.Field != scan.Order.Name {
			continue
		}
		if r.Min != nil {
			if v := columnValue(r.Min); low == nil || compare(low.value, v) < 0 {
				low = &bound{value: v, inclusive: true}
			}
		}
		if r.Max != nil {
			if v := columnValue(r.Max); high == nil || compare(high.value, v) >= 0 {
				high = &bound{value: v}
			}
		}
	}
	return low, high
}

func position(scan *store.Scan, p *store.Position) *bound {
	switch {
	case p == nil:
		return nil
	case columnOf(scan.Order) == idColumn:
		return &bound{value: p.ID}
	case scan.Tie:
		return &bound{value: columnValue(p.Value), tie: true, id: p.ID}
	}
	return &bound{value: columnValue(p.Value)}
}

// compare compares two values of one column as SQLite does.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	}
	panic("store/sqlite: a query compares values of different kinds")
}
