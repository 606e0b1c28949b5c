package admission

import (
	"fmt"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// Allowance is what an account is given: Burst at first, which is also the most that it can hold, and
// PerSecond from then on. Both are positive.
type Allowance struct {
	PerSecond float64
	Burst     int
}

// accounts has a token bucket for each key, up to a number of keys; the one not seen for longest is
// forgotten first, and begins anew with a full bucket. An account can be overdrawn: whoever has
// anything left may spend more than that, and then waits until the debt is paid. So no single
// charge is too large for a bucket, and none waits forever behind smaller ones.
//
// It is not safe for concurrent use.
type accounts[K comparable] struct {
	allowance Allowance
	buckets   *simplelru.LRU[K, *rate.Limiter]
}

func newAccounts[K comparable](a Allowance, remembered int) (*accounts[K], error) {
	if !(a.PerSecond > 0) || a.Burst < 1 {
		return nil, fmt.Errorf("an allowance of %g a second and %d at once lets nothing through", a.PerSecond, a.Burst)
	}
	buckets, err := simplelru.NewLRU[K, *rate.Limiter](remembered, nil)
	if err != nil {
		return nil, fmt.Errorf("remember accounts: %w", err)
	}
	return &accounts[K]{allowance: a, buckets: buckets}, nil
}

// wait is how long it takes until an account has something in it; 0 when it has.
func (a *accounts[K]) wait(now time.Time, key K) time.Duration {
	bucket, known := a.buckets.Get(key)
	if !known {
		return 0
	}
	missing := 1 - bucket.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / a.allowance.PerSecond * float64(time.Second))
}

// charge takes n from an account, also when it is empty.
func (a *accounts[K]) charge(now time.Time, key K, n int) {
	bucket := a.open(key)
	for n > 0 { // a bucket gives no more than its size at a time
		part := min(n, a.allowance.Burst)
		bucket.ReserveN(now, part)
		n -= part
	}
}

// knows says whether a key has an account.
func (a *accounts[K]) knows(key K) bool {
	_, known := a.buckets.Get(key)
	return known
}

// open returns the account of a key, which it makes if there is none.
func (a *accounts[K]) open(key K) *rate.Limiter {
	bucket, known := a.buckets.Get(key)
	if !known {
		bucket = rate.NewLimiter(rate.Limit(a.allowance.PerSecond), a.allowance.Burst)
		a.buckets.Add(key, bucket)
	}
	return bucket
}
