package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/resolvers"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

const (
	key = "gk_benchmarks-need-a-key-of-forty-characters"
	// depth is how many apps lie before the page that is listed.
	depth    = 100_000
	pageSize = 50
)

// fixture is a store with a user who owns depth+pageSize apps, and the two handlers over it.
type fixture struct {
	store          *store.Store
	admin          *admin.Admin
	graphql, plain http.Handler
	user           *model.User
	apps           []*model.App
}

// forEachStore runs a benchmark on each store there is.
func forEachStore(b *testing.B, run func(b *testing.B, f *fixture)) {
	b.Run("sqlite", func(b *testing.B) {
		backend, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
		if err != nil {
			b.Fatal(err)
		}
		run(b, newFixture(b, backend))
	})
	b.Run("mongodb", func(b *testing.B) {
		backend, err := mongodb.Open(b.Context(), storetest.MongoDB(b))
		if err != nil {
			b.Fatal(err)
		}
		run(b, newFixture(b, backend))
	})
}

func newFixture(b *testing.B, backend store.Backend) *fixture {
	b.Helper()
	ctx := b.Context()
	s, err := store.Open(ctx, backend, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	log := slog.New(slog.DiscardHandler)
	keys, err := secret.Create(filepath.Join(b.TempDir(), "keyset.json"))
	if err != nil {
		b.Fatal(err)
	}
	f := &fixture{store: s, admin: admin.New(s, keys, time.Now, log)}
	f.seed(b)
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: s, Now: time.Now, Log: log, ConfiguredKey: key, TenantID: admin.DefaultTenantID,
	})
	f.graphql = authenticated(callers, resolvers.Handler(f.admin, log, resolvers.Options{Limits: resolvers.DefaultLimits()}))
	f.plain = authenticated(callers, http.HandlerFunc(f.servePlain))
	return f
}

// seed makes the user and the apps, a minute apart from now back, so that what the benchmarks make
// comes behind.
func (f *fixture) seed(b *testing.B) {
	b.Helper()
	by := model.Actor{Type: model.ActorTypeSystem, ID: "bench", Name: "bench"}
	start := time.Now().Add(-(depth + pageSize) * time.Millisecond)
	f.user = &model.User{Entity: model.NewEntity(admin.DefaultTenantID, by, start), Username: "steve", IsActive: true}
	f.user.Normalize()
	if err := f.store.Users.Load(b.Context(), []*model.User{f.user}); err != nil {
		b.Fatal(err)
	}
	uri := "https://example.com/callback"
	for i := range depth + pageSize {
		app := &model.App{
			Entity: model.NewEntity(admin.DefaultTenantID, by, start.Add(time.Duration(i)*time.Millisecond)),
			UserID: f.user.ID, Name: fmt.Sprintf("app %07d", i), RedirectURI: &uri, IsActive: true,
		}
		app.Normalize()
		f.apps = append(f.apps, app)
	}
	const batch = 5000
	for i := 0; i < len(f.apps); i += batch {
		if err := f.store.Apps.Load(b.Context(), f.apps[i:min(i+batch, len(f.apps))]); err != nil {
			b.Fatal(err)
		}
	}
}

// authenticated is what the server does before GraphQL.
func authenticated(callers *auth.Authenticator, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		principal, err := callers.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(auth.With(r.Context(), principal)))
	})
}

// request is one GraphQL request; the plain handler looks at its operation's name.
type request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// measure runs one request through both handlers. next makes the variables of the i-th request.
func (f *fixture) measure(b *testing.B, query, operation string, next func(i int) map[string]any) {
	for _, side := range []struct {
		name    string
		handler http.Handler
	}{{"plain", f.plain}, {"graphql", f.graphql}} {
		b.Run(side.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				body, err := json.Marshal(request{Query: query, OperationName: operation, Variables: next(i)})
				if err != nil {
					b.Fatal(err)
				}
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+key)
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				side.handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK || bytes.Contains(w.Body.Bytes(), []byte(`"errors"`)) {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
}
