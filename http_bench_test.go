package main

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/resolvers"
)

// BenchmarkRequest measures a request through everything in front of GraphQL and back, with its line
// in the log and its metrics: without traces, with all requests traced, and with none of them chosen.
func BenchmarkRequest(b *testing.B) {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer collector.Close()
	for _, side := range []struct {
		name, endpoint string
		ratio          float64
	}{{"untraced", "", 0}, {"unsampled", collector.URL, 0}, {"traced", collector.URL, 1}} {
		b.Run(side.name, func(b *testing.B) {
			config := defaults()
			config.Data = b.TempDir()
			config.Telemetry.OTLPEndpoint, config.Telemetry.OTLPRatio = side.endpoint, side.ratio
			handler := serverForBenchmark(b, config)
			body := []byte(`{"query":"query Get($id: ID!) { app(id: $id) { id name } }","variables":{"id":"` + otherTenant + `"}}`)
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, graphqlPath, bytes.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+longKey)
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

func serverForBenchmark(b *testing.B, config Config) http.Handler {
	b.Helper()
	log := slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // writing the line is part of what is measured
	t, err := config.Telemetry.telemetry(b.Context(), log)
	if err != nil {
		b.Fatal(err)
	}
	o, err := open(b.Context(), config, log, t)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		endTraces(b.Context(), t, log)
		if err := o.store.Close(); err != nil {
			b.Error(err)
		}
	})
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: o.store, Now: time.Now, Log: log, ConfiguredKey: longKey, TenantID: admin.DefaultTenantID,
		Observe: observeCredentials(t),
	})
	guard, err := config.guard()
	if err != nil {
		b.Fatal(err)
	}
	graphql := resolvers.Handler(o.admin, log, resolvers.Options{Limits: config.Limits.limits(), Admit: guard.admit})
	return routes(config, log, t, o.admin, callers, guard, graphql, http.NotFoundHandler(), http.NotFoundHandler())
}
