package storetest

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// testWriter asks the backend for what no collection shows by itself: that a write is only of the
// document of this tenant and revision, and that where writes are atomic they are undone together.
func (k kind[E]) testWriter(t *testing.T, s *suite, c *store.Collection[E]) {
	ctx, schema, doc := t.Context(), c.Schema(), k.make(s.tenant())
	base := k.base(doc)
	k.insert(t, c, doc)
	if err := s.store.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	raw, err := s.backend.Get(ctx, schema, base.TenantID, base.ID)
	if err != nil {
		t.Fatal(err)
	}
	stranger := k.clone(t, doc)
	k.base(stranger).TenantID = s.tenant()
	foreign, err := bson.Marshal(stranger)
	if err != nil {
		t.Fatal(err)
	}
	key := store.Key{Tenant: base.TenantID, ID: base.ID, Revision: base.Revision}
	for _, attempt := range []struct {
		what string
		want bool
		do   func(ctx context.Context, w store.Writer) (bool, error)
	}{
		{"replace another revision", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Replace(ctx, schema, key.Revision+1, raw)
		}},
		{"replace the document of another tenant", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Replace(ctx, schema, key.Revision, foreign)
		}},
		{"remove another revision", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Remove(ctx, schema, store.Key{Tenant: key.Tenant, ID: key.ID, Revision: key.Revision - 1})
		}},
		{"remove the document of another tenant", false, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Remove(ctx, schema, store.Key{Tenant: k.base(stranger).TenantID, ID: key.ID, Revision: key.Revision})
		}},
		{"replace", true, func(ctx context.Context, w store.Writer) (bool, error) {
			return w.Replace(ctx, schema, key.Revision, raw)
		}},
	} {
		var done bool
		if err := s.backend.Write(ctx, func(ctx context.Context, w store.Writer) (err error) {
			done, err = attempt.do(ctx, w)
			return err
		}); err != nil || done != attempt.want {
			t.Errorf("%s: %t, %v; want %t", attempt.what, done, err, attempt.want)
		}
		same(t, attempt.what, doc, k.must(t, c, doc))
	}
	if _, relays := s.backend.(store.Relayer); !relays {
		err := s.backend.Write(ctx, func(ctx context.Context, w store.Writer) error {
			if done, err := w.Remove(ctx, schema, key); err != nil || !done {
				t.Errorf("remove: %t, %v", done, err)
			}
			if _, err := w.Get(ctx, schema, key.Tenant, key.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get behind a removal, in one Write: %v; want ErrNotFound", err)
			}
			return errRefused
		})
		if !errors.Is(err, errRefused) {
			t.Errorf("Write = %v; want the error of the work", err)
		}
		same(t, "after a Write that failed", doc, k.must(t, c, doc))
	}
	if err := s.backend.Write(ctx, func(ctx context.Context, w store.Writer) error {
		done, err := w.Remove(ctx, schema, key)
		if !done {
			t.Error("the document was not removed")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	k.gone(ctx, t, "after its removal", c, doc)
}
