package storetest

import (
	"context"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Fault says whether an access to a collection fails, and how; nil lets it through. It may also wait,
// as a slow database does, until ctx ends.
type Fault func(ctx context.Context, collection string, write bool) error

// Faults is a backend that fails when a test wants it to. The backend behind it must be an atomic one:
// what a Relayer does is not passed on.
type Faults struct {
	store.Backend
	fault atomic.Pointer[Fault]
}

// NewFaults is a backend that does not fail yet.
func NewFaults(backend store.Backend) *Faults { return &Faults{Backend: backend} }

// On asks fault at every reading of single documents and lists, and at every insertion and replacement,
// from now on. Nil heals the backend.
func (f *Faults) On(fault Fault) {
	if fault == nil {
		f.fault.Store(nil)
		return
	}
	f.fault.Store(&fault)
}

func (f *Faults) check(ctx context.Context, s *store.Schema, write bool) error {
	if fault := f.fault.Load(); fault != nil {
		return (*fault)(ctx, s.Name, write)
	}
	return nil
}

// Get fails or gets.
func (f *Faults) Get(ctx context.Context, s *store.Schema, tenant, id string) (bson.Raw, error) {
	if err := f.check(ctx, s, false); err != nil {
		return nil, err
	}
	return f.Backend.Get(ctx, s, tenant, id)
}

// Find fails or finds.
func (f *Faults) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	if err := f.check(ctx, scan.Schema, false); err != nil {
		return nil, err
	}
	return f.Backend.Find(ctx, scan)
}

// Many fails or reads many.
func (f *Faults) Many(ctx context.Context, s *store.Schema, tenant string, ids []string) ([]bson.Raw, error) {
	if err := f.check(ctx, s, false); err != nil {
		return nil, err
	}
	return f.Backend.Many(ctx, s, tenant, ids)
}

// Write has work write through a writer that may fail.
func (f *Faults) Write(ctx context.Context, work func(context.Context, store.Writer) error) error {
	return f.Backend.Write(ctx, func(ctx context.Context, w store.Writer) error {
		return work(ctx, faultyWriter{Writer: w, faults: f})
	})
}

type faultyWriter struct {
	store.Writer
	faults *Faults
}

func (w faultyWriter) Insert(ctx context.Context, s *store.Schema, doc bson.Raw) error {
	if err := w.faults.check(ctx, s, true); err != nil {
		return err
	}
	return w.Writer.Insert(ctx, s, doc)
}

func (w faultyWriter) Replace(ctx context.Context, s *store.Schema, revision int32, doc bson.Raw) (bool, error) {
	if err := w.faults.check(ctx, s, true); err != nil {
		return false, err
	}
	return w.Writer.Replace(ctx, s, revision, doc)
}
