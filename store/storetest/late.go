package storetest

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Late is a backend whose lists of one collection are held back when they have been read, as long as
// Hold takes. The backend behind it must be an atomic one.
type Late struct {
	store.Backend
	Collection string
	Hold       func()
}

// Find finds, and hands out what it found when it may.
func (l *Late) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	found, err := l.Backend.Find(ctx, scan)
	if scan.Schema.Name == l.Collection {
		l.Hold()
	}
	return found, err
}
