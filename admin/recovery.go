package admin

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Recovery tells what RecoverEvery has done since the start.
type Recovery struct {
	Runs, Failures int64
	// Removed is how many documents were removed because they had expired.
	Removed int64
	// Succeeded is when a run last ended without a failure; zero before the first.
	Succeeded time.Time
}

// Recovery tells how the recovery of this process is doing. It asks nothing of the store.
func (a *Admin) Recovery() Recovery {
	r := Recovery{Runs: a.done.runs.Load(), Failures: a.done.failures.Load(), Removed: a.done.removed.Load()}
	if at := a.done.succeeded.Load(); at != nil {
		r.Succeeded = *at
	}
	return r
}

// recoveries counts what RecoverEvery does.
type recoveries struct {
	runs, failures, removed atomic.Int64
	succeeded               atomic.Pointer[time.Time]
}

// note counts a run that ended at an instant. One that was told to stop is none.
func (r *recoveries) note(at time.Time, err error) {
	switch {
	case err == nil:
		r.succeeded.Store(&at)
	case errors.Is(err, context.Canceled):
		return
	default:
		r.failures.Add(1)
	}
	r.runs.Add(1)
}
