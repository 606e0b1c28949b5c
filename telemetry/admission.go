package telemetry

import "github.com/prometheus/client_golang/prometheus"

// Admission is how much is let in, and what was refused since the start.
type Admission struct {
	Gates []Gate
	// TooMany counts the requests that were answered 429, by the reason: a few fixed words.
	TooMany map[string]int64
	// Connections are those that are open, MaxConnections how many are kept, and ClosedConnections how
	// many had to make room.
	Connections, MaxConnections int
	ClosedConnections           int64
}

// Gate is what bounds the requests of one kind.
type Gate struct {
	// Name is one of a few fixed words.
	Name string
	// Working requests have one of Turns. Waiting ones wait for theirs, Lent ones have lent theirs while
	// the database commits, and together with those whose bodies are being read or answers written all of
	// them are Inside, in as many Places.
	Working, Waiting, Lent, Inside, Turns, Places int
	// Refused counts refusals by the reason: a few fixed words.
	Refused map[string]int64
}

// admissionMetrics are those of Admission.
type admissionMetrics struct {
	requests, turns, places, refused, tooMany *prometheus.Desc
	connections, maxConnections, closed       *prometheus.Desc
}

func newAdmissionMetrics() admissionMetrics {
	return admissionMetrics{
		requests:       desc("gate_requests", "Requests inside, by what becomes of them: working, waiting for their turn, committing, or transferring a body or an answer.", "gate", "state"),
		turns:          desc("gate_turns", "How many requests may be worked on at the same time.", "gate"),
		places:         desc("gate_places", "How many requests may be inside.", "gate"),
		refused:        desc("gate_refused_total", "Requests refused with 503 for want of room, by reason.", "gate", "reason"),
		tooMany:        desc("too_many_requests_total", "Requests answered 429, by reason.", "reason"),
		connections:    desc("connections", "Connections of clients that are open."),
		maxConnections: desc("max_connections", "How many connections of clients are kept."),
		closed:         desc("connections_closed_total", "Connections of clients closed to make room for others."),
	}
}

func (m admissionMetrics) describe(into chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.requests, m.turns, m.places, m.refused, m.tooMany, m.connections, m.maxConnections, m.closed,
	} {
		into <- d
	}
}

func (m admissionMetrics) collect(a Admission, gauge, counter func(d *prometheus.Desc, value float64, labels ...string)) {
	for _, g := range a.Gates {
		gauge(m.requests, float64(g.Working), g.Name, "working")
		gauge(m.requests, float64(g.Waiting), g.Name, "waiting")
		gauge(m.requests, float64(g.Lent), g.Name, "committing")
		gauge(m.requests, float64(g.Inside-g.Working-g.Waiting-g.Lent), g.Name, "transferring")
		gauge(m.turns, float64(g.Turns), g.Name)
		gauge(m.places, float64(g.Places), g.Name)
		for why, n := range g.Refused {
			counter(m.refused, float64(n), g.Name, why)
		}
	}
	for why, n := range a.TooMany {
		counter(m.tooMany, float64(n), why)
	}
	gauge(m.connections, float64(a.Connections))
	gauge(m.maxConnections, float64(a.MaxConnections))
	counter(m.closed, float64(a.ClosedConnections))
}
