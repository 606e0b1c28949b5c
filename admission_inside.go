package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"gatehouse/admission"
	"gatehouse/resolvers"
)

// maxPooledAnswer is how large the buffer of an answer may be to be kept for the next one, in bytes:
// larger answers are few, and what is kept is not there for anything else.
const maxPooledAnswer = 64 << 10

// outside is why a request did not come through a gate.
type outside struct {
	status  int
	message string
}

// inside takes a request through a gate: its body is read before it is worked on and its answer written
// after, since both go as fast as the client does. It returns nil for a request that came in.
func (g *guard) inside(ctx context.Context, gate *admission.Gate, name string, w http.ResponseWriter, r *http.Request, next contextual) *outside {
	place, err := gate.Enter(name)
	if err != nil {
		refusedUnread(w)
		if errors.Is(err, admission.Share) {
			return &outside{http.StatusServiceUnavailable, "The caller has as many requests under way as it may. Nothing of this one has happened."}
		}
		return &outside{http.StatusServiceUnavailable, "The server has no room for the request. Nothing of it has happened."}
	}
	defer place.Leave()
	body, err := readAll(r)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &outside{http.StatusRequestTimeout, "The request did not come in time."}
	}
	if err := place.Begin(ctx); err != nil {
		return &outside{http.StatusServiceUnavailable, "The turn of the request did not come in time. Nothing of it has happened."}
	}
	r.Body = &bodyInside{rest: body, err: err}
	answer := &keptAnswer{to: w, status: http.StatusOK, body: g.buffer()}
	next(admission.With(ctx, place), answer, r)
	place.Done()
	// What has no deadlines is not the server's connection.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	answer.send()
	g.release(answer.body)
	return nil
}

// mostAhead is how much room is made at most for a body whose length is only announced, in bytes.
const mostAhead = 64 << 10

// readAll reads the body of a request, which mostly has the length that its header says.
func readAll(r *http.Request) ([]byte, error) {
	// The buffer would grow for the end of the body, if it had no room to read it into.
	body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), mostAhead)+bytes.MinRead))
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

// buffer is an empty buffer for an answer.
func (g *guard) buffer() *bytes.Buffer {
	buffer := g.answers.Get().(*bytes.Buffer) //nolint:errcheck // there is nothing else in it
	buffer.Reset()
	return buffer
}

// release gives a buffer back that nobody uses any more.
func (g *guard) release(buffer *bytes.Buffer) {
	if buffer.Cap() <= maxPooledAnswer {
		g.answers.Put(buffer)
	}
}

// bodyInside is a body that was read before, with the error that it ended with, if any.
type bodyInside struct {
	rest []byte
	err  error
}

var _ resolvers.WholeBody = (*bodyInside)(nil)

func (b *bodyInside) Read(p []byte) (int, error) {
	if len(b.rest) == 0 && len(p) > 0 {
		if b.err != nil {
			return 0, b.err
		}
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Whole is all that has not been read.
func (b *bodyInside) Whole() ([]byte, error) {
	rest := b.rest
	b.rest = nil
	return rest, b.err
}

// Close does nothing: it is the server that closes what a request came by.
func (*bodyInside) Close() error { return nil }

// keptAnswer keeps an answer until it is sent, so that nobody works at the pace of a client who reads.
type keptAnswer struct {
	to     http.ResponseWriter
	status int
	body   *bytes.Buffer
}

func (a *keptAnswer) Header() http.Header         { return a.to.Header() }
func (a *keptAnswer) WriteHeader(status int)      { a.status = status }
func (a *keptAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }

// WriteString spares the pieces of an answer that are constants a copy of their own (io.StringWriter).
func (a *keptAnswer) WriteString(s string) (int, error) { return a.body.WriteString(s) }

// send sends the answer. The client may be gone.
func (a *keptAnswer) send() {
	a.to.WriteHeader(a.status)
	_, _ = a.body.WriteTo(a.to)
}
