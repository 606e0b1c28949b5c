package store

import (
	"time"
	"unicode/utf8"

	"gatehouse/model"
)

// Term asks for documents whose field equals a value: a string, a bool or a time.Time.
type Term struct {
	Field string
	Value any
}

// Range asks for documents whose field is at least Min and below Max; nil leaves a side open.
type Range struct {
	Field    string
	Min, Max any
}

// HasPrefix asks for documents whose string field begins with prefix.
func HasPrefix(field, prefix string) Range {
	r := Range{Field: field, Min: prefix}
	if next := successor(prefix); next != "" {
		r.Max = next
	}
	return r
}

// successor is the first text behind all that begin with prefix, in the order of code points; empty
// if there is none. It is valid UTF-8 if prefix is, since MongoDB takes nothing else.
func successor(prefix string) string {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case r < 0xD7FF || (r >= 0xE000 && r < utf8.MaxRune):
			return prefix + string(r+1)
		case r == 0xD7FF: // What follows are surrogates, which are no characters.
			return prefix + "\uE000"
		}
	}
	return ""
}

// Since asks for documents whose time field is t or later.
func Since(field string, t time.Time) Range { return Range{Field: field, Min: t} }

// MadeSince asks for documents made at t or later, in whole milliseconds: their IDs tell.
func MadeSince(t time.Time) Range { return Range{Field: idField, Min: model.FirstIDAt(t)} }

// MadeBefore asks for documents made before t, in whole milliseconds: their IDs tell.
func MadeBefore(t time.Time) Range { return Range{Field: idField, Max: model.FirstIDAt(t)} }

// Position is a place in an ordered list: the value that the list is ordered by, and the ID that
// breaks ties. Value is nil in a list ordered by ID.
type Position struct {
	Value any
	ID    string
}

// Query asks for documents of one tenant.
type Query struct {
	Equal  []Term
	Ranges []Range
	// OrderBy is the field to order by; empty means by ID, which is by creation.
	OrderBy    string
	Descending bool
	// After and Before bound the list to what lies strictly between them, in its order.
	After, Before *Position
	// Backward asks for the last Limit documents instead of the first. They come in the list's order
	// all the same.
	Backward bool
	Limit    int
}

// Scan is a query made ready for a backend: the index is chosen, and the direction settled.
type Scan struct {
	Schema *Schema
	Index  *Index
	// Tenant is empty only where Index.Global.
	Tenant string
	Equal  []Term
	Ranges []Range
	// Order is the field of the key that the scan walks along, idField when it is the ID.
	Order Field
	// Tie says that the ID breaks ties of Order; false where Order is the ID or unique by itself.
	Tie        bool
	Descending bool
	// After and Until bound the scan, both exclusive, in the direction of the scan.
	After, Until *Position
	// Limit is the most documents to return; 0 means all.
	Limit int
}

// plan chooses the index: the one that leads with most of what is asked to be equal, among those
// that are in the order asked for.
func (q Query) plan(s *Schema, tenant string) *Scan {
	scan := &Scan{
		Schema: s, Tenant: tenant, Equal: q.Equal, Ranges: q.Ranges, Limit: q.Limit,
		Descending: q.Descending != q.Backward, After: q.After, Until: q.Before,
	}
	if q.Backward {
		scan.After, scan.Until = q.Before, q.After
	}
	orderBy := q.OrderBy
	if orderBy == "" {
		orderBy = idField
	}
	best := -1
	for i := range s.Indexes {
		index := &s.Indexes[i]
		led, ok := index.serves(q.Equal, orderBy)
		if index.Global || index.Sparse {
			// It has those of all tenants, or but some, unless it has the one that is asked for.
			ok = ok && index.Unique && asked(q.Equal, index.Order)
		}
		if ok && led > best {
			best, scan.Index = led, index
		}
	}
	if scan.Index == nil {
		panic("store: no index of " + s.Name + " is in the order of " + orderBy)
	}
	scan.Order = s.Field(orderBy)
	scan.Tie = orderBy != idField && !scan.Index.Unique
	return scan
}

// serves says whether the index lists in the order of orderBy what has the equal terms, and with how
// many of them it leads.
func (x *Index) serves(equal []Term, orderBy string) (led int, ok bool) {
	for _, field := range x.Equal {
		if !asked(equal, field) {
			return 0, false
		}
	}
	led = len(x.Equal)
	switch {
	case x.Order != "" && asked(equal, x.Order):
		// The whole key is fixed: of a unique index there is at most one such document, which nothing
		// beats, and of another they stand in the order of their IDs, which is also their order by what
		// is fixed.
		if x.Unique {
			return len(equal) + 1, true
		}
		return led + 1, orderBy == idField || orderBy == x.Order
	case x.Order == orderBy || (x.Order == "" && orderBy == idField):
		return led, true
	}
	return 0, false
}

func asked(equal []Term, field string) bool {
	for _, t := range equal {
		if t.Field == field {
			return true
		}
	}
	return false
}
