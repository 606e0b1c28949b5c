package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
)

// sample is a value that a field of this kind may have.
func sample(f store.Field) any {
	switch f.Kind {
	case store.Bool:
		return true
	case store.Time:
		return time.UnixMilli(5)
	case store.String:
	}
	return "m"
}

// shapes lists every shape of scan that an index may be asked for, by name.
func shapes(s *store.Schema, x *store.Index) map[string]*store.Scan {
	base := store.Scan{Schema: s, Index: x, Limit: 50, Order: s.Field("_id")}
	if !x.Global {
		base.Tenant = "t"
	}
	for _, name := range x.Equal {
		base.Equal = append(base.Equal, store.Term{Field: name, Value: sample(s.Field(name))})
	}
	found := map[string]*store.Scan{}
	add := func(name string, scan store.Scan) {
		position := &store.Position{Value: sample(scan.Order), ID: "m"}
		for _, descending := range []bool{false, true} {
			for _, bounds := range []string{"", " after", " until", " between"} {
				c := scan
				c.Descending = descending
				if bounds == " after" || bounds == " between" {
					c.After = position
				}
				if bounds == " until" || bounds == " between" {
					c.Until = position
				}
				found[fmt.Sprintf("%s%s, descending %t", name, bounds, descending)] = &c
			}
		}
	}
	if x.Order != "" {
		order := s.Field(x.Order)
		if !order.Many && !x.Sparse { // which serve no list, only the one with a key
			ordered := base
			ordered.Order, ordered.Tie = order, !x.Unique
			add("by its order", ordered)
			ordered.Ranges = []store.Range{{Field: x.Order, Min: sample(order)}}
			add("by its order, from a value on", ordered)
		}
		base.Equal = append(append([]store.Term{}, base.Equal...), store.Term{Field: x.Order, Value: sample(order)})
	}
	add("by ID", base)
	for _, f := range s.Fields {
		if f.Many {
			continue
		}
		filtered := base
		filtered.Ranges = []store.Range{{Field: f.Name, Min: sample(f)}}
		add("by ID, filtered by "+f.Name, filtered)
		if x.Unique { // one document at most, which is in any order
			base.Order = f
			add("by "+f.Name, base)
			base.Order = s.Field("_id")
		}
	}
	return found
}

// TestEveryIndexServes asks for the plan of every query that the catalogue allows, and a few more.
func TestEveryIndexServes(t *testing.T) {
	catalogue := append(store.Catalogue(), things())
	b := open(t, path(t), catalogue...)
	for _, s := range catalogue {
		for i := range s.Indexes {
			x := &s.Indexes[i]
			for name, scan := range shapes(s, x) {
				plan, err := b.Explain(t.Context(), scan)
				if err != nil {
					t.Errorf("%s.%s %s: %v", s.Name, x.Name, name, err)
					continue
				}
				if plan.Index != x.Name || plan.Sorts {
					t.Errorf("%s.%s %s: uses index %q, sorts %t:\n%s", s.Name, x.Name, name, plan.Index, plan.Sorts, plan.Text)
				}
				by := `INDEXED BY "` + s.Name + "." + x.Name + `"`
				if x.Order != "" && s.Field(x.Order).Many { // its table leads to the document
					by = `IN (SELECT "id" FROM "` + s.Name + ":" + x.Order + `"`
				}
				if text := findQuery(scan, false).text; !strings.Contains(text, by) {
					t.Errorf("%s.%s %s: SQLite is left to choose the index: %s", s.Name, x.Name, name, text)
				}
			}
		}
	}
}

// TestPlansUseTheBounds looks at what SQLite seeks by. A bound that it only filters by would make deep
// pages slow.
func TestPlansUseTheBounds(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	on := []store.Term{{Field: "on", Value: true}}
	position := &store.Position{Value: time.UnixMilli(5), ID: "m"}
	for name, test := range map[string]struct {
		scan store.Scan
		want string
	}{
		"after an ID": {
			store.Scan{Index: s.Index("on_created"), Equal: on, Order: s.Field("_id"), After: position},
			"(tenantId=? AND on=? AND id>?)",
		},
		"after a value": {
			store.Scan{Index: s.Index("name"), Order: s.Field("name"), After: &store.Position{Value: "m", ID: "m"}},
			"(tenantId=? AND name>?)",
		},
		"after a value and an ID": {
			store.Scan{Index: s.Index("on_at"), Equal: on, Order: s.Field("at"), Tie: true, After: position},
			"(tenantId=? AND on=? AND (at,id)>(?,?))",
		},
		"between two, backwards": {
			store.Scan{Index: s.Index("at"), Order: s.Field("at"), Tie: true, After: position, Until: position, Descending: true},
			"(tenantId=? AND (at,id)>(?,?) AND (at,id)<(?,?))",
		},
		"after a value and an ID, from an earlier value on": {
			store.Scan{
				Index: s.Index("at"), Order: s.Field("at"), Tie: true, After: position,
				Ranges: []store.Range{{Field: "at", Min: time.UnixMilli(1)}},
			},
			"(tenantId=? AND (at,id)>(?,?))",
		},
		"after a value and an ID, from a later value on": {
			store.Scan{
				Index: s.Index("at"), Order: s.Field("at"), Tie: true, After: position,
				Ranges: []store.Range{{Field: "at", Min: time.UnixMilli(9)}},
			},
			"(tenantId=? AND at>?)",
		},
		"after an ID of a value that all have": {
			store.Scan{
				Index: s.Index("at"), Equal: []store.Term{{Field: "at", Value: time.UnixMilli(5)}},
				Order: s.Field("at"), Tie: true, After: position,
			},
			"(tenantId=? AND at=? AND id>?)",
		},
		"after another value than all have": {
			store.Scan{
				Index: s.Index("at"), Equal: []store.Term{{Field: "at", Value: time.UnixMilli(6)}},
				Order: s.Field("at"), Tie: true, After: position,
			},
			"(tenantId=? AND at=?)",
		},
		"made since and before": {
			store.Scan{
				Index: s.Index("on_created"), Equal: on, Order: s.Field("_id"), Descending: true,
				Ranges: []store.Range{store.MadeSince(time.UnixMilli(1)), store.MadeBefore(time.UnixMilli(9))},
			},
			"(tenantId=? AND on=? AND id>? AND id<?)",
		},
		"made since, after a later ID": {
			store.Scan{
				Index: s.Index("on_created"), Equal: on, Order: s.Field("_id"), After: position,
				Ranges: []store.Range{store.MadeSince(time.UnixMilli(1))},
			},
			"(tenantId=? AND on=? AND id>?)",
		},
	} {
		test.scan.Schema, test.scan.Tenant, test.scan.Limit = s, "t", 50
		plan, err := b.Explain(t.Context(), &test.scan)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.HasSuffix(plan.Text, test.want) {
			t.Errorf("%s: got plan %q, want %s", name, plan.Text, test.want)
		}
	}
}

// TestOtherPlans looks at the queries that Explain does not tell of.
func TestOtherPlans(t *testing.T) {
	s, catalogue := things(), store.Catalogue()
	tokens := catalogue[slices.IndexFunc(catalogue, func(s *store.Schema) bool { return s.Name == "revokedTokens" })]
	b := open(t, path(t), s, tokens)
	count := countQuery(&store.Scan{Schema: s, Index: s.Index("on_created"), Tenant: "t", Order: s.Field("_id"), Equal: []store.Term{{Field: "on", Value: true}}}, false)
	for _, test := range []struct {
		query query
		want  string
	}{
		{count, "SEARCH things USING COVERING INDEX things.on_created (tenantId=? AND on=?)"},
		{pendingQuery(s, "m", 10), "SEARCH things USING INDEX things.pending (id>?)"},
		{expiredQuery(tokens.Expired(time.UnixMilli(5), 10)), "SEARCH revokedTokens USING INDEX revokedTokens.expired (expiresAt<?)"},
		{query{text: getText(s), args: []any{"m", "t"}}, "SEARCH things USING INDEX sqlite_autoindex_things_1 (id=?)"},
		{query{text: takenText(s, s.Index("name")), args: []any{"t", "m", "m"}}, "SEARCH things USING INDEX things.name (tenantId=? AND name=?)"},
	} {
		var id, parent, unused int
		var got string
		row := b.reader.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+test.query.text, test.query.args...)
		if err := row.Scan(&id, &parent, &unused, &got); err != nil {
			t.Fatal(err)
		}
		if got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.query.text, got, test.want)
		}
	}
}

// TestPlanOfMany has SQLite look up each ID of a list, and not walk through the table.
func TestPlanOfMany(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	q, err := manyQuery(s, "t", []string{"m", "n"})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q.text, q.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	want := []string{"SCAN wanted VIRTUAL TABLE INDEX 1:", "SEARCH kept USING INDEX sqlite_autoindex_things_1 (id=?)"}
	if err := rows.Err(); err != nil || !slices.Equal(steps, want) {
		t.Errorf("%s:\ngot  %q, %v\nwant %q", q.text, steps, err, want)
	}
}
