package telemetry

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	// maxName bounds the name that a client gave its operation, in bytes.
	maxName = 64
	// maxCodes bounds how many error codes of one request are remembered.
	maxCodes = 8
)

// Caller is who makes a request, once that is proved.
type Caller struct{ Type, ID, TenantID string }

// Operation is what a GraphQL request asks for.
type Operation struct {
	// Type is query or mutation.
	Type string
	// Field is the root field that is selected, "introspection", or "several". Its values are those of
	// the schema, so that it can be a label.
	Field string
	// Name is what the client calls the operation; it may be empty.
	Name string
}

// Request is the record of one HTTP request. All methods may be called on a nil *Request, and by
// several goroutines.
type Request struct {
	// ID is the request's X-Request-Id.
	ID string

	telemetry *Telemetry
	method    string
	began     time.Time
	span      trace.Span // nil when there are no traces

	mu        sync.Mutex
	caller    Caller
	client    string
	operation Operation
	// cost is -1 when nobody has found it.
	cost  int
	codes []string
	// replayed says that the answer is that of an earlier request.
	replayed bool
}

type contextKey struct{}

// recordContext is a context with a record that is in the same place in memory: each request has one.
type recordContext struct {
	context.Context //nolint:containedctx // it is one

	record Request
}

// Value is the record, or what the context around has (context.Context).
func (c *recordContext) Value(key any) any {
	if key == (contextKey{}) {
		return &c.record
	}
	return c.Context.Value(key)
}

// From is the record of the request that a context belongs to; nil where there is none.
func From(ctx context.Context) *Request {
	r, _ := ctx.Value(contextKey{}).(*Request)
	return r
}

// Begin starts the record of a request. The context that it returns has it.
func (t *Telemetry) Begin(ctx context.Context, r *http.Request, id string) (context.Context, *Request) {
	within := &recordContext{Context: ctx, record: Request{ID: id, telemetry: t, method: knownMethod(r.Method), began: time.Now(), cost: -1}}
	record := &within.record
	t.metrics.inFlight.Inc()
	if t.tracer != nil {
		within.Context, record.span = t.tracer.Start(t.propagator.Extract(ctx, propagation.HeaderCarrier(r.Header)), record.method,
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", record.method), attribute.String("gatehouse.request.id", id)))
	}
	return within, record
}

// SetCaller says who makes the request.
func (r *Request) SetCaller(c Caller) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.caller = c
}

// SetClient says which OAuth client makes the request, once it has proved to be that.
func (r *Request) SetClient(id string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.client = id
}

// SetCost says what the operation costs.
func (r *Request) SetCost(cost int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cost = cost
}

// SetOperation says what the request asks for.
func (r *Request) SetOperation(o Operation) {
	if r == nil {
		return
	}
	if len(o.Name) > maxName {
		o.Name = strings.ToValidUTF8(o.Name[:maxName], "")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.operation = o
}

// Fail adds the code of an error that the caller gets. Each is remembered once.
func (r *Request) Fail(code string) {
	if r == nil {
		return
	}
	code = knownCode(code)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.codes {
		if c == code {
			return
		}
	}
	if len(r.codes) < maxCodes {
		r.codes = append(r.codes, code)
	}
}

// Replay says that the answer is one that was kept: whatever is in it happened at an earlier request.
func (r *Request) Replay() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replayed = true
}

// Operate says what the request asks for, and begins the span of executing it. end ends it.
func (r *Request) Operate(ctx context.Context, o Operation) (_ context.Context, end func()) {
	r.SetOperation(o)
	if r == nil || r.span == nil || !r.span.IsRecording() {
		return ctx, func() {}
	}
	ctx, span := r.telemetry.tracer.Start(ctx, o.Type+" "+o.Field, trace.WithAttributes(
		attribute.String("graphql.operation.type", o.Type), attribute.String("gatehouse.operation.field", o.Field)))
	return ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		span.SetAttributes(attribute.String("graphql.operation.name", r.operation.Name), attribute.StringSlice("gatehouse.error.codes", r.codes))
		if r.cost >= 0 {
			span.SetAttributes(attribute.Int("gatehouse.cost", r.cost))
		}
		if len(r.codes) > 0 {
			span.SetStatus(codes.Error, r.codes[0])
		}
		span.End()
	}
}

// Answer is what became of a request.
type Answer struct {
	// Route is the pattern of the path, never the path that was asked for; empty if there is none.
	Route  string
	Status int
	// GraphQL says that the route takes GraphQL requests, so that it counts among these.
	GraphQL bool
	// Quiet says that the line is for debugging, unless the status is that of a failure.
	Quiet bool
}

// End writes the request's line, counts it, and ends its span.
func (r *Request) End(ctx context.Context, a Answer) {
	if a.Route == "" {
		a.Route = other
	}
	took := time.Since(r.began)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.codes) == 0 && a.Status >= http.StatusBadRequest {
		r.codes = append(r.codes, codeOf(a.Status))
	}
	r.telemetry.metrics.count(r, a, took)
	if r.span != nil {
		r.endSpan(a)
	}
	r.write(ctx, a, took)
}

func (r *Request) endSpan(a Answer) {
	if r.span.IsRecording() {
		r.span.SetName(r.method + " " + a.Route)
		r.span.SetAttributes(attribute.String("http.route", a.Route), attribute.Int("http.response.status_code", a.Status))
		if r.caller.Type != "" {
			r.span.SetAttributes(attribute.String("gatehouse.tenant.id", r.caller.TenantID),
				attribute.String("gatehouse.actor.type", r.caller.Type), attribute.String("gatehouse.actor.id", r.caller.ID))
		}
		if r.client != "" {
			r.span.SetAttributes(attribute.String("gatehouse.client.id", r.client))
		}
		if r.replayed {
			r.span.SetAttributes(attribute.Bool("gatehouse.replayed", true))
		}
		if a.Status >= http.StatusInternalServerError {
			r.span.SetStatus(codes.Error, r.codes[0])
		}
	}
	r.span.End()
}
