package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Traces says where spans go.
type Traces struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP, without the path /v1/traces.
	Endpoint string
	// Headers are sent along, such as a credential.
	Headers map[string]string
	// Ratio is the share of requests that are traced, from 0 to 1. Requests that come with a
	// traceparent follow that instead.
	Ratio float64
}

const (
	// exportTimeout bounds one attempt to send spans, and the time for which it is repeated.
	exportTimeout = 10 * time.Second
	// exportEvery is how long spans wait for more to go with them.
	exportEvery = 2 * time.Second
	// maxQueuedSpans bounds those that wait, some kilobytes each. What is beyond is dropped.
	maxQueuedSpans = 4096
	maxSpanBatch   = 512
	// maxAttribute bounds the values of attributes, in bytes.
	maxAttribute  = 256
	maxAttributes = 32
	// problemEvery is how often the log tells, at most, that the collector does not take spans.
	problemEvery = time.Minute
	// maxProblem bounds what the log says of that, in bytes: the collector's answer is in it.
	maxProblem = 300
)

// newProvider makes spans that go to a collector. Everything that the SDK would take from variables of
// the environment is said here, but OTEL_RESOURCE_ATTRIBUTES, which adds to what the spans say of
// the process.
func newProvider(ctx context.Context, o Options, spans *prometheus.CounterVec) (*sdktrace.TracerProvider, error) {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: exportTimeout, MaxResponseHeaderBytes: 64 << 10,
	}
	// The context is of no use here: the exporter connects when it has something to send.
	sender, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(strings.TrimSuffix(o.Traces.Endpoint, "/")+"/v1/traces"),
		otlptracehttp.WithHeaders(o.Traces.Headers),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		otlptracehttp.WithEncoding(otlptracehttp.EncodingProtobuf),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: exportTimeout,
		}),
		otlptracehttp.WithHTTPClient(&http.Client{
			Transport: transport, Timeout: exportTimeout,
			// The headers may have a credential in them, which is for nobody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("set up traces: %w", err)
	}
	patient := &exporter{SpanExporter: sender, transport: transport, log: o.Log, spans: spans}
	return sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(patient, sdktrace.WithMaxQueueSize(maxQueuedSpans), sdktrace.WithMaxExportBatchSize(maxSpanBatch),
			sdktrace.WithBatchTimeout(exportEvery), sdktrace.WithExportTimeout(2*exportTimeout)),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Traces.Ratio))),
		sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{
			AttributeValueLengthLimit: maxAttribute, AttributeCountLimit: maxAttributes,
			EventCountLimit: 0, LinkCountLimit: 0, AttributePerEventCountLimit: 0, AttributePerLinkCountLimit: 0,
		}),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "gatehouse"), attribute.String("service.version", o.Build.Version),
			attribute.String("service.instance.id", uuid.NewString()))),
	), nil
}

// exporter keeps the failures of another to itself: the SDK would write them to the standard log of the
// process, one line for each batch.
type exporter struct {
	sdktrace.SpanExporter
	transport *http.Transport
	log       *slog.Logger
	spans     *prometheus.CounterVec
	// told is when the log was last told of a failure, in nanoseconds since 1970.
	told atomic.Int64
}

// ExportSpans sends spans, and counts what became of them. It never fails.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		e.spans.WithLabelValues("sent").Add(float64(len(spans)))
		return nil
	}
	e.spans.WithLabelValues("lost").Add(float64(len(spans)))
	now, told := time.Now().UnixNano(), e.told.Load()
	if now-told >= int64(problemEvery) && e.told.CompareAndSwap(told, now) {
		text := err.Error()
		if len(text) > maxProblem {
			text = strings.ToValidUTF8(text[:maxProblem], "") + "…"
		}
		e.log.WarnContext(ctx, "the collector does not take spans; they are lost", slog.String("error", text))
	}
	return nil
}

// Shutdown ends the connections, too.
func (e *exporter) Shutdown(ctx context.Context) error {
	err := e.SpanExporter.Shutdown(ctx)
	e.transport.CloseIdleConnections()
	return err
}
