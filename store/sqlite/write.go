package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Write runs work in one transaction, which is on the disk when Write returns. Nobody else writes
// meanwhile. If work fails or panics, nothing of it happened. Inside work only w may be used: another
// Write would wait for this one, and reads elsewhere do not see what w has written.
func (b *Backend) Write(ctx context.Context, work func(ctx context.Context, w store.Writer) error) error {
	return b.transact(ctx, func(tx *sql.Tx) error {
		w := &writer{backend: b, tx: tx}
		if err := work(ctx, w); err != nil {
			return err
		}
		return w.failure
	})
}

// transact is the one place where transactions begin and end. Errors of work come back unchanged.
func (b *Backend) transact(ctx context.Context, work func(tx *sql.Tx) error) error {
	var tx *sql.Tx
	err := patiently(ctx, func() (err error) {
		tx, err = b.writer.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return b.explain(ctx, fmt.Errorf("begin: %w", err))
	}
	// Also when work panics. After a commit it does nothing.
	defer tx.Rollback()
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return b.explain(ctx, fmt.Errorf("commit: %w", err))
	}
	return nil
}

// table is a collection made ready for writing. The statements belong to the write connection.
type table struct {
	get, insert, add, replace, remove *sql.Stmt
}

// prepare prepares the statements of a collection. It cannot be done on demand, because the only
// connection belongs to the transaction then.
func prepare(ctx context.Context, db *sql.DB, schema *store.Schema) (*table, error) {
	columns := append(envelopeColumns(), fieldColumns(schema)...)
	names, assignments := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], assignments[i] = c.name, quote(c.name)+" = ?"
	}
	insert := "INSERT INTO " + quote(schema.Name) + " (" + quoteAll(names) + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")"
	name, key := quote(schema.Name), ` WHERE "id" = ? AND "tenantId" = ?`
	t := &table{}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&t.get, getText(schema)},
		{&t.insert, insert},
		{&t.add, insert + ` ON CONFLICT ("id") DO NOTHING`},
		{&t.replace, "UPDATE " + name + " SET " + strings.Join(assignments, ", ") + key + ` AND "revision" = ?`},
		{&t.remove, "DELETE FROM " + name + key + ` AND "revision" = ?`},
	} {
		err := patiently(ctx, func() (err error) {
			*s.stmt, err = db.PrepareContext(ctx, s.text) //nolint:sqlclosecheck // kept until Close
			return err
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("prepare %s: %w", s.text, err), t.close())
		}
	}
	return t, nil
}

func (t *table) close() error {
	var failures []error
	for _, stmt := range []*sql.Stmt{t.get, t.insert, t.add, t.replace, t.remove} {
		if stmt != nil {
			failures = append(failures, stmt.Close())
		}
	}
	return errors.Join(failures...)
}

// writer is the store.Writer of one transaction.
type writer struct {
	backend *Backend
	tx      *sql.Tx
	// failure is the first error that was not about the documents. SQLite may have rolled back then,
	// and what came after it would stand by itself; so nothing may.
	failure error
}

func (w *writer) Get(ctx context.Context, s *store.Schema, tenant, id string) (bson.Raw, error) {
	t, err := w.table(s)
	if err != nil {
		return nil, err
	}
	doc, err := get(ctx, w.tx.StmtContext(ctx, t.get), tenant, id)
	return doc, w.judge(ctx, err)
}

func (w *writer) Insert(ctx context.Context, s *store.Schema, doc bson.Raw) error {
	t, err := w.table(s)
	if err != nil {
		return err
	}
	h, values, err := row(s, doc)
	if err != nil {
		return err
	}
	_, err = w.tx.StmtContext(ctx, t.insert).ExecContext(ctx, values...) //nolint:sqlclosecheck // ends with the transaction
	if err == nil {
		return w.many(ctx, s, h, doc)
	}
	if isDuplicate(err) {
		var taken bool
		if taken, err = w.exists(ctx, idText(s), h.ID); err == nil && taken {
			return &store.DuplicateError{}
		}
		if err == nil {
			err = w.duplicate(ctx, s, h, doc)
		}
	}
	return w.judge(ctx, err)
}

func (w *writer) Replace(ctx context.Context, s *store.Schema, revision int32, doc bson.Raw) (bool, error) {
	t, err := w.table(s)
	if err != nil {
		return false, err
	}
	h, values, err := row(s, doc)
	if err != nil {
		return false, err
	}
	result, err := w.tx.StmtContext(ctx, t.replace).ExecContext(ctx, append(values, h.ID, h.TenantID, revision)...) //nolint:sqlclosecheck // ends with the transaction
	if isDuplicate(err) {
		err = w.duplicate(ctx, s, h, doc)
	}
	if err != nil {
		return false, w.judge(ctx, err)
	}
	changed, err := w.changed(ctx, result)
	if err != nil || !changed {
		return false, err
	}
	return true, w.many(ctx, s, h, doc)
}

// many writes a document's fields with many values.
func (w *writer) many(ctx context.Context, s *store.Schema, h store.Header, doc bson.Raw) error {
	err := writeMany(ctx, w.tx, s, h, doc)
	if isDuplicate(err) {
		err = w.duplicateMany(s)
		// The document itself is written by now, and may not stay without its values.
		w.failure = err
	}
	return w.judge(ctx, err)
}

func (w *writer) Remove(ctx context.Context, s *store.Schema, key store.Key) (bool, error) {
	t, err := w.table(s)
	if err != nil {
		return false, err
	}
	result, err := w.tx.StmtContext(ctx, t.remove).ExecContext(ctx, key.ID, key.Tenant, key.Revision) //nolint:sqlclosecheck // ends with the transaction
	if err != nil {
		return false, w.judge(ctx, err)
	}
	changed, err := w.changed(ctx, result)
	if err != nil || !changed {
		return false, err
	}
	return true, w.judge(ctx, removeMany(ctx, w.tx, s, key.ID))
}

func (w *writer) table(s *store.Schema) (*table, error) {
	if w.failure != nil {
		return nil, w.failure
	}
	return w.backend.table(s)
}

func (w *writer) changed(ctx context.Context, result sql.Result) (bool, error) {
	n, err := result.RowsAffected()
	return n == 1, w.judge(ctx, err)
}

// InsertMissing adds those of docs whose IDs are not there yet, all in one transaction.
func (b *Backend) InsertMissing(ctx context.Context, s *store.Schema, docs []bson.Raw) error {
	t, err := b.table(s)
	if err != nil {
		return err
	}
	return b.transact(ctx, func(tx *sql.Tx) error {
		w := &writer{backend: b, tx: tx}
		add := tx.StmtContext(ctx, t.add) //nolint:sqlclosecheck // ends with the transaction
		for _, doc := range docs {
			h, values, err := row(s, doc)
			if err != nil {
				return err
			}
			result, err := add.ExecContext(ctx, values...)
			if isDuplicate(err) {
				err = w.duplicate(ctx, s, h, doc)
			}
			if err != nil {
				return w.judge(ctx, err)
			}
			if added, err := w.changed(ctx, result); err != nil {
				return err
			} else if !added {
				continue
			}
			if err := w.many(ctx, s, h, doc); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveExpired removes the documents of a scan that are not pending, in one transaction. Where there
// are none, which is how it usually is, it only reads, and keeps nobody from writing.
func (b *Backend) RemoveExpired(ctx context.Context, scan *store.Scan) (removed int, err error) {
	first := *scan
	first.Limit = 1
	if found, err := b.any(ctx, expiredQuery(&first)); err != nil || !found {
		return 0, err
	}
	expired := expiredQuery(scan)
	within := ` WHERE "id" IN (` + expired.text + ")"
	err = b.transact(ctx, func(tx *sql.Tx) error {
		for _, f := range manyFields(scan.Schema) { // while the documents still tell whose values these are
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+quote(manyTable(scan.Schema, f))+within, expired.args...); err != nil {
				return b.explain(ctx, err)
			}
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM "+quote(scan.Schema.Name)+within, expired.args...)
		if err != nil {
			return b.explain(ctx, err)
		}
		n, err := result.RowsAffected()
		removed = int(n)
		return b.explain(ctx, err)
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// judge explains an error, and remembers it if it may have ended the transaction.
func (w *writer) judge(ctx context.Context, err error) error {
	err = w.backend.explain(ctx, err)
	var duplicate *store.DuplicateError
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.As(err, &duplicate) && w.failure == nil {
		w.failure = err
	}
	return err
}
