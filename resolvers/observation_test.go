package resolvers_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"gatehouse/resolvers"
	"gatehouse/telemetry"
)

// recorded answers with handler, and returns what the record of each request has for the log.
func recorded(t *testing.T, handler http.Handler) (_ http.Handler, line func() string) {
	t.Helper()
	var log bytes.Buffer
	seen, err := telemetry.New(t.Context(), telemetry.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	recording := func(w http.ResponseWriter, r *http.Request) {
		log.Reset()
		ctx, record := seen.Begin(r.Context(), r, "id")
		handler.ServeHTTP(w, r.WithContext(ctx))
		record.End(ctx, telemetry.Answer{Route: "/graphql", Status: http.StatusOK, GraphQL: true})
	}
	return http.HandlerFunc(recording), func() string { return strings.TrimSpace(log.String()) }
}

// TestRecord: what is recorded of a request is what its answer says, also where nothing was executed.
func TestRecord(t *testing.T) {
	t.Parallel()
	handler, line := recorded(t, limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()}))
	const (
		key     = resolvers.IdempotencyKeyName + ": one"
		missing = `mutation Remove { deleteApp(id: \"nobody\") { deletedId } }`
		deleted = "operationType=mutation operation=deleteApp operationName=Remove"
	)
	for _, c := range []struct {
		name, body string
		headers    []string
		want       []string
	}{
		{"a query", `{"query": "{ viewer { tenantId } }"}`, nil, []string{"operation=viewer", "cost=2"}},
		{"values too deep", `{"query": "{ viewer { tenantId } }", "variables": {"a": ` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + "}}", nil, []string{"errors=REQUEST_TOO_COSTLY"}},
		{"a document too deep", inJSON(t, strings.Repeat("{ node ", 30)+strings.Repeat("}", 30)), nil, []string{"errors=REQUEST_TOO_COSTLY"}},
		{"a mutation that fails", `{"query": "` + missing + `"}`, []string{key}, []string{deleted, "cost=51", "errors=NOT_FOUND"}},
		{"its answer again", `{"query": "` + missing + `"}`, []string{key}, []string{deleted, "cost=51", "replayed=true"}},
		{"its key again", `{"query": "` + missing + ` "}`, []string{key}, []string{deleted, "cost=51", "errors=IDEMPOTENCY_KEY_REUSED"}},
	} {
		post(t, handler, c.body, c.headers...)
		for _, want := range c.want {
			if !strings.Contains(line(), want) {
				t.Errorf("%s: %s is missing in %s", c.name, want, line())
			}
		}
	}
}
