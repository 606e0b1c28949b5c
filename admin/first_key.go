package admin

import (
	"context"
	"errors"
	"time"

	"gatehouse/store"
)

// firstKeyID is the ID of the key that FirstKey makes. It is fixed, so that of several processes
// that start on an empty store together one makes the key.
const firstKeyID = "00000000-0000-7000-8000-000000000002"

const (
	// firstKeyWait is how long FirstKey waits before it looks again at a revoked key that another
	// process has not removed yet, and firstKeyPatience how long it does so at most.
	firstKeyWait     = 20 * time.Millisecond
	firstKeyPatience = 30 * time.Second
)

// FirstKey makes an admin key with every permission for the default tenant if it has no key at all,
// be it that there never was one or that the last was revoked, and returns it. The key is shown this
// once; only its hash is kept. It is empty when there are keys already.
func (a *Admin) FirstKey(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, firstKeyPatience)
	defer cancel()
	for {
		keys, err := a.store.AdminKeys.Find(ctx, DefaultTenantID, store.Query{Limit: 1})
		if err != nil || len(keys) > 0 {
			return "", err
		}
		key, err := a.systemKey(ctx, a.system(DefaultTenantID), firstKeyID, "first key")
		var duplicate *store.DuplicateError
		if !errors.As(err, &duplicate) {
			return key, err
		}
		// Another process has just made it, which the next look shows, or the first key was revoked and
		// its document still carries the event of that. Recover delivers the event and removes it.
		if err := a.store.Recover(ctx); err != nil {
			return "", err
		}
		select {
		case <-time.After(firstKeyWait):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
