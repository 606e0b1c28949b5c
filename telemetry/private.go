package telemetry

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The paths of the private listener.
const (
	MetricsPath = "/metrics"
	ProfilePath = "/debug/pprof/"
)

// scrapeTimeout bounds how long it takes to put the metrics together.
const scrapeTimeout = 10 * time.Second

// Private answers at MetricsPath and, with profiles, below ProfilePath. It is for a listener that
// strangers cannot reach: there is no credential to show.
func (t *Telemetry) Private(profiles bool) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET "+MetricsPath, promhttp.HandlerFor(t.metrics.registry, promhttp.HandlerOpts{
		ErrorLog: (*scrapeLog)(t), Timeout: scrapeTimeout, MaxRequestsInFlight: 4,
	}))
	if profiles {
		mux.HandleFunc("GET "+ProfilePath+"{$}", listProfiles)
		mux.HandleFunc("GET "+ProfilePath+"{name}", showProfile)
		mux.HandleFunc("GET "+ProfilePath+"profile", profileCPU)
		mux.HandleFunc("GET "+ProfilePath+"trace", traceExecution)
	}
	return mux
}

// scrapeLog takes what goes wrong while metrics are collected.
type scrapeLog Telemetry

// Println logs one failure.
func (l *scrapeLog) Println(values ...any) {
	for _, v := range values {
		if err, ok := v.(error); ok {
			l.log.Error("metrics could not be collected", slog.Any("error", err))
		}
	}
}
