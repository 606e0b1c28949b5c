package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/store"
)

// Recovery is what the periodic recovery has done since the start.
type Recovery struct {
	Runs, Failures int64
	// Removed is how many documents were removed because they had expired.
	Removed int64
	// Succeeded is when a run last ended without a failure; zero before the first.
	Succeeded time.Time
}

// SigningKey is the key that signs access tokens now.
type SigningKey struct {
	// From and Until are when it signs; zero where no key is known.
	From, Until time.Time
}

// Sources are asked whenever somebody reads the metrics. They must be quick, and ask nothing of the
// database.
type Sources struct {
	Pools      func() []store.PoolStats
	Outbox     func() store.OutboxStats
	Recovery   func() Recovery
	SigningKey func() SigningKey
	Admission  func() Admission
	Now        func() time.Time
}

// Watch adds what the sources tell to the metrics. It is called once.
func (t *Telemetry) Watch(s Sources) { t.metrics.registry.MustRegister(newWatcher(s)) }

// watcher is a collector over sources.
type watcher struct {
	sources Sources

	connections, connectionsMax, waits, waitSeconds *prometheus.Desc
	outboxWaiting, outboxDeferred                   *prometheus.Desc
	runs, succeeded, removed                        *prometheus.Desc
	keyAge, keyLeft                                 *prometheus.Desc
	admission                                       admissionMetrics
}

func newWatcher(s Sources) *watcher {
	return &watcher{
		sources:        s,
		connections:    desc("store_pool_connections", "Connections to the database, by what they do: in_use or idle.", "pool", "state"),
		connectionsMax: desc("store_pool_max_connections", "How many connections there may be; 0 without a bound.", "pool"),
		waits:          desc("store_pool_waits_total", "How often a connection was waited for; with MongoDB, taken.", "pool"),
		waitSeconds:    desc("store_pool_wait_seconds_total", "For how long connections were waited for altogether.", "pool"),
		outboxWaiting:  desc("outbox_waiting", "Changes of this process whose audit events wait to be copied."),
		outboxDeferred: desc("outbox_deferred_total", "Changes whose audit events were left to the next recovery."),
		runs:           desc("recovery_runs_total", "Runs of the periodic recovery, by outcome.", "outcome"),
		succeeded:      desc("recovery_last_success_timestamp_seconds", "When the periodic recovery last succeeded; 0 before the first time."),
		removed:        desc("expired_removed_total", "Documents removed because they had expired."),
		keyAge:         desc("signing_key_age_seconds", "For how long the key that signs access tokens has been signing; 0 where none is known."),
		keyLeft:        desc("signing_key_remaining_seconds", "For how long it still signs; negative when its successor is overdue."),
		admission:      newAdmissionMetrics(),
	}
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

// Describe lists the metrics.
func (w *watcher) Describe(into chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		w.connections, w.connectionsMax, w.waits, w.waitSeconds, w.outboxWaiting, w.outboxDeferred,
		w.runs, w.succeeded, w.removed, w.keyAge, w.keyLeft,
	} {
		into <- d
	}
	w.admission.describe(into)
}

// Collect asks the sources.
func (w *watcher) Collect(into chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		into <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		into <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	for _, p := range w.sources.Pools() {
		gauge(w.connections, float64(p.InUse), p.Name, "in_use")
		gauge(w.connections, float64(p.Idle), p.Name, "idle")
		gauge(w.connectionsMax, float64(p.Max), p.Name)
		counter(w.waits, float64(p.Waits), p.Name)
		counter(w.waitSeconds, p.WaitSeconds, p.Name)
	}
	outbox := w.sources.Outbox()
	gauge(w.outboxWaiting, float64(outbox.Waiting))
	counter(w.outboxDeferred, float64(outbox.Deferred))
	recovery := w.sources.Recovery()
	counter(w.runs, float64(recovery.Runs-recovery.Failures), "ok")
	counter(w.runs, float64(recovery.Failures), "failed")
	succeeded := 0.0
	if !recovery.Succeeded.IsZero() {
		succeeded = float64(recovery.Succeeded.UnixMilli()) / 1000
	}
	gauge(w.succeeded, succeeded)
	counter(w.removed, float64(recovery.Removed))
	age, left := 0.0, 0.0
	if key := w.sources.SigningKey(); !key.From.IsZero() {
		now := w.sources.Now()
		age, left = now.Sub(key.From).Seconds(), key.Until.Sub(now).Seconds()
	}
	gauge(w.keyAge, age)
	gauge(w.keyLeft, left)
	w.admission.collect(w.sources.Admission(), gauge, counter)
}
