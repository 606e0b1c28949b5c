package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"gatehouse/store"
)

// Inspect opens the database file at path for reading, and leaves no trace: it makes no file and moves
// no log. Others may work on the file meanwhile. What would write fails with store.ErrUnavailable. It
// fails with fs.ErrNotExist when there is no file.
func Inspect(ctx context.Context, path string) (*Backend, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("look at the database: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("look at the database: %w", err)
	}
	query := url.Values{"_query_only": {"1"}, "mode": {"ro"}}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() == 0 {
		// All of it is in the file. SQLite would make an empty log beside it, and leave that behind.
		query.Set("immutable", "1")
	}
	b := &Backend{path: path, tables: map[string]*table{}}
	if b.reader, err = connect(path, 1, query); err != nil {
		return nil, fmt.Errorf("look at the database: %w", err)
	}
	b.writer = b.reader // which cannot write
	if err := b.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("look at the database %s: %w", path, err), b.Close())
	}
	return b, nil
}

// Unbuilt names what Build would make or change: collections that are missing or have other columns,
// and indexes, as collection.index. It changes nothing.
func (b *Backend) Unbuilt(ctx context.Context, catalogue []*store.Schema) (names []string, err error) {
	defer func() { err = b.explain(ctx, err) }()
	err = patiently(ctx, func() error {
		names, err = b.unbuilt(ctx, catalogue)
		return err
	})
	return names, err
}

func (b *Backend) unbuilt(ctx context.Context, catalogue []*store.Schema) (names []string, err error) {
	tx, err := b.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	tables, err := pairs(ctx, tx, "SELECT name, type FROM sqlite_schema WHERE type = ?", "table")
	if err != nil {
		return nil, err
	}
	for _, schema := range catalogue {
		if tables[schema.Name] == "" {
			names = append(names, schema.Name)
			continue
		}
		stale, missing, err := compareColumns(ctx, tx, schema, fieldColumns(schema))
		if err != nil {
			return nil, err
		}
		if len(stale)+len(missing) > 0 {
			names = append(names, schema.Name)
		}
		present, err := pairs(ctx, tx, "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql <> ''", schema.Name)
		if err != nil {
			return nil, err
		}
		for _, x := range wantedIndexes(schema) {
			if present[indexName(schema, x.name)] != x.text {
				names = append(names, schema.Name+"."+x.name)
			}
		}
	}
	return names, nil
}
