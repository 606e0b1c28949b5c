package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// backfillBatch is how many documents are read at once to fill new columns.
const backfillBatch = 500

// Build makes the tables of the catalogue, and gives those that are there the columns and indexes of
// the catalogue, no more and no fewer. Columns are filled from the documents. A column that this
// catalogue does not know goes: if it stayed, this program would write documents without filling it,
// and the version that made it would trust it later. Nothing is lost, because columns only repeat
// what is in the documents.
//
// All of it is one transaction. *store.DuplicateError when a new unique index contradicts what is
// stored.
func (b *Backend) Build(ctx context.Context, catalogue []*store.Schema) error {
	err := b.alone(ctx, func(tx *sql.Tx) error {
		for _, schema := range catalogue {
			if err := buildTable(ctx, tx, schema); err != nil {
				return fmt.Errorf("build %s: %w", schema.Name, b.explain(ctx, err))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Connections that have read the tables as they were would plan with the indexes that those had.
	b.reader.SetMaxIdleConns(0)
	b.reader.SetMaxIdleConns(readers())
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, schema := range catalogue {
		b.tables[schema.Name] = newTable(schema)
	}
	return nil
}

// alone runs work in a transaction of its own, which the context may interrupt. Errors of work come
// back unchanged.
func (b *Backend) alone(ctx context.Context, work func(tx *sql.Tx) error) error {
	if err := b.turns.take(ctx); err != nil {
		return b.explain(ctx, fmt.Errorf("begin: %w", err))
	}
	defer b.pass(ctx)
	if b.group != nil {
		b.end(ctx, nil)
	}
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

// buildTable makes one table agree with its schema.
func buildTable(ctx context.Context, tx *sql.Tx, schema *store.Schema) error {
	if err := mayIndexLate(schema); err != nil {
		return err
	}
	envelope, fields := envelopeColumns(), fieldColumns(schema)
	if err := distinct(slices.Concat(envelope, fields)); err != nil {
		return err
	}
	if err := exec(ctx, tx, createText(schema, envelope, fields)); err != nil {
		return err
	}
	stale, missing, err := compareColumns(ctx, tx, schema, fields)
	if err != nil {
		return err
	}
	absent, err := dropIndexes(ctx, tx, schema, len(stale) > 0)
	if err != nil {
		return err
	}
	if err := alterColumns(ctx, tx, schema, stale, missing); err != nil {
		return err
	}
	for _, x := range absent {
		if err := exec(ctx, tx, x.text); isDuplicate(err) {
			return fmt.Errorf("%w: %w", &store.DuplicateError{Index: x.name}, err)
		} else if err != nil {
			return err
		}
	}
	return buildMany(ctx, tx, schema)
}

// createText makes a table. The document comes last: it may be long, and SQLite walks over what stands
// before a column to get at it.
func createText(schema *store.Schema, envelope, fields []column) string {
	var columns []string
	last := len(envelope) - 1
	for _, c := range slices.Concat(envelope[:last], fields, envelope[last:]) {
		columns = append(columns, quote(c.name)+" "+c.kind)
	}
	return "CREATE TABLE IF NOT EXISTS " + quote(schema.Name) + " (" + strings.Join(columns, ", ") + ")"
}

// distinct refuses columns that SQLite takes for the same one: it ignores the case of ASCII letters.
func distinct(columns []column) error {
	seen := map[string]bool{}
	for _, c := range columns {
		name := strings.ToLower(c.name)
		if seen[name] {
			return fmt.Errorf("two columns would be called %s", c.name)
		}
		seen[name] = true
	}
	return nil
}

// compareColumns returns which columns of a table are not, or not like this, in the catalogue, and
// which of the catalogue the table lacks.
func compareColumns(ctx context.Context, tx *sql.Tx, schema *store.Schema, fields []column) (stale, missing []column, err error) {
	present, err := pairs(ctx, tx, "SELECT name, type FROM pragma_table_info(?)", schema.Name)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range envelopeColumns() {
		delete(present, c.name)
	}
	for _, c := range fields {
		if present[c.name] == c.kind {
			delete(present, c.name)
			continue
		}
		missing = append(missing, c)
	}
	for name := range present {
		stale = append(stale, column{name: name})
	}
	return stale, missing, nil
}

// index is one index as the file has it.
type index struct{ name, text string }

// dropIndexes drops the indexes of a table that are not, or not like this, in the catalogue, or all
// of them, and returns those of the catalogue that are then not there.
func dropIndexes(ctx context.Context, tx *sql.Tx, schema *store.Schema, all bool) (absent []index, err error) {
	// The index behind the key of the table has no text.
	present, err := pairs(ctx, tx, "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql <> ''", schema.Name)
	if err != nil {
		return nil, err
	}
	for _, x := range wantedIndexes(schema) {
		name := indexName(schema, x.name)
		if !all && present[name] == x.text {
			delete(present, name)
			continue
		}
		absent = append(absent, x)
	}
	for name := range present {
		if err := exec(ctx, tx, "DROP INDEX "+quote(name)); err != nil {
			return nil, err
		}
	}
	return absent, nil
}

// wantedIndexes is the indexes of a table. SQLite keeps the text that made an index, so that
// comparing the texts shows whether it is still the same.
func wantedIndexes(schema *store.Schema) []index {
	list := []index{{
		name: store.PendingIndex,
		text: "CREATE INDEX " + quote(indexName(schema, store.PendingIndex)) + " ON " + quote(schema.Name) +
			` ("id") WHERE "pending" = 1`,
	}}
	for i := range schema.Indexes {
		x := &schema.Indexes[i]
		if x.Order != "" && schema.Field(x.Order).Many {
			continue // belongs to the table of that field
		}
		kind, where := "INDEX ", ` WHERE "deleted" = 0`+indexedTerm(schema)
		if x.Unique {
			kind = "UNIQUE INDEX "
		}
		if x.Sparse {
			where += " AND " + quote(x.Order) + " IS NOT NULL"
		}
		list = append(list, index{
			name: x.Name,
			text: "CREATE " + kind + quote(indexName(schema, x.Name)) + " ON " + quote(schema.Name) +
				" (" + quoteAll(indexKey(x)) + ")" + where,
		})
	}
	return list
}

// alterColumns drops and adds columns, and fills those that it added from the documents.
func alterColumns(ctx context.Context, tx *sql.Tx, schema *store.Schema, stale, missing []column) error {
	table := "ALTER TABLE " + quote(schema.Name)
	for _, c := range stale {
		if err := exec(ctx, tx, table+" DROP COLUMN "+quote(c.name)); err != nil {
			return err
		}
	}
	for _, c := range missing {
		if err := exec(ctx, tx, table+" ADD COLUMN "+quote(c.name)+" "+c.kind); err != nil {
			return err
		}
	}
	missing = slices.DeleteFunc(missing, func(c column) bool { return c.name == unindexedColumn }) // NULL is what it is to be
	if len(missing) == 0 {
		return nil
	}
	return backfill(ctx, tx, schema, missing)
}

// backfill fills columns from the documents, some at a time, so that no more than these are in memory.
func backfill(ctx context.Context, tx *sql.Tx, schema *store.Schema, columns []column) error {
	assignments := make([]string, len(columns))
	for i, c := range columns {
		assignments[i] = quote(c.name) + " = ?"
	}
	read, err := tx.PrepareContext(ctx, `SELECT rowid, "doc" FROM `+quote(schema.Name)+" WHERE rowid > ? ORDER BY rowid LIMIT ?")
	if err != nil {
		return err
	}
	defer func() { _ = read.Close() }()
	update, err := tx.PrepareContext(ctx, "UPDATE "+quote(schema.Name)+" SET "+strings.Join(assignments, ", ")+" WHERE rowid = ?")
	if err != nil {
		return err
	}
	defer func() { _ = update.Close() }()
	return eachRow(ctx, read, func(r numbered) error {
		values := make([]any, 0, len(columns)+1)
		for _, c := range columns {
			value, err := fieldValue(schema.Field(c.name), r.doc)
			if err != nil {
				return err
			}
			values = append(values, value)
		}
		_, err := update.ExecContext(ctx, append(values, r.id)...)
		return err
	})
}

// eachRow calls do for every document that read reads.
func eachRow(ctx context.Context, read *sql.Stmt, do func(numbered) error) error {
	for last := int64(math.MinInt64); ; {
		batch, err := rowBatch(ctx, read, last)
		if err != nil {
			return err
		}
		for _, r := range batch {
			if err := do(r); err != nil {
				return err
			}
			last = r.id
		}
		if len(batch) < backfillBatch {
			return nil
		}
	}
}

// numbered is a document and the number of its row.
type numbered struct {
	id  int64
	doc bson.Raw
}

func rowBatch(ctx context.Context, read *sql.Stmt, last int64) (batch []numbered, err error) {
	rows, err := read.QueryContext(ctx, last, backfillBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r numbered
		if err := rows.Scan(&r.id, (*[]byte)(&r.doc)); err != nil {
			return nil, err
		}
		batch = append(batch, r)
	}
	return batch, rows.Err()
}

func exec(ctx context.Context, tx *sql.Tx, text string) error {
	if _, err := tx.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}

// pairs reads a query of two texts a row.
func pairs(ctx context.Context, tx *sql.Tx, text, arg string) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, text, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return nil, err
		}
		found[key] = value
	}
	return found, rows.Err()
}
