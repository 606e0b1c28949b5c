package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Call is one call of a backend, as an Observer is told of it.
type Call struct {
	// Collection is the name of a collection of the catalogue; empty where a call is about none of them
	// or about several.
	Collection string
	// Method names the method in lower case, with _ between its words.
	Method string
}

// Observer is told of every call of a backend. It is used by many goroutines at once, and what it does
// adds to every call.
type Observer interface {
	// Begin is called before a call, with its context. The context that it returns goes on to the
	// backend, and to End.
	Begin(ctx context.Context, call Call) context.Context
	// End is called after it, with how long it took and its error as the backend gave it. That of a
	// write which the work in it has ended, and no failure of the backend, is an ErrGivenUp as well.
	End(ctx context.Context, call Call, took time.Duration, err error)
}

// ErrGivenUp says to an Observer that a change has not been made because a rule forbade it, or because
// somebody else wrote first. Whoever made the call does not see it.
var ErrGivenUp = errors.New("the change was given up")

// Observe has an observer told of the calls of a backend. The result is a Relayer if the backend is
// one, and has the methods of Backend and no others: it hides what else the backend may be.
func Observe(backend Backend, observer Observer) Backend {
	o := &observed{observedReader: observedReader{inner: backend, observer: observer}, inner: backend}
	if relayer, ok := backend.(Relayer); ok {
		return &observedRelayer{observed: o, relayer: relayer}
	}
	return o
}

// observe runs one call and tells the observer of it.
func observe[T any](ctx context.Context, observer Observer, call Call, do func(ctx context.Context) (T, error)) (T, error) {
	ctx = observer.Begin(ctx, call)
	began := time.Now()
	result, err := do(ctx)
	observer.End(ctx, call, time.Since(began), err)
	return result, err
}

// observeError is observe for calls that return nothing else.
func observeError(ctx context.Context, observer Observer, call Call, do func(ctx context.Context) error) error {
	_, err := observe(ctx, observer, call, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}

type observedReader struct {
	inner    Reader
	observer Observer
}

func (o *observedReader) Get(ctx context.Context, s *Schema, tenant, id string) (bson.Raw, error) {
	return observe(ctx, o.observer, Call{s.Name, "get"}, func(ctx context.Context) (bson.Raw, error) { return o.inner.Get(ctx, s, tenant, id) })
}

type observedWriter struct {
	observedReader
	inner Writer
}

func (o *observedWriter) Insert(ctx context.Context, s *Schema, doc bson.Raw) error {
	return observeError(ctx, o.observer, Call{s.Name, "insert"}, func(ctx context.Context) error { return o.inner.Insert(ctx, s, doc) })
}

func (o *observedWriter) Replace(ctx context.Context, s *Schema, revision int32, doc bson.Raw) (bool, error) {
	return observe(ctx, o.observer, Call{s.Name, "replace"}, func(ctx context.Context) (bool, error) { return o.inner.Replace(ctx, s, revision, doc) })
}

func (o *observedWriter) Remove(ctx context.Context, s *Schema, key Key) (bool, error) {
	return observe(ctx, o.observer, Call{s.Name, "remove"}, func(ctx context.Context) (bool, error) { return o.inner.Remove(ctx, s, key) })
}

type observed struct {
	observedReader
	inner Backend
}

func (o *observed) Build(ctx context.Context, catalogue []*Schema) error {
	return observeError(ctx, o.observer, Call{Method: "build"}, func(ctx context.Context) error { return o.inner.Build(ctx, catalogue) })
}

func (o *observed) Find(ctx context.Context, scan *Scan) ([]bson.Raw, error) {
	return observe(ctx, o.observer, Call{scan.Schema.Name, "find"}, func(ctx context.Context) ([]bson.Raw, error) { return o.inner.Find(ctx, scan) })
}

func (o *observed) Many(ctx context.Context, s *Schema, tenant string, ids []string) ([]bson.Raw, error) {
	return observe(ctx, o.observer, Call{s.Name, "many"}, func(ctx context.Context) ([]bson.Raw, error) { return o.inner.Many(ctx, s, tenant, ids) })
}

func (o *observed) Count(ctx context.Context, scan *Scan) (int, error) {
	return observe(ctx, o.observer, Call{scan.Schema.Name, "count"}, func(ctx context.Context) (int, error) { return o.inner.Count(ctx, scan) })
}

func (o *observed) Pending(ctx context.Context, s *Schema, afterID string, limit int) ([]bson.Raw, error) {
	return observe(ctx, o.observer, Call{s.Name, "pending"}, func(ctx context.Context) ([]bson.Raw, error) { return o.inner.Pending(ctx, s, afterID, limit) })
}

func (o *observed) All(ctx context.Context, s *Schema, afterID string, limit int) ([]bson.Raw, error) {
	return observe(ctx, o.observer, Call{s.Name, "all"}, func(ctx context.Context) ([]bson.Raw, error) { return o.inner.All(ctx, s, afterID, limit) })
}

func (o *observed) InsertMissing(ctx context.Context, s *Schema, docs []bson.Raw) error {
	return observeError(ctx, o.observer, Call{s.Name, "insert_missing"}, func(ctx context.Context) error { return o.inner.InsertMissing(ctx, s, docs) })
}

func (o *observed) RemoveExpired(ctx context.Context, scan *Scan) (int, error) {
	return observe(ctx, o.observer, Call{scan.Schema.Name, "remove_expired"}, func(ctx context.Context) (int, error) { return o.inner.RemoveExpired(ctx, scan) })
}

func (o *observed) Explain(ctx context.Context, scan *Scan) (Plan, error) {
	return observe(ctx, o.observer, Call{scan.Schema.Name, "explain"}, func(ctx context.Context) (Plan, error) { return o.inner.Explain(ctx, scan) })
}

func (o *observed) Write(ctx context.Context, work func(ctx context.Context, w Writer) error) error {
	call := Call{Method: "write"}
	ctx = o.observer.Begin(ctx, call)
	began := time.Now()
	var givenUp error
	err := o.inner.Write(ctx, func(ctx context.Context, w Writer) error {
		steps := &steps{Observer: o.observer}
		err := work(ctx, &observedWriter{observedReader: observedReader{inner: w, observer: steps}, inner: w})
		givenUp = nil
		if !steps.failed {
			givenUp = err
		}
		return err
	})
	told := err
	if givenUp != nil && errors.Is(err, givenUp) {
		told = fmt.Errorf("%w: %w", ErrGivenUp, err)
	}
	o.observer.End(ctx, call, time.Since(began), told)
	return err
}

// steps is an Observer of the calls inside a write that remembers whether the backend has failed in one.
// Nothing found and a name that is taken are answers.
type steps struct {
	Observer

	failed bool
}

func (s *steps) End(ctx context.Context, call Call, took time.Duration, err error) {
	var duplicate *DuplicateError
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.As(err, &duplicate) {
		s.failed = true
	}
	s.Observer.End(ctx, call, took, err)
}

func (o *observed) Ping(ctx context.Context) error {
	return observeError(ctx, o.observer, Call{Method: "ping"}, func(ctx context.Context) error { return o.inner.Ping(ctx) })
}

func (o *observed) Close() error { return o.inner.Close() }

type observedRelayer struct {
	*observed
	relayer Relayer
}

func (o *observedRelayer) Settle(ctx context.Context, s *Schema, keys []Key) error {
	return observeError(ctx, o.observer, Call{s.Name, "settle"}, func(ctx context.Context) error { return o.relayer.Settle(ctx, s, keys) })
}

func (o *observedRelayer) Discard(ctx context.Context, s *Schema, keys []Key) error {
	return observeError(ctx, o.observer, Call{s.Name, "discard"}, func(ctx context.Context) error { return o.relayer.Discard(ctx, s, keys) })
}
