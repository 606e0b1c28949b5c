package admin_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// TestAuditEventsShowsWhatTheCallerHasJustDone writes and reads the trail at once, many times, from
// several callers: nobody misses their own event.
func TestAuditEventsShowsWhatTheCallerHasJustDone(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx := caller(t.Context(), "tenant")
		for i, err := range race(8, func(int) error {
			for range 20 {
				made, err := w.admin.CreateAdminKey(ctx, model.CreateAdminKeyInput{Name: "key"})
				if err != nil {
					return err
				}
				if _, err := w.admin.RevokeAdminKey(ctx, made.AdminKey.ID); err != nil {
					return err
				}
				page, err := w.admin.AuditEvents(ctx, model.PageArgs{}, &model.AuditEventFilter{EntityID: &made.AdminKey.ID})
				if err != nil {
					return err
				}
				if len(page.Nodes) != 2 || page.Nodes[0].Action != "adminKey.revoke" || page.Nodes[1].Action != "adminKey.create" {
					return errors.New("the trail lacks what has just happened")
				}
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		}
	})
}

// TestAuditEventsWithoutDelivery checks that a trail which cannot be brought up to date is not shown.
func TestAuditEventsWithoutDelivery(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		var relayed atomic.Bool // where the store is atomic, nothing has to be delivered
		other := over(w.open(t, store.Options{Interrupt: func(step string) error {
			if step == "copy" {
				relayed.Store(true)
				return store.ErrUnavailable
			}
			return nil
		}}), w.keys(t))
		ctx := caller(t.Context(), "tenant")
		if _, err := other.CreateAdminKey(ctx, model.CreateAdminKeyInput{Name: "key"}); err != nil {
			t.Fatal(err)
		}
		page, err := other.AuditEvents(ctx, model.PageArgs{}, nil)
		switch kind, _ := code(err); {
		case relayed.Load() && kind != model.Unavailable:
			t.Errorf("got %v %v, want %s", page, err, model.Unavailable)
		case !relayed.Load() && (err != nil || len(page.Nodes) != 1):
			t.Errorf("got %v %v, want the event", page, err)
		}
	})
}

// trail is the whole audit trail of the caller's tenant under a filter, the newest event first.
func trail(ctx context.Context, t *testing.T, w *world, where *model.AuditEventFilter) []*model.AuditEvent {
	t.Helper()
	page, err := w.admin.AuditEvents(ctx, model.PageArgs{First: new(int32(500))}, where)
	if err != nil {
		t.Fatal(err)
	}
	return page.Nodes
}
