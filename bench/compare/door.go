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

const (
	// manyWriters is how many writers are compared with one.
	manyWriters = 16
	// doorNumbers is where the numbers of apps begin that are made at the door: behind all others.
	doorNumbers = 5_000_000
)

// door asks the store itself, in this process.
type door struct {
	store *store.Store
	owner string
	made  atomic.Int64
}

// measureDoor measures what concerns the store alone, on the plain handler's copy of the data.
func measureDoor(ctx context.Context, s settings, name string, base *seeded, both sides, r *results, say func(string, ...any)) (err error) {
	if !s.wants("writers") && !s.wants("event") && !s.wants("tenants") {
		return nil
	}
	opened, err := openStore(ctx, both.plain.at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	d := &door{store: opened, owner: base.users[0]}
	if s.wants("tenants") {
		compared, err := d.take(ctx, s, d.pages(base.tenants, s.round/2), d.pages([]string{admin.DefaultTenantID}, s.round/2))
		if err != nil {
			return err
		}
		r.tenants = append(r.tenants, named{name, compared})
		say("%-8s a page of one of %d tenants: %.0f µs, of the large one %.0f µs: %s", name, tenants, compared.Of, compared.To, compared.times())
	}
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

// pages returns what measures a page of 50 apps of one tenant after another, in microseconds: the first
// page, with a bound at its end, as all pages that are measured have.
func (d *door) pages(tenants []string, length time.Duration) func(context.Context) (float64, error) {
	ends := make([]store.Position, len(tenants))
	return func(ctx context.Context) (float64, error) {
		read := 0
		start := time.Now()
		for ; time.Since(start) < length; read++ {
			i := read % len(tenants)
			q := store.Query{Limit: pageSize}
			if ends[i].ID != "" {
				q.Before = &ends[i]
			}
			found, err := d.store.Apps.Find(ctx, tenants[i], q)
			if err != nil {
				return 0, err
			}
			if len(found) != pageSize {
				return 0, fmt.Errorf("a page of the tenant %s has %d apps", tenants[i], len(found))
			}
			if ends[i].ID == "" { // the bound is the place behind the page
				rest, err := d.store.Apps.Find(ctx, tenants[i], store.Query{After: &store.Position{ID: found[pageSize-1].ID}, Limit: 1})
				if err != nil {
					return 0, err
				}
				ends[i] = d.store.Apps.Position(rest[0], "")
			}
		}
		return float64(time.Since(start).Microseconds()) / float64(read), nil
	}
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
	app := newApp(model.NewEntity(admin.DefaultTenantID, by, now), d.owner, int(d.made.Add(1))+doorNumbers)
	return app, &model.AuditEvent{
		Entity: model.NewEntity(admin.DefaultTenantID, by, now), OccurredAt: app.CreatedAt, Actor: by, Action: "app.create",
		EntityType: model.AuditEntityTypeApp, EntityID: app.ID, RequestID: app.ID,
		Changes: []model.AuditChange{
			{Path: "userId", After: app.UserID}, {Path: "name", After: app.Name}, {Path: "redirectUri", After: *app.RedirectURI}, {Path: "isActive", After: true},
		},
	}
}
