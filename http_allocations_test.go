package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestAllocations holds what requests allocate on their way through everything that the server is, but
// the connection: each object costs the time to make it and again to find that it is garbage, and the
// sum of them is most of what GraphQL costs beside the database. The bounds have a little room, for
// what pools lose and for the race detector, which makes them lose more. Whoever makes a request
// cheaper lowers them.
func TestAllocations(t *testing.T) {
	w := newWorkbench(t, defaults())
	for _, c := range []struct {
		name, query string
		most        float64
	}{
		// Everything in front of execution and behind it, and next to nothing of execution.
		{"nothing but a name", `{"query":"{ __typename }"}`, 60},
		{"get an app", "", 118},
	} {
		e := newExchange(w.handler, w.getApp())
		if c.query != "" {
			e.text = []byte(c.query)
		}
		if status := e.do(); status != http.StatusOK || strings.Contains(e.answer.String(), `"errors"`) {
			t.Fatalf("%s is answered %d %s", c.name, status, e.answer.String())
		}
		if got := testing.AllocsPerRun(200, func() { e.do() }); got > c.most {
			t.Errorf("%s allocates %g times, want at most %g", c.name, got, c.most)
		}
	}
}
