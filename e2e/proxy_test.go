package e2e_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// proxy stands between the server and its database and does to their connections what networks do.
// It is healthy at first.
type proxy struct {
	listener net.Listener
	to       string
	// uri is that of the database behind the proxy.
	uri string

	mu    sync.Mutex
	lines map[*line]bool
	// away refuses every connection.
	away bool
	// held is closed when what is kept back may go on; nil when nothing is kept back.
	held chan struct{}
	// delay is how long each part of an answer takes.
	delay time.Duration
	// cutEvery cuts a connection in every so manieth answer, before or in the middle of it; 0 never.
	cutEvery int
	answers  int
	cuts     int
}

// line is one connection through the proxy.
type line struct {
	near, far net.Conn
	// over is closed when the connection is.
	over chan struct{}
	once sync.Once
}

func (l *line) close() {
	l.once.Do(func() {
		close(l.over)
		_, _ = l.near.Close(), l.far.Close() // they may be closed already
	})
}

// newProxy starts a proxy in front of the MongoDB database of a URI.
func newProxy(t *testing.T, uri string) *proxy {
	t.Helper()
	server, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, to: server.Host, lines: map[*line]bool{}}
	server.Host = listener.Addr().String()
	// A replica set would tell the driver its own address, and it would go round the proxy.
	options := server.Query()
	options.Del("replicaSet")
	options.Set("directConnection", "true")
	server.RawQuery = options.Encode()
	p.uri = server.String()
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			ended.Go(func() { p.join(t.Context(), near) })
		}
	})
	t.Cleanup(func() {
		closing(t, listener)
		p.setAway(true)
		p.release()
		ended.Wait()
	})
	return p
}

// join connects and copies until either end is closed.
func (p *proxy) join(ctx context.Context, near net.Conn) {
	p.mu.Lock()
	away := p.away
	p.mu.Unlock()
	if away {
		_ = near.Close() // the server is being told
		return
	}
	far, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.to)
	if err != nil {
		_ = near.Close()
		return
	}
	l := &line{near: near, far: far, over: make(chan struct{})}
	p.mu.Lock()
	if p.away {
		l.close()
	}
	p.lines[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.copy(l, far, near, false) })
	both.Go(func() { p.copy(l, near, far, true) })
	both.Wait()
	p.mu.Lock()
	delete(p.lines, l)
	p.mu.Unlock()
}

// copy passes on what one end sends, as the proxy is set at that moment.
func (p *proxy) copy(l *line, to io.Writer, from io.Reader, answers bool) {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if !p.wait(l, answers) {
			return
		}
		whole := !answers || !p.cut()
		if !whole {
			n /= 2
		}
		if _, err := to.Write(buffer[:n]); err != nil || !whole {
			return
		}
	}
}

// wait takes the time that the network takes. It reports whether the connection is still there.
func (p *proxy) wait(l *line, answers bool) bool {
	p.mu.Lock()
	held, delay := p.held, p.delay
	p.mu.Unlock()
	if answers && delay > 0 {
		select {
		case <-time.After(delay):
		case <-l.over:
			return false
		}
	}
	if held != nil {
		select {
		case <-held:
		case <-l.over:
			return false
		}
	}
	return true
}

// cut says whether this answer is to be cut.
func (p *proxy) cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cutEvery == 0 {
		return false
	}
	if p.answers++; p.answers%p.cutEvery != 0 {
		return false
	}
	p.cuts++
	return true
}

// setAway takes the database away, with every connection to it, or brings it back.
func (p *proxy) setAway(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
	for l := range p.lines {
		if away {
			l.close()
		}
	}
}

// hold keeps back everything without closing anything: the other side is gone, and nobody says so.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = make(chan struct{})
}

// release lets go what is kept back.
func (p *proxy) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
}

// slow makes each answer take so much longer.
func (p *proxy) slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

// cutting cuts a connection in every so manieth answer from now on; 0 ends it. It returns how many it
// has cut since it was called last.
func (p *proxy) cutting(every int) (cuts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cuts, p.cuts, p.cutEvery = p.cuts, 0, every
	return cuts
}

// through is the same data for a server that reaches it through the proxy.
func (p *proxy) through(d *data) *data {
	other := *d
	other.uri = p.uri
	return &other
}
