package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"

	sqlite3 "modernc.org/sqlite/lib"
)

// checkedSize is the size in bytes up to which a file is checked whole when it is opened. The check
// reads every page once: a gigabyte takes a second when the system has it in memory, and on a slow
// disk ten.
const checkedSize = 1 << 30

// errDamaged says that what is in the file cannot be what SQLite has written there.
var errDamaged = errors.New("the database file is damaged; restore it from a backup")

// check refuses a damaged file before anything is read from it for a caller. SQLite itself compares
// the size of the file with what its header says, whatever its size; quick_check walks through all
// trees of pages and their rows. Neither sees a changed byte inside a document that still is one:
// SQLite keeps no checksums in the database, only in the log.
func (b *Backend) check(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > checkedSize {
		return b.Ping(ctx)
	}
	var found string
	err = patiently(ctx, func() error { return b.reader.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found) })
	if err == nil && found != "ok" {
		err = fmt.Errorf("%w: %s", errDamaged, found)
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
