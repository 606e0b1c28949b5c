package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

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
		doc, err := c.decode(raw)
		if err != nil || doc.Envelope.Task == "" {
			return err
		}
		// What the relay settles meanwhile must not come back with what was loaded here.
		if err := c.store.deliver(ctx, doc.Envelope.Outbox); err != nil {
			return err
		}
		doc.Envelope.Outbox, doc.Envelope.Task = nil, ""
		attempting(ctx)
		if err := c.store.interrupt(stepDocument); err != nil {
			return err
		}
		if doc.Envelope.Deleted {
			return won(w.Remove(ctx, c.schema, c.key(&doc.Entity)))
		}
		// The revision stays: to callers nothing changes. A writer who loaded the document before wins,
		// and brings the task back. So a task must be such that it can be done twice, and whatever would
		// make it wrong sets TaskDone.
		raw, err = doc.encode()
		if err != nil {
			return err
		}
		return won(w.Replace(ctx, c.schema, c.base(&doc.Entity).Revision, raw))
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
		doc, err := c.decode(raw)
		if err != nil || doc.Envelope.Task == "" {
			return err
		}
		return do(Unfinished[T]{Doc: &doc.Entity, Deleted: doc.Envelope.Deleted, Task: doc.Envelope.Task})
	})
}
