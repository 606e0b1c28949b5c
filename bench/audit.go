package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

const (
	// auditTenant has nothing but what AuditCosts makes.
	auditTenant = "00000000-0000-7000-8000-0000000a0d17"
	// auditBlock is about how many changes the writers make in a row, with their events or without.
	auditBlock = 256
	// auditApps is how many apps the updates take turns with, so that they meet documents that are at rest.
	auditApps = 256
)

// AuditCost is what the audit trail adds to one kind of change, as whoever makes the change sees it.
type AuditCost struct {
	// Change is "create" or "update".
	Change string
	// Without and With are the times of one change without its event and with it: the medians over all
	// blocks of changes.
	Without, With time.Duration
}

// Percent is the cost of the event in percent of the time of the change that has none.
func (c AuditCost) Percent() float64 { return 100 * (float64(c.With)/float64(c.Without) - 1) }

// AuditCosts measures changes of apps at the door of a store, in pairs of blocks that take turns, so that
// both halves of a pair meet the machine in the same state. Between blocks the store is flushed, so that
// what a change with an event leaves to the background weighs on none without. Within a block it does
// weigh on the changes that follow.
//
// A change without an event is made by Insert without one, and by Amend, which reads, encodes and writes
// as Update does and leaves no event.
func AuditCosts(ctx context.Context, s *store.Store, writers, pairs int) ([]AuditCost, error) {
	changes := &auditChanges{store: s, by: model.Actor{Type: model.ActorTypeAdminKey, ID: model.NewEntity("", model.Actor{}, time.Now()).ID, Name: "bench"}}
	for range auditApps {
		app := changes.app()
		if err := s.Apps.Insert(ctx, app, nil); err != nil {
			return nil, fmt.Errorf("make an app to change: %w", err)
		}
		changes.apps = append(changes.apps, app)
	}
	each := max(1, auditBlock/writers)
	var costs []AuditCost
	for _, kind := range []struct {
		name string
		do   func(ctx context.Context, event bool) error
	}{{"create", changes.create}, {"update", changes.update}} {
		var took [2][]time.Duration
		for pair := range pairs {
			for half := range took {
				with := (pair+half)%2 == 1
				began := time.Now()
				if err := eachWriter(writers, func() error { return repeat(each, func() error { return kind.do(ctx, with) }) }); err != nil {
					return nil, fmt.Errorf("%s: %w", kind.name, err)
				}
				took[index(with)] = append(took[index(with)], time.Since(began)/time.Duration(each*writers))
				if err := s.Flush(ctx); err != nil {
					return nil, fmt.Errorf("flush: %w", err)
				}
			}
		}
		costs = append(costs, AuditCost{Change: kind.name, Without: median(took[0]), With: median(took[1])})
	}
	return costs, nil
}

// auditChanges makes the changes.
type auditChanges struct {
	store *store.Store
	by    model.Actor
	// apps are there to be updated, the next one each time.
	apps []*model.App
	next atomic.Int64
}

func (c *auditChanges) app() *model.App {
	uri := "https://example.com/callback"
	app := &model.App{Entity: model.NewEntity(auditTenant, c.by, time.Now()), Name: "an app of the audit trail", RedirectURI: &uri, IsActive: true}
	app.UserID = app.ID // names need be unique among the apps of an owner only
	app.Normalize()
	return app
}

func (c *auditChanges) create(ctx context.Context, event bool) error {
	app := c.app()
	if !event {
		return c.store.Apps.Insert(ctx, app, nil)
	}
	return c.store.Apps.Insert(ctx, app, c.event("app.create", app,
		model.AuditChange{Path: "id", After: app.ID}, model.AuditChange{Path: "userId", After: app.UserID},
		model.AuditChange{Path: "name", After: app.Name}, model.AuditChange{Path: "redirectUri", After: *app.RedirectURI},
		model.AuditChange{Path: "isActive", After: true}))
}

func (c *auditChanges) update(ctx context.Context, event bool) error {
	toggle := func(app *model.App) {
		app.IsActive, app.UpdatedAt = !app.IsActive, model.Instant(time.Now())
	}
	app := c.apps[c.next.Add(1)%auditApps]
	if !event {
		return c.store.Apps.Amend(ctx, auditTenant, app.ID, func(app *model.App) (bool, error) {
			toggle(app)
			return true, nil
		})
	}
	_, err := c.store.Apps.Update(ctx, auditTenant, app.ID, func(ch *store.Change[model.App]) error {
		toggle(ch.Doc)
		ch.Event = c.event("app.deactivate", ch.Doc, model.AuditChange{Path: "isActive", Before: !ch.Doc.IsActive, After: ch.Doc.IsActive})
		return nil
	})
	return err
}

func (c *auditChanges) event(action string, app *model.App, changes ...model.AuditChange) *model.AuditEvent {
	now := time.Now()
	return &model.AuditEvent{
		Entity: model.NewEntity(auditTenant, c.by, now), OccurredAt: model.Instant(now), Actor: c.by, Action: action,
		EntityType: model.AuditEntityTypeApp, EntityID: app.ID, RequestID: "bench", Changes: changes,
	}
}

// eachWriter runs do for every writer at the same time.
func eachWriter(writers int, do func() error) error {
	failures := make([]error, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { failures[w] = do() })
	}
	all.Wait()
	return errors.Join(failures...)
}

func repeat(times int, do func() error) error {
	for range times {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func index(with bool) int {
	if with {
		return 1
	}
	return 0
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
