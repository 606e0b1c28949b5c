package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// expiredBatch is how many expired documents are removed at once: few enough that nobody who wants
	// to write meanwhile notices.
	expiredBatch = 500
	// expiredBatches is how many batches one call removes at most. What is left waits for the next.
	expiredBatches = 200
)

// RemoveExpired removes the documents of all tenants whose expiresAt is now or earlier, the oldest
// first, and returns how many. No event tells of them. It removes some at a time and 100,000 at most,
// and may run at any time, also in several processes at once. A document that has an outbox or a task
// stays until these are done.
//
// Only collections that expire have it; asking another is a mistake of the program.
func (c *Collection[T]) RemoveExpired(ctx context.Context, now time.Time) (int, error) {
	return c.store.removeExpired(ctx, c.schema, now)
}

// RemoveExpired removes what has expired from every collection that expires, as the method of a
// collection does, and returns how many documents that were. A collection that fails does not keep
// it from the others.
func (s *Store) RemoveExpired(ctx context.Context, now time.Time) (int, error) {
	total := 0
	var failures []error
	for _, schema := range Catalogue() {
		if !schema.Expires {
			continue
		}
		removed, err := s.removeExpired(ctx, schema, now)
		total += removed
		if err != nil {
			failures = append(failures, fmt.Errorf("remove what has expired from %s: %w", schema.Name, err))
		}
	}
	return total, errors.Join(failures...)
}

func (s *Store) removeExpired(ctx context.Context, schema *Schema, now time.Time) (int, error) {
	total := 0
	for range expiredBatches {
		removed, err := s.backend.RemoveExpired(ctx, schema.Expired(now, expiredBatch))
		total += removed
		if err != nil || removed == 0 {
			return total, err
		}
	}
	return total, nil
}

// Expired is the scan for up to limit documents of all tenants that have expired at the instant now,
// the oldest first.
func (s *Schema) Expired(now time.Time, limit int) *Scan {
	// Times are kept in whole milliseconds, so that now itself is within.
	before := now.Truncate(time.Millisecond).Add(time.Millisecond)
	return &Scan{
		Schema: s, Index: s.Index(ExpiredIndex), Order: s.Field(expiresField), Tie: true, Limit: limit,
		Ranges: []Range{{Field: expiresField, Max: before}},
	}
}
