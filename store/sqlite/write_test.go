package sqlite

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

var errWork = errors.New("the work fails")

func TestAFailureUndoesEverything(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	insert(t, b, s, thing(t, "t", "1", nil), thing(t, "t", "2", nil))
	work := func(ctx context.Context, w store.Writer) error {
		if err := w.Insert(ctx, s, thing(t, "t", "3", nil)); err != nil {
			t.Error(err)
		}
		if ok, err := w.Replace(ctx, s, 1, thing(t, "t", "1", bson.M{"name": "another", "revision": int32(2)})); err != nil || !ok {
			t.Error(ok, err)
		}
		if ok, err := w.Remove(ctx, s, store.Key{Tenant: "t", ID: "2", Revision: 1}); err != nil || !ok {
			t.Error(ok, err)
		}
		if _, err := w.Get(ctx, s, "t", "3"); err != nil {
			t.Errorf("the writer does not see what it wrote: %v", err)
		}
		if _, err := b.Get(ctx, s, "t", "3"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("others see it before it is committed: %v", err)
		}
		return errWork
	}
	for name, run := range map[string]func() error{
		"error": func() error { return b.Write(t.Context(), work) },
		"panic": func() (err error) {
			defer func() { err, _ = recover().(error) }()
			return b.Write(t.Context(), func(ctx context.Context, w store.Writer) error { panic(work(ctx, w)) })
		},
		"context": func() error {
			ctx, cancel := context.WithCancel(t.Context())
			return b.Write(ctx, func(ctx context.Context, w store.Writer) error {
				defer cancel()
				if err := work(ctx, w); !errors.Is(err, errWork) {
					return err
				}
				return nil
			})
		},
	} {
		want := errWork
		if name == "context" {
			want = store.ErrUnavailable
		}
		if err := run(); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
		for id, wantErr := range map[string]error{"1": nil, "2": nil, "3": store.ErrNotFound} {
			doc, err := b.Get(t.Context(), s, "t", id)
			if !errors.Is(err, wantErr) {
				t.Errorf("%s: %s: got %v, want %v", name, id, err, wantErr)
			}
			if err == nil && doc.Lookup("revision").Int32() != 1 {
				t.Errorf("%s: %s was changed", name, id)
			}
		}
	}
	insert(t, b, s, thing(t, "t", "3", nil)) // the connection is whole
}

func TestDuplicatesNameTheIndex(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	insert(t, b, s, thing(t, "t", "1", nil), thing(t, "t", "2", nil), thing(t, "t", "gone", bson.M{"deleted": true, "pending": true}))
	first := bson.M{"name": "name of 1"}
	code := bson.M{"nested": bson.M{"code": "t1"}}
	for name, test := range map[string]struct {
		doc     bson.Raw
		replace bool
		free    bool
		index   string
	}{
		"the ID":                    {doc: thing(t, "t", "1", nil)},
		"the ID of another tenant":  {doc: thing(t, "u", "1", nil)},
		"a name":                    {doc: thing(t, "t", "3", first), index: "name"},
		"a name, replacing":         {doc: thing(t, "t", "2", first), replace: true, index: "name"},
		"a code of another tenant":  {doc: thing(t, "u", "3", code), index: "code"},
		"a code, replacing":         {doc: thing(t, "t", "2", code), replace: true, index: "code"},
		"both":                      {doc: thing(t, "t", "3", bson.M{"name": "name of 1", "nested": bson.M{"code": "t1"}}), index: "name"},
		"a name of another tenant":  {doc: thing(t, "u", "3", first), free: true},
		"a name of what is deleted": {doc: thing(t, "t", "3", bson.M{"name": "name of gone"}), free: true},
		"a name in what is deleted": {doc: thing(t, "t", "3", bson.M{"name": "name of 1", "deleted": true}), free: true},
		"its own name, replacing":   {doc: thing(t, "t", "2", nil), replace: true, free: true},
	} {
		var got error
		// The rollback leaves the stage as it was for the next case.
		err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
			if test.replace {
				_, got = w.Replace(ctx, s, 1, test.doc)
			} else {
				got = w.Insert(ctx, s, test.doc)
			}
			if err := w.Insert(ctx, s, thing(t, "v", "4", nil)); err != nil {
				t.Errorf("%s: the transaction did not go on: %v", name, err)
			}
			return errWork
		})
		if !errors.Is(err, errWork) {
			t.Errorf("%s: %v", name, err)
		}
		var duplicate *store.DuplicateError
		switch {
		case test.free:
			if got != nil {
				t.Errorf("%s: got %v", name, got)
			}
		case !errors.As(got, &duplicate) || duplicate.Index != test.index:
			t.Errorf("%s: got %v, want a duplicate in index %q", name, got, test.index)
		}
	}
}

func TestRevisionsDecide(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	insert(t, b, s, thing(t, "t", "1", nil))
	err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
		for name, key := range map[string]store.Key{
			"revision": {Tenant: "t", ID: "1", Revision: 2}, "tenant": {Tenant: "u", ID: "1", Revision: 1}, "ID": {Tenant: "t", ID: "2", Revision: 1},
		} {
			if ok, err := w.Replace(ctx, s, key.Revision, thing(t, key.Tenant, key.ID, nil)); ok || err != nil {
				t.Errorf("replaced another %s: %t, %v", name, ok, err)
			}
			if ok, err := w.Remove(ctx, s, key); ok || err != nil {
				t.Errorf("removed another %s: %t, %v", name, ok, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), s, "t", "1"); err != nil {
		t.Error(err)
	}
}

// TestNothingFollowsABrokenTransaction: SQLite ends a transaction by itself when a statement in it is
// interrupted, and the next one would stand alone.
func TestNothingFollowsABrokenTransaction(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
		if err := w.Insert(ctx, s, thing(t, "t", "1", nil)); err != nil {
			t.Error(err)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := w.Insert(ended, s, thing(t, "t", "2", nil)); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if err := w.Insert(ctx, s, thing(t, "t", "3", nil)); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("a statement followed: %v", err)
		}
		return nil // although it saw errors
	})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	for _, id := range []string{"1", "2", "3"} {
		if _, err := b.Get(t.Context(), s, "t", id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestWaitingForTheWriterEndsWithTheContext(t *testing.T) {
	b := open(t, path(t), things())
	err := b.Write(t.Context(), func(ctx context.Context, _ store.Writer) error {
		waiting, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		return b.Write(waiting, func(context.Context, store.Writer) error {
			t.Error("two write at once")
			return nil
		})
	})
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestMalformedDocumentsAreRefused(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	for name, doc := range map[string]bson.Raw{
		"not BSON":                  bson.Raw("?"),
		"a number for a text":       thing(t, "t", "1", bson.M{"name": 1}),
		"a text for a truth value":  thing(t, "t", "1", bson.M{"on": "yes"}),
		"a text for a time":         thing(t, "t", "1", bson.M{"at": "today"}),
		"a number for a path's end": thing(t, "t", "1", bson.M{"nested": bson.M{"code": 1}}),
	} {
		err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error { return w.Insert(ctx, s, doc) })
		if err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
