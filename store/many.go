package store

import (
	"context"
	"errors"
)

// manyAtOnce is how many documents Many asks a backend for in one call: as many as the longest page
// can refer to, so that a page costs one call, and few enough that the call is a short one.
const manyAtOnce = 500

// Many returns the living documents with these IDs, each in the place of its ID, and nil in the place
// of an ID that no living document of the tenant has. An ID may be there several times; its places then
// share one document. It costs one call of the backend for every 500 different IDs, none where there are
// none. A single ID is a Get; of several the documents are spent from the allowance of the context as
// Find does, and it fails with ErrTooMuch when that is used up. What it returns is of one instant only
// within one call of the backend.
func (c *Collection[T]) Many(ctx context.Context, tenant string, ids []string) ([]*T, error) {
	found, distinct := make(map[string]*T, len(ids)), make([]string, 0, len(ids))
	for _, id := range ids {
		if _, known := found[id]; !known {
			found[id] = nil
			distinct = append(distinct, id)
		}
	}
	if len(distinct) == 1 {
		doc, err := c.Get(ctx, tenant, distinct[0])
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		found[distinct[0]], distinct = doc, nil
	}
	for len(distinct) > 0 {
		batch := distinct[:min(len(distinct), manyAtOnce)]
		distinct = distinct[len(batch):]
		raws, err := c.store.backend.Many(ctx, c.schema, tenant, batch)
		if err != nil {
			return nil, err
		}
		for _, raw := range raws {
			doc, err := c.decode(raw)
			if err != nil {
				return nil, err
			}
			if !doc.Envelope.Deleted {
				found[c.base(&doc.Entity).ID] = &doc.Entity
			}
		}
	}
	docs := make([]*T, len(ids))
	for i, id := range ids {
		docs[i] = found[id]
	}
	return docs, nil
}
