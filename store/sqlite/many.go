package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// A field that holds many values has a table of its own: a row for each value of each living
// document. Documents being deleted have none, as they are in no index.

// manyTable is the name of the table of such a field.
func manyTable(s *store.Schema, f store.Field) string { return s.Name + ":" + f.Name }

// manyFields are the fields of a collection that hold many values.
func manyFields(s *store.Schema) []store.Field {
	var many []store.Field
	for _, f := range s.Fields {
		if f.Many {
			many = append(many, f)
		}
	}
	return many
}

// buildMany makes the tables of such fields and fills those that it made. Those that the catalogue does
// not know go, for the reason that columns do.
func buildMany(ctx context.Context, tx *sql.Tx, s *store.Schema) error {
	if err := dropMany(ctx, tx, s); err != nil {
		return err
	}
	for _, f := range manyFields(s) {
		name := manyTable(s, f)
		present, err := pairs(ctx, tx, "SELECT name, type FROM sqlite_schema WHERE type = 'table' AND name = ?", name)
		if err != nil {
			return err
		}
		if len(present) > 0 {
			continue
		}
		texts := []string{
			"CREATE TABLE " + quote(name) + ` ("value" TEXT NOT NULL, "id" TEXT NOT NULL)`,
			"CREATE INDEX " + quote(name+".id") + " ON " + quote(name) + ` ("id")`,
		}
		for i := range s.Indexes {
			if x := &s.Indexes[i]; x.Order == f.Name {
				texts = append(texts, "CREATE UNIQUE INDEX "+quote(indexName(s, x.Name))+" ON "+quote(name)+` ("value")`)
			}
		}
		for _, text := range texts {
			if err := exec(ctx, tx, text); err != nil {
				return err
			}
		}
		if err := fillMany(ctx, tx, s); err != nil {
			return err
		}
	}
	return nil
}

func dropMany(ctx context.Context, tx *sql.Tx, s *store.Schema) error {
	stale, err := pairs(ctx, tx, "SELECT name, type FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, length(?1)) = ?1", s.Name+":")
	if err != nil {
		return err
	}
	for _, f := range manyFields(s) {
		delete(stale, manyTable(s, f))
	}
	for name := range stale {
		if err := exec(ctx, tx, "DROP TABLE "+quote(name)); err != nil {
			return err
		}
	}
	return nil
}

// fillMany writes the values of the documents that are there already.
func fillMany(ctx context.Context, tx *sql.Tx, s *store.Schema) error {
	read, err := tx.PrepareContext(ctx, `SELECT rowid, "doc" FROM `+quote(s.Name)+" WHERE rowid > ? ORDER BY rowid LIMIT ?")
	if err != nil {
		return err
	}
	defer func() { _ = read.Close() }()
	run := func(ctx context.Context, text string, args ...any) (int64, error) {
		result, err := tx.ExecContext(ctx, text, args...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
	return eachRow(ctx, read, func(r numbered) error {
		h, err := store.ParseHeader(r.doc)
		if err != nil {
			return err
		}
		return writeMany(ctx, run, s, h, r.doc)
	})
}

// execute runs a statement and says how many rows it changed.
type execute func(ctx context.Context, text string, args ...any) (int64, error)

// writeMany makes the rows of a document's fields with many values what the document says.
func writeMany(ctx context.Context, run execute, s *store.Schema, h store.Header, doc bson.Raw) error {
	for _, f := range manyFields(s) {
		name := quote(manyTable(s, f))
		if _, err := run(ctx, "DELETE FROM "+name+` WHERE "id" = ?`, h.ID); err != nil {
			return err
		}
		if h.Deleted {
			continue
		}
		values, err := manyValues(f, doc)
		if err != nil {
			return err
		}
		for _, value := range values {
			if _, err := run(ctx, "INSERT INTO "+name+` ("value", "id") VALUES (?, ?)`, value, h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeMany removes the rows of a document that is gone.
func removeMany(ctx context.Context, run execute, s *store.Schema, id string) error {
	for _, f := range manyFields(s) {
		if _, err := run(ctx, "DELETE FROM "+quote(manyTable(s, f))+` WHERE "id" = ?`, id); err != nil {
			return err
		}
	}
	return nil
}

// manyValues is what a document has in such a field, each value once.
func manyValues(f store.Field, doc bson.Raw) ([]string, error) {
	found, err := doc.LookupErr(strings.Split(f.Name, ".")...)
	if err != nil || found.Type == bson.TypeNull {
		return nil, nil //nolint:nilerr // a document without the field is in none of its indexes
	}
	array, ok := found.ArrayOK()
	if !ok {
		return nil, fmt.Errorf("field %s of a document is a BSON %s", f.Name, found.Type)
	}
	elements, err := array.Values()
	if err != nil {
		return nil, err
	}
	var values []string
	for _, element := range elements {
		value, ok := element.StringValueOK()
		if !ok {
			return nil, fmt.Errorf("an element of field %s of a document is a BSON %s", f.Name, element.Type)
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values, nil
}
