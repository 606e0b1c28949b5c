package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/store"
	"gatehouse/telemetry"
)

// observer is a Telemetry with its log.
type observer struct {
	*telemetry.Telemetry
	log bytes.Buffer
}

func newObserver(t *testing.T, traces telemetry.Traces) *observer {
	t.Helper()
	o := &observer{}
	log := slog.New(telemetry.LogHandler(slog.NewJSONHandler(&o.log, nil)))
	made, err := telemetry.New(t.Context(), telemetry.Options{Log: log, Build: telemetry.Build{Version: "v1", Revision: "r", GoVersion: "go"}, Traces: traces})
	if err != nil {
		t.Fatal(err)
	}
	o.Telemetry = made
	return o
}

// serve has one request observed.
func (o *observer) serve(t *testing.T, method string, a telemetry.Answer, do func(ctx context.Context)) {
	t.Helper()
	ctx, record := o.Begin(t.Context(), httptest.NewRequestWithContext(t.Context(), method, "/graphql", nil), "id-1")
	do(ctx)
	record.End(ctx, a)
}

func (o *observer) metrics(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	o.Private(false).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, telemetry.MetricsPath, nil))
	return w.Body.String()
}

func (o *observer) want(t *testing.T, lines ...string) {
	t.Helper()
	text := o.metrics(t)
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestRequestIsBounded(t *testing.T) {
	t.Parallel()
	o := newObserver(t, telemetry.Traces{})
	o.serve(t, "BREW", telemetry.Answer{Status: http.StatusTeapot, GraphQL: true}, func(ctx context.Context) {
		record := telemetry.From(ctx)
		record.SetOperation(telemetry.Operation{Type: "query", Field: "apps", Name: strings.Repeat("é", 40)})
		for i := range 20 {
			record.Fail(strings.Repeat("X", i+1))
			record.Fail(strings.Repeat("X", i+1))
		}
		record.Fail("A code with spaces")
	})
	var line map[string]any
	if err := json.Unmarshal(o.log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line["method"] != "other" || line["route"] != "other" || line["operationName"] != strings.Repeat("é", 32) || strings.Count(line["errors"].(string), ",") != 7 {
		t.Errorf("the line is %v", line)
	}
	if line["cost"] != nil || line["actorId"] != nil {
		t.Errorf("the line tells what nobody said: %v", line)
	}
	o.want(t, `gatehouse_http_requests_total{route="other",status="418"} 1`, `gatehouse_graphql_requests_total{code="X",operation="apps",type="query"} 1`)
}

func TestCodesOfRefusals(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]string{
		400: "BAD_USER_INPUT", 401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND", 405: "BAD_USER_INPUT", 409: "CONFLICT",
		413: "BAD_USER_INPUT", 415: "BAD_USER_INPUT", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL", 503: "UNAVAILABLE", 200: "OK",
	} {
		o := newObserver(t, telemetry.Traces{})
		o.serve(t, http.MethodPost, telemetry.Answer{Route: "/graphql", Status: status, GraphQL: true}, func(context.Context) {})
		o.want(t, fmt.Sprintf(`gatehouse_graphql_requests_total{code=%q,operation="none",type="none"} 1`, code))
	}
}

func TestQuietRequests(t *testing.T) {
	t.Parallel()
	for status, lines := range map[int]int{200: 0, 404: 0, 503: 1} {
		o := newObserver(t, telemetry.Traces{})
		o.serve(t, http.MethodGet, telemetry.Answer{Route: "/readyz", Status: status, Quiet: true}, func(context.Context) {})
		if got := strings.Count(o.log.String(), "\n"); got != lines {
			t.Errorf("a probe that was answered %d left %d lines, want %d", status, got, lines)
		}
	}
}

// TestLinesHaveTheID checks that what is logged in the context of a request has its ID, once.
func TestLinesHaveTheID(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(telemetry.LogHandler(slog.NewTextHandler(&out, nil)))
	o := newObserver(t, telemetry.Traces{})
	o.serve(t, http.MethodPost, telemetry.Answer{Status: http.StatusOK}, func(ctx context.Context) {
		log.InfoContext(ctx, "one")
		log.InfoContext(ctx, "two", slog.String("requestId", "its own"))
		log.With(slog.Int("a", 1)).InfoContext(ctx, "three")
	})
	log.InfoContext(t.Context(), "four")
	for i, want := range []string{"msg=one requestId=id-1", `msg=two requestId="its own"`, "msg=three a=1 requestId=id-1", "msg=four"} {
		if got := strings.Split(out.String(), "\n")[i]; !strings.HasSuffix(got, want) {
			t.Errorf("line %d is %s", i, got)
		}
	}
}

func TestWithoutARecord(t *testing.T) {
	t.Parallel()
	record := telemetry.From(t.Context())
	if record != nil {
		t.Fatal("there is a record")
	}
	record.SetCaller(telemetry.Caller{ID: "a"})
	record.SetClient("c")
	record.SetCost(1)
	record.SetOperation(telemetry.Operation{Type: "query"})
	record.Fail("X")
	record.Replay()
	ctx, end := record.Operate(t.Context(), telemetry.Operation{Type: "query"})
	end()
	if ctx != t.Context() {
		t.Error("the context is another")
	}
}

// TestAdmission checks what the metrics show of how much is let in.
func TestAdmission(t *testing.T) {
	t.Parallel()
	o := newObserver(t, telemetry.Traces{})
	o.Watch(telemetry.Sources{
		Pools: func() []store.PoolStats { return nil }, Outbox: func() (none store.OutboxStats) { return none },
		Recovery: func() (none telemetry.Recovery) { return none }, SigningKey: func() (none telemetry.SigningKey) { return none }, Now: time.Now,
		Admission: func() telemetry.Admission {
			return telemetry.Admission{
				Gates: []telemetry.Gate{{
					Name: "a", Working: 2, Waiting: 3, Lent: 1, Inside: 9, Turns: 4, Places: 20, Refused: map[string]int64{"full": 5},
				}, {Name: "b", Turns: 1, Places: 1}},
				TooMany: map[string]int64{"rate": 6}, Connections: 7, MaxConnections: 8, ClosedConnections: 10,
			}
		},
	})
	o.want(t,
		`gatehouse_gate_requests{gate="a",state="working"} 2`, `gatehouse_gate_requests{gate="a",state="waiting"} 3`,
		`gatehouse_gate_requests{gate="a",state="transferring"} 3`, `gatehouse_gate_requests{gate="a",state="committing"} 1`, `gatehouse_gate_turns{gate="a"} 4`, `gatehouse_gate_places{gate="a"} 20`,
		`gatehouse_gate_refused_total{gate="a",reason="full"} 5`, `gatehouse_gate_requests{gate="b",state="working"} 0`,
		`gatehouse_too_many_requests_total{reason="rate"} 6`,
		`gatehouse_connections 7`, `gatehouse_max_connections 8`, `gatehouse_connections_closed_total 10`)
}

// failing is a backend of which one call fails.
type failing struct {
	store.Backend
	err error
}

func (f *failing) Ping(context.Context) error { return f.err }

func TestOutcomesOfCalls(t *testing.T) {
	t.Parallel()
	o := newObserver(t, telemetry.Traces{})
	for outcome, err := range map[string]error{
		"ok": nil, "not_found": fmt.Errorf("a: %w", store.ErrNotFound), "duplicate": &store.DuplicateError{Index: "x"},
		"canceled": fmt.Errorf("%w: %w", store.ErrUnavailable, context.Canceled), "unavailable": fmt.Errorf("b: %w", store.ErrUnavailable), "error": errors.New("canary"),
		"given_up": fmt.Errorf("%w: %w", store.ErrGivenUp, errors.New("canary")),
	} {
		if got := o.Observe(&failing{err: err}).Ping(t.Context()); !errors.Is(got, err) {
			t.Errorf("the error became %v", got)
		}
		o.want(t, `gatehouse_store_calls_total{collection="all",method="ping",outcome="`+outcome+`"} 1`)
	}
	if strings.Contains(o.metrics(t), "canary") {
		t.Error("the text of an error is in the metrics")
	}
}

// TestCollectorThatHangs checks that requests do not wait for a collector, and that Close waits no
// longer than it may.
func TestCollectorThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
	}))
	defer hanging.Close()
	defer close(release)
	o := newObserver(t, telemetry.Traces{Endpoint: hanging.URL, Ratio: 1})
	for range 10_000 { // more than wait for the collector at most
		o.serve(t, http.MethodPost, telemetry.Answer{Route: "/graphql", Status: http.StatusOK}, func(ctx context.Context) {
			_, end := telemetry.From(ctx).Operate(ctx, telemetry.Operation{Type: "query", Field: "apps"})
			end()
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := o.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed with %v", err)
	}
}

// TestCollectorThatRefuses checks that lost spans are counted, and told once.
func TestCollectorThatRefuses(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("no ", 1000), http.StatusBadRequest)
	}))
	defer refusing.Close()
	o := newObserver(t, telemetry.Traces{Endpoint: refusing.URL + "/", Ratio: 1, Headers: map[string]string{"Authorization": "canary"}})
	for range 1000 { // two batches
		o.serve(t, http.MethodPost, telemetry.Answer{Route: "/livez", Status: http.StatusOK, Quiet: true}, func(context.Context) {})
	}
	if err := o.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.want(t, `gatehouse_trace_spans_total{outcome="lost"} 1000`)
	if text := o.log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "the collector does not take spans") || len(text) > 600 || strings.Contains(text, "canary") {
		t.Errorf("the log has %s", text)
	}
}
