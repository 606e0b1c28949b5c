package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"gatehouse/store"
)

// Observe has the calls of a backend counted, and made spans of where they belong to a request that is
// traced.
func (t *Telemetry) Observe(backend store.Backend) store.Backend {
	return store.Observe(backend, (*calls)(t))
}

// calls is a Telemetry as the store sees it.
type calls Telemetry

// Begin begins a span inside that of the request. What the server does on its own makes none: it would
// be a trace of one span, every time.
func (c *calls) Begin(ctx context.Context, call store.Call) context.Context {
	if c.tracer == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	name := call.Method
	if call.Collection != "" {
		name += " " + call.Collection
	}
	ctx, _ = c.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.operation.name", call.Method), attribute.String("db.collection.name", call.Collection)))
	return ctx
}

// End counts the call and ends its span.
func (c *calls) End(ctx context.Context, call store.Call, took time.Duration, err error) {
	collection, outcome := call.Collection, outcomeOf(err)
	if collection == "" {
		collection = "all"
	}
	c.metrics.calls.WithLabelValues(collection, call.Method, outcome).Inc()
	c.metrics.callsFor.WithLabelValues(collection, call.Method).Observe(took.Seconds())
	if c.tracer == nil {
		return
	}
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(attribute.String("gatehouse.outcome", outcome))
	if outcome == outcomeUnavailable || outcome == outcomeError {
		span.SetStatus(codes.Error, outcome) // never the error's text, which may quote what is stored
	}
	span.End()
}

// What came of a call of the store.
const (
	outcomeOK          = "ok"
	outcomeNotFound    = "not_found"
	outcomeDuplicate   = "duplicate"
	outcomeGivenUp     = "given_up"
	outcomeCanceled    = "canceled"
	outcomeUnavailable = "unavailable"
	outcomeError       = "error"
)

func outcomeOf(err error) string {
	if err == nil {
		return outcomeOK
	}
	var duplicate *store.DuplicateError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return outcomeNotFound
	case errors.As(err, &duplicate):
		return outcomeDuplicate
	case errors.Is(err, context.Canceled): // the caller has gone, which says nothing about the database
		return outcomeCanceled
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return outcomeUnavailable
	case errors.Is(err, store.ErrGivenUp), errors.Is(err, store.ErrTooMuch): // a rule or a race, which says nothing about the database either
		return outcomeGivenUp
	}
	return outcomeError
}
