package store

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrTooMuch says that the lists read for one request hold more bytes than it is allowed.
var ErrTooMuch = errors.New("the documents read are more than is allowed")

type allowanceKey struct{}

// WithAllowance returns a context in which whatever reads several documents may read this many bytes
// of them, all together. What would go beyond fails with ErrTooMuch, so that memory is bounded however
// large documents are. Without an allowance, and after WithoutAllowance, there is no bound.
func WithAllowance(ctx context.Context, bytes int64) context.Context {
	c := &allowanceContext{Context: ctx}
	c.left.Store(bytes)
	return c
}

// allowanceContext is a context with an allowance that is in the same place in memory: each request has
// one.
type allowanceContext struct {
	context.Context //nolint:containedctx // it is one

	left atomic.Int64
}

// Value is the allowance, or what the context around has (context.Context).
func (c *allowanceContext) Value(key any) any {
	if key == (allowanceKey{}) {
		return &c.left
	}
	return c.Context.Value(key)
}

// WithoutAllowance returns a context without a bound, for what has to be done whole and reads in
// batches.
func WithoutAllowance(ctx context.Context) context.Context {
	return context.WithValue(ctx, allowanceKey{}, (*atomic.Int64)(nil))
}

// Spend is for backends: it takes the bytes of a document from the allowance of the context, and fails
// with ErrTooMuch when nothing is left.
func Spend(ctx context.Context, bytes int) error {
	left, _ := ctx.Value(allowanceKey{}).(*atomic.Int64)
	if left != nil && left.Add(int64(-bytes)) < 0 {
		return ErrTooMuch
	}
	return nil
}
