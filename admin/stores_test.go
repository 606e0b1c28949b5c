package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

// world is a store, what seals its secrets, and an Admin over both.
type world struct {
	store *store.Store
	admin *admin.Admin
	// keyset is the path of the keyset file.
	keyset string
	// open opens the same database once more.
	open func(t *testing.T, options store.Options) *store.Store
}

// onBothStores runs a test on an empty database of each kind.
func onBothStores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "gatehouse.db")
		test(t, newWorld(t, func(t *testing.T) (store.Backend, error) {
			t.Helper()
			return sqlite.Open(t.Context(), path)
		}))
	})
	t.Run("MongoDB", func(t *testing.T) {
		t.Parallel()
		uri := storetest.MongoDB(t)
		test(t, newWorld(t, func(t *testing.T) (store.Backend, error) {
			t.Helper()
			return mongodb.Open(t.Context(), uri)
		}))
	})
}

func newWorld(t *testing.T, backend func(t *testing.T) (store.Backend, error)) *world {
	t.Helper()
	w := &world{keyset: filepath.Join(t.TempDir(), "keyset.json")}
	w.open = func(t *testing.T, options store.Options) *store.Store {
		t.Helper()
		opened, err := backend(t)
		if err != nil {
			t.Fatal(err)
		}
		options.Log = slog.New(slog.DiscardHandler)
		s, err := store.Open(t.Context(), opened, options)
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
	w.store = w.open(t, store.Options{})
	if _, err := secret.Create(w.keyset); err != nil {
		t.Fatal(err)
	}
	w.admin = over(w.store, w.keys(t))
	return w
}

// keys reads the keyset, as another process would.
func (w *world) keys(t *testing.T) *secret.Keyset {
	t.Helper()
	keys, err := secret.Open(w.keyset)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func over(s *store.Store, keys *secret.Keyset) *admin.Admin {
	return admin.New(s, keys, time.Now, slog.New(slog.DiscardHandler))
}

// caller is somebody in a tenant who may do everything.
func caller(ctx context.Context, tenant string) context.Context {
	return auth.With(ctx, &auth.Principal{
		TenantID: tenant, Actor: model.Actor{Type: model.ActorTypeAdminKey, ID: "key", Name: "key"},
		Permissions: model.AllPermission, RequestID: "request",
	})
}

// application is the input of a management application with one OIDC client that has a secret.
func application(name string) model.CreateManagementApplicationInput {
	return model.CreateManagementApplicationInput{
		Name: name, InviteMemberEmailExpirationMinutes: 60, FirstClient: new(oidc(name)),
		ExternalCommunication: &model.ExternalCommunication{Language: model.CommunicationLanguageEn},
	}
}

func oidc(name string) model.ClientInput {
	return model.ClientInput{Oidc: graphql.OmittableOf(&model.OidcClientInput{
		Name: name, ClientType: model.ClientTypeWeb, ResponseTypes: []model.ResponseType{model.ResponseTypeCode},
		TokenEndpointAuthMethod: model.TokenEndpointAuthMethodClientSecretBasic,
	})}
}

func create(ctx context.Context, t *testing.T, a *admin.Admin, in model.CreateManagementApplicationInput) *model.CreateManagementApplicationPayload {
	t.Helper()
	payload, err := a.CreateManagementApplication(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// read reads a management application anew.
func read(ctx context.Context, t *testing.T, a *admin.Admin, id string) *model.ManagementApplication {
	t.Helper()
	app, err := a.ManagementApplication(ctx, id)
	if err != nil || app == nil {
		t.Fatalf("ManagementApplication = %v, %v", app, err)
	}
	return app
}

// code is the public kind of an error, empty where it has none; violation is the code of its first
// violation.
func code(err error) (kind model.Code, violation string) {
	var known *model.Error
	if !errors.As(err, &known) {
		return "", ""
	}
	if len(known.Violations) > 0 {
		violation = known.Violations[0].Code
	}
	return known.Code, violation
}

// race runs do n times at once and returns what came of each.
func race(n int, do func(i int) error) []error {
	var all sync.WaitGroup
	start, results := make(chan struct{}), make([]error, n)
	for i := range n {
		all.Go(func() {
			<-start
			results[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return results
}

// winners counts those that succeeded. Every other must have failed with this kind and violation.
func winners(t *testing.T, results []error, kind model.Code, violation string) int {
	t.Helper()
	won := 0
	for i, err := range results {
		if err == nil {
			won++
			continue
		}
		if gotKind, gotViolation := code(err); gotKind != kind || gotViolation != violation {
			t.Errorf("racer %d: %v; want %s %s", i, err, kind, violation)
		}
	}
	return won
}
