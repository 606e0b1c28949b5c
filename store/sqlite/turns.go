package sqlite

import (
	"context"
	"slices"
	"sync"
	"time"
)

// turns lets one write at a time, in the order in which they came.
type turns struct {
	mu      sync.Mutex
	taken   bool
	waiting []chan struct{} // each is closed when it is its turn
	waits   int64           // how many have had to wait
	waited  time.Duration   // and how long, together
}

// take waits for the turn. Whoever has it must hand it over or give it back, also when the context has
// ended: it may have ended too late to leave.
func (t *turns) take(ctx context.Context) error {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	t.waiting = append(t.waiting, turn)
	t.mu.Unlock()
	began := time.Now()
	select {
	case <-turn:
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waits++
	t.waited += time.Since(began)
	if i := slices.Index(t.waiting, turn); i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
		return ctx.Err()
	}
	return nil
}

// hand gives the turn to the first who waits, if anybody does; otherwise it stays where it is.
func (t *turns) hand() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next()
}

// giveBack gives the turn to the first who waits, or to whoever comes.
func (t *turns) giveBack() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = t.next()
}

func (t *turns) next() bool {
	if len(t.waiting) == 0 {
		return false
	}
	close(t.waiting[0])
	t.waiting = slices.Delete(t.waiting, 0, 1)
	return true
}

// waitedFor says how many have had to wait for their turn, and how long.
func (t *turns) waitedFor() (waits int64, waited time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waits, t.waited
}
