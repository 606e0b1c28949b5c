package oauth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-jose/go-jose/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/oauth"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

const (
	issuer   = "https://gatehouse.example"
	audience = issuer + "/graphql"
	// canary is in every error of a store that fails, and must not be in any answer.
	canary = "mongodb://user:canary-password@db.example"
)

// world is an authorization server over a store, with a clock of its own.
type world struct {
	http.Handler
	store   *store.Store
	backend *probe // nil on MongoDB
	keyset  *countingKeyset
	admin   *admin.Admin
	clock   *clock
	log     *logBuffer
	// signatures counts the signatures of assertions that were checked.
	signatures atomic.Int64
	options    oauth.Options
}

func onSQLite(t *testing.T) *world {
	t.Helper()
	opened, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	backend := &probe{Backend: opened}
	w := newWorld(t, backend)
	w.backend = backend
	return w
}

// onBothStores runs a test on an empty database of each kind.
func onBothStores(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, onSQLite(t))
	})
	t.Run("MongoDB", func(t *testing.T) {
		t.Parallel()
		opened, err := mongodb.Open(t.Context(), storetest.MongoDB(t))
		if err != nil {
			t.Fatal(err)
		}
		test(t, newWorld(t, opened))
	})
}

func newWorld(t *testing.T, backend store.Backend) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Now().Truncate(time.Second)}, log: &logBuffer{}}
	s, err := store.Open(t.Context(), backend, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	keys, err := secret.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	w.store, w.keyset = s, &countingKeyset{Keyset: keys}
	w.admin = admin.New(s, keys, w.clock.Now, slog.New(slog.DiscardHandler))
	signing := auth.NewSigningKeys(s, keys, w.clock.Now, time.Hour)
	w.options = oauth.Options{
		Store: s, Keyset: w.keyset, SigningKeys: signing, Tokens: auth.NewTokens(s, signing, w.clock.Now, issuer),
		Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		ClientAddress: func(r *http.Request) netip.Addr { return netip.MustParseAddrPort(r.RemoteAddr).Addr() },
	}
	w.Handler = w.another(t)
	return w
}

// another is a second server on the same store, as another process would be.
func (w *world) another(t *testing.T) http.Handler {
	t.Helper()
	handler, err := oauth.CountingHandler(w.options, func() { w.signatures.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// registered is a client of a management application.
type registered struct {
	appID, id, secret string
}

const home = "tenant-home"

func in(ctx context.Context, tenant string) context.Context {
	return auth.With(ctx, &auth.Principal{
		TenantID: tenant, Actor: model.Actor{Type: model.ActorTypeAdminKey, ID: "key", Name: "key"},
		Permissions: model.AllPermission, RequestID: "request",
	})
}

// register makes a management application of a tenant, with one client of a method and, if there are
// permissions, a role that has them. keys are those of private_key_jwt.
func (w *world) register(t *testing.T, tenant, name string, method model.TokenEndpointAuthMethod, keys []jose.JSONWebKey, permissions ...model.Permission) registered {
	t.Helper()
	var set *model.JSON
	if keys != nil {
		set = new(jwks(t, keys...))
	}
	return w.registerWith(t, tenant, name, method, set, permissions...)
}

// registerSet makes a client of private_key_jwt in the home tenant, with a key set as it is written.
func (w *world) registerSet(t *testing.T, name string, set model.JSON) registered {
	t.Helper()
	return w.registerWith(t, home, name, model.TokenEndpointAuthMethodPrivateKeyJwt, &set)
}

func (w *world) registerWith(t *testing.T, tenant, name string, method model.TokenEndpointAuthMethod, set *model.JSON, permissions ...model.Permission) registered {
	t.Helper()
	ctx := in(t.Context(), tenant)
	settings := &model.OidcClientInput{
		Name: name, ClientType: model.ClientTypeWeb, ResponseTypes: []model.ResponseType{model.ResponseTypeCode},
		TokenEndpointAuthMethod: method, Jwks: set, Pkce: new(model.PkcePolicyEnforcePkceAlongsideClientCredentials),
	}
	created, err := w.admin.CreateManagementApplication(ctx, model.CreateManagementApplicationInput{
		Name: name, InviteMemberEmailExpirationMinutes: 60,
		FirstClient:           &model.ClientInput{Oidc: graphql.OmittableOf(settings)},
		ExternalCommunication: &model.ExternalCommunication{Language: model.CommunicationLanguageEn},
	})
	if err != nil {
		t.Fatal(err)
	}
	app := created.ManagementApplication
	c := registered{appID: app.ID, id: app.ClientIDs[0]}
	if created.ClientSecret != nil {
		c.secret = created.ClientSecret.Value()
	}
	if len(permissions) > 0 {
		role, err := w.admin.CreateRole(ctx, model.CreateRoleInput{Name: name, Permissions: permissions})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.admin.AssignRole(ctx, role.Role.ID, model.RoleEntityTypeApplication, []string{app.ID}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// basicClient is a client of the home tenant that authenticates with client_secret_basic.
func (w *world) basicClient(t *testing.T, name string, permissions ...model.Permission) registered {
	t.Helper()
	return w.register(t, home, name, model.TokenEndpointAuthMethodClientSecretBasic, nil, permissions...)
}

// setActive activates or deactivates the application of a client.
func (w *world) setActive(t *testing.T, tenant string, c registered, active bool) {
	t.Helper()
	if _, err := w.admin.SetManagementApplicationStatus(in(t.Context(), tenant), c.appID, active); err != nil {
		t.Fatal(err)
	}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// countingKeyset counts what it opens.
type countingKeyset struct {
	*secret.Keyset
	opened atomic.Int64
}

func (k *countingKeyset) Open(sealed []byte, b secret.Binding) ([]byte, error) {
	k.opened.Add(1)
	return k.Keyset.Open(sealed, b)
}

// probe counts the calls to a backend, and fails when it is told to.
type probe struct {
	store.Backend
	calls atomic.Int64
	fails atomic.Bool
}

func (p *probe) call() error {
	p.calls.Add(1)
	if p.fails.Load() {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, errors.New(canary))
	}
	return nil
}

func (p *probe) Get(ctx context.Context, s *store.Schema, tenant, id string) (bson.Raw, error) {
	if err := p.call(); err != nil {
		return nil, err
	}
	return p.Backend.Get(ctx, s, tenant, id)
}

func (p *probe) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	if err := p.call(); err != nil {
		return nil, err
	}
	return p.Backend.Find(ctx, scan)
}

func (p *probe) Write(ctx context.Context, work func(ctx context.Context, w store.Writer) error) error {
	if err := p.call(); err != nil {
		return err
	}
	return p.Backend.Write(ctx, work)
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
