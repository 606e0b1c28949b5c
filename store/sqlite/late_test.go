package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// lateThings is things, indexed late.
func lateThings() *store.Schema {
	s := things()
	s.Indexes = slices.DeleteFunc(s.Indexes, func(x store.Index) bool { return x.Unique })
	s.IndexLate = true
	return s
}

// lateLists are lists of such a collection that all have the same documents, through two indexes.
func lateLists(s *store.Schema) []*store.Scan {
	return []*store.Scan{
		{Schema: s, Index: s.Index("created"), Tenant: "t", Order: s.Field("_id")},
		{Schema: s, Index: s.Index("on_created"), Tenant: "t", Order: s.Field("_id"), Equal: []store.Term{{Field: "on", Value: true}}},
	}
}

// listed fails unless the lists of a file have these documents.
func listed(t *testing.T, b *Backend, s *store.Schema, want []string) {
	t.Helper()
	for _, scan := range lateLists(s) {
		if got := find(t, b, scan); !slices.Equal(got, want) {
			t.Fatalf("by %s: %v, want %v", scan.Index.Name, got, want)
		}
		if n, err := b.Count(t.Context(), scan); err != nil || n != len(want) {
			t.Fatalf("by %s: counted %d %v, want %d", scan.Index.Name, n, err, len(want))
		}
	}
}

// marked is how many documents wait to be indexed. All of them must be the last rows.
func marked(t *testing.T, b *Backend, s *store.Schema) (n int) {
	t.Helper()
	var behind int
	text := "SELECT count(*), (SELECT count(*) FROM " + quote(s.Name) + " WHERE rowid >= ifnull((SELECT min(rowid) FROM " + quote(s.Name) +
		" WHERE unindexed = 1), 9e18)) FROM " + quote(s.Name) + " WHERE unindexed = 1"
	if err := b.reader.QueryRowContext(t.Context(), text).Scan(&n, &behind); err != nil {
		t.Fatal(err)
	}
	if n != behind {
		t.Fatalf("%d documents wait among the last %d", n, behind)
	}
	return n
}

func TestListsHaveWhatIsIndexedLate(t *testing.T) {
	s, at := lateThings(), path(t)
	b, other := open(t, at, s), open(t, at, s)
	var want []string
	for i := range 3*lateMost + 20 {
		id := fmt.Sprintf("%04d", i)
		insert(t, b, s, thing(t, "t", id, nil))
		want = append(want, id)
		if n := marked(t, b, s); n >= lateMost {
			t.Fatalf("%d documents wait", n)
		}
		if _, err := other.Get(t.Context(), s, "t", id); err != nil {
			t.Fatalf("get %s: %v", id, err)
		}
		if i%50 == 7 { // what others have written, too
			listed(t, []*Backend{b, other}[i%2], s, want)
			if n := marked(t, b, s); n != 0 {
				t.Fatalf("%d documents wait after a list", n)
			}
		}
	}
	if marked(t, b, s) == 0 {
		t.Fatal("nothing waits")
	}
	listed(t, open(t, at, s), s, want) // as after a crash
}

func TestOtherWritesLeaveTheLastRowsToThoseThatWait(t *testing.T) {
	s := lateThings()
	b := open(t, path(t), s)
	insert(t, b, s, thing(t, "t", "1", nil), thing(t, "t", "2", nil), thing(t, "t", "3", nil))
	if marked(t, b, s) != 3 {
		t.Fatal("not all wait")
	}
	change := func(do func(ctx context.Context, w store.Writer) error) {
		t.Helper()
		if err := b.Write(t.Context(), do); err != nil {
			t.Fatal(err)
		}
		marked(t, b, s)
	}
	change(func(ctx context.Context, w store.Writer) error {
		_, err := w.Replace(ctx, s, 1, thing(t, "t", "2", bson.M{"revision": int32(2), "on": false}))
		return err
	})
	insert(t, b, s, thing(t, "t", "4", nil), thing(t, "t", "5", nil))
	if err := b.InsertMissing(t.Context(), s, []bson.Raw{thing(t, "t", "5", nil), thing(t, "t", "6", nil)}); err != nil {
		t.Fatal(err)
	}
	insert(t, b, s, thing(t, "t", "7", nil), thing(t, "t", "8", nil))
	change(func(ctx context.Context, w store.Writer) error {
		_, err := w.Remove(ctx, s, store.Key{Tenant: "t", ID: "8", Revision: 1})
		return err
	})
	var duplicate *store.DuplicateError
	err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error { return w.Insert(ctx, s, thing(t, "t", "7", nil)) })
	if !errors.As(err, &duplicate) || duplicate.Index != "" {
		t.Errorf("a second 7: %v", err)
	}
	scans := lateLists(s)
	if got := find(t, b, scans[1]); !slices.Equal(got, []string{"1", "3", "4", "5", "6", "7"}) {
		t.Error("on:", got)
	}
	if got := find(t, b, scans[0]); !slices.Equal(got, []string{"1", "2", "3", "4", "5", "6", "7"}) {
		t.Error("all:", got)
	}
}

// TestListsWhereNothingCanBeWritten opens a file for reading, and holds the lock of another.
func TestListsWhereNothingCanBeWritten(t *testing.T) {
	s, at := lateThings(), path(t)
	b := open(t, at, s)
	insert(t, b, s, thing(t, "t", "2", nil), thing(t, "t", "1", nil))
	looking, err := Inspect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	listed(t, looking, s, []string{"1", "2"})
	if err := looking.Close(); err != nil {
		t.Fatal(err)
	}
	tx, err := open(t, at, s).writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	listed(t, b, s, []string{"1", "2"})
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := marked(t, b, s); n != 2 {
		t.Errorf("%d wait", n)
	}
}

// TestAProgramWithoutLateIndexes opens a file in which documents wait, as after a crash.
func TestAProgramWithoutLateIndexes(t *testing.T) {
	late, at := lateThings(), path(t)
	b := open(t, at, late)
	insert(t, b, late, thing(t, "t", "1", nil), thing(t, "t", "2", nil))
	older := lateThings()
	older.IndexLate = false
	b = open(t, at, older)
	listed(t, b, older, []string{"1", "2"})
	insert(t, b, older, thing(t, "t", "3", nil))
	b = open(t, at, late)
	listed(t, b, late, []string{"1", "2", "3"})
	if marked(t, b, late) != 0 {
		t.Error("some wait")
	}
}

func TestWhatCannotBeIndexedLate(t *testing.T) {
	b := open(t, path(t))
	unique, expires, many := lateThings(), lateThings(), lateThings()
	unique.Indexes = append(unique.Indexes, store.Index{Name: "name", Order: "name", Unique: true})
	expires.Expires = true
	many.Fields = append(many.Fields, store.Field{Name: "tags", Kind: store.String, Many: true})
	for _, s := range []*store.Schema{unique, expires, many} {
		if err := b.Build(t.Context(), []*store.Schema{s}); err == nil || !strings.Contains(err.Error(), "cannot be indexed late") {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
