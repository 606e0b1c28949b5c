package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

const (
	publicURL = "https://admin.example.com"
	lifetime  = time.Hour
	tenant    = "tenant"
)

// world is a store that can be made to fail, a clock that stands still, and what seals.
type world struct {
	*store.Store
	faults *storetest.Faults
	clock  *clock
	keyset *secret.Keyset
	// path is where the database is.
	path string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gatehouse.db")
	backend, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{faults: storetest.NewFaults(backend), clock: &clock{}, path: path}
	w.Store, err = store.Open(t.Context(), w.faults, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	if w.keyset, err = secret.Create(filepath.Join(t.TempDir(), "keyset.json")); err != nil {
		t.Fatal(err)
	}
	w.clock.set(time.Date(2026, 1, 1, 12, 10, 0, 0, time.UTC)) // ten minutes into a slot
	return w
}

// again opens the database once more, as another process does.
func (w *world) again(t *testing.T) *store.Store {
	t.Helper()
	backend, err := sqlite.Open(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), backend, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// process is what a process has of signing keys and tokens.
type process struct {
	*auth.SigningKeys
	*auth.Tokens
}

// process starts another process on the store.
func (w *world) process() *process {
	keys := auth.NewSigningKeys(w.Store, w.keyset, w.clock.now, lifetime)
	return &process{SigningKeys: keys, Tokens: auth.NewTokens(w.Store, keys, w.clock.now, publicURL)}
}

// authenticator is that of a process.
func (w *world) authenticator(p *process) *auth.Authenticator {
	return auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: w.Store, Now: w.clock.now, Log: slog.New(slog.DiscardHandler), Tokens: p.Tokens,
	})
}

// application stores an active management application of the tenant with two clients.
func (w *world) application(t *testing.T, name string) *model.ManagementApplication {
	t.Helper()
	app := &model.ManagementApplication{
		Entity: w.entity(), Name: name, IsActive: true,
		StoredClients: []model.StoredClient{{ID: model.NewID(w.clock.now())}, {ID: model.NewID(w.clock.now())}},
	}
	app.Normalize()
	if err := w.ManagementApplications.Insert(t.Context(), app, nil); err != nil {
		t.Fatal(err)
	}
	return app
}

// assign gives an application a new role of these permissions, and returns the role.
func (w *world) assign(t *testing.T, app *model.ManagementApplication, permissions ...model.Permission) *model.Role {
	t.Helper()
	role := &model.Role{Entity: w.entity(), Permissions: permissions}
	role.Name = role.ID
	role.Normalize()
	if err := w.Roles.Insert(t.Context(), role, nil); err != nil {
		t.Fatal(err)
	}
	assignment := &model.RoleAssignment{Entity: w.entity(), RoleID: role.ID, EntityType: model.RoleEntityTypeApplication, EntityID: app.ID}
	if err := w.RoleAssignments.Insert(t.Context(), assignment, nil); err != nil {
		t.Fatal(err)
	}
	return role
}

// entity is a new one of the tenant.
func (w *world) entity() model.Entity {
	return model.NewEntity(tenant, model.Actor{Type: model.ActorTypeSystem, ID: "test", Name: "test"}, w.clock.now())
}

// event is what a change needs to be written.
func (w *world) event() *model.AuditEvent { return &model.AuditEvent{Entity: w.entity()} }

// change edits a document.
func change[T any](t *testing.T, c *store.Collection[T], id string, event *model.AuditEvent, edit func(*T)) {
	t.Helper()
	if _, err := c.Update(t.Context(), tenant, id, func(ch *store.Change[T]) error {
		edit(ch.Doc)
		ch.Event = event
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// remove deletes a document.
func remove[T any](t *testing.T, c *store.Collection[T], id string, event *model.AuditEvent) {
	t.Helper()
	if _, err := c.Delete(t.Context(), tenant, id, func(ch *store.Change[T]) error {
		ch.Event = event
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// clock stands still until it is moved.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()).UTC() }
func (c *clock) set(t time.Time)         { c.at.Store(t.UnixNano()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

// failing has every access to one collection fail.
func failing(collection string) storetest.Fault {
	return func(_ context.Context, accessed string, _ bool) error {
		if accessed == collection {
			return errors.New("mongodb://user:hunter2@db is broken")
		}
		return nil
	}
}

// is says whether err is public and of this kind.
func is(err error, code model.Code) bool {
	var known *model.Error
	return errors.As(err, &known) && known.Code == code
}
