package admin_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/storetest"
)

type tripsKey struct{}

// trips is a store.Observer that notes the calls made for a caller, as collection.method. What the relay
// does for itself has no caller.
type trips struct{ mu sync.Mutex }

func (n *trips) Begin(ctx context.Context, call store.Call) context.Context {
	if noted, ok := ctx.Value(tripsKey{}).(*[]string); ok && call.Method != "write" { // the frame around the others
		n.mu.Lock()
		defer n.mu.Unlock()
		*noted = append(*noted, call.Collection+"."+call.Method)
	}
	return ctx
}

func (*trips) End(context.Context, store.Call, time.Duration, error) {}

// TestRoundTrips counts what callers wait for over MongoDB, where every call of the backend is one
// command: TestOneCommandEach of store/mongodb counts those.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	backend, err := mongodb.Open(t.Context(), storetest.MongoDB(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Observe(backend, &trips{}), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	keys, err := secret.Create(t.TempDir() + "/keyset.json")
	if err != nil {
		t.Fatal(err)
	}
	a := over(s, keys)
	ctx := caller(t.Context(), "tenant")
	steve, err := a.CreateUser(ctx, model.CreateUserInput{Username: "steve"})
	if err != nil {
		t.Fatal(err)
	}
	var app *model.App
	made := func(payload *model.AppPayload, err error) error {
		if err == nil {
			app = payload.App
		}
		return err
	}
	var page *model.AppConnection
	for _, step := range []struct {
		what string
		do   func(ctx context.Context) error
		want []string
	}{
		{"create for an ID", func(ctx context.Context) error {
			return made(a.CreateApp(ctx, model.CreateAppInput{UserID: steve.User.ID, Name: "one"}))
		}, []string{"users.get", "apps.insert", "users.get"}},
		{"create for a username", func(ctx context.Context) error {
			return made(a.CreateApp(ctx, model.CreateAppInput{UserID: "Steve", Name: "two"}))
		}, []string{"users.find", "apps.insert", "users.get"}},
		{"get", func(ctx context.Context) error {
			_, err := a.App(ctx, app.ID)
			return err
		}, []string{"apps.get"}},
		{"list", func(ctx context.Context) (err error) {
			page, err = a.Apps(ctx, model.PageArgs{First: new(int32(1))}, nil, nil)
			return err
		}, []string{"apps.find"}},
		{"whether there is more", func(ctx context.Context) error {
			_, err := page.Info.Next(ctx)
			return err
		}, nil},
		{"totalCount", func(ctx context.Context) error {
			_, err := page.Count(ctx)
			return err
		}, []string{"apps.count"}},
		{"update", func(ctx context.Context) error {
			_, err := a.UpdateApp(ctx, app.ID, model.UpdateAppInput{Name: graphql.OmittableOf(new("three"))}, &app.Revision)
			return err
		}, []string{"apps.get", "apps.replace"}},
		{"update that changes nothing", func(ctx context.Context) error {
			_, err := a.UpdateApp(ctx, app.ID, model.UpdateAppInput{}, nil)
			return err
		}, []string{"apps.get"}},
		{"deactivate", func(ctx context.Context) error {
			_, err := a.SetAppStatus(ctx, app.ID, false)
			return err
		}, []string{"apps.get", "apps.replace"}},
		{"activate", func(ctx context.Context) error {
			_, err := a.SetAppStatus(ctx, app.ID, true)
			return err
		}, []string{"apps.get", "users.get", "apps.replace", "users.get"}},
		{"delete", func(ctx context.Context) error {
			_, err := a.DeleteApp(ctx, app.ID)
			return err
		}, []string{"apps.get", "apps.replace"}},
	} {
		var noted []string
		if err := step.do(context.WithValue(ctx, tripsKey{}, &noted)); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		if !slices.Equal(noted, step.want) {
			t.Errorf("%s: calls %v; want %v", step.what, noted, step.want)
		}
	}
}
