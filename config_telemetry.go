package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"gatehouse/telemetry"
)

// TelemetryConfig is what operators see of the server, beside its log.
type TelemetryConfig struct {
	MetricsListen string   `placeholder:"HOST:PORT" help:"Where to serve /metrics, /livez and /readyz to whoever can reach it, without a credential, such as 127.0.0.1:9090. Not served by default. (GATEHOUSE_METRICS_LISTEN)"`
	Pprof         bool     `help:"Serve profiles below /debug/pprof/ there. They show how the server works inside, and taking them costs time. (GATEHOUSE_PPROF)"`
	OTLPEndpoint  string   `name:"otlp-endpoint" placeholder:"URL" help:"Send traces to this collector by OTLP over HTTP, such as http://127.0.0.1:4318. (GATEHOUSE_OTLP_ENDPOINT)"`
	OTLPHeaders   []string `name:"otlp-headers" placeholder:"NAME=VALUE" help:"Headers for the collector, separated by commas. (GATEHOUSE_OTLP_HEADERS)"`
	OTLPRatio     float64  `name:"otlp-ratio" default:"1" placeholder:"RATIO" help:"Which share of requests to trace, from 0 to 1. (GATEHOUSE_OTLP_RATIO)"`
}

func (c TelemetryConfig) check() error {
	var problems []error
	if c.MetricsListen != "" {
		if err := checkAddress(c.MetricsListen); err != nil {
			problems = append(problems, fmt.Errorf("GATEHOUSE_METRICS_LISTEN (--metrics-listen): %w", err))
		}
	} else if c.Pprof {
		problems = append(problems, errors.New("GATEHOUSE_PPROF (--pprof): says nothing without GATEHOUSE_METRICS_LISTEN"))
	}
	if c.OTLPEndpoint != "" {
		u, err := url.Parse(c.OTLPEndpoint)
		switch {
		case err != nil:
			problems = append(problems, errors.New("GATEHOUSE_OTLP_ENDPOINT (--otlp-endpoint): is not a URL"))
		case u.User != nil: // before anything that shows it
			problems = append(problems, errors.New("GATEHOUSE_OTLP_ENDPOINT (--otlp-endpoint): must be without user information; use GATEHOUSE_OTLP_HEADERS"))
		case (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || strings.ContainsAny(c.OTLPEndpoint, "?#"):
			problems = append(problems, fmt.Errorf("GATEHOUSE_OTLP_ENDPOINT (--otlp-endpoint): %q is not an http or https URL such as http://127.0.0.1:4318", c.OTLPEndpoint))
		}
	} else if len(c.OTLPHeaders) > 0 {
		problems = append(problems, errors.New("GATEHOUSE_OTLP_HEADERS (--otlp-headers): says nothing without GATEHOUSE_OTLP_ENDPOINT"))
	}
	if _, err := c.headers(); err != nil {
		problems = append(problems, fmt.Errorf("GATEHOUSE_OTLP_HEADERS (--otlp-headers): %w", err))
	}
	if !(c.OTLPRatio >= 0 && c.OTLPRatio <= 1) {
		problems = append(problems, fmt.Errorf("GATEHOUSE_OTLP_RATIO (--otlp-ratio): %v is not from 0 to 1", c.OTLPRatio))
	}
	return errors.Join(problems...)
}

// headers reads NAME=VALUE. Errors show no value, which may be a credential.
func (c TelemetryConfig) headers() (map[string]string, error) {
	headers := map[string]string{}
	for i, text := range c.OTLPHeaders {
		name, value, ok := strings.Cut(text, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, fmt.Errorf("number %d is not NAME=VALUE", i+1)
		}
		headers[name] = value
	}
	return headers, nil
}

// telemetry makes what the configuration, which has been checked, asks for.
func (c TelemetryConfig) telemetry(ctx context.Context, log *slog.Logger) (*telemetry.Telemetry, error) {
	headers, err := c.headers()
	if err != nil {
		return nil, err
	}
	return telemetry.New(ctx, telemetry.Options{
		Log: log, Build: build(),
		Traces: telemetry.Traces{Endpoint: c.OTLPEndpoint, Headers: headers, Ratio: c.OTLPRatio},
	})
}

// privateServer serves metrics, profiles and the probes. It has no bound for writing, since a profile
// takes as long as whoever wants it says.
func privateServer(t *telemetry.Telemetry, profiles bool, log *slog.Logger, probes func(*http.ServeMux)) *http.Server {
	mux := t.Private(profiles)
	probes(mux)
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
