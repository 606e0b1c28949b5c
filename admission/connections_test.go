package admission_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/admission"
)

// line is one connection of a client.
type line struct {
	net.Conn
	read *bufio.Reader
}

func dial(t *testing.T, server *httptest.Server) line {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() }) // perhaps for the second time
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return line{connection, bufio.NewReader(connection)}
}

// say writes a part of a request.
func (l line) say(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(l, text); err != nil {
		t.Fatal(err)
	}
}

// answered reads an answer.
func (l line) answered(t *testing.T, what string) {
	t.Helper()
	answer, err := http.ReadResponse(l.read, nil)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// ended waits until the server has closed the connection.
func (l line) ended(t *testing.T, what string) {
	t.Helper()
	if b, err := l.read.ReadByte(); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("%s: read %q %v, want the end", what, b, err)
	}
}

// TestConnectionsMakeRoom: with room for three, whoever is silent for longest goes.
func TestConnectionsMakeRoom(t *testing.T) {
	t.Parallel()
	connections := admission.NewConnections(3)
	inside, goOn := make(chan struct{}), make(chan struct{})
	idled := make(chan struct{}, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			inside <- struct{}{}
			<-goOn
		}
		fmt.Fprintln(w, "done")
	}))
	server.Config.ConnState = func(connection net.Conn, state http.ConnState) {
		connections.Track(connection, state)
		if state == http.StateIdle {
			idled <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	const request, slow = "GET / HTTP/1.1\r\nHost: gatehouse\r\n\r\n", "GET /slow HTTP/1.1\r\nHost: gatehouse\r\n\r\n"

	busy := dial(t, server)
	busy.say(t, slow)
	<-inside
	idle := dial(t, server)
	idle.say(t, request)
	idle.answered(t, "the second")
	<-idled
	silent := dial(t, server)
	silent.say(t, "GET / HT")
	fourth := dial(t, server)
	fourth.say(t, slow)
	<-inside
	idle.ended(t, "idle for longest")
	fifth := dial(t, server)
	fifth.say(t, slow)
	<-inside
	silent.ended(t, "silent for longest")
	dial(t, server).ended(t, "one more than all that are busy")
	if connections.Open() != 3 || connections.Closed() != 3 {
		t.Errorf("%d are open and %d were closed, want 3 and 3", connections.Open(), connections.Closed())
	}
	for range 3 {
		goOn <- struct{}{}
	}
	busy.answered(t, "the first")
	fourth.answered(t, "the fourth")
	fifth.answered(t, "the fifth")
	// A flood of silent connections does not shut anybody out.
	for range 30 {
		dial(t, server)
		last := dial(t, server)
		last.say(t, request)
		last.answered(t, "in a flood")
	}
	server.Close()
	if connections.Open() != 0 {
		t.Errorf("%d connections are left", connections.Open())
	}
}
