package sqlite

import (
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// The columns that every table has. A catalogue field of one of these names cannot be indexed; Build
// refuses it.
const (
	idColumn      = "id"
	tenantColumn  = "tenantId"
	deletedColumn = "deleted"
	docColumn     = "doc"
	// unindexedColumn is there in collections that are indexed late: see late.go.
	unindexedColumn = "unindexed"
)

// column is one column of a table.
type column struct{ name, kind string }

// envelopeColumns are the columns of the envelope and, last, the document.
func envelopeColumns() []column {
	return []column{
		{idColumn, "TEXT NOT NULL PRIMARY KEY"},
		{tenantColumn, "TEXT NOT NULL"},
		{"revision", "INTEGER NOT NULL"},
		{deletedColumn, "INTEGER NOT NULL"},
		{"pending", "INTEGER NOT NULL"},
		{docColumn, "BLOB NOT NULL"},
	}
}

// fieldColumns are the columns of the catalogue, and unindexed where the collection is indexed late. They
// are NULL where the document lacks the field.
func fieldColumns(schema *store.Schema) []column {
	var columns []column
	for _, f := range schema.Fields {
		switch {
		case f.Many: // has a table of its own
		case f.Kind == store.String:
			columns = append(columns, column{name: f.Name, kind: "TEXT"})
		default:
			columns = append(columns, column{name: f.Name, kind: "INTEGER"})
		}
	}
	if schema.IndexLate {
		columns = append(columns, column{name: unindexedColumn, kind: "INTEGER"})
	}
	return columns
}

// row is a document as it stands in its table, with its indexes.
func row(schema *store.Schema, doc bson.Raw) (h store.Header, values []any, err error) {
	if h, err = store.ParseHeader(doc); err != nil {
		return h, nil, err
	}
	values = make([]any, 0, 7+len(schema.Fields))
	values = append(values, h.ID, h.TenantID, int64(h.Revision), h.Deleted, h.Pending, []byte(doc))
	for _, f := range schema.Fields {
		if f.Many {
			continue
		}
		value, err := fieldValue(f, doc)
		if err != nil {
			return h, nil, err
		}
		values = append(values, value)
	}
	if schema.IndexLate {
		values = append(values, nil)
	}
	return h, values, nil
}

// fieldValue is what the column of a field holds for a document: nil where the document lacks it.
func fieldValue(f store.Field, doc bson.Raw) (any, error) {
	value := doc.Lookup(strings.Split(f.Name, ".")...)
	if value.IsZero() || value.Type == bson.TypeNull {
		return nil, nil
	}
	var result any
	var ok bool
	switch f.Kind {
	case store.String:
		result, ok = value.StringValueOK()
	case store.Bool:
		result, ok = value.BooleanOK()
	case store.Time:
		result, ok = value.DateTimeOK()
	}
	if !ok {
		return nil, fmt.Errorf("field %s of a document is a BSON %s", f.Name, value.Type)
	}
	return result, nil
}

// columnValue is what a column holds for a value that a query asks for. Like MongoDB it drops what is
// below a millisecond.
func columnValue(value any) any {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case time.Time:
		return v.UnixMilli()
	}
	panic(fmt.Sprintf("store/sqlite: a query asks for a value of type %T", value))
}

// indexKey is the columns of an index.
func indexKey(x *store.Index) []string {
	var key []string
	if !x.Global {
		key = append(key, tenantColumn)
	}
	key = append(key, x.Equal...)
	if x.Order != "" {
		key = append(key, x.Order)
	}
	if !x.Unique {
		key = append(key, idColumn)
	}
	return key
}

// indexName is the name of an index in the file, where the indexes of all tables share one space.
func indexName(schema *store.Schema, index string) string { return schema.Name + "." + index }

// columnOf is the column of a field of the catalogue: its path in the document, but for the ID.
func columnOf(f store.Field) string {
	if f.Name == "_id" {
		return idColumn
	}
	return f.Name
}

// quote writes a name so that SQLite takes it for nothing else.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}
