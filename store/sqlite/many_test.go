package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// tagged is things with tags, each of which belongs to one thing at most.
func tagged() *store.Schema {
	s := things()
	s.Fields = append(s.Fields, store.Field{Name: "tags", Kind: store.String, Many: true})
	s.Indexes = append(s.Indexes, store.Index{Name: "tag", Order: "tags", Unique: true, Global: true})
	return s
}

func byTag(s *store.Schema, tag string) *store.Scan {
	return &store.Scan{
		Schema: s, Index: s.Index("tag"), Order: s.Field("tags"), Limit: 1,
		Equal: []store.Term{{Field: "tags", Value: tag}},
	}
}

// TestADocumentIsNotWrittenWithoutItsValues, even if the work goes on after the error.
func TestADocumentIsNotWrittenWithoutItsValues(t *testing.T) {
	s := tagged()
	b := open(t, path(t), s)
	insert(t, b, s, thing(t, "t", "1", bson.M{"tags": []string{"red"}}), thing(t, "t", "2", bson.M{"tags": []string{"blue"}}))
	taken := bson.M{"tags": []string{"green", "red"}, "revision": int32(2)}
	for name, write := range map[string]func(ctx context.Context, w store.Writer) error{
		"insert": func(ctx context.Context, w store.Writer) error { return w.Insert(ctx, s, thing(t, "t", "3", taken)) },
		"replace": func(ctx context.Context, w store.Writer) error {
			_, err := w.Replace(ctx, s, 1, thing(t, "t", "2", taken))
			return err
		},
	} {
		var duplicate *store.DuplicateError
		err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
			if err := write(ctx, w); !errors.As(err, &duplicate) || duplicate.Index != "tag" {
				t.Errorf("%s: got %v, want a duplicate in index tag", name, err)
			}
			return nil
		})
		if !errors.As(err, &duplicate) {
			t.Errorf("%s: it was committed: %v", name, err)
		}
	}
	for tag, want := range map[string][]string{"red": {"1"}, "blue": {"2"}, "green": {}} {
		if got := find(t, b, byTag(s, tag)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", tag, got, want)
		}
	}
	if _, err := b.Get(t.Context(), s, "t", "3"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the document was written: %v", err)
	}
}

// TestAnOlderProgramKnowsNoValues: what it writes must be found by its values afterwards.
func TestAnOlderProgramKnowsNoValues(t *testing.T) {
	file := path(t)
	for i, s := range []*store.Schema{tagged(), things(), tagged()} {
		b := open(t, file, s)
		insert(t, b, s, thing(t, "t", fmt.Sprint(i), bson.M{"tags": []string{fmt.Sprint("tag", i)}}))
		if i == 2 {
			for n := range 3 {
				if got, want := find(t, b, byTag(s, fmt.Sprint("tag", n))), []string{fmt.Sprint(n)}; !slices.Equal(got, want) {
					t.Errorf("tag%d: got %v, want %v", n, got, want)
				}
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
