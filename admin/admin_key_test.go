package admin_test

import (
	"errors"
	"slices"
	"testing"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

// TestTheFirstKeyComesBack revokes the last key of the default tenant again and again, as different
// processes do, and checks that the next start has a way in each time.
func TestTheFirstKeyComesBack(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx := caller(t.Context(), admin.DefaultTenantID)
		var before string
		for range 3 {
			key, err := w.admin.FirstKey(t.Context())
			if err != nil || key == "" || key == before {
				t.Fatalf("the first key is %q after %q, %v", key, before, err)
			}
			before = key
			if again, err := w.admin.FirstKey(t.Context()); err != nil || again != "" {
				t.Errorf("with a key there it made another one: %q %v", again, err)
			}
			page, err := w.admin.AdminKeys(ctx, model.PageArgs{})
			if err != nil || len(page.Nodes) != 1 || page.Nodes[0].Hash != auth.HashKey(key) {
				t.Fatalf("the keys are %v %v", page, err)
			}
			if _, err := w.admin.RevokeAdminKey(ctx, page.Nodes[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		actions := map[string]int{}
		for _, event := range trail(ctx, t, w, nil) {
			actions[event.Action]++
		}
		if actions["adminKey.create"] != 3 || actions["adminKey.revoke"] != 3 || len(actions) != 2 {
			t.Errorf("the trail has %v", actions)
		}
	})
}

// TestTheFirstKeyAfterACrash revokes the first key in a process that crashes before its event is
// delivered: the document is then still there, hidden, under the ID that the next first key needs.
func TestTheFirstKeyAfterACrash(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		if _, err := w.admin.FirstKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		crashed := errors.New("crashed")
		other := over(w.open(t, store.Options{Interrupt: func(step string) error {
			if step == "copy" {
				return crashed
			}
			return nil
		}}), w.keys(t))
		ctx := caller(t.Context(), admin.DefaultTenantID)
		page, err := other.AdminKeys(ctx, model.PageArgs{})
		if err != nil || len(page.Nodes) != 1 {
			t.Fatalf("the keys are %v %v", page, err)
		}
		if _, err := other.RevokeAdminKey(ctx, page.Nodes[0].ID); err != nil {
			t.Fatal(err)
		}
		if key, err := w.admin.FirstKey(t.Context()); err != nil || key == "" {
			t.Errorf("the first key is %q %v", key, err)
		}
	})
}

// TestRacingFirstKeys lets several processes start after the last key was revoked: one makes a key.
func TestRacingFirstKeys(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		keys := make([]string, 8)
		for i, err := range race(len(keys), func(i int) error {
			var err error
			keys[i], err = w.admin.FirstKey(t.Context())
			return err
		}) {
			if err != nil {
				t.Errorf("racer %d: %v", i, err)
			}
		}
		made := slices.DeleteFunc(keys, func(key string) bool { return key == "" })
		if len(made) != 1 {
			t.Errorf("%d keys were made", len(made))
		}
	})
}
