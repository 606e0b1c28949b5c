package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// older is things before names were unique and before there were times and codes.
func older() *store.Schema {
	return &store.Schema{
		Name:     "things",
		Singular: "thing",
		Fields: []store.Field{
			{Name: "name", Kind: store.String},
			{Name: "on", Kind: store.String}, // it was a text once
			{Name: "legacy", Kind: store.String},
		},
		Indexes: []store.Index{
			{Name: "name", Order: "name"},
			{Name: "created"},
			{Name: "legacy", Order: "legacy", Unique: true},
		},
	}
}

// layout is the columns and indexes of a file, as SQLite tells them.
func layout(t *testing.T, b *Backend) []string {
	t.Helper()
	rows, err := b.reader.QueryContext(t.Context(), `
		SELECT m.name || ' ' || c.name || ' ' || c.type FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'
		UNION ALL SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql <> '' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestAnOlderFileIsBroughtUpToDate(t *testing.T) {
	was, is, file := older(), things(), path(t)
	first := open(t, file, was)
	const many = backfillBatch + 20 // more than one batch
	var docs []bson.Raw
	for i := range many {
		docs = append(docs, thing(t, "t", fmt.Sprintf("%04d", i), bson.M{"on": nil, "at": time.UnixMilli(int64(many - i))}))
	}
	insert(t, first, was, docs...)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	b := open(t, file, is)
	fresh := open(t, path(t), is)
	if got, want := layout(t, b), layout(t, fresh); !slices.Equal(got, want) {
		t.Errorf("the layout differs from that of a new file:\ngot  %q\nwant %q", got, want)
	}
	byTime := &store.Scan{Schema: is, Index: is.Index("at"), Tenant: "t", Order: is.Field("at"), Tie: true, Limit: 2}
	if got, want := find(t, b, byTime), []string{"0519", "0518"}; !slices.Equal(got, want) {
		t.Errorf("by a column that was filled in: got %v, want %v", got, want)
	}
	byTime.Limit = 0
	if got := find(t, b, byTime); len(got) != many {
		t.Errorf("%d of %d documents are in the new index", len(got), many)
	}
	err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
		return w.Insert(ctx, is, thing(t, "u", "new", bson.M{"nested": bson.M{"code": "t0007"}}))
	})
	var duplicate *store.DuplicateError
	if !errors.As(err, &duplicate) || duplicate.Index != "code" {
		t.Errorf("the new unique index does not know the old documents: %v", err)
	}
	for _, doc := range docs[:3] {
		id := doc.Lookup("_id").StringValue()
		if got, err := b.Get(t.Context(), is, "t", id); err != nil || string(got) != string(doc) {
			t.Errorf("document %s has changed: %v, %v", id, got, err)
		}
	}
}

// TestAnOlderProgramInBetween: what it writes must be in the indexes of the newer one afterwards.
func TestAnOlderProgramInBetween(t *testing.T) {
	was, is, file := older(), things(), path(t)
	for i, s := range []*store.Schema{is, was, is} {
		b := open(t, file, s)
		insert(t, b, s, thing(t, "t", fmt.Sprint(i), bson.M{"on": nil, "at": time.UnixMilli(int64(9 - i))}))
		if i == 2 {
			scan := &store.Scan{Schema: is, Index: is.Index("at"), Tenant: "t", Order: is.Field("at"), Tie: true}
			if got, want := find(t, b, scan), []string{"2", "1", "0"}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBuildAgainChangesNothing(t *testing.T) {
	catalogue := append(store.Catalogue(), things())
	b := open(t, path(t), catalogue...)
	before := layout(t, b)
	version := func() (n int) {
		if err := b.reader.QueryRowContext(t.Context(), "PRAGMA schema_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := version()
	if err := b.Build(t.Context(), catalogue); err != nil {
		t.Fatal(err)
	}
	if is := version(); is != was {
		t.Errorf("the second time changed the schema: version %d after %d", is, was)
	}
	if after := layout(t, b); !slices.Equal(before, after) {
		t.Errorf("got %q, want %q", after, before)
	}
	insert(t, b, things(), thing(t, "t", "1", nil)) // the statements are those of the second time
}

// TestBuildIsAllOrNothing: the second document forbids the unique index, and so the new columns go too.
func TestBuildIsAllOrNothing(t *testing.T) {
	was, is := older(), things()
	b := open(t, path(t), was)
	same := bson.M{"on": nil, "name": "same"}
	insert(t, b, was, thing(t, "t", "1", same), thing(t, "t", "2", same))
	before := layout(t, b)
	var duplicate *store.DuplicateError
	if err := b.Build(t.Context(), []*store.Schema{is}); !errors.As(err, &duplicate) || duplicate.Index != "name" {
		t.Errorf("got %v, want a duplicate in index name", err)
	}
	if after := layout(t, b); !slices.Equal(before, after) {
		t.Errorf("got %q, want %q", after, before)
	}
	insert(t, b, was, thing(t, "t", "3", bson.M{"on": nil}))
}

func TestBuildRefusesColumnsOfOneName(t *testing.T) {
	b := open(t, path(t))
	for _, name := range []string{"id", "TenantID", "doc", "NAME"} {
		s := things()
		s.Fields = append(s.Fields, store.Field{Name: name})
		if err := b.Build(t.Context(), []*store.Schema{s}); err == nil {
			t.Errorf("field %s is a column", name)
		}
	}
}

func TestWhatWasNotBuiltIsNotWritten(t *testing.T) {
	s := things()
	b := open(t, path(t))
	err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error { return w.Insert(ctx, s, thing(t, "t", "1", nil)) })
	if err == nil || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
