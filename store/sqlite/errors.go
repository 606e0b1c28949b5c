package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/store"
)

// explain turns an error of SQLite or database/sql into one of the store. It goes by codes; the texts
// of SQLite are for people.
func (b *Backend) explain(ctx context.Context, err error) error {
	var duplicate *store.DuplicateError
	switch {
	case err == nil, errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrUnavailable), errors.As(err, &duplicate):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return store.ErrNotFound
	case ctx.Err() != nil:
		// What the driver says of a query that was interrupted depends on where it was.
		return fmt.Errorf("%w: %w: %w", store.ErrUnavailable, ctx.Err(), err)
	case b.closed.Load(), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone), outage(code(err)):
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	case damage(code(err)): // no state that passes, so it is not called one
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// code is the extended result code of SQLite, 0 for other errors.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// outage says whether the fault is with the file, the disk, or another process.
func outage(code int) bool {
	switch code & 0xff { // the primary code; the rest says more precisely what happened
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

// breaks says whether SQLite may have ended the whole transaction by itself after an error of one of its
// statements. Those whose constraint fails only end themselves; of all others nothing is taken for
// granted.
func breaks(err error) bool {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return true
	}
	c := code(err)
	return c != 0 && c&0xff != sqlite3.SQLITE_CONSTRAINT
}

// isDuplicate says whether a unique index or the key of the table forbids a write.
func isDuplicate(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return false
}

// duplicate finds the unique index that forbade to write doc, and returns it as *store.DuplicateError.
//
// SQLite tells which one only in the text of its message, and there as a list of columns. So this
// looks for the document that is in the way: the statement is undone but the transaction goes on,
// and nobody else can have written. Where several are in the way, the catalogue's first index is the
// one reported.
func (w *writer) duplicate(ctx context.Context, s *store.Schema, h store.Header, doc bson.Raw) error {
	for i := range s.Indexes {
		x := &s.Indexes[i]
		if !x.Unique || s.Field(x.Order).Many {
			continue
		}
		key := indexKey(x)
		args := make([]any, 0, len(key)+1)
		for _, name := range key {
			if name == tenantColumn {
				args = append(args, h.TenantID)
				continue
			}
			value, err := fieldValue(s.Field(name), doc)
			if err != nil {
				return err
			}
			args = append(args, value)
		}
		taken, err := w.exists(ctx, takenText(s, x), append(args, h.ID)...)
		if err != nil {
			return err
		}
		if taken {
			return &store.DuplicateError{Index: x.Name}
		}
	}
	return fmt.Errorf("a document of %s is a duplicate in no index of the catalogue", s.Name)
}

// duplicateMany is the error for a value that another document of the collection has in a field with
// many values. A collection has one such index at most, so that there is nothing to look for.
func (w *writer) duplicateMany(s *store.Schema) error {
	for i := range s.Indexes {
		if x := &s.Indexes[i]; x.Order != "" && s.Field(x.Order).Many {
			return &store.DuplicateError{Index: x.Name}
		}
	}
	return fmt.Errorf("collection %s has no index of many values", s.Name)
}

func (w *writer) exists(ctx context.Context, text string, args ...any) (found bool, err error) {
	err = w.run(ctx, func(ctx context.Context, c *conn) error {
		return c.query(ctx, text, args, func(driver.Value) error { found = true; return nil })
	})
	return found, err
}
