package e2e_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spanCollector takes spans as an OpenTelemetry collector does.
type spanCollector struct {
	*httptest.Server
	mu    sync.Mutex
	raw   strings.Builder
	spans []*trace.Span
	// credentials are the Authorization headers that came along.
	credentials []string
}

func newSpanCollector(t *testing.T) *spanCollector {
	t.Helper()
	c := &spanCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Encoding") != "gzip" {
			http.Error(w, "not here", http.StatusNotFound)
			return
		}
		plain, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body, err := io.ReadAll(plain)
		var request collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw.Write(body)
		c.credentials = append(c.credentials, r.Header.Get("Authorization"))
		for _, resource := range request.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// named are the spans of a trace with a name.
func (c *spanCollector) named(traceID, name string) []*trace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*trace.Span
	for _, span := range c.spans {
		if span.Name == name && (traceID == "" || strings.EqualFold(traceID, hexOf(span.TraceId))) {
			found = append(found, span)
		}
	}
	return found
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 2*len(b))
	for _, c := range b {
		text = append(text, digits[c>>4], digits[c&15])
	}
	return string(text)
}

// checkSpans checks the trace that the client began.
func checkSpans(t *testing.T, c *spanCollector) {
	t.Helper()
	requests, operations, calls := c.named(traceID, "POST /graphql"), c.named(traceID, "query user"), c.named(traceID, "get users")
	if len(requests) != 1 || len(operations) != 1 || len(calls) != 1 {
		t.Fatalf("there are %d, %d and %d spans", len(requests), len(operations), len(calls))
	}
	if hexOf(requests[0].ParentSpanId) != "00f067aa0ba902b7" || hexOf(operations[0].ParentSpanId) != hexOf(requests[0].SpanId) ||
		hexOf(calls[0].ParentSpanId) != hexOf(operations[0].SpanId) {
		t.Error("the spans are not inside one another")
	}
	if len(c.named("", "get keysetChecks")) > 0 {
		t.Error("what no request asked for is a trace")
	}
	for _, credential := range c.credentials {
		if credential != "Bearer canary-collector" {
			t.Errorf("the collector was shown %q", credential)
		}
	}
}
