package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
)

// pipes is a listener for connections within the process, which take no time of the clock.
type pipes struct {
	accept chan net.Conn
	ended  chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.accept:
		return connection, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{} }

// guarded is a server with the bounds of a configuration, in a bubble of synctest.
type guarded struct {
	guard    *guard
	listener *pipes
}

// caller lets everybody in as the caller that the request names.
func caller(next contextual) contextual {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request) {
		principal := &auth.Principal{TenantID: "t", Actor: model.Actor{Type: model.ActorTypeAdminKey, ID: r.Header.Get("Caller")}}
		next(auth.With(ctx, principal), w, r)
	}
}

// serveGuarded serves handler for callers at /graphql, for clients at /oauth2/, and unbounded at /.
func serveGuarded(t *testing.T, flags AdmissionConfig, handler http.HandlerFunc) *guarded {
	t.Helper()
	config := defaults()
	config.Admission = flags
	g, err := config.guard()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", g.timed(caller(g.callers(inContext(handler)))))
	mux.Handle("/oauth2/", g.timed(g.clients(inContext(handler))))
	mux.Handle("/", handler)
	s := &guarded{guard: g, listener: &pipes{accept: make(chan net.Conn), ended: make(chan struct{})}}
	log := slog.New(slog.DiscardHandler)
	observer, err := config.Telemetry.telemetry(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	server := g.server(observed(log, observer, mux), log)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(s.listener) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), s.listener.Close()); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

// wire is one connection of a client.
type wire struct {
	net.Conn
	read *bufio.Reader
}

func (s *guarded) dial(t *testing.T) wire {
	t.Helper()
	client, server := net.Pipe()
	s.listener.accept <- server
	t.Cleanup(func() { _ = client.Close() })
	return wire{client, bufio.NewReader(client)}
}

// post begins a request of a caller.
func post(path, caller string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: gatehouse\r\nCaller: %s\r\nContent-Length: %d\r\n\r\n", path, caller, length)
}

// say writes in the background, since a pipe holds nothing: it takes as long as the server reads.
func (c wire) say(text string) {
	go func() { _, _ = io.WriteString(c, text) }()
}

// dribble writes a byte each interval, until nobody reads any more.
func (c wire) dribble(t *testing.T, text string, interval time.Duration) {
	t.Helper()
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = c.Close() // perhaps for the second time
		<-ended
	})
	go func() {
		defer close(ended)
		for i := range len(text) {
			if _, err := io.WriteString(c, text[i:i+1]); err != nil {
				return
			}
			time.Sleep(interval)
		}
	}()
}

// answered reads an answer; status 0 when the connection ends without one.
func (c wire) answered(t *testing.T) (status int, header http.Header, body string) {
	t.Helper()
	answer, err := http.ReadResponse(c.read, nil)
	if err != nil {
		return 0, nil, ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, nil, ""
	}
	return answer.StatusCode, answer.Header, string(text)
}

// wantGone checks that nothing is left of any request.
func (s *guarded) wantGone(t *testing.T, what string) {
	t.Helper()
	synctest.Wait()
	if state := s.guard.graphql.State(); state.Inside != 0 || state.Callers != 0 {
		t.Errorf("%s: left are %+v", what, state)
	}
}

func ok(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, "done")
}
