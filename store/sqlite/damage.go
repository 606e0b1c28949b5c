package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	sqlite3 "modernc.org/sqlite/lib"
)

// checkedSize is the size in bytes up to which a file is walked through when it is opened, which takes
// some 20 ms. Of a larger one that is left to Check: a gigabyte takes two seconds when the system has it
// in memory, and as long as the disk takes to read it otherwise, and nobody should wait for that who
// only wants to start again.
const checkedSize = 16 << 20

// checkCache is how many KiB of pages Check keeps. It meets every page once.
const checkCache = 512

// ErrDamaged says that what is in the file cannot be what SQLite has written there.
var ErrDamaged = errors.New("the database file is damaged; restore it from a backup")

// check refuses a damaged file before anything is read from it for a caller, as far as that can be said
// by reading a bounded part of it: all of a small one; of a large one the header, the size, the schema,
// and both ends of every table.
func (b *Backend) check(ctx context.Context) error {
	info, err := os.Stat(b.path)
	if err != nil {
		return err
	}
	if info.Size() > checkedSize {
		return b.explain(ctx, patiently(ctx, func() error { return b.checkEnds(ctx) }))
	}
	b.checked = true
	return b.walk(ctx, b.reader)
}

// checkEnds reads the first and the last row of every table, and with them the pages that lead there.
// To read the schema SQLite has compared the size of the file with what its header says.
func (b *Backend) checkEnds(ctx context.Context) error {
	tx, err := b.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	tables, err := pairs(ctx, tx, "SELECT name, type FROM sqlite_schema WHERE type = ?", "table")
	if err != nil {
		return err
	}
	for name := range tables {
		var first, last sql.NullInt64
		ends := "SELECT (SELECT min(rowid) FROM " + quote(name) + "), (SELECT max(rowid) FROM " + quote(name) + ")"
		if err := tx.QueryRowContext(ctx, ends).Scan(&first, &last); err != nil {
			return err
		}
	}
	return nil
}

// Checked says whether Open has walked through the whole file.
func (b *Backend) Checked() bool { return b.checked }

// Check walks through the whole file, unless Open has done so already, and fails with ErrDamaged if its
// structure is not what SQLite writes; from then on Ping fails as well. It does not see a changed byte
// inside a document that still is one: SQLite keeps no checksums in the database, only in the log.
//
// Others may read and write meanwhile. What is written until it is done stays in the log, which grows
// by as much. It ends when ctx does.
func (b *Backend) Check(ctx context.Context) error {
	if b.checked {
		return nil
	}
	err := b.walkAside(ctx)
	if errors.Is(err, ErrDamaged) {
		b.damaged.Store(&err)
	}
	return err
}

// walkAside walks on a connection of its own, which holds up no reader and takes its memory along when
// it goes. One that was opened by Inspect has the only one that leaves no trace.
func (b *Backend) walkAside(ctx context.Context) (err error) {
	if b.reader == b.writer {
		return b.walk(ctx, b.reader)
	}
	db, err := connect(b.path, 1, url.Values{"_query_only": {"1"}})
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = patiently(ctx, func() error {
		_, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size = -%d", checkCache))
		return err
	})
	if err != nil {
		return b.explain(ctx, err)
	}
	return b.walk(ctx, db)
}

// walk has SQLite walk through all trees of pages and their rows.
func (b *Backend) walk(ctx context.Context, db *sql.DB) error {
	var found string
	err := patiently(ctx, func() error { return db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found) })
	if err == nil && found != "ok" {
		err = fmt.Errorf("%w: %s", ErrDamaged, found)
	}
	return b.explain(ctx, err)
}

// damage says whether SQLite has found the file to be damaged, or to be none of its own.
func damage(code int) bool {
	switch code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
