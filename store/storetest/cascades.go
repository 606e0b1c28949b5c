package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

// cascade is a change that other documents must follow.
type cascade struct {
	name string
	// stage makes the documents and says what will become of them.
	stage func(t *testing.T, d *director) scene
}

// scene is a document to be changed, and those around it.
type scene struct {
	// change makes the change, and answers how many dependents it says it took along.
	change func(ctx context.Context, a *admin.Admin) (int, error)
	// changed says whether the document is as the change wants it.
	changed func(ctx context.Context, s *store.Store) (bool, error)
	// subject is the document and what the audit trail says of it: before the change and with it.
	subject extra
	// dependents follow the change; bystanders are like them in all but that they do not.
	dependents, bystanders []extra
}

// extra is a document in a scene.
type extra struct {
	id string
	// made and followed are the actions of its events.
	made, followed string
	// is says whether it is as the change wants it.
	is func(ctx context.Context, s *store.Store) (bool, error)
}

// testCascades crashes a store at each step of each cascade. Whoever recovers must then find that
// nothing happened, or bring all of it to its end, with one event for each document.
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
	dying := rules(t, s.open(t, store.Options{Interrupt: crash.interrupt}))
	scene := c.stage(t, &director{ctx: ctx, tenant: tenant, admin: dying})
	crash.arm(n, func(string) {})
	counted, failure := scene.change(ctx, dying)
	_, crashed = crash.result()
	if failure != nil && !crashed {
		t.Fatalf("the change failed although nothing crashed: %v", failure)
	}
	if failure == nil && counted != len(scene.dependents) {
		t.Errorf("the change says that %d followed it; want %d", counted, len(scene.dependents))
	}

	// Two processes start after the crash and recover at once.
	living := rules(t, s.store)
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
	happened, err := scene.changed(ctx, s.store)
	if err != nil {
		t.Fatal(err)
	}
	if failure == nil && !happened {
		t.Fatal("the change was acknowledged and is not there")
	}
	look := func(what string, x extra, want bool) {
		t.Helper()
		is, err := x.is(ctx, s.store)
		if err != nil || is != want {
			t.Errorf("the change happened: %t; the %s followed: %t, %v", happened, what, is, err)
		}
		actions := []string{x.made}
		if want {
			actions = append(actions, x.followed)
		}
		if got := actionsOn(ctx, t, s.store, tenant, x.id); !slices.Equal(got, actions) {
			t.Errorf("events of the %s: %v, not %v", what, got, actions)
		}
	}
	scene.subject.is = scene.changed
	look("document itself", scene.subject, happened)
	for _, x := range scene.dependents {
		look("dependent", x, happened)
	}
	for _, x := range scene.bystanders {
		look("bystander", x, false)
	}
	nothingWaits(ctx, t, s.store.Users, tenant)
	nothingWaits(ctx, t, s.store.ManagementApplications, tenant)
	nothingWaits(ctx, t, s.store.Roles, tenant)
	return crashed
}

// nothingWaits fails the test if a task of the tenant waits.
func nothingWaits[T any, P interface {
	*T
	Base() *model.Entity
}](ctx context.Context, t *testing.T, c *store.Collection[T], tenant string) {
	t.Helper()
	err := c.Unfinished(ctx, func(u store.Unfinished[T]) error {
		if P(u.Doc).Base().TenantID == tenant {
			t.Errorf("the task %s of a %s still waits", u.Task, c.Schema().Singular)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rules(t *testing.T, s *store.Store) *admin.Admin {
	t.Helper()
	keys, err := secret.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	return admin.New(s, keys, time.Now, slog.New(slog.DiscardHandler))
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
