package auth

import (
	"encoding/binary"
	"testing"
	"time"
)

// TestAcquaintancesAreBounded has more credentials come than are known at once, and then time pass.
func TestAcquaintancesAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	number := func(i int) (d digest) {
		binary.BigEndian.PutUint64(d[:], uint64(i))
		return d
	}
	a := newAcquaintances()
	check := func(when string, want int) {
		t.Helper()
		if len(a.byDigest) != want || a.met.Len() != want {
			t.Errorf("%s: %d credentials are known, and %d are in their order; want %d", when, len(a.byDigest), a.met.Len(), want)
		}
	}
	for i := range 3 * maxKnown {
		a.add(number(i), &known{asked: now}, now)
	}
	check("after too many", maxKnown)
	if a.find(number(2*maxKnown-1)) != nil || a.find(number(2*maxKnown)) == nil || a.find(number(3*maxKnown-1)) == nil {
		t.Error("it is not the oldest that have gone")
	}
	a.forget(number(3*maxKnown - 1))
	if a.find(number(3*maxKnown-1)) != nil {
		t.Error("what was forgotten is known")
	}
	later := now.Add(knownFor)
	a.add(number(-1), &known{asked: later}, later)
	check("after a second", 1)
	// One that is found out about again and again takes no more room than its last times, and stays.
	for i := range 3 * maxKnown {
		later = later.Add(time.Millisecond)
		a.add(number(i%2), &known{asked: later}, later)
	}
	if n := a.met.Len(); n > int(knownFor/time.Millisecond) {
		t.Errorf("two credentials take the room of %d", n)
	}
	if a.find(number(0)) == nil || a.find(number(1)) == nil {
		t.Error("one that came again a moment ago has gone")
	}
	// A clock that is set back leaves nothing behind.
	a.add(number(7), &known{asked: now}, now)
	check("after the clock was set back", 1)
}
