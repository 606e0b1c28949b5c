package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowRequest is a request whose body the client sends in two parts.
type slowRequest struct {
	rest   *io.PipeWriter
	answer chan answer
}

// sendHalf sends a request up to the middle of its body, and returns when the server is waiting for
// the rest.
func (p *program) sendHalf(t *testing.T, body string) *slowRequest {
	t.Helper()
	reading := make(chan struct{})
	// The server asks for the body when its handler begins to read it (RFC 9110 §10.1.1).
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(reading) }}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	pipe, rest := io.Pipe()
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, p.base+"/graphql", pipe)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + p.key}, "Content-Type": {"application/json"}, "Expect": {"100-continue"}}
	slow := &slowRequest{rest: rest, answer: make(chan answer, 1)}
	go func() {
		defer cancel()
		defer close(slow.answer)
		response, err := (&http.Transport{ExpectContinueTimeout: patience}).RoundTrip(r)
		if err != nil {
			t.Errorf("the slow request failed: %v", err)
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Errorf("the answer to the slow request broke off: %v", err)
		}
		slow.answer <- answer{status: response.StatusCode, header: response.Header, body: string(text)}
	}()
	select {
	case <-reading:
	case <-time.After(patience):
		t.Fatal("the server does not read the request")
	}
	if _, err := io.WriteString(rest, body); err != nil {
		t.Fatal(err)
	}
	return slow
}

// finish sends the rest of the body and returns the answer.
func (r *slowRequest) finish(t *testing.T, rest string) answer {
	t.Helper()
	if _, err := io.WriteString(r.rest, rest); err != nil {
		t.Fatal(err)
	}
	closing(t, r.rest)
	return <-r.answer
}

// refuses waits until the program takes no more connections.
func (p *program) refuses(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(p.base, "http://"))
		switch {
		case ctx.Err() != nil:
			t.Fatal("the program still takes connections")
		case err != nil:
			return
		}
		closing(t, connection)
	}
}

// TestGracefulStop checks that requests in flight end, new ones are refused, and the program ends
// with code 0, whichever signal it gets.
func TestGracefulStop(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			p := d.start(t)
			name := signal.String()
			slow := p.sendHalf(t, `{"query": "mutation { createUser(input: {username: `)
			p.signal(t, signal)
			p.refuses(t)
			select {
			case <-p.ended:
				t.Fatalf("the program ended with code %d although a request was in flight", p.code)
			default:
			}
			a := slow.finish(t, `\"`+name+`\"}) { user { username } } }"}`)
			if a.status != http.StatusOK || a.body != `{"data":{"createUser":{"user":{"username":"`+name+`"}}}}` {
				t.Errorf("the request in flight was answered %d %s", a.status, a.body)
			}
			if code := p.wait(t); code != 0 {
				t.Errorf("the program ended with code %d after %v\n%s", code, signal, p.stderr)
			}
			d.settled(t)
			if there := d.checkLives(t); len(there) == 0 {
				t.Errorf("after %v the user is missing", signal)
			}
		}
	})
}
