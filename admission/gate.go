package admission

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Reason is why a Gate refuses a request, which then has not begun. It is an error.
type Reason string

// The reasons.
const (
	// Full says that every place is taken.
	Full Reason = "every place is taken"
	// Share says that the caller has as many places as one caller may have.
	Share Reason = "the caller has its share of the places"
	// Waited says that no turn came within the time that a request may wait for one.
	Waited Reason = "no turn came in time"
)

func (r Reason) Error() string { return string(r) }

// standingPart is the part of the patience that is left when the queue does not get empty.
const standingPart = 10

// GateOptions are the sizes of a Gate.
type GateOptions struct {
	// Concurrent is how many requests are worked on at the same time, 1 or more.
	Concurrent int
	// Queue is how many more may be inside: their bodies are being read, they wait for their turn, or
	// their answers are being written.
	Queue int
	// PerCaller is how many of both one caller may have inside.
	PerCaller int
	// WorkingPerCaller is how many of one caller are worked on at the same time, 1 or more.
	WorkingPerCaller int
	// Lent is how many may wait for the database at the same time and let others have their turns; see
	// Lend. Their memory is in use, as that of those who are worked on.
	Lent int
	// MaxWait is for how long a request waits for its turn. When there was always somebody waiting for as
	// long as that, those who come wait for a tenth of it.
	MaxWait time.Duration
}

// Gate bounds the requests that are worked on at the same time, and those that wait until they are.
//
// A request first takes a place (Enter), of which there are Concurrent+Queue; that bounds the memory,
// since a request holds its body and its answer while it is inside. Reading the body and writing
// the answer go as fast as the client does, so they take a place and no more. In between the request is
// worked on, which it waits for (Place.Begin). Callers take turns there, however many requests
// each of them has waiting: a caller with one waits for one of each of the others, not for all of them.
//
// A queue is there for a burst, which passes. One that has been standing for a while helps nobody: no
// more is served than without it, only later. Then requests wait for a short time only, so that what is served
// is served soon, and who is not hears so soon.
//
// A request that waits for a commit needs no processor, and the more wait for the next commit together the
// cheaper it is for each. So up to Lent of them lend their turns (Lend) and get one back before their
// caller's next request begins.
//
// One caller gets PerCaller places and WorkingPerCaller turns at most, so that it cannot take those of all
// others, however long its requests last.
type Gate struct {
	options GateOptions

	mu sync.Mutex
	// inside are the places taken, working those of them that are worked on.
	inside, working int
	callers         map[string]*caller
	// turns are the callers who have requests waiting, the next one first.
	turns   list.List
	waiting int
	// lent are those who let others have their turns, until they have one again; returning are those of
	// them who are among waiting.
	lent, returning int
	// waitingSince is when the queue was empty last; it means nothing while it is.
	waitingSince time.Time
	refused      map[Reason]int64
}

// caller is somebody who has places. It is forgotten with the last of them.
type caller struct {
	name            string
	places, working int
	waiting         list.List // of *Place, the first to come first
	// turn is where the caller is among turns; nil while nothing of it waits.
	turn *list.Element
}

// Place is the right to be inside. It belongs to one goroutine, but for Lend, which any of the request may
// call.
type Place struct {
	gate   *Gate
	caller *caller
	// turn is closed when the turn comes; working says that it has.
	turn    chan struct{}
	queued  *list.Element
	working bool
	// lent says that the turn was lent and has not come back.
	lent bool
}

// NewGate opens a gate.
func NewGate(options GateOptions) *Gate {
	return &Gate{options: options, callers: map[string]*caller{}, refused: map[Reason]int64{}}
}

// Enter takes a place, which must be left. It fails at once with Full or Share.
func (g *Gate) Enter(name string) (*Place, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.callers[name]
	switch {
	case c != nil && c.places >= g.options.PerCaller:
		return nil, g.refuse(Share)
	case g.inside >= g.options.Concurrent+g.options.Queue:
		return nil, g.refuse(Full)
	case c == nil:
		c = &caller{name: name}
		g.callers[name] = c
	}
	g.inside++
	c.places++
	return &Place{gate: g, caller: c}, nil
}

// refuse counts a refusal.
func (g *Gate) refuse(why Reason) error {
	g.refused[why]++
	return why
}

// Begin waits for the turn of the request, which then may work until it calls Done. It fails with
// Waited, or with the error of ctx as soon as that is over; nothing of the request waits any more then.
func (p *Place) Begin(ctx context.Context) error { return p.begin(ctx, false) }

// begin is Begin, also for those who return to what they have begun. They wait as long as ctx lasts, and
// go before what their caller has not begun yet.
func (p *Place) begin(ctx context.Context, returns bool) error {
	g := p.gate
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	if g.working < g.options.Concurrent && g.mayWork(p.caller) { // and so nobody waits who could work
		g.give(p)
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	p.turn = turn
	if returns {
		p.queued = p.caller.waiting.PushFront(p)
	} else {
		p.queued = p.caller.waiting.PushBack(p)
	}
	if g.waiting == 0 {
		g.waitingSince = time.Now()
	}
	g.waiting++
	if p.lent {
		g.returning++
	}
	maxWait := g.options.MaxWait
	if time.Since(g.waitingSince) >= maxWait {
		maxWait /= standingPart
	}
	if p.caller.turn == nil {
		p.caller.turn = g.turns.PushBack(p.caller)
	}
	g.mu.Unlock()

	var patience <-chan time.Time
	if !returns {
		timer := time.NewTimer(maxWait)
		defer timer.Stop()
		patience = timer.C
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	case <-patience:
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	err := ctx.Err()
	select {
	case <-turn: // at the same moment
		if err != nil && p.working {
			g.pass(p)
		}
		return err
	default:
	}
	p.unqueue()
	if err != nil {
		return err
	}
	return g.refuse(Waited)
}

// unqueue takes a request that waits out of the queue.
func (p *Place) unqueue() {
	p.caller.waiting.Remove(p.queued)
	p.gate.waiting--
	if p.lent {
		p.gate.returning--
	}
	if p.caller.waiting.Len() == 0 {
		p.gate.turns.Remove(p.caller.turn)
		p.caller.turn = nil
	}
}

// Done says that the request is worked on no longer. The place remains taken. Without a turn it does
// nothing.
func (p *Place) Done() {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	if p.working {
		p.gate.pass(p)
	}
}

// lend gives the turn to others, if there is one to give and so many may be away. It reports whether it
// did; then takeBack must be called.
func (p *Place) lend() bool {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if !p.working || p.lent || g.lent >= g.options.Lent {
		return false
	}
	p.lent = true
	g.lent++
	g.pass(p)
	return true
}

// takeBack waits until it is the request's turn again.
func (p *Place) takeBack(ctx context.Context) {
	if p.begin(ctx, true) == nil {
		return
	}
	// The time of the request is over. It goes on without a turn, and finds that out soon.
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.back()
}

// back notes that a turn which was lent has come back, or never will.
func (p *Place) back() {
	if p.lent {
		p.lent = false
		p.gate.lent--
	}
}

// mayWork says whether a caller may have one more turn.
func (g *Gate) mayWork(c *caller) bool { return c.working < g.options.WorkingPerCaller }

// give gives a request a turn.
func (g *Gate) give(p *Place) {
	p.back()
	p.working = true
	p.caller.working++
	g.working++
}

// pass takes the turn of a request and gives it to the next one that may have it, if there is one.
func (g *Gate) pass(p *Place) {
	p.working = false
	p.caller.working--
	g.working--
	for turn := g.turns.Front(); turn != nil; turn = turn.Next() {
		c := turn.Value.(*caller) //nolint:errcheck // it is nothing else
		if !g.mayWork(c) {
			continue
		}
		g.turns.MoveToBack(turn)
		first := c.waiting.Front().Value.(*Place) //nolint:errcheck // it is nothing else
		first.unqueue()
		g.give(first)
		close(first.turn)
		return
	}
}

// Leave gives the place back, and the turn with it.
func (p *Place) Leave() {
	g := p.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.working {
		g.pass(p)
	}
	g.inside--
	if p.caller.places--; p.caller.places == 0 {
		delete(g.callers, p.caller.name)
	}
}

// GateState is what goes on in a Gate at one moment.
type GateState struct {
	// Turns are how many requests may be worked on at the same time, Places how many may be inside.
	Turns, Places int
	// Inside are the places taken; of them, Working are worked on, and Waiting wait until they are.
	Inside, Working, Waiting int
	// Lent are those who have lent their turn, because they wait for the database.
	Lent int
	// Callers are those who have a place.
	Callers int
	// Refused counts the refusals so far.
	Refused map[Reason]int64
}

// State is what goes on now.
func (g *Gate) State() GateState {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := GateState{
		Turns: g.options.Concurrent, Places: g.options.Concurrent + g.options.Queue,
		Inside: g.inside, Working: g.working, Waiting: g.waiting, Lent: g.lent - g.returning, Callers: len(g.callers), Refused: map[Reason]int64{},
	}
	for _, why := range []Reason{Full, Share, Waited} {
		s.Refused[why] = g.refused[why]
	}
	return s
}
