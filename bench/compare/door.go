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

// manyWriters is how many writers are compared with one.
const manyWriters = 16

// door makes durable creates at the store's door, in this process.
type door struct {
	store *store.Store
	owner string
	made  atomic.Int64
}

// measureDoor measures what concerns the store alone, on the plain handler's copy of the data.
func measureDoor(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) (err error) {
	if !s.wants("writers") && !s.wants("event") {
		return nil
	}
	opened, err := openStore(ctx, both.plain.at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	d := &door{store: opened, owner: base.users[0]}
	if s.wants("writers") && name == sqliteStore {
		compared, err := d.take(ctx, s, func(ctx context.Context) (float64, error) { return d.rate(ctx, s.round, manyWriters, true) },
			func(ctx context.Context) (float64, error) { return d.rate(ctx, s.round, 1, true) })
		if err != nil {
			return err
		}
		r.writers = append(r.writers, named{name, compared})
		say("%-8s durable creates: %.0f/s with %d writers, %.0f/s with one: %s", name, compared.Of, manyWriters, compared.To, compared.times())
	}
	if s.wants("event") {
		one := func(event bool) func(context.Context) (float64, error) {
			return func(ctx context.Context) (float64, error) {
				rate, err := d.rate(ctx, s.round, 1, event)
				return 1e6 / rate, err
			}
		}
		compared, err := d.take(ctx, s, one(true), one(false))
		if err != nil {
			return err
		}
		r.events = append(r.events, named{name, compared})
		say("%-8s a create with its event: %.0f µs, without %.0f µs: %s", name, compared.Of, compared.To, compared.times())
	}
	return nil
}

// take measures two things in turns, A B B A.
func (d *door) take(ctx context.Context, s settings, of, to func(context.Context) (float64, error)) (ratio, error) {
	var taken [2][]float64
	for round := range s.rounds + 1 {
		for turn := range 2 {
			which := (round + turn) % 2
			value, err := []func(context.Context) (float64, error){of, to}[which](ctx)
			if err != nil {
				return ratio{}, err
			}
			if round > 0 { // the first does not count
				taken[which] = append(taken[which], value)
			}
			// The relay may still be at work for this one, which is not to weigh on the next: whoever reads
			// audit events waits for it.
			if _, err := d.store.AuditEvents.Find(ctx, admin.DefaultTenantID, store.Query{Limit: 1}); err != nil {
				return ratio{}, err
			}
		}
	}
	return newRatio(taken[0], taken[1]), nil
}

// rate is how many apps so many writers create in a second, each with the event that tells of it or
// all without.
func (d *door) rate(ctx context.Context, length time.Duration, writers int, event bool) (float64, error) {
	failures := make([]error, writers)
	var made atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for i := range writers {
		all.Go(func() {
			for failures[i] == nil && time.Since(start) < length {
				app, told := d.next()
				if !event {
					told = nil
				}
				failures[i] = d.store.Apps.Insert(ctx, app, told)
				made.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(start)
	return float64(made.Load()) / took.Seconds(), errors.Join(failures...)
}

// next is an app that nobody has made, and the event that package admin would record with it.
func (d *door) next() (*model.App, *model.AuditEvent) {
	now, by := time.Now(), model.SystemActor()
	uri := "https://example.com/callback"
	app := &model.App{
		Entity: model.NewEntity(admin.DefaultTenantID, by, now), UserID: d.owner,
		Name: fmt.Sprintf("at the door %d", d.made.Add(1)), RedirectURI: &uri, IsActive: true,
	}
	app.Normalize()
	return app, &model.AuditEvent{
		Entity: model.NewEntity(admin.DefaultTenantID, by, now), OccurredAt: app.CreatedAt, Actor: by, Action: "app.create",
		EntityType: model.AuditEntityTypeApp, EntityID: app.ID, RequestID: app.ID,
		Changes: []model.AuditChange{
			{Path: "userId", After: app.UserID}, {Path: "name", After: app.Name}, {Path: "redirectUri", After: uri}, {Path: "isActive", After: true},
		},
	}
}
