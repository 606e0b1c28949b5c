package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// View hands out a store that can only be read, over a backend as it is: nothing is built, and no
// outbox is finished. Reading what was never built fails as the backend does. Closing the store closes
// the backend.
func View(backend Backend) (*Store, error) {
	s := &Store{backend: readOnly{backend}, interrupt: func(string) error { return nil }}
	if err := s.hangDoors(Catalogue()); err != nil {
		return nil, err
	}
	return s, nil
}

// errReadOnly is a mistake of the program.
var errReadOnly = errors.New("the store was opened for reading only")

// readOnly refuses what would change a backend. It is no Relayer, whatever the backend is.
type readOnly struct{ Backend }

func (readOnly) Build(context.Context, []*Schema) error { return errReadOnly }

func (readOnly) InsertMissing(context.Context, *Schema, []bson.Raw) error { return errReadOnly }

func (readOnly) RemoveExpired(context.Context, *Scan) (int, error) { return 0, errReadOnly }

func (readOnly) Write(context.Context, func(context.Context, Writer) error) error { return errReadOnly }
