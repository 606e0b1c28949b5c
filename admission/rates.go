package admission

import (
	"sync"
	"sync/atomic"
	"time"
)

// Rates charges callers for what they have done, each from an account of its own.
type Rates struct {
	mu      sync.Mutex
	callers *accounts[string]
	refused atomic.Int64
}

// NewRates gives every caller an allowance. remembered bounds how many callers are remembered: a
// hundred bytes each, and its name.
func NewRates(a Allowance, remembered int) (*Rates, error) {
	callers, err := newAccounts[string](a, remembered)
	if err != nil {
		return nil, err
	}
	return &Rates{callers: callers}, nil
}

// Wait is how long a caller has to wait until it may do anything; 0 when it may now. It charges nothing.
func (r *Rates) Wait(now time.Time, caller string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.noted(r.callers.wait(now, caller))
}

// Take charges a caller, unless it has to wait, for so long. What it had may be less than the cost; the
// next one then waits for longer.
func (r *Rates) Take(now time.Time, caller string, cost int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if wait := r.callers.wait(now, caller); wait > 0 {
		return r.noted(wait)
	}
	r.callers.charge(now, caller, cost)
	return 0
}

func (r *Rates) noted(wait time.Duration) time.Duration {
	if wait > 0 {
		r.refused.Add(1)
	}
	return wait
}

// Refused is how many times somebody had to wait so far.
func (r *Rates) Refused() int64 { return r.refused.Load() }
