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

// Change is one change of one document, on its way to be written.
type Change[T any] struct {
	// Doc is the document as it is stored; edit it. Deletion ignores edits.
	Doc *T
	// Event tells the audit trail. A change without one is not written at all.
	Event *model.AuditEvent
	// Task names work on other documents that this change brings with it. It stays with the document
	// until Finish; a document being deleted stays, hidden, as long.
	Task string
	// TaskDone says that a task which waits is done, or no longer to be done.
	TaskDone bool

	decoder[T]

	raw bson.Raw
}

// Before is the document as it is stored, sharing nothing with Doc.
func (c *Change[T]) Before() (*T, error) {
	before, err := c.decode(c.raw)
	if err != nil {
		return nil, err
	}
	return &before.Entity, nil
}

// Insert adds a new document together with the event that tells of it; event may be nil for what
// the audit trail does not record.
func (c *Collection[T]) Insert(ctx context.Context, doc *T, event *model.AuditEvent) error {
	defer c.changes.Add(1) // also when it fails: it may have happened all the same
	// What can be done before it is this one's turn to write is, because others wait for theirs. Where the
	// event travels in the document, that is not known before the event is in it.
	told, err := encodeEvent(event)
	if err != nil {
		return err
	}
	var encoded bson.Raw
	if c.store.relay == nil {
		if encoded, err = (&stored[T]{Entity: *doc}).encode(); err != nil {
			return err
		}
	}
	return c.store.write(ctx, func(ctx context.Context, w Writer) error {
		return c.post(ctx, w, &stored[T]{Entity: *doc}, told, encoded, func(raw bson.Raw) (bool, error) {
			return true, w.Insert(ctx, c.schema, raw)
		})
	})
}

// Load adds those of docs whose IDs are not there yet, many at once and without events. It is for
// filling a store, not for the changes of callers.
func (c *Collection[T]) Load(ctx context.Context, docs []*T) error {
	defer c.changes.Add(1)
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

// Update changes one document: it loads it, lets change edit it, and writes it back if nobody else
// has written meanwhile; otherwise it starts again with what is stored then. So change may run
// several times, and must do nothing but look at and edit its argument. An error of change ends the
// update, and nothing is written. The revision goes up by one.
func (c *Collection[T]) Update(ctx context.Context, tenant, id string, change func(*Change[T]) error) (*T, error) {
	return c.update(ctx, tenant, id, nil, change)
}

// UpdateHeld is Update for a document that the caller has just read. It is not loaded again unless
// somebody has written since; so the change costs one command less. What was amended since is lost, as
// Amend says.
func (c *Collection[T]) UpdateHeld(ctx context.Context, held *Held[T], change func(*Change[T]) error) (*T, error) {
	key := c.key(held.Doc)
	return c.update(ctx, key.Tenant, key.ID, held.raw, change)
}

func (c *Collection[T]) update(ctx context.Context, tenant, id string, held bson.Raw, change func(*Change[T]) error) (*T, error) {
	return c.write(ctx, tenant, id, held, change, func(ctx context.Context, w Writer, doc *stored[T], ch *Change[T]) error {
		if ch.Task != "" || ch.TaskDone {
			doc.Envelope.Task = ch.Task
		}
		return c.replace(ctx, w, doc, ch.Event)
	})
}

// Delete deletes one document, which is gone when it returns. If change sets a task, the document
// stays behind, hidden from every read, until Finish.
func (c *Collection[T]) Delete(ctx context.Context, tenant, id string, change func(*Change[T]) error) (*T, error) {
	return c.write(ctx, tenant, id, nil, change, func(ctx context.Context, w Writer, doc *stored[T], ch *Change[T]) error {
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
		attempting(ctx)
		if err := c.store.interrupt(stepDocument); err != nil {
			return err
		}
		return won(w.Replace(ctx, c.schema, revision, raw))
	})
}

// write loads a living document, has change edit it, and has put write it, until nobody else wrote
// in between. The first time it takes the one that is held, unless that is nil.
func (c *Collection[T]) write(ctx context.Context, tenant, id string, held bson.Raw, change func(*Change[T]) error,
	put func(context.Context, Writer, *stored[T], *Change[T]) error,
) (*T, error) {
	defer c.changes.Add(1) // also when it fails: it may have happened all the same
	var after *T
	err := c.retry(ctx, func(ctx context.Context, w Writer) error {
		raw, doc, err := c.loadUnless(ctx, w, tenant, id, held)
		held = nil
		if err != nil {
			return err
		}
		ch := &Change[T]{Doc: &doc.Entity, decoder: c.decoder, raw: raw}
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

// loadUnless is load, or, where the document is held, reads that.
func (c *Collection[T]) loadUnless(ctx context.Context, r Reader, tenant, id string, held bson.Raw) (bson.Raw, *stored[T], error) {
	if held == nil {
		return c.load(ctx, r, tenant, id)
	}
	doc, err := c.decode(held)
	return held, doc, err
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
	told, err := encodeEvent(event)
	if err != nil {
		return err
	}
	return c.post(ctx, w, doc, told, nil, put)
}

// post is commit for an event that is encoded, nil if there is none, and a document that may be: nil if
// not.
func (c *Collection[T]) post(ctx context.Context, w Writer, doc *stored[T], told, raw bson.Raw, put func(bson.Raw) (bool, error)) (err error) {
	attempting(ctx)
	if told != nil {
		if err := c.store.post(ctx, w, &doc.Envelope, told); err != nil {
			return err
		}
	}
	if raw == nil {
		if raw, err = doc.encode(); err != nil {
			return err
		}
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

// write is the backend's Write, during which Options.Lend has its way.
func (s *Store) write(ctx context.Context, work func(context.Context, Writer) error) (err error) {
	if s.lend == nil {
		return s.backend.Write(ctx, work)
	}
	s.lend(ctx, func() { err = s.backend.Write(ctx, work) })
	return err
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
		err := c.store.write(ctx, work)
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
