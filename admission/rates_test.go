package admission_test

import (
	"strconv"
	"testing"
	"time"

	"gatehouse/admission"
)

func TestRates(t *testing.T) {
	t.Parallel()
	r, err := admission.NewRates(admission.Allowance{PerSecond: 100, Burst: 1000}, 10)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	for _, step := range []struct {
		what   string
		after  time.Duration
		caller string
		cost   int
		wait   time.Duration
	}{
		{"a part of the burst", 0, "a", 999, 0},
		{"more than what is left", 0, "a", 301, 0},
		{"with a debt of 300", 0, "a", 1, 3010 * time.Millisecond},
		{"another caller", 0, "b", 1000, 0},
		{"the other one has nothing, and no debt", 0, "b", 1, 10 * time.Millisecond},
		{"too early, and not charged for it", 3 * time.Second, "a", 1, 10 * time.Millisecond},
		{"in time", 10 * time.Millisecond, "a", 1, 0},
		{"more than the burst is charged whole", time.Hour, "a", 2500, 0},
		{"and has to be paid for", 0, "a", 1, 15010 * time.Millisecond},
		{"the clock goes back", -time.Hour, "a", 1, 15010 * time.Millisecond},
	} {
		now = now.Add(step.after)
		if wait := r.Wait(now, step.caller).Round(time.Millisecond); wait != step.wait {
			t.Errorf("%s: would wait %s, want %s", step.what, wait, step.wait)
		}
		if wait := r.Take(now, step.caller, step.cost).Round(time.Millisecond); wait != step.wait {
			t.Errorf("%s: has to wait %s, want %s", step.what, wait, step.wait)
		}
	}
	if r.Refused() != 10 {
		t.Errorf("%d refusals were counted, want 10", r.Refused())
	}
}

// TestRatesAreBounded: of many callers the last ones are remembered.
func TestRatesAreBounded(t *testing.T) {
	t.Parallel()
	r, err := admission.NewRates(admission.Allowance{PerSecond: 1, Burst: 1}, 10)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	for i := range 1000 {
		r.Take(now, strconv.Itoa(i), 1)
	}
	remembered := 0
	for i := range 1000 {
		if r.Wait(now, strconv.Itoa(i)) > 0 {
			remembered++
		}
	}
	if remembered != 10 {
		t.Errorf("%d callers are remembered, want 10", remembered)
	}
}

func TestAllowancesThatAllowNothing(t *testing.T) {
	t.Parallel()
	for _, a := range []admission.Allowance{{}, {PerSecond: 1}, {Burst: 1}, {PerSecond: -1, Burst: 1}} {
		if _, err := admission.NewRates(a, 1); err == nil {
			t.Errorf("%+v is taken", a)
		}
	}
	if _, err := admission.NewFailures(admission.Allowance{PerSecond: 1, Burst: 1}, 0); err == nil {
		t.Error("no memory at all is taken")
	}
}
