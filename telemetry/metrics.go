package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

const namespace = "gatehouse"

// metrics is everything that is counted. Each is described in docs/observability.md, which a test
// compares with what a server shows.
type metrics struct {
	registry *prometheus.Registry

	inFlight     prometheus.Gauge
	panics       prometheus.Counter
	requests     *prometheus.CounterVec
	durations    *prometheus.HistogramVec
	operations   *prometheus.CounterVec
	operationFor *prometheus.HistogramVec
	cost         prometheus.Histogram

	authentications *prometheus.CounterVec
	oauth           *prometheus.CounterVec

	calls    *prometheus.CounterVec
	callsFor *prometheus.HistogramVec

	spans *prometheus.CounterVec
}

// requestBuckets are the upper bounds of durations of requests, in seconds. A request that reads takes
// about one millisecond and one that writes some five, so there are several bounds around these; the
// last is the deadline of a request. They are classic buckets: every version of Prometheus, and what
// imitates it, takes them without being configured.
func requestBuckets() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
}

// callBuckets are those of calls of the store, in seconds. A call on SQLite takes some 50 microseconds.
func callBuckets() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5, 10}
}

func newMetrics(build Build) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "http_requests_in_flight", Help: "HTTP requests that are being answered.",
	})
	m.panics = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Name: "panics_total", Help: "Requests that ended in a panic outside of a resolver.",
	})
	m.requests = counters("http_requests_total", "HTTP requests answered, by the pattern of their path and their status.", "route", "status")
	m.durations = histograms("http_request_duration_seconds", "How long HTTP requests took, body included.", requestBuckets(), "route")
	m.operations = counters("graphql_requests_total", "GraphQL requests answered, by their root field and the code of their first error; OK without one, REPLAYED for an answer given again.", "type", "operation", "code")
	m.operationFor = histograms("graphql_request_duration_seconds", "How long GraphQL requests took, by their root field.", requestBuckets(), "operation")
	m.cost = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "graphql_cost", Help: "Cost of GraphQL operations, as docs/limits.md counts it.",
		Buckets: []float64{1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000},
	})
	m.authentications = counters("authentications_total", "Credentials shown with GraphQL requests, by what they looked like and what came of it.", "credential", "outcome")
	m.oauth = counters("oauth_requests_total", "Requests of clients to the OAuth endpoints, by outcome: ok, or the error code that was answered.", "endpoint", "outcome")
	m.calls = counters("store_calls_total", "Calls of the database.", "collection", "method", "outcome")
	m.callsFor = histograms("store_call_duration_seconds", "How long calls of the database took.", callBuckets(), "collection", "method")
	m.spans = counters("trace_spans_total", "Spans handed to the collector, or lost because it did not take them.", "outcome")
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "What is running; always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "go_version": build.GoVersion},
	})
	info.Set(1)
	m.registry.MustRegister(m.inFlight, m.panics, m.requests, m.durations, m.operations, m.operationFor, m.cost,
		m.authentications, m.oauth, m.calls, m.callsFor, m.spans, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
}

// count counts a request that is over. r.mu is held.
func (m *metrics) count(r *Request, a Answer, took time.Duration) {
	m.inFlight.Dec()
	m.requests.WithLabelValues(a.Route, status(a.Status)).Inc()
	m.durations.WithLabelValues(a.Route).Observe(took.Seconds())
	if !a.GraphQL || r.method == http.MethodOptions {
		return
	}
	kind, field, code := "none", "none", "OK"
	if r.operation.Type != "" {
		kind, field = r.operation.Type, r.operation.Field
	}
	switch {
	case len(r.codes) > 0:
		code = r.codes[0]
	case r.replayed: // nobody has looked for errors in the answer, which were counted when they happened
		code = "REPLAYED"
	}
	m.operations.WithLabelValues(kind, field, code).Inc()
	m.operationFor.WithLabelValues(field).Observe(took.Seconds())
	if r.cost >= 0 {
		m.cost.Observe(float64(r.cost))
	}
}

// status is the text of a status, without making a new one for those that are frequent.
func status(code int) string {
	switch code {
	case http.StatusOK:
		return "200"
	case http.StatusUnauthorized:
		return "401"
	}
	return strconv.Itoa(code)
}

// Panicked counts a request that ended in a panic.
func (t *Telemetry) Panicked() { t.metrics.panics.Inc() }

// Authenticated counts a credential. kind is what it looked like and outcome what came of it, each of a
// few fixed words.
func (t *Telemetry) Authenticated(kind, outcome string) {
	t.metrics.authentications.WithLabelValues(kind, outcome).Inc()
}

// OAuth counts a request of an OAuth client. outcome is "ok" or an error code.
func (t *Telemetry) OAuth(endpoint, outcome string) {
	t.metrics.oauth.WithLabelValues(endpoint, knownCode(outcome)).Inc()
}
