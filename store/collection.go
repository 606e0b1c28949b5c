package store

import (
	"context"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
)

// Collection holds the documents of one kind. All methods are bounded by a tenant and safe for
// concurrent use. They fail with ErrNotFound, *DuplicateError, ErrUnavailable, or what a callback
// returned.
type Collection[T any] struct {
	decoder[T]

	store  *Store
	schema *Schema
	base   func(*T) *model.Entity
	// changes counts what Changes tells.
	changes atomic.Uint64
	// sortKey is the value of the one field, beside the time of the last change, that lists are
	// ordered by; nil where there is none.
	sortKey func(*T) string
}

func newCollection[T any](s *Store, schema *Schema, base func(*T) *model.Entity, sortKey func(*T) string) *Collection[T] {
	return &Collection[T]{decoder: newDecoder[T](), store: s, schema: schema, base: base, sortKey: sortKey}
}

// Schema is the collection's part of the catalogue.
func (c *Collection[T]) Schema() *Schema { return c.schema }

// Changes counts the changes of the collection's documents that this process has made, or may have made.
// A change is counted before whoever makes it has its answer: what is read after asking for the count is
// as new as that count, and still is as long as the count is the same, unless another process changes
// it. What callers do not see does not count: amendments, finished tasks, and the removal of what has
// expired.
func (c *Collection[T]) Changes() uint64 { return c.changes.Load() }

// Get returns the living document with this ID.
func (c *Collection[T]) Get(ctx context.Context, tenant, id string) (*T, error) {
	_, doc, err := c.load(ctx, c.store.backend, tenant, id)
	if err != nil {
		return nil, err
	}
	return &doc.Entity, nil
}

// Held is a document as it was read, for changing it without reading it again.
type Held[T any] struct {
	// Doc is for looking at; UpdateHeld has a copy of its own to edit.
	Doc *T

	raw bson.Raw
}

// Hold is Get for somebody who means to change the document after a look at it; see UpdateHeld.
func (c *Collection[T]) Hold(ctx context.Context, tenant, id string) (*Held[T], error) {
	raw, doc, err := c.load(ctx, c.store.backend, tenant, id)
	if err != nil {
		return nil, err
	}
	return &Held[T]{Doc: &doc.Entity, raw: raw}, nil
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

// Each calls do for every living document of all tenants, in the order of their IDs. Those made or
// deleted meanwhile may or may not be among them.
func (c *Collection[T]) Each(ctx context.Context, do func(*T) error) error {
	return eachBatch(ctx, c.store.backend, c.schema, func(raws []bson.Raw) error {
		for _, raw := range raws {
			doc, err := c.decode(raw)
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
		doc, err := c.decode(raw)
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
	doc, err := c.decode(raw)
	if err != nil {
		return nil, nil, err
	}
	if doc.Envelope.Deleted {
		return nil, nil, ErrNotFound
	}
	return raw, doc, nil
}
