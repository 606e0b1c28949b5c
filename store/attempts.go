package store

import (
	"context"
	"sync/atomic"
)

type attemptsKey struct{}

// WatchChanges returns a context, and a function that says whether anybody working with that context
// has sent a change to the database, whatever became of it. As long as nobody has, nothing has
// happened: so a failure before that can be told from one that may have left something behind. What a
// store does for changes made before, such as copying their events, does not count.
func WatchChanges(ctx context.Context) (watched context.Context, attempted func() bool) {
	var mark atomic.Bool
	return context.WithValue(ctx, attemptsKey{}, &mark), mark.Load
}

// attempting notes that a change is about to be sent to the database.
func attempting(ctx context.Context) {
	if mark, ok := ctx.Value(attemptsKey{}).(*atomic.Bool); ok {
		mark.Store(true)
	}
}
