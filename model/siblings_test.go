package model_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/model"
)

// TestLook has all elements of a page ask for two things at once: each is looked up once, and each
// element gets its own.
func TestLook(t *testing.T) {
	t.Parallel()
	elements := make([]*int, 100)
	for i := range elements {
		elements[i] = new(i)
	}
	siblings := model.NewSiblings(elements)
	var looks atomic.Int32
	look := func(what string) func([]*int) []string {
		return func(all []*int) []string {
			looks.Add(1)
			found := make([]string, len(all))
			for i, element := range all {
				found[i] = what + strconv.Itoa(*element)
			}
			return found
		}
	}
	var all sync.WaitGroup
	for i := range elements {
		for _, what := range []string{"a", "b"} {
			all.Go(func() {
				if got, want := model.Look(siblings, i, what, look(what)), what+strconv.Itoa(i); got != want {
					t.Errorf("element %d got %q, want %q", i, got, want)
				}
			})
		}
	}
	all.Wait()
	if n := looks.Load(); n != 2 {
		t.Errorf("there were %d looks, want 2", n)
	}
	if !siblings.Has(7, elements[7]) || siblings.Has(7, elements[8]) || siblings.Has(7, new(7)) || siblings.Has(-1, elements[0]) || siblings.Has(100, elements[0]) {
		t.Error("an element is not told from others")
	}
}

// TestLookThatPanics has everybody who asks meet the panic, and nobody wait for what does not come.
func TestLookThatPanics(t *testing.T) {
	t.Parallel()
	siblings := model.NewSiblings([]*int{new(1), new(2), new(3)})
	var panics atomic.Int32
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			defer func() {
				if recover() == "broken" {
					panics.Add(1)
				}
			}()
			model.Look(siblings, i, "it", func([]*int) []int { panic("broken") })
		})
	}
	all.Wait()
	if n := panics.Load(); n != 3 {
		t.Errorf("%d of 3 met the panic", n)
	}
}
