package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// requestIDKey is under what every line of a request has its ID.
const requestIDKey = "requestId"

// write writes the line of a request. r.mu is held.
func (r *Request) write(ctx context.Context, a Answer, took time.Duration) {
	level := slog.LevelInfo
	if a.Quiet && a.Status < http.StatusInternalServerError {
		level = slog.LevelDebug
	}
	if !r.telemetry.log.Enabled(ctx, level) {
		return
	}
	fields := make([]slog.Attr, 0, 16)
	add := func(key, value string) {
		if value != "" {
			fields = append(fields, slog.String(key, value))
		}
	}
	add(requestIDKey, r.ID)
	add("method", r.method)
	add("route", a.Route)
	fields = append(fields, slog.Int("status", a.Status), slog.Duration("duration", took))
	add("operationType", r.operation.Type)
	add("operation", r.operation.Field)
	add("operationName", r.operation.Name)
	add("tenantId", r.caller.TenantID)
	add("actorType", r.caller.Type)
	add("actorId", r.caller.ID)
	add("clientId", r.client)
	if r.cost >= 0 {
		fields = append(fields, slog.Int("cost", r.cost))
	}
	add("errors", strings.Join(r.codes, ","))
	if r.replayed {
		fields = append(fields, slog.Bool("replayed", true))
	}
	if r.span != nil && r.span.SpanContext().IsSampled() {
		add("traceId", r.span.SpanContext().TraceID().String())
	}
	// The logger would look for the line of code that this is, which nobody is shown.
	line := slog.NewRecord(r.began.Add(took), level, "request", 0)
	line.AddAttrs(fields...)
	_ = r.telemetry.log.Handler().Handle(ctx, line) // as the logger does
}

// LogHandler adds the ID of the request to every line that is logged in its context, so that what
// explains a failure is found with the request that failed.
func LogHandler(next slog.Handler) slog.Handler { return &handler{next} }

type handler struct{ slog.Handler }

func (h *handler) Handle(ctx context.Context, line slog.Record) error {
	if r := From(ctx); r != nil && !hasID(line) {
		line.AddAttrs(slog.String(requestIDKey, r.ID))
	}
	return h.Handler.Handle(ctx, line)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.Handler.WithAttrs(attrs)}
}

func (h *handler) WithGroup(name string) slog.Handler { return &handler{h.Handler.WithGroup(name)} }

func hasID(line slog.Record) bool {
	found := false
	line.Attrs(func(a slog.Attr) bool {
		found = a.Key == requestIDKey
		return !found
	})
	return found
}
