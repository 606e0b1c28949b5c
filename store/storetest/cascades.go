package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

// cascadeApps is how many apps the user of a cascade owns.
const cascadeApps = 3

// cascade is a change of a user that its apps must follow.
type cascade struct {
	name string
	// change makes it.
	change func(ctx context.Context, a *admin.Admin, userID string) error
	// verb is how the events of the apps say it.
	verb string
	// followed says whether an app is as the change wants it; app is nil when it is gone.
	followed func(app *model.App) bool
}

func cascades() []cascade {
	return []cascade{
		{
			name: "deactivation",
			change: func(ctx context.Context, a *admin.Admin, userID string) error {
				_, err := a.SetUserStatus(ctx, userID, false)
				return err
			},
			verb:     "app.deactivate",
			followed: func(app *model.App) bool { return app != nil && !app.IsActive },
		},
		{
			name: "deletion",
			change: func(ctx context.Context, a *admin.Admin, userID string) error {
				_, err := a.DeleteUser(ctx, userID)
				return err
			},
			verb:     "app.delete",
			followed: func(app *model.App) bool { return app == nil },
		},
	}
}

// testCascades crashes a store at each step of each cascade. Whoever recovers must then find that
// nothing happened, or bring all of it to its end, with one event for each app.
func testCascades(t *testing.T, s *suite) {
	t.Helper()
	for _, c := range cascades() {
		t.Run(c.name, func(t *testing.T) {
			for n, crashed := 0, true; crashed && !t.Failed(); n++ {
				t.Run(fmt.Sprintf("after %d steps", n), func(t *testing.T) { crashed = testCascade(t, s, c, n) })
			}
		})
	}
}

func testCascade(t *testing.T, s *suite, c cascade, n int) (crashed bool) {
	t.Helper()
	tenant := s.tenant()
	ctx := auth.With(t.Context(), &auth.Principal{
		TenantID: tenant, Actor: model.Actor{Type: model.ActorTypeAdminKey, ID: "key", Name: "key"}, RequestID: "request",
	})
	var crash crasher
	dying := rules(s.open(t, store.Options{Interrupt: crash.interrupt}))
	user, err := dying.CreateUser(ctx, model.CreateUserInput{Username: "steve"})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range cascadeApps {
		app, err := dying.CreateApp(ctx, model.CreateAppInput{UserID: "steve", Name: fmt.Sprintf("app %d", i)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, app.App.ID)
	}
	crash.arm(n, func(string) {})
	failure := c.change(ctx, dying, user.User.ID)
	_, crashed = crash.result()
	if failure != nil && !crashed {
		t.Fatalf("the change failed although nothing crashed: %v", failure)
	}

	// Two processes start after the crash and recover at once.
	living := rules(s.store)
	failures := make([]error, 2)
	atOnce(len(failures), func(i int) { failures[i] = living.Recover(ctx) })
	for _, err := range failures {
		if err != nil {
			t.Fatalf("recover: %v", err)
		}
	}
	if err := s.store.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := living.User(ctx, user.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	happened := after == nil || !after.IsActive
	if failure == nil && !happened {
		t.Fatal("the change was acknowledged and is not there")
	}
	for _, id := range ids {
		app, err := living.App(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.followed(app) != happened {
			t.Errorf("the user changed: %t; the app followed: %t", happened, c.followed(app))
		}
		want := []string{"app.create"}
		if happened {
			want = append(want, c.verb)
		}
		if got := actionsOn(ctx, t, s.store, tenant, id); !slices.Equal(got, want) {
			t.Errorf("events of an app: %v, not %v", got, want)
		}
	}
	err = s.store.Users.Unfinished(ctx, func(u store.Unfinished[model.User]) error {
		if u.Doc.TenantID == tenant {
			t.Errorf("the task %s still waits", u.Task)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return crashed
}

func rules(s *store.Store) *admin.Admin {
	return admin.New(s, time.Now, slog.New(slog.DiscardHandler))
}

// actionsOn is what the audit trail says was done to an entity, in order.
func actionsOn(ctx context.Context, t *testing.T, s *store.Store, tenant, id string) []string {
	t.Helper()
	events, err := s.AuditEvents.Find(ctx, tenant, store.Query{Equal: []store.Term{{Field: "entityId", Value: id}}})
	if err != nil {
		t.Fatal(err)
	}
	actions := make([]string, len(events))
	for i, event := range events {
		actions[i] = event.Action
	}
	return actions
}
