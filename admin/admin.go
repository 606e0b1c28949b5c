package admin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

// DefaultTenantID is the tenant that exists from the first start on.
const DefaultTenantID = "00000000-0000-7000-8000-000000000001"

// Admin carries out the queries and mutations.
type Admin struct {
	store *store.Store
	keys  *secret.Keyset
	now   func() time.Time
	log   *slog.Logger
	done  recoveries
}

// New makes an Admin over s, whose secrets keys seals. now is the clock; log takes what no caller
// waits for.
func New(s *store.Store, keys *secret.Keyset, now func() time.Time, log *slog.Logger) *Admin {
	return &Admin{store: s, keys: keys, now: now, log: log}
}

// Ready fails when the store does not answer.
func (a *Admin) Ready(ctx context.Context) error { return a.store.Ping(ctx) }

// call is one query or mutation: who makes it, and the one instant at which it happens.
type call struct {
	*auth.Principal
	// now is the instant in full precision, for making IDs; at is the same as it is stored.
	now, at time.Time
	// nextID makes IDs that sort in the order in which the call makes things.
	nextID func() string
}

func (a *Admin) begin(ctx context.Context) (call, error) {
	principal, err := auth.From(ctx)
	if err != nil {
		return call{}, err
	}
	return a.callOf(principal), nil
}

func (a *Admin) callOf(p *auth.Principal) call {
	now := a.now()
	return call{Principal: p, now: now, at: model.Instant(now), nextID: model.NewIDs(now)}
}

// system is the call in which Gatehouse itself finishes something in a tenant.
func (a *Admin) system(tenantID string) call {
	return a.callOf(&auth.Principal{TenantID: tenantID, Actor: model.SystemActor()})
}

// undoTimeout bounds the second look at what a write depended on, and the undoing of the write.
const undoTimeout = 10 * time.Second

// afterwards is the context for looking again at what a write depended on, and undoing the write if
// need be. It goes on when the request's does not, because the write has happened.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
}

// entity starts a document that the call makes.
func (c call) entity() model.Entity {
	e := model.NewEntity(c.TenantID, c.Actor, c.now)
	e.ID = c.nextID()
	return e
}

// entity is what the generic functions below need of a document.
type entity[T any] interface {
	*T
	Base() *model.Entity
	Normalize()
	Validate() error
}

// get reads one document; unknown is what its absence means.
func get[T any](ctx context.Context, c *store.Collection[T], tenant, id string) (*T, error) {
	doc, err := c.Get(ctx, tenant, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // the schema says null for what is not there
	}
	return doc, public(err, c.Schema())
}

// insert seals a new document and writes it with its event.
func insert[T any](ctx context.Context, a *Admin, call call, c *store.Collection[T], subject subject, doc *T) error {
	if err := a.seal(subject, doc); err != nil {
		return err
	}
	event, err := call.event(subject, "create", nil, doc)
	if err != nil {
		return err
	}
	return public(c.Insert(ctx, doc, event), c.Schema())
}

// target is one document that a call changes.
type target struct {
	subject subject
	id      string
	// expected, unless nil, is the revision that the caller has seen.
	expected *int32
}

// edit changes one document as the input of an update says, and judges it whole. The paths of
// violations lead into the argument called input.
func edit[T any, P entity[T]](ctx context.Context, a *Admin, call call, c *store.Collection[T], t target, change func(P) error) (*T, error) {
	return modify(ctx, a, call, c, t, "update", func(doc P) error {
		var v model.Violations
		if err := v.Merge(change(doc), "input"); err != nil {
			return err
		}
		doc.Normalize()
		return v.And(doc.Validate(), "input")
	})
}

// modify changes one document and tells the audit trail what changed; nothing is written when
// nothing did. change leaves a valid document or fails; it may run several times.
func modify[T any, P entity[T]](ctx context.Context, a *Admin, call call, c *store.Collection[T], t target, verb string, change func(P) error) (*T, error) {
	doc, err := c.Update(ctx, call.TenantID, t.id, func(ch *store.Change[T]) error {
		doc := P(ch.Doc)
		if t.expected != nil && doc.Base().Revision != *t.expected {
			return revisionConflict(doc.Base().Revision)
		}
		if err := change(doc); err != nil {
			return err
		}
		doc.Normalize()
		if _, hasSecrets := any(doc).(guarded); hasSecrets {
			before, err := ch.Before()
			if err != nil {
				return err
			}
			a.keep(t.subject, before, doc)
		}
		if err := a.seal(t.subject, doc); err != nil {
			return err
		}
		return record[T, P](call, ch, t.subject, verb)
	})
	return doc, public(err, c.Schema())
}

// remove deletes one document. A task keeps it, hidden, until it is finished.
func remove[T any, P entity[T]](ctx context.Context, call call, c *store.Collection[T], subject subject, id, task string) (*T, error) {
	return removeAs[T, P](ctx, call, c, subject, "delete", id, task)
}

// removeAs is remove for a deletion that the audit trail calls otherwise.
func removeAs[T any, P entity[T]](ctx context.Context, call call, c *store.Collection[T], subject subject, verb, id, task string) (*T, error) {
	doc, err := c.Delete(ctx, call.TenantID, id, func(ch *store.Change[T]) error {
		event, err := call.event(subject, verb, ch.Doc, nil)
		ch.Event, ch.Task = event, task
		return err
	})
	return doc, public(err, c.Schema())
}

// record completes a change of a document: where something differs from what is stored, the document
// gets its new time and the change its event; otherwise nothing will be written.
func record[T any, P entity[T]](call call, ch *store.Change[T], subject subject, verb string) error {
	before, err := ch.Before()
	if err != nil {
		return err
	}
	event, err := call.event(subject, verb, before, ch.Doc)
	if err != nil || len(event.Changes) == 0 {
		return err
	}
	P(ch.Doc).Base().Touch(call.at)
	ch.Event = event
	return nil
}
