package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
)

// Collection holds the documents of one kind. All methods are bounded by a tenant and safe for
// concurrent use. They fail with ErrNotFound, *DuplicateError, ErrUnavailable, or what a callback
// returned.
type Collection[T any] struct {
	store  *Store
	schema *Schema
	base   func(*T) *model.Entity
	// sortKey is the value of the one field, beside the time of the last change, that lists are
	// ordered by; nil where there is none.
	sortKey func(*T) string
}

func newCollection[T any](s *Store, schema *Schema, base func(*T) *model.Entity, sortKey func(*T) string) *Collection[T] {
	return &Collection[T]{store: s, schema: schema, base: base, sortKey: sortKey}
}

// Schema is the collection's part of the catalogue.
func (c *Collection[T]) Schema() *Schema { return c.schema }

// Change is one change of one document, on its way to be written.
type Change[T any] struct {
	// Doc is the document as it is stored; edit it. Deletion ignores edits.
	Doc *T
	// Event tells the audit trail. A change without one is not written at all.
	Event *model.AuditEvent
	// Task names work on other documents that this change brings with it. It stays with the document
	// until Finish; a document being deleted stays, hidden, as long.
	Task string

	raw bson.Raw
}

// Before is the document as it is stored, sharing nothing with Doc.
func (c *Change[T]) Before() (*T, error) {
	before, err := decode[T](c.raw)
	if err != nil {
		return nil, err
	}
	return &before.Entity, nil
}

// Insert adds a new document together with the event that tells of it; event may be nil for what
// the audit trail does not record.
func (c *Collection[T]) Insert(ctx context.Context, doc *T, event *model.AuditEvent) error {
	return c.store.backend.Write(ctx, func(ctx context.Context, w Writer) error {
		return c.commit(ctx, w, &stored[T]{Entity: *doc}, event, func(raw bson.Raw) (bool, error) {
			return true, w.Insert(ctx, c.schema, raw)
		})
	})
}

// Load adds those of docs whose IDs are not there yet, many at once and without events. It is for
// filling a store, not for the changes of callers.
func (c *Collection[T]) Load(ctx context.Context, docs []*T) error {
	raws := make([]bson.Raw, len(docs))
	for i, doc := range docs {
		raw, err := (&stored[T]{Entity: *doc}).encode()
		if err != nil {
			return err
		}
		raws[i] = raw
	}
	return c.store.backend.InsertMissing(ctx, c.schema, raws)
}

// Get returns the living document with this ID.
func (c *Collection[T]) Get(ctx context.Context, tenant, id string) (*T, error) {
	_, doc, err := c.load(ctx, c.store.backend, tenant, id)
	if err != nil {
		return nil, err
	}
	return &doc.Entity, nil
}

// One returns the living document that the unique index called index has for these values, one for
// each field of its key. Of a global index, the empty tenant asks for that of any tenant.
func (c *Collection[T]) One(ctx context.Context, tenant, index string, values ...any) (*T, error) {
	x := c.schema.Index(index)
	fields := append(append([]string{}, x.Equal...), x.Order)
	scan := &Scan{Schema: c.schema, Index: x, Tenant: tenant, Order: c.schema.Field(x.Order), Limit: 1}
	for i, field := range fields {
		scan.Equal = append(scan.Equal, Term{Field: field, Value: values[i]})
	}
	found, err := c.find(ctx, scan)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || (tenant != "" && c.base(found[0]).TenantID != tenant) {
		return nil, ErrNotFound
	}
	return found[0], nil
}

// Find returns the living documents that the query asks for, in its order.
func (c *Collection[T]) Find(ctx context.Context, tenant string, q Query) ([]*T, error) {
	found, err := c.find(ctx, q.plan(c.schema, tenant))
	if q.Backward {
		for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
			found[i], found[j] = found[j], found[i]
		}
	}
	return found, err
}

// Count counts the living documents that the query asks for, on all pages.
func (c *Collection[T]) Count(ctx context.Context, tenant string, q Query) (int, error) {
	return c.store.backend.Count(ctx, q.plan(c.schema, tenant))
}

// Explain says how the database would answer the query.
func (c *Collection[T]) Explain(ctx context.Context, tenant string, q Query) (Plan, error) {
	return c.store.backend.Explain(ctx, q.plan(c.schema, tenant))
}

// Position is where doc stands in a list ordered by orderBy.
func (c *Collection[T]) Position(doc *T, orderBy string) Position {
	p := Position{ID: c.base(doc).ID}
	switch orderBy {
	case "":
	case "updatedAt":
		p.Value = c.base(doc).UpdatedAt
	default:
		p.Value = c.sortKey(doc)
	}
	return p
}

// Update changes one document: it loads it, lets change edit it, and writes it back if nobody else
// has written meanwhile; otherwise it starts again with what is stored then. So change may run
// several times, and must do nothing but look at and edit its argument. An error of change ends the
// update, and nothing is written. The revision goes up by one.
func (c *Collection[T]) Update(ctx context.Context, tenant, id string, change func(*Change[T]) error) (*T, error) {
	return c.write(ctx, tenant, id, change, func(ctx context.Context, w Writer, doc *stored[T], ch *Change[T]) error {
		if ch.Task != "" {
			doc.Envelope.Task = ch.Task
		}
		return c.replace(ctx, w, doc, ch.Event)
	})
}

// Delete deletes one document, which is gone when it returns. If change sets a task, the document
// stays behind, hidden from every read, until Finish.
func (c *Collection[T]) Delete(ctx context.Context, tenant, id string, change func(*Change[T]) error) (*T, error) {
	return c.write(ctx, tenant, id, change, func(ctx context.Context, w Writer, doc *stored[T], ch *Change[T]) error {
		before, err := ch.Before()
		if err != nil {
			return err
		}
		doc.Entity = *before
		if c.store.relay == nil && ch.Task == "" {
			return c.commit(ctx, w, doc, ch.Event, func(bson.Raw) (bool, error) {
				return w.Remove(ctx, c.schema, c.key(&doc.Entity))
			})
		}
		doc.Envelope.Deleted, doc.Envelope.Task = true, ch.Task
		return c.replace(ctx, w, doc, ch.Event)
	})
}

// Finish says that the task of a document is done. If the document is being deleted, it is removed.
// A document that is gone, or has no task, is finished already.
func (c *Collection[T]) Finish(ctx context.Context, tenant, id string) error {
	return c.retry(ctx, func(ctx context.Context, w Writer) error {
		raw, err := w.Get(ctx, c.schema, tenant, id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		doc, err := decode[T](raw)
		if err != nil || doc.Envelope.Task == "" {
			return err
		}
		// What the relay settles meanwhile must not come back with what was loaded here.
		if err := c.store.deliver(ctx, doc.Envelope.Outbox); err != nil {
			return err
		}
		doc.Envelope.Outbox, doc.Envelope.Task = nil, ""
		if err := c.store.interrupt(stepDocument); err != nil {
			return err
		}
		if doc.Envelope.Deleted {
			return won(w.Remove(ctx, c.schema, c.key(&doc.Entity)))
		}
		// The revision stays: to callers nothing changes. A writer who loaded the document before wins,
		// and brings the task back, which is harmless.
		raw, err = doc.encode()
		if err != nil {
			return err
		}
		return won(w.Replace(ctx, c.schema, c.base(&doc.Entity).Revision, raw))
	})
}

// Amend changes what callers do not see of one document: its secrets sealed anew, when something was
// last used. It leaves no event, and revision and time of the last change stay. change reports
// whether there is something to write; it may run several times.
//
// A writer who loaded the document before an amendment and writes after it undoes the amendment, so
// only what may be lost, or is looked at again, can be amended.
func (c *Collection[T]) Amend(ctx context.Context, tenant, id string, change func(*T) (bool, error)) error {
	return c.retry(ctx, func(ctx context.Context, w Writer) error {
		_, doc, err := c.load(ctx, w, tenant, id)
		if err != nil {
			return err
		}
		revision := c.base(&doc.Entity).Revision
		changed, err := change(&doc.Entity)
		if err != nil || !changed {
			return err
		}
		// What the relay settles meanwhile must not come back with what was loaded here.
		if err := c.store.deliver(ctx, doc.Envelope.Outbox); err != nil {
			return err
		}
		doc.Envelope.Outbox = nil
		raw, err := doc.encode()
		if err != nil {
			return err
		}
		if err := c.store.interrupt(stepDocument); err != nil {
			return err
		}
		return won(w.Replace(ctx, c.schema, revision, raw))
	})
}

// Each calls do for every living document of all tenants, in the order of their IDs. Those made or
// deleted meanwhile may or may not be among them.
func (c *Collection[T]) Each(ctx context.Context, do func(*T) error) error {
	return eachBatch(ctx, c.store.backend, c.schema, func(raws []bson.Raw) error {
		for _, raw := range raws {
			doc, err := decode[T](raw)
			if err != nil {
				return err
			}
			if doc.Envelope.Deleted {
				continue
			}
			if err := do(&doc.Entity); err != nil {
				return err
			}
		}
		return nil
	})
}

// Waiting is the task of a living document that waits to be done; empty when there is none.
func (c *Collection[T]) Waiting(ctx context.Context, tenant, id string) (string, error) {
	_, doc, err := c.load(ctx, c.store.backend, tenant, id)
	if err != nil {
		return "", err
	}
	return doc.Envelope.Task, nil
}

// Unfinished is a document whose task waits.
type Unfinished[T any] struct {
	Doc *T
	// Deleted says that the document is being deleted.
	Deleted bool
	Task    string
}

// Unfinished calls do for every document of all tenants whose task waits.
func (c *Collection[T]) Unfinished(ctx context.Context, do func(Unfinished[T]) error) error {
	return eachPending(ctx, c.store.backend, c.schema, func(raw bson.Raw) error {
		doc, err := decode[T](raw)
		if err != nil || doc.Envelope.Task == "" {
			return err
		}
		return do(Unfinished[T]{Doc: &doc.Entity, Deleted: doc.Envelope.Deleted, Task: doc.Envelope.Task})
	})
}

func (c *Collection[T]) key(doc *T) Key {
	base := c.base(doc)
	return Key{Tenant: base.TenantID, ID: base.ID, Revision: base.Revision}
}

func (c *Collection[T]) find(ctx context.Context, scan *Scan) ([]*T, error) {
	raws, err := c.store.backend.Find(ctx, scan)
	if err != nil {
		return nil, err
	}
	found := make([]*T, len(raws))
	for i, raw := range raws {
		doc, err := decode[T](raw)
		if err != nil {
			return nil, err
		}
		found[i] = &doc.Entity
	}
	return found, nil
}

func (c *Collection[T]) load(ctx context.Context, r Reader, tenant, id string) (bson.Raw, *stored[T], error) {
	raw, err := r.Get(ctx, c.schema, tenant, id)
	if err != nil {
		return nil, nil, err
	}
	doc, err := decode[T](raw)
	if err != nil {
		return nil, nil, err
	}
	if doc.Envelope.Deleted {
		return nil, nil, ErrNotFound
	}
	return raw, doc, nil
}

// write loads a living document, has change edit it, and has put write it, until nobody else wrote
// in between.
func (c *Collection[T]) write(ctx context.Context, tenant, id string, change func(*Change[T]) error,
	put func(context.Context, Writer, *stored[T], *Change[T]) error,
) (*T, error) {
	var after *T
	err := c.retry(ctx, func(ctx context.Context, w Writer) error {
		raw, doc, err := c.load(ctx, w, tenant, id)
		if err != nil {
			return err
		}
		ch := &Change[T]{Doc: &doc.Entity, raw: raw}
		if err := change(ch); err != nil {
			return err
		}
		after = ch.Doc
		if ch.Event == nil {
			return nil
		}
		return put(ctx, w, doc, ch)
	})
	if err != nil {
		return nil, err
	}
	return after, nil
}

// replace writes the next revision of a document.
func (c *Collection[T]) replace(ctx context.Context, w Writer, doc *stored[T], event *model.AuditEvent) error {
	base := c.base(&doc.Entity)
	before := base.Revision
	base.Revision++
	return c.commit(ctx, w, doc, event, func(raw bson.Raw) (bool, error) {
		return w.Replace(ctx, c.schema, before, raw)
	})
}

// commit writes a document and its event as one atomic step; see the package comment.
func (c *Collection[T]) commit(ctx context.Context, w Writer, doc *stored[T], event *model.AuditEvent,
	put func(bson.Raw) (bool, error),
) error {
	if event != nil {
		raw, err := encodeEvent(event)
		if err != nil {
			return err
		}
		if err := c.store.post(ctx, w, &doc.Envelope, raw); err != nil {
			return err
		}
	}
	raw, err := doc.encode()
	if err != nil {
		return err
	}
	if err := c.store.interrupt(stepDocument); err != nil {
		return err
	}
	if err := won(put(raw)); err != nil {
		return err
	}
	if c.store.relay != nil && doc.Envelope.Pending {
		c.store.relay.enqueue(parcel{
			schema: c.schema, key: c.key(&doc.Entity), outbox: doc.Envelope.Outbox,
			remove: doc.Envelope.Deleted && doc.Envelope.Task == "",
		})
	}
	return nil
}

// errLostRace says that somebody else wrote first.
var errLostRace = errors.New("somebody else wrote first")

func won(ok bool, err error) error {
	if err == nil && !ok {
		return errLostRace
	}
	return err
}

// retry runs work until it does not lose the race for its document, waiting a little longer, and
// at random, each time. It gives up when the context does.
func (c *Collection[T]) retry(ctx context.Context, work func(context.Context, Writer) error) error {
	const longest = 50 * time.Millisecond
	for wait := time.Millisecond; ; wait = min(2*wait, longest) {
		err := c.store.backend.Write(ctx, work)
		if !errors.Is(err, errLostRace) {
			return err
		}
		timer := time.NewTimer(rand.N(wait)) //nolint:gosec // G404: spreads writers, guards nothing
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: lost every race for the document: %w", ErrUnavailable, ctx.Err())
		}
	}
}
