package telemetry_test

import (
	"testing"
	"time"

	"gatehouse/admission"
	"gatehouse/store"
	"gatehouse/telemetry"
)

// TestSources: what the parts of a server know about themselves is what the metrics show, and none of
// it is mistaken for another.
func TestSources(t *testing.T) {
	t.Parallel()
	o := newObserver(t, telemetry.Traces{})
	now := time.Unix(1000, 0)
	o.Watch(telemetry.Sources{
		Pools: func() []store.PoolStats {
			return []store.PoolStats{{Name: "read", Max: 1, InUse: 2, Idle: 3, Waits: 4, WaitSeconds: 5}}
		},
		Outbox: func() store.OutboxStats { return store.OutboxStats{Waiting: 6, Deferred: 7} },
		Recovery: func() telemetry.Recovery {
			return telemetry.Recovery{Runs: 18, Failures: 8, Removed: 9, Succeeded: now}
		},
		SigningKey: func() telemetry.SigningKey {
			return telemetry.SigningKey{From: now.Add(-11 * time.Second), Until: now.Add(12 * time.Second)}
		},
		Admission: func() telemetry.Admission {
			return telemetry.Admission{
				Gates: map[string]admission.GateState{"oauth": {
					Inside: 13 + 14 + 15, Working: 13, Waiting: 14,
					Refused: map[admission.Reason]int64{admission.Full: 16, admission.Share: 17, admission.Waited: 18},
				}},
				RatesRefused: 19, FailuresRefused: 20, Connections: 21, ConnectionsClosed: 22,
			}
		},
		Now: func() time.Time { return now },
	})
	o.want(t,
		`gatehouse_store_pool_max_connections{pool="read"} 1`,
		`gatehouse_store_pool_connections{pool="read",state="in_use"} 2`,
		`gatehouse_store_pool_connections{pool="read",state="idle"} 3`,
		`gatehouse_store_pool_waits_total{pool="read"} 4`,
		`gatehouse_store_pool_wait_seconds_total{pool="read"} 5`,
		`gatehouse_outbox_waiting 6`,
		`gatehouse_outbox_deferred_total 7`,
		`gatehouse_recovery_runs_total{outcome="failed"} 8`,
		`gatehouse_recovery_runs_total{outcome="ok"} 10`,
		`gatehouse_expired_removed_total 9`,
		`gatehouse_recovery_last_success_timestamp_seconds 1000`,
		`gatehouse_signing_key_age_seconds 11`,
		`gatehouse_signing_key_remaining_seconds 12`,
		`gatehouse_admission_requests{gate="oauth",state="working"} 13`,
		`gatehouse_admission_requests{gate="oauth",state="waiting"} 14`,
		`gatehouse_admission_requests{gate="oauth",state="moving"} 15`,
		`gatehouse_admission_refused_total{bound="oauth",reason="full"} 16`,
		`gatehouse_admission_refused_total{bound="oauth",reason="share"} 17`,
		`gatehouse_admission_refused_total{bound="oauth",reason="waited"} 18`,
		`gatehouse_admission_refused_total{bound="rate",reason="spent"} 19`,
		`gatehouse_admission_refused_total{bound="credentials",reason="failures"} 20`,
		`gatehouse_connections_open 21`,
		`gatehouse_connections_closed_total 22`,
	)
}
