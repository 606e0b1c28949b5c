package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/resolvers"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// canary stands for what no caller may see.
const canary = "mongodb://root:canary@db.internal/gatehouse"

// failing is a backend that counts and writes nothing.
type failing struct {
	store.Backend
	err error
}

func (f failing) Count(context.Context, *store.Scan) (int, error) { return 0, f.err }

func (f failing) Write(context.Context, func(context.Context, store.Writer) error) error {
	return f.err
}

// embedded is an empty store.
func embedded(t *testing.T) store.Backend {
	t.Helper()
	backend, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := backend.Close(); err != nil {
			t.Error(err)
		}
	})
	return backend
}

// server answers GraphQL requests of a caller with these permissions, and logs into log.
func server(t *testing.T, backend store.Backend, now func() time.Time, log *bytes.Buffer, permissions ...model.Permission) http.Handler {
	t.Helper()
	s, err := store.Open(t.Context(), backend, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(log, nil))
	keys, err := secret.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	handler := resolvers.Handler(admin.New(s, keys, now, logger), logger, resolvers.Options{Limits: resolvers.DefaultLimits()})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(auth.With(r.Context(), &auth.Principal{
			TenantID: admin.DefaultTenantID, Actor: model.Actor{Type: model.ActorTypeAdminKey, ID: "key", Name: "key"},
			Permissions: permissions, RequestID: "request-1",
		})))
	})
}

// answered is what a request was answered.
type answered struct {
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	body string
}

func ask(t *testing.T, handler http.Handler, query string) answered {
	t.Helper()
	return askWith(t, handler, query, nil)
}

func askWith(t *testing.T, handler http.Handler, query string, values map[string]any) answered {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": values})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	a := answered{body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s was answered %d %s", query, w.Code, w.Body)
	}
	return a
}

// code is the code of the answer's one error, "" when there is none.
func (a answered) code(t *testing.T) string {
	t.Helper()
	switch len(a.Errors) {
	case 0:
		return ""
	case 1:
		code, _ := a.Errors[0].Extensions["code"].(string)
		return code
	}
	t.Fatalf("there is more than one error: %s", a.body)
	return ""
}

// TestErrorsDoNotLeak lets a store fail in every form in which an error reaches the presenter. What
// callers see says nothing of the cause; the log has it, with the ID of the request.
func TestErrorsDoNotLeak(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial " + canary + ": connection refused")
	backend := embedded(t)
	for _, c := range []struct {
		name string
		err  func() error // anew each time, because gqlgen writes into some
		code string
	}{
		{"an error", func() error { return cause }, "INTERNAL"},
		{"a wrapped error", func() error { return fmt.Errorf("find: %w", cause) }, "INTERNAL"},
		{"an error of GraphQL", func() error { return gqlerror.Errorf("find: %v", cause) }, "INTERNAL"},
		{"an error wrapped in one of GraphQL", func() error { return gqlerror.Wrap(cause) }, "INTERNAL"},
		{"an error of GraphQL with a cause and a code", func() error {
			return &gqlerror.Error{Err: cause, Message: cause.Error(), Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}
		}, "INTERNAL"},
		{"an error of GraphQL with extensions", func() error {
			return &gqlerror.Error{Err: cause, Message: cause.Error(), Extensions: map[string]any{"uri": canary}}
		}, "INTERNAL"},
		{"an error around one of GraphQL", func() error { return fmt.Errorf("%s: %w", canary, gqlerror.Wrap(cause)) }, "INTERNAL"},
		{"an error that callers may see, with a cause", func() error { return &model.Error{Code: model.Conflict, Message: "Taken.", Cause: cause} }, "CONFLICT"},
		{"an error around one that callers may see", func() error { return fmt.Errorf("%s: %w", canary, model.NotFoundError("user")) }, "NOT_FOUND"},
		{"an error beside one that callers may see", func() error { return errors.Join(cause, model.NotFoundError("user")) }, "NOT_FOUND"},
		{"a store that does not answer", func() error { return fmt.Errorf("%w: %w", store.ErrUnavailable, cause) }, "UNAVAILABLE"},
		{"a deadline", func() error { return fmt.Errorf("%w: %w", context.DeadlineExceeded, cause) }, "UNAVAILABLE"},
		{"a duplicate that nobody expects", func() error { return &store.DuplicateError{Index: cause.Error()} }, "INTERNAL"},
	} {
		for place, query := range map[string]string{
			"[users totalCount]": `{ users { totalCount } }`,
			"[createUser]":       `mutation { createUser(input: {username: "x"}) { user { id } } }`,
			"[deleteApp]":        `mutation { deleteApp(id: "x") { deletedId } }`,
		} {
			var log bytes.Buffer
			a := ask(t, server(t, failing{backend, c.err()}, time.Now, &log, model.AllPermission...), query)
			if got := a.code(t); got != c.code {
				t.Errorf("%s: %s was answered %s, want %s: %s", c.name, place, got, c.code, a.body)
			}
			if strings.Contains(a.body, "canary") || strings.Contains(a.body, "connection refused") {
				t.Errorf("%s: %s shows it: %s", c.name, place, a.body)
			}
			if len(a.Errors) != 1 || fmt.Sprint(a.Errors[0].Path) != place || string(a.Data) != "null" {
				t.Errorf("%s: %s is not where the error is: %s", c.name, place, a.body)
			}
			if c.code == "INTERNAL" && !strings.Contains(a.Errors[0].Message, "request-1") {
				t.Errorf("%s: %s does not name the request: %s", c.name, place, a.body)
			}
			if logged := strings.Contains(log.String(), "requestId=request-1") && strings.Contains(log.String(), "connection refused"); logged != (c.code != "NOT_FOUND") {
				t.Errorf("%s: of %s the log says %s", c.name, place, &log)
			}
		}
	}
}

// TestPanicEndsOneRequest lets a resolver panic; the next request is answered.
func TestPanicEndsOneRequest(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	now := func() time.Time {
		if broken.Load() {
			panic(canary)
		}
		return time.Now()
	}
	var log bytes.Buffer
	handler := server(t, embedded(t), now, &log, model.AllPermission...)
	broken.Store(true)
	a := ask(t, handler, `{ viewer { tenantId } user(id: "x") { id } }`)
	if len(a.Errors) == 0 {
		t.Fatalf("a panic was answered %s", a.body)
	}
	for _, e := range a.Errors {
		if e.Extensions["code"] != "INTERNAL" || !strings.Contains(e.Message, "request-1") || len(e.Path) != 1 {
			t.Errorf("a panic was answered %s", a.body)
		}
	}
	if strings.Contains(a.body, "canary") || !strings.Contains(log.String(), canary) || !strings.Contains(log.String(), "stack=") {
		t.Errorf("a panic was answered %s and logged as %s", a.body, &log)
	}
	broken.Store(false)
	if a := ask(t, handler, `{ viewer { tenantId } user(id: "x") { id } }`); len(a.Errors) != 0 {
		t.Errorf("after a panic the next request was answered %s", a.body)
	}
}

// TestCountsOnlyWhatIsAskedFor reads lists from a store that cannot count.
func TestCountsOnlyWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	handler := server(t, failing{embedded(t), errors.New("cannot count")}, time.Now, &log, model.AllPermission...)
	for query, code := range map[string]string{
		`{ users { nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }`: "",
		`{ apps(last: 3, filter: {isActive: true}) { pageInfo { startCursor } } }`:             "",
		`query { apps { nodes { id } totalCount @skip(if: true) } }`:                           "",
		`{ apps { totalCount } }`: "INTERNAL",
	} {
		if a := ask(t, handler, query); a.code(t) != code {
			t.Errorf("%s was answered %s", query, a.body)
		}
	}
}
