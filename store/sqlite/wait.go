package sqlite

import (
	"context"
	"math/rand/v2"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// Whoever needs a lock that another connection holds waits for it, here and not in SQLite. SQLite's
// own waiting knows nothing of contexts and is unfair: the longer it has waited, the more rarely it
// looks, a tenth of a second apart in the end, so that others who take the lock again and again let
// nobody else in. So it waits only for a moment at a time.
const (
	// busyTimeout is how long SQLite waits for a lock before it gives up with SQLITE_BUSY. It looks after
	// 1, 3, 8, 18, 33, 53 and 78 milliseconds.
	busyTimeout = 100 * time.Millisecond
	// patience is how long calls whose context has no deadline wait for locks.
	patience = time.Minute
	// busyPause is the longest pause between two tries: where SQLite does not wait at all, because it
	// takes others for waiting for this connection, the next try must not follow at once.
	busyPause = 10 * time.Millisecond
)

// patiently runs do, which begins a transaction or is a statement outside of one, and runs it again as
// long as a lock is in its way and its context goes on. That is the write lock, of which there is one,
// and for readers as well the moments in which another connection puts the log in order after a crash
// or closes the file as the last one. The error is then the one of the last try.
func patiently(ctx context.Context, do func() error) error {
	began := time.Now()
	for {
		err := do()
		if !busy(err) || ctx.Err() != nil {
			return err
		}
		if _, bounded := ctx.Deadline(); !bounded && time.Since(began) > patience {
			return err
		}
		pause := time.NewTimer(rand.N(busyPause)) //nolint:gosec // G404: spreads those who wait, guards nothing
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

// busy says whether a lock of another connection was in the way, so that nothing was done.
func busy(err error) bool {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}
