package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/store"
)

// seeding is how a store is filled.
type seeding struct {
	store  *store.Store
	people *population
	// writers is how many batches are written at once, and batch how many documents one has.
	writers, batch int
	// events says that the audit trail is filled, too.
	events bool
}

// seeded says what filling took; zero where it was filled before.
type seeded struct{ apps, events time.Duration }

// complete is the user that is made last, by whose being there a later run knows that nothing is missing.
func (s seeding) complete() *model.User {
	made := begins().Add(-2 * time.Hour)
	u := &model.User{
		Entity: model.Entity{
			ID: model.FirstIDAt(made), TenantID: admin.DefaultTenantID, Revision: 1, CreatedAt: made,
			CreatedBy: model.SystemActor(), UpdatedAt: made,
		},
		Username: fmt.Sprintf("seeded-1-%d-%t", len(s.people.apps), s.events),
	}
	u.Normalize()
	return u
}

// seed fills the store through its own Load, so that what is there is what the product writes.
// It fails where something else is in the store.
func (s seeding) seed(ctx context.Context, log func(string, ...any)) (took seeded, err error) {
	last := s.complete()
	_, err = s.store.Users.One(ctx, admin.DefaultTenantID, "username", last.UsernameKey)
	if err == nil {
		log("seeded before: %d apps\n", len(s.people.apps))
		return took, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return took, err
	}
	if some, err := s.store.Users.Find(ctx, admin.DefaultTenantID, store.Query{Limit: 1}); err != nil || len(some) > 0 {
		return took, errors.Join(err, errors.New("the store holds something else, or was not filled to the end: remove it first"))
	}
	by := administrator(0)
	started := time.Now()
	if err := s.store.Users.Load(ctx, s.people.owners(admin.DefaultTenantID, by)); err != nil {
		return took, err
	}
	err = s.inBatches(ctx, log, "apps", func(ctx context.Context, from, to int) error {
		return s.store.Apps.Load(ctx, s.people.documents(admin.DefaultTenantID, by, from, to))
	})
	took.apps = time.Since(started)
	if err != nil {
		return took, err
	}
	if s.events {
		started = time.Now()
		err = s.inBatches(ctx, log, "audit events", func(ctx context.Context, from, to int) error {
			return s.store.AuditEvents.Load(ctx, s.people.events(admin.DefaultTenantID, from, to))
		})
		took.events = time.Since(started)
		if err != nil {
			return took, err
		}
	}
	return took, s.store.Users.Load(ctx, []*model.User{last})
}

// inBatches calls load for all apps, some at a time, by as many writers as there are to be.
func (s seeding) inBatches(ctx context.Context, log func(string, ...any), what string, load func(ctx context.Context, from, to int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next, done atomic.Int64
	var writers sync.WaitGroup
	failed := make(chan error, s.writers)
	started, n := time.Now(), len(s.people.apps)
	for range s.writers {
		writers.Go(func() {
			for ctx.Err() == nil {
				from := int(next.Add(int64(s.batch))) - s.batch
				if from >= n {
					return
				}
				to := min(from+s.batch, n)
				if err := load(ctx, from, to); err != nil {
					failed <- fmt.Errorf("load %s %d to %d: %w", what, from, to, err)
					cancel()
					return
				}
				if sum := int(done.Add(int64(to - from))); sum%100_000 == 0 || sum == n {
					log("%d %s after %s\n", sum, what, time.Since(started).Round(100*time.Millisecond))
				}
			}
		})
	}
	writers.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return ctx.Err()
	}
}
