package admission_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gatehouse/admission"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mustEnter takes a place.
func mustEnter(t *testing.T, g *admission.Gate, caller string) *admission.Place {
	t.Helper()
	place, err := g.Enter(caller)
	if err != nil {
		t.Fatalf("%s: %v", caller, err)
	}
	return place
}

// wantState compares what goes on in a gate.
func wantState(t *testing.T, g *admission.Gate, what string, inside, working, waiting, callers int) {
	t.Helper()
	s := g.State()
	if s.Inside != inside || s.Working != working || s.Waiting != waiting || s.Callers != callers {
		t.Errorf("%s: %+v, want %d inside, %d worked on, %d waiting, %d callers", what, s, inside, working, waiting, callers)
	}
}

func TestGateRefusesAtOnce(t *testing.T) {
	t.Parallel()
	g := admission.NewGate(admission.GateOptions{Concurrent: 2, Queue: 2, PerCaller: 3, WorkingPerCaller: 2, MaxWait: time.Second})
	places := []*admission.Place{mustEnter(t, g, "a"), mustEnter(t, g, "a"), mustEnter(t, g, "a")}
	if _, err := g.Enter("a"); !errors.Is(err, admission.Share) {
		t.Errorf("the fourth of one caller: %v", err)
	}
	places = append(places, mustEnter(t, g, "b"))
	if _, err := g.Enter("c"); !errors.Is(err, admission.Full) {
		t.Errorf("the fifth of all: %v", err)
	}
	wantState(t, g, "full", 4, 0, 0, 2)
	places[0].Leave()
	places[0] = mustEnter(t, g, "c")
	for _, place := range places {
		place.Leave()
	}
	wantState(t, g, "empty", 0, 0, 0, 0)
	if refused := g.State().Refused; refused[admission.Share] != 1 || refused[admission.Full] != 1 || refused[admission.Waited] != 0 {
		t.Errorf("counted %v", refused)
	}
}

// TestGateTakesTurns: whoever has ten requests waiting lets one pass that came after them all.
func TestGateTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.NewGate(admission.GateOptions{Concurrent: 1, Queue: 20, PerCaller: 11, WorkingPerCaller: 1, MaxWait: time.Minute})
		first := mustEnter(t, g, "greedy")
		if err := first.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []string
		var all sync.WaitGroup
		queue := func(caller, name string) {
			place := mustEnter(t, g, caller)
			all.Go(func() {
				defer place.Leave()
				if err := place.Begin(t.Context()); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
			})
			synctest.Wait()
		}
		for i := range 10 {
			queue("greedy", "greedy "+strconv.Itoa(i))
		}
		queue("modest", "modest 0")
		queue("modest", "modest 1")
		queue("other", "other 0")
		wantState(t, g, "all wait", 14, 1, 13, 3)
		first.Leave()
		all.Wait()
		want := []string{"greedy 0", "modest 0", "other 0", "greedy 1", "modest 1", "greedy 2"}
		for i, name := range want {
			if order[i] != name {
				t.Fatalf("the order was %v, want it to begin with %v", order, want)
			}
		}
		wantState(t, g, "all gone", 0, 0, 0, 0)
	})
}

// TestGateLetsGo: those who have waited for too long, and those whose clients are gone, leave the queue at
// once, and the turn goes to who is left.
func TestGateLetsGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.NewGate(admission.GateOptions{Concurrent: 1, Queue: 9, PerCaller: 10, WorkingPerCaller: 1, MaxWait: time.Second})
		working := mustEnter(t, g, "a")
		if err := working.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		begin := func(ctx context.Context) <-chan error {
			place, begun := mustEnter(t, g, "a"), make(chan error, 1)
			go func() {
				err := place.Begin(ctx)
				place.Leave()
				begun <- err
			}()
			synctest.Wait()
			return begun
		}
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		gone, late := begin(ctx), begin(t.Context())
		time.Sleep(500 * time.Millisecond)
		patient := begin(t.Context())
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || time.Since(start) != 500*time.Millisecond {
			t.Errorf("whose client is gone: %v after %s", err, time.Since(start))
		}
		if err := <-begin(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("whose client was gone before: %v", err)
		}
		if err := <-late; !errors.Is(err, admission.Waited) || time.Since(start) != time.Second {
			t.Errorf("who waits too long: %v after %s", err, time.Since(start))
		}
		wantState(t, g, "one waits still", 2, 1, 1, 1)
		// Somebody has waited all the time, so a tenth of the time has to be enough for who comes now.
		if err := <-begin(t.Context()); !errors.Is(err, admission.Waited) || time.Since(start) != 1100*time.Millisecond {
			t.Errorf("behind a standing queue: %v after %s", err, time.Since(start))
		}
		working.Done()
		working.Done() // changes nothing
		if err := <-patient; err != nil {
			t.Errorf("who is left: %v", err)
		}
		wantState(t, g, "answering", 1, 0, 0, 1)
		// The queue was empty, so there is patience again.
		if err := working.Begin(t.Context()); err != nil {
			t.Error(err)
		}
		start = time.Now()
		if err := <-begin(t.Context()); !errors.Is(err, admission.Waited) || time.Since(start) != time.Second {
			t.Errorf("in a new queue: %v after %s", err, time.Since(start))
		}
		working.Leave()
		wantState(t, g, "empty", 0, 0, 0, 0)
	})
}

// TestGateKeepsATurn: one caller's requests that last leave a turn for others.
func TestGateKeepsATurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.NewGate(admission.GateOptions{Concurrent: 3, Queue: 9, PerCaller: 9, WorkingPerCaller: 2, MaxWait: time.Second})
		begun := map[string]chan *admission.Place{"greedy": make(chan *admission.Place, 9), "modest": make(chan *admission.Place, 9)}
		begin := func(caller string) {
			place := mustEnter(t, g, caller)
			go func() {
				if err := place.Begin(t.Context()); err != nil {
					t.Errorf("%s: %v", caller, err)
				}
				begun[caller] <- place
			}()
			synctest.Wait()
		}
		for range 4 {
			begin("greedy")
		}
		wantState(t, g, "a turn is kept", 4, 2, 2, 1)
		begin("modest")
		begin("modest")
		wantState(t, g, "it is given to another caller", 6, 3, 3, 2)
		(<-begun["modest"]).Leave()
		(<-begun["modest"]).Leave()
		wantState(t, g, "and kept again", 4, 2, 2, 1)
		for range 4 {
			(<-begun["greedy"]).Leave()
		}
		wantState(t, g, "empty", 0, 0, 0, 0)
	})
}

// TestAside: who waits for another request does not keep it from its turn.
func TestAside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.NewGate(admission.GateOptions{Concurrent: 1, Queue: 9, PerCaller: 9, WorkingPerCaller: 1, MaxWait: time.Second})
		repetition, first := mustEnter(t, g, "a"), mustEnter(t, g, "a")
		if err := repetition.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			if err := first.Begin(t.Context()); err != nil {
				t.Error(err)
			}
			time.Sleep(5 * time.Second) // longer than a request waits for a turn by itself
			close(done)
			time.Sleep(5 * time.Second)
			first.Leave()
		}()
		synctest.Wait()
		ctx, start := admission.With(t.Context(), repetition), time.Now()
		if err := admission.Aside(ctx, func() { <-done }); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("came back after %s: %v", time.Since(start), err)
		}
		wantState(t, g, "it is its turn again", 1, 1, 0, 1)
		brief, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := admission.Aside(brief, func() { <-brief.Done() }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("without time left: %v", err)
		}
		repetition.Leave()
		wantState(t, g, "empty", 0, 0, 0, 0)
		if err := admission.Aside(t.Context(), func() {}); err != nil {
			t.Errorf("outside of a gate: %v", err)
		}
	})
}

// TestGateUnderLoad has more callers than there is room for, some of which give up, and finds no turn
// lost or given twice.
func TestGateUnderLoad(t *testing.T) {
	t.Parallel()
	const concurrent = 3
	g := admission.NewGate(admission.GateOptions{Concurrent: concurrent, Queue: 20, PerCaller: 8, WorkingPerCaller: 2, MaxWait: time.Millisecond})
	working := make(chan struct{}, concurrent)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for n := range 200 {
				place, err := g.Enter(strconv.Itoa(i % 5))
				if err != nil {
					continue
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%7)*200*time.Microsecond)
				if place.Begin(ctx) == nil {
					select {
					case working <- struct{}{}:
					default:
						t.Error("more are worked on than may be")
						cancel()
						return
					}
					<-ctx.Done()
					<-working
				}
				cancel()
				place.Leave()
			}
		})
	}
	all.Wait()
	wantState(t, g, "afterwards", 0, 0, 0, 0)
}
