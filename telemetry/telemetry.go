package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options are what a Telemetry is made with.
type Options struct {
	// Log takes the line of each request.
	Log *slog.Logger
	// Build says what is running.
	Build Build
	// Traces says where spans go; without an endpoint none are made.
	Traces Traces
}

// Build is the program that is running, for gatehouse_build_info and the resource of traces.
type Build struct{ Version, Revision, GoVersion string }

// Telemetry observes one server. It is safe for concurrent use.
type Telemetry struct {
	log     *slog.Logger
	metrics *metrics

	// The rest is nil without traces.
	provider   *sdktrace.TracerProvider
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
}

// New makes a Telemetry. It fails when Options.Traces cannot be used; a collector that does not answer
// is no failure.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	t := &Telemetry{log: o.Log, metrics: newMetrics(o.Build)}
	if o.Traces.Endpoint == "" {
		return t, nil
	}
	var err error
	if t.provider, err = newProvider(ctx, o, t.metrics.spans); err != nil {
		return nil, err
	}
	t.tracer = t.provider.Tracer("gatehouse")
	t.propagator = propagation.TraceContext{}
	return t, nil
}

// Close sends the spans that are still waiting, for as long as ctx lets it. What happens on a Telemetry
// afterwards is counted and logged, and not traced.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
