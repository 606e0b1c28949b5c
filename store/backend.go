package store

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// What can go wrong in a backend. Everything else is a fault of the program.
var (
	// ErrNotFound: there is no such living document in this tenant.
	ErrNotFound = errors.New("no such document")
	// ErrUnavailable: the database did not answer, or not in time. Whether a write happened is then
	// unknown.
	ErrUnavailable = errors.New("the store is unavailable")
)

// DuplicateError says which unique index a write would have broken. Index is empty for the ID.
type DuplicateError struct{ Index string }

func (e *DuplicateError) Error() string { return fmt.Sprintf("duplicate key in index %q", e.Index) }

// Key names one state of one document.
type Key struct {
	Tenant, ID string
	Revision   int32
}

// Reader reads documents.
type Reader interface {
	// Get returns the document, also when it is being deleted; ErrNotFound when there is none.
	Get(ctx context.Context, s *Schema, tenant, id string) (bson.Raw, error)
}

// Writer changes documents, one at a time. The envelope fields of doc say all that a backend must
// know: see Header.
type Writer interface {
	Reader
	// Insert adds a document; *DuplicateError when a unique index or the ID forbids it.
	Insert(ctx context.Context, s *Schema, doc bson.Raw) error
	// Replace puts doc in the place of the document of the same tenant and ID, if that one still has
	// this revision. It reports whether it had. *DuplicateError as for Insert.
	Replace(ctx context.Context, s *Schema, revision int32, doc bson.Raw) (bool, error)
	// Remove removes the document if it still has the revision of key. It reports whether it had.
	Remove(ctx context.Context, s *Schema, key Key) (bool, error)
}

// Backend is a database that holds the collections of the catalogue.
type Backend interface {
	Reader
	// Build makes the collections and indexes of the catalogue that are missing.
	Build(ctx context.Context, catalogue []*Schema) error
	// Find returns the living documents of a scan in its order. It spends the context's allowance, and
	// fails with ErrTooMuch when that is used up.
	Find(ctx context.Context, scan *Scan) ([]bson.Raw, error)
	// Many returns those of the documents with these IDs that the tenant has, also those being deleted,
	// in any order. No ID is there twice. It spends the context's allowance as Find does.
	Many(ctx context.Context, s *Schema, tenant string, ids []string) ([]bson.Raw, error)
	// Count counts the living documents of a scan, whatever its bounds and limit.
	Count(ctx context.Context, scan *Scan) (int, error)
	// Pending returns up to limit documents that have an outbox or a task or are being deleted, of
	// all tenants, in the order of their IDs, from the one behind afterID on.
	Pending(ctx context.Context, s *Schema, afterID string, limit int) ([]bson.Raw, error)
	// All returns up to limit documents of all tenants, also those being deleted, in the order of
	// their IDs, from the one behind afterID on.
	All(ctx context.Context, s *Schema, afterID string, limit int) ([]bson.Raw, error)
	// InsertMissing adds those of docs whose IDs are not there yet, many at once. When it fails, some
	// may have been added.
	InsertMissing(ctx context.Context, s *Schema, docs []bson.Raw) error
	// RemoveExpired removes the documents of a scan, which Schema.Expired makes, but for those that are
	// pending, and returns how many. That a document is expired and not pending is looked at in the very
	// step that removes it: it may have been replaced by another of its ID since the scan saw it. When
	// it fails, some may have been removed.
	RemoveExpired(ctx context.Context, scan *Scan) (int, error)
	// Explain says how the database would walk the scan.
	Explain(ctx context.Context, scan *Scan) (Plan, error)
	// Write runs work, which changes documents through w. Where the backend is Atomic, all of it
	// happens or, when work fails, nothing, and nobody else writes meanwhile. Elsewhere each step
	// stands by itself.
	Write(ctx context.Context, work func(ctx context.Context, w Writer) error) error
	// Ping fails when the database does not answer.
	Ping(ctx context.Context) error
	Close() error
}

// Relayer is a backend whose Write is not atomic. It takes part in the relay of the outbox; a
// backend that does not implement it is Atomic.
type Relayer interface {
	// Settle clears the outbox of each document that still has the revision of its key, and with it
	// the mark as pending unless a task waits.
	Settle(ctx context.Context, s *Schema, keys []Key) error
	// Discard removes each document that still has the revision of its key.
	Discard(ctx context.Context, s *Schema, keys []Key) error
}

// Plan is how a database walks a scan, in so far as it tells.
type Plan struct {
	// Index is the name of the index that it uses; empty when it reads the whole collection.
	Index string
	// Sorts says that it sorts what it found instead of walking in order.
	Sorts bool
	// Text is the database's own explanation, for people.
	Text string
}
