package admin_test

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/model"
	"gatehouse/store"
)

// TestRecoverLeavesActiveUsersAlone has recovery meet a deactivation that somebody has taken back.
func TestRecoverLeavesActiveUsersAlone(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		t.Helper()
		ctx := caller(t.Context(), "tenant")
		user, app := userWithApp(ctx, t, w)
		// A writer who had loaded the user before brings its task back.
		leaveTask(ctx, t, w, user, true)
		if err := w.admin.Recover(ctx); err != nil {
			t.Fatal(err)
		}
		after, err := w.admin.App(ctx, app)
		if err != nil || !after.IsActive {
			t.Errorf("recovery deactivated the app of an active user: %v", err)
		}
		if task, err := w.store.Users.Waiting(ctx, "tenant", user); err != nil || task != "" {
			t.Errorf("the task %q still waits: %v", task, err)
		}
	})
}

// TestActivationEndsTheTask activates a user whose deactivation was interrupted.
func TestActivationEndsTheTask(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		t.Helper()
		ctx := caller(t.Context(), "tenant")
		user, app := userWithApp(ctx, t, w)
		leaveTask(ctx, t, w, user, false)
		activated, err := w.admin.SetUserStatus(ctx, user, true)
		if err != nil || activated.Status != model.ActivationStatusActivated {
			t.Fatalf("activate the user: %v %v", activated, err)
		}
		if again, err := w.admin.SetAppStatus(ctx, app, true); err != nil || again.Status != model.ActivationStatusActivated {
			t.Fatalf("the interrupted deactivation was not brought to its end first: %v %v", again, err)
		}
		if err := w.admin.Recover(ctx); err != nil {
			t.Fatal(err)
		}
		if after, err := w.admin.App(ctx, app); err != nil || !after.IsActive {
			t.Errorf("recovery deactivated the app of an active user: %v", err)
		}
	})
}

// TestTheSameSecretIsNoChange gives a provider's secret twice.
func TestTheSameSecretIsNoChange(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		t.Helper()
		ctx := caller(t.Context(), "tenant")
		_, app := userWithApp(ctx, t, w)
		give := func(secret string) int32 {
			payload, err := w.admin.UpdateLoginPreferences(ctx, app, model.LoginPreferencesInput{AuthMethods: &model.AuthMethodsInput{
				Facebook: graphql.OmittableOf(&model.SocialLoginInput{IsActive: true, ClientID: "1234567890", ClientSecret: graphql.OmittableOf(&secret)}),
			}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return payload.Application.(*model.App).Revision
		}
		first := give("hunter2")
		if again := give("hunter2"); again != first {
			t.Errorf("the same secret took the revision from %d to %d", first, again)
		}
		if other := give("hunter3"); other != first+1 {
			t.Errorf("another secret left the revision at %d, from %d", other, first)
		}
	})
}

// leaveTask leaves the user with the task of a deactivation, as a crash would.
func leaveTask(ctx context.Context, t *testing.T, w *world, user string, active bool) {
	t.Helper()
	_, err := w.store.Users.Update(ctx, "tenant", user, func(ch *store.Change[model.User]) error {
		ch.Doc.IsActive = active
		ch.Event = &model.AuditEvent{Entity: ch.Doc.Entity, Action: "user.update", EntityID: user}
		ch.Event.ID = model.NewID(ch.Doc.CreatedAt)
		ch.Task = "deactivateApps"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func userWithApp(ctx context.Context, t *testing.T, w *world) (user, app string) {
	t.Helper()
	made, err := w.admin.CreateUser(ctx, model.CreateUserInput{Username: "steve"})
	if err != nil {
		t.Fatal(err)
	}
	owned, err := w.admin.CreateApp(ctx, model.CreateAppInput{UserID: "steve", Name: "my-app"})
	if err != nil {
		t.Fatal(err)
	}
	return made.User.ID, owned.App.ID
}
