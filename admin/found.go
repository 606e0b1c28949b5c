package admin

import (
	"context"

	"gatehouse/store"
)

// Found is what was found for one of several things, or why it was not.
type Found[R any] struct {
	Value R
	Err   error
}

// none is what is found for n things when something keeps it from looking.
func none[R any](n int, err error) []Found[R] {
	found := make([]Found[R], n)
	for i := range found {
		found[i].Err = err
	}
	return found
}

// foreach reads the document that each of several things refers to, in one call of the store for up to
// some hundreds of them. A reference to what is not there is nil.
func foreach[T, R any](ctx context.Context, c *store.Collection[R], tenant string, things []*T, reference func(*T) string) ([]*R, error) {
	ids := make([]string, len(things))
	for i, thing := range things {
		ids[i] = reference(thing)
	}
	docs, err := c.Many(ctx, tenant, ids)
	return docs, public(err, c.Schema())
}
