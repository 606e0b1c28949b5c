package admission_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/admission"
)

// mustBegin takes a place and its turn, in the context that Lend knows it by.
func mustBegin(t *testing.T, g *admission.Gate, caller string) (context.Context, *admission.Place) {
	t.Helper()
	place := mustEnter(t, g, caller)
	if err := place.Begin(t.Context()); err != nil {
		t.Fatalf("%s: %v", caller, err)
	}
	return admission.With(t.Context(), place), place
}

func wantLent(t *testing.T, g *admission.Gate, what string, lent int) {
	t.Helper()
	if s := g.State(); s.Lent != lent {
		t.Errorf("%s: %+v, want %d lent", what, s, lent)
	}
}

// TestGateLends: who waits for the database lets another one work, and is next when it comes back, before
// what its caller has not begun.
func TestGateLends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.NewGate(admission.GateOptions{Concurrent: 1, Queue: 9, PerCaller: 9, WorkingPerCaller: 1, Lent: 1, MaxWait: time.Minute})
		ctx, first := mustBegin(t, g, "a")
		var order []string
		committed, back := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(back)
			admission.Lend(ctx, func() {
				admission.Lend(ctx, func() { <-committed }) // it has no turn any more
			})
			order = append(order, "the first")
			first.Leave()
		}()
		synctest.Wait()
		wantState(t, g, "one is away", 1, 0, 0, 1)
		wantLent(t, g, "one is away", 1)

		other, second := mustBegin(t, g, "a")
		admission.Lend(other, func() { wantState(t, g, "no more may be away", 2, 1, 0, 1) })
		third, begun := mustEnter(t, g, "a"), make(chan struct{})
		go func() {
			defer close(begun)
			if err := third.Begin(t.Context()); err != nil {
				t.Error(err)
			}
			order = append(order, "the third")
		}()
		synctest.Wait()
		close(committed)
		synctest.Wait()
		wantState(t, g, "one is back and waits", 3, 1, 2, 1)
		wantLent(t, g, "one is back and waits", 0)
		admission.Lend(other, func() { wantState(t, g, "while it waits, no more may be away either", 3, 1, 2, 1) })
		second.Leave()
		<-back
		<-begun
		if order[0] != "the first" {
			t.Errorf("%s went before who had begun", order[0])
		}
		third.Leave()
		wantState(t, g, "empty", 0, 0, 0, 0)
	})
}

// TestGateLendsToTheEnd: a turn comes back from a change that panics, and nothing is left of a request whose time
// is over while it is away.
func TestGateLendsToTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := admission.NewGate(admission.GateOptions{Concurrent: 1, Queue: 9, PerCaller: 9, WorkingPerCaller: 1, Lent: 1, MaxWait: time.Minute})
		ctx, place := mustBegin(t, g, "a")
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic did not go on")
				}
			}()
			admission.Lend(ctx, func() { panic("boom") })
		}()
		wantState(t, g, "after a panic", 1, 1, 0, 1)
		wantLent(t, g, "after a panic", 0)

		brief, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		var other *admission.Place
		admission.Lend(brief, func() { _, other = mustBegin(t, g, "b") }) // who keeps it
		if brief.Err() == nil {
			t.Error("it came back before its time was over")
		}
		wantState(t, g, "one goes on without a turn", 2, 1, 0, 2)
		wantLent(t, g, "one goes on without a turn", 0)
		place.Leave()
		other.Leave()
		wantState(t, g, "empty", 0, 0, 0, 0)
		ran := false
		admission.Lend(t.Context(), func() { ran = true })
		if !ran {
			t.Error("outside of a gate nothing runs")
		}
	})
}

// TestGateLendsUnderLoad has many requests lend their turns, some in two goroutines at once and some for
// longer than they have time, and finds no turn lost or given twice.
func TestGateLendsUnderLoad(t *testing.T) {
	t.Parallel()
	g := admission.NewGate(admission.GateOptions{Concurrent: 3, Queue: 20, PerCaller: 8, WorkingPerCaller: 2, Lent: 4, MaxWait: time.Minute})
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			for n := range 100 {
				place, err := g.Enter(strconv.Itoa(i % 5))
				if err != nil {
					continue
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+n%7)*200*time.Microsecond)
				if place.Begin(ctx) == nil {
					ctx := admission.With(ctx, place)
					var parts sync.WaitGroup
					for range 1 + n%2 {
						parts.Go(func() {
							admission.Lend(ctx, func() {
								if s := g.State(); s.Working > 3 || s.Lent > 4 || s.Working < 0 || s.Lent < 0 {
									t.Errorf("more than may be: %+v", s)
								}
							})
						})
					}
					parts.Wait()
					place.Done()
				}
				cancel()
				place.Leave()
			}
		})
	}
	all.Wait()
	wantState(t, g, "afterwards", 0, 0, 0, 0)
	wantLent(t, g, "afterwards", 0)
}
