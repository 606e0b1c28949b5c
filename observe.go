package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gatehouse/admission"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/oauth"
	"gatehouse/telemetry"
)

// tracesTimeout bounds how long the last spans may keep a process that stops.
const tracesTimeout = 5 * time.Second

// endTraces sends the spans that are left. ctx may have ended.
func endTraces(ctx context.Context, t *telemetry.Telemetry, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tracesTimeout)
	defer cancel()
	if err := t.Close(ctx); err != nil {
		log.WarnContext(ctx, "the last spans were not sent", slog.Any("error", err))
	}
}

// observeCredentials counts credentials by their kind.
func observeCredentials(t *telemetry.Telemetry) func(auth.Kind, error) {
	return func(kind auth.Kind, err error) {
		if err == nil {
			t.Authenticated(string(kind), "accepted")
			return
		}
		outcome := "unavailable"
		var known *model.Error
		if errors.As(err, &known) && known.Code == model.Unauthenticated {
			outcome = "refused"
		}
		t.Authenticated(string(kind), outcome)
	}
}

// observeClients counts what OAuth clients ask for, and adds who they are to the records of requests.
func observeClients(t *telemetry.Telemetry) func(context.Context, oauth.Outcome) {
	return func(ctx context.Context, o oauth.Outcome) {
		record, outcome := telemetry.From(ctx), "ok"
		if o.ClientID != "" {
			record.SetClient(o.ClientID)
			record.SetCaller(telemetry.Caller{
				Type: model.ActorTypeManagementApplication.String(), ID: o.ApplicationID, TenantID: o.TenantID,
			})
		}
		if o.Code != "" {
			outcome = o.Code
			record.Fail(o.Code)
		}
		t.OAuth(o.Endpoint, outcome)
	}
}

// watch adds to the metrics what the parts of the server know about themselves.
func watch(t *telemetry.Telemetry, o *opened, signingKeys *auth.SigningKeys, g *guard) {
	t.Watch(telemetry.Sources{
		Pools:    o.database.Pools,
		Outbox:   o.store.Outbox,
		Recovery: func() telemetry.Recovery { return telemetry.Recovery(o.admin.Recovery()) },
		SigningKey: func() telemetry.SigningKey {
			from, until := signingKeys.Signing()
			return telemetry.SigningKey{From: from, Until: until}
		},
		Admission: g.state,
		Now:       time.Now,
	})
}

// state is how much is let in at the moment.
func (g *guard) state() telemetry.Admission {
	a := telemetry.Admission{
		Gates:       []telemetry.Gate{gateState("graphql", g.graphql), gateState("oauth", g.oauth)},
		TooMany:     map[string]int64{"rate": 0, "credentials": g.failures.Refused()},
		Connections: g.connections.Open(), MaxConnections: g.connections.Max(), ClosedConnections: g.connections.Closed(),
	}
	if g.rates != nil {
		a.TooMany["rate"] = g.rates.Refused()
	}
	return a
}

func gateState(name string, gate *admission.Gate) telemetry.Gate {
	s := gate.State()
	return telemetry.Gate{
		Name: name, Working: s.Working, Waiting: s.Waiting, Lent: s.Lent, Inside: s.Inside, Turns: s.Turns, Places: s.Places,
		Refused: map[string]int64{
			"full": s.Refused[admission.Full], "share": s.Refused[admission.Share], "waited": s.Refused[admission.Waited],
		},
	}
}

// private is the listener for metrics, profiles and probes; the zero value is none.
type private struct {
	listener net.Listener
	server   *http.Server
	log      *slog.Logger
}

// listen opens the private listener, if there is to be one. Whoever does not serve on it closes it.
func (c TelemetryConfig) listen(ctx context.Context, t *telemetry.Telemetry, log *slog.Logger, probes func(*http.ServeMux)) (private, error) {
	if c.MetricsListen == "" {
		return private{}, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.MetricsListen)
	if err != nil {
		return private{}, fmt.Errorf("listen for metrics: %w", err)
	}
	log.InfoContext(ctx, "metrics are served", slog.String("address", listener.Addr().String()), slog.Bool("profiles", c.Pprof))
	return private{listener: listener, server: privateServer(t, c.Pprof, log, probes), log: log}, nil
}

// serve serves until ctx ends.
func (p private) serve(ctx context.Context) {
	if p.listener == nil {
		return
	}
	stopped := context.AfterFunc(ctx, func() {
		if err := p.server.Close(); err != nil {
			p.log.WarnContext(ctx, "the listener for metrics did not close", slog.Any("error", err))
		}
	})
	defer stopped()
	if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
		p.log.ErrorContext(ctx, "metrics are no longer served", slog.Any("error", err))
	}
}

// close closes a listener on which nobody serves.
func (p private) close() error {
	if p.listener == nil {
		return nil
	}
	return p.listener.Close()
}
