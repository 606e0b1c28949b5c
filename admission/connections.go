package admission

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Connections bounds how many connections a server keeps. When there is one too many, the one
// that has been silent for longest is closed: it has sent no request yet, or not all of the header of
// one, or none since its last. So whoever opens connections and says nothing on them shuts nobody out, which a
// listener that stops accepting would let them do. Only when all the others are being answered is the
// new one closed.
//
// A client whose connection is closed while it is idle opens another one for its next request, as it
// has to after the idle timeout.
type Connections struct {
	max int

	mu sync.Mutex
	// open has every connection: where it is in silent, nil while a request on it is answered.
	open   map[net.Conn]*list.Element
	silent list.List // of net.Conn, the longest first
	closed int64
}

// NewConnections keeps up to max connections, 1 or more.
func NewConnections(limit int) *Connections {
	return &Connections{max: limit, open: map[net.Conn]*list.Element{}}
}

// Track is the ConnState of the http.Server.
func (c *Connections) Track(connection net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, known := c.open[connection]
	if !known && state != http.StateNew { // it was closed here
		return
	}
	if place != nil {
		c.silent.Remove(place)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		c.open[connection] = c.silent.PushBack(connection)
	case http.StateActive:
		c.open[connection] = nil
	case http.StateClosed, http.StateHijacked:
		delete(c.open, connection)
	}
	if len(c.open) <= c.max {
		return
	}
	// There is one that is silent: the new one.
	longest := c.silent.Remove(c.silent.Front()).(net.Conn) //nolint:errcheck // it is nothing else
	delete(c.open, longest)
	c.closed++
	_ = longest.Close() // the server notices, and what else it has of the connection ends
}

// Max is how many connections are kept.
func (c *Connections) Max() int { return c.max }

// Open is how many connections there are.
func (c *Connections) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// Closed is how many were closed because there were too many, so far.
func (c *Connections) Closed() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}
