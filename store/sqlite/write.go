package sqlite

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Write runs work in a transaction, which is on the disk when Write returns. Nobody else writes
// meanwhile; the transaction may be shared with others, see group. If work fails or panics, nothing of
// it happened. Inside work only w may be used: another Write would wait for this one, and reads
// elsewhere do not see what w has written.
func (b *Backend) Write(ctx context.Context, work func(ctx context.Context, w store.Writer) error) error {
	return b.share(ctx, func(w *writer) error { return work(ctx, w) })
}

// table is the texts of the statements that write a collection.
type table struct {
	get, taken, insert, add, replace, remove, index string
	// unindexed is how many documents were written since all of them were indexed. It belongs to whoever
	// has the turn. Where a change was undone it is too high, which does no harm.
	unindexed int
}

func newTable(schema *store.Schema) *table {
	columns := append(envelopeColumns(), fieldColumns(schema)...)
	names, assignments := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], assignments[i] = c.name, quote(c.name)+" = ?"
	}
	insert := "INSERT INTO " + quote(schema.Name) + " (" + quoteAll(names) + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")"
	name, key := quote(schema.Name), ` WHERE "id" = ? AND "tenantId" = ?`
	return &table{
		get:     getText(schema),
		taken:   idText(schema),
		insert:  insert,
		add:     insert + ` ON CONFLICT ("id") DO NOTHING`,
		replace: "UPDATE " + name + " SET " + strings.Join(assignments, ", ") + key + ` AND "revision" = ?`,
		remove:  "DELETE FROM " + name + key + ` AND "revision" = ?`,
		index:   indexText(schema),
	}
}

// writer is the store.Writer of one part of a group.
type writer struct {
	backend *Backend
	group   *group
	// failure is the first error that was not about the documents. Nothing follows it, and the part is
	// not kept, also when the work has not minded.
	failure error
	// broken says that it was one after which SQLite may have ended the whole transaction.
	broken bool
}

func (w *writer) Get(ctx context.Context, s *store.Schema, tenant, id string) (doc bson.Raw, err error) {
	t, err := w.table(s)
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, func(ctx context.Context, c *conn) error {
		doc, err = c.get(ctx, t.get, tenant, id)
		return err
	})
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
	if s.IndexLate {
		values[len(values)-1] = int64(1)
	}
	_, err = w.exec(ctx, t.insert, values...)
	if err == nil && s.IndexLate {
		return w.written(ctx, t)
	}
	if err == nil {
		return w.many(ctx, s, h, doc)
	}
	if isDuplicate(err) {
		var taken bool
		if taken, err = w.exists(ctx, t.taken, h.ID); err == nil && taken {
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
	if err := w.index(ctx, s, t); err != nil {
		return false, err
	}
	changed, err := w.exec(ctx, t.replace, append(values, h.ID, h.TenantID, revision)...)
	if isDuplicate(err) {
		err = w.duplicate(ctx, s, h, doc)
	}
	if err != nil || changed != 1 {
		return false, w.judge(ctx, err)
	}
	return true, w.many(ctx, s, h, doc)
}

// many writes a document's fields with many values.
func (w *writer) many(ctx context.Context, s *store.Schema, h store.Header, doc bson.Raw) error {
	err := writeMany(ctx, w.exec, s, h, doc)
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
	changed, err := w.exec(ctx, t.remove, key.ID, key.Tenant, key.Revision)
	if err != nil || changed != 1 {
		return false, w.judge(ctx, err)
	}
	return true, w.judge(ctx, removeMany(ctx, w.exec, s, key.ID))
}

func (w *writer) table(s *store.Schema) (*table, error) {
	if w.failure != nil {
		return nil, w.failure
	}
	return w.backend.table(s)
}

// exec runs a statement and says how many rows it changed.
func (w *writer) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	err = w.run(ctx, func(ctx context.Context, c *conn) error {
		changed, err = c.exec(ctx, text, args...)
		return err
	})
	return changed, err
}

// run runs do, which is short, on the connection of the group unless the context has ended. Within do
// it does not end: an interrupted statement takes the whole group with it.
func (w *writer) run(ctx context.Context, do func(ctx context.Context, c *conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return raw(w.group.held, func(c *conn) error { return do(context.WithoutCancel(ctx), c) })
}

// InsertMissing adds those of docs whose IDs are not there yet, all in one transaction.
func (b *Backend) InsertMissing(ctx context.Context, s *store.Schema, docs []bson.Raw) error {
	return b.share(ctx, func(w *writer) error {
		t, err := w.table(s)
		if err != nil {
			return err
		}
		if err := w.index(ctx, s, t); err != nil {
			return err
		}
		for _, doc := range docs {
			h, values, err := row(s, doc)
			if err != nil {
				return err
			}
			added, err := w.exec(ctx, t.add, values...)
			if isDuplicate(err) {
				err = w.duplicate(ctx, s, h, doc)
			}
			if err != nil {
				return w.judge(ctx, err)
			}
			if added != 1 {
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
	err = b.share(ctx, func(w *writer) error {
		for _, f := range manyFields(scan.Schema) { // while the documents still tell whose values these are
			if _, err := w.exec(ctx, "DELETE FROM "+quote(manyTable(scan.Schema, f))+within, expired.args...); err != nil {
				return w.judge(ctx, err)
			}
		}
		n, err := w.exec(ctx, "DELETE FROM "+quote(scan.Schema.Name)+within, expired.args...)
		removed = int(n)
		return w.judge(ctx, err)
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// judge explains an error, and remembers it if it was not about the documents.
func (w *writer) judge(ctx context.Context, err error) error {
	cause := err
	err = w.backend.explain(ctx, err)
	var duplicate *store.DuplicateError
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.As(err, &duplicate) && w.failure == nil {
		w.failure, w.broken = err, breaks(cause)
	}
	return err
}
