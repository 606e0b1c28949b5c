// Package sqlite keeps the documents of the store in one SQLite file, so that the product runs with
// nothing installed.
//
// # Why SQLite
//
// It is a library and not a server, it is durable, and in the pure Go form used here it needs no C
// compiler either. What it cannot do is serve several machines; store/mongodb does that. Both keep
// the same BSON, so that moving from one to the other moves bytes.
//
// # Layout
//
// Each collection is a table. The document itself is the column doc, and the only truth; all other
// columns repeat what is in it, so that SQLite can look things up and sort: the ID, the tenant, the
// revision, the marks of the envelope, and one column for each field of the catalogue. Build makes
// the columns and indexes agree with the catalogue and fills them from the documents, whichever
// version of the program wrote the file last.
//
//	users: id │ tenantId │ revision │ deleted │ pending │ usernameKey │ isActive │ updatedAt │ doc
//
// Indexes are those of the catalogue and cover living documents only. A query names the index that
// the store chose for it (INDEXED BY): left to itself, SQLite without statistics has preferred the
// key of the table and read a hundred times as many rows. A query that its index cannot serve is
// then an error instead of a slow answer.
//
// Audit events are far more often written than listed. They are in their table when their change returns,
// and come into its indexes many at once, before anybody could miss them there; see late.go.
//
// # One writer, many readers
//
// SQLite has one writer at a time in any case. Here it is one connection, which callers take turns
// with, and its transactions take the write lock when they begin; those that take it halfway cannot
// wait for each other and fail. Readers have a pool of connections of their own. With a write-ahead
// log they see the last commit and neither wait for the writer nor hold it up.
//
// Several processes may share the file, and then wait for each other's locks: as long as the context
// of the call allows, and a minute where it has no deadline.
//
// # Durability
//
// A write that has returned is on the disk: every commit waits until the log is (synchronous=FULL).
// Writes that wait for their turn at the same time share a transaction, and so wait for the disk once
// and not one after the other; see group. What one Write did is there as a whole or not at all, also
// after a crash: each is a savepoint of the transaction, and nobody is answered, well or badly, before
// all of it is on the disk. For that reason this backend needs no outbox and is no store.Relayer.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"

	"gatehouse/store"
)

// leastReaders is how many connections read at once on small machines. A read that waits for the
// disk keeps its connection, so there are more of them than processors.
const leastReaders = 4

// readers is how many connections read.
func readers() int { return max(leastReaders, runtime.NumCPU()) }

// Backend is one open database file. It is safe for concurrent use.
type Backend struct {
	path   string
	writer *sql.DB // exactly one connection
	reader *sql.DB
	closed atomic.Bool
	// checked says that the whole file was walked through when it was opened, and damaged is what Check
	// has found since.
	checked bool
	damaged atomic.Pointer[error]

	mu     sync.RWMutex
	tables map[string]*table

	turns turns
	// These belong to whoever has the turn: the group that is open, and whether the one before had
	// several parts.
	group   *group
	company bool
}

// Open opens the database file at path. What is missing is made: the folder with mode 0700 and the
// file with 0600; SQLite gives the files that it puts beside it the same mode. Several processes of
// one version may open one file, as long as it is on a local disk. A file that is damaged is refused, as
// far as that shows in a bounded part of it; Check looks at the rest. A database in memory is not
// supported, because every connection would have its own.
func Open(ctx context.Context, path string) (*Backend, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fmt.Errorf("open the database: %q is no path of a file", path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := create(path); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	b := &Backend{path: path, tables: map[string]*table{}}
	if b.writer, err = connect(path, 1, url.Values{"_txlock": {"immediate"}, "_journal_mode": {"WAL"}}); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	// The mode is a property of the file, so that the readers need not set it.
	var mode string
	err = patiently(ctx, func() error { return b.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode) })
	if err == nil && mode != "wal" {
		err = fmt.Errorf("the file system does not support a write-ahead log (journal mode %s)", mode)
	}
	if err == nil {
		b.reader, err = connect(path, readers(), url.Values{"_query_only": {"1"}})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", path, b.explain(ctx, err)), b.writer.Close())
	}
	if err := b.check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database %s: %w", path, err), b.Close())
	}
	return b, nil
}

// create makes the file if there is none. It must not open one that is there: closing it again would
// drop the locks that this process has on it through SQLite.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// connect makes a pool of up to size connections, which stay open once they are.
func connect(path string, size int, query url.Values) (*sql.DB, error) {
	query["_pragma"] = []string{
		// See patiently. The driver sets this one first, so that the others wait too.
		"busy_timeout(" + strconv.FormatInt(busyTimeout.Milliseconds(), 10) + ")",
		// A commit is on the disk when it returns. NORMAL would lose the last ones in a power cut.
		"synchronous(FULL)",
		// Pages kept by each connection, in KiB: enough for the upper levels of all indexes.
		"cache_size(-8192)",
		// The commit that makes the log so many pages long, 16 MB, moves it into the file. The pages of
		// the indexes are in the log many times; the longer it is, the more of them are moved once.
		"wal_autocheckpoint(4000)",
		// After a burst of writes the log shrinks to this size again, in bytes, instead of keeping its
		// largest.
		"journal_size_limit(67108864)",
		// What a query sets aside stays in memory: a temporary file would be outside the data folder.
		"temp_store(MEMORY)",
		// A read error in a mapped file would kill the process; through read(2) it fails one query.
		"mmap_size(0)",
	}
	query.Set("_dqs", "0")      // a column that does not exist is a mistake, not a text
	query.Set("_error_rc", "1") // no message of another operation beside an error code
	if !query.Has("mode") {
		query.Set("mode", "rw") // a file that vanishes must not come back empty
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // a drive letter
		slashed = "/" + slashed
	}
	dsn := url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}
	inner, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{inner})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// Ping reads from the file. It fails once Check has found the file to be damaged.
func (b *Backend) Ping(ctx context.Context) error {
	if found := b.damaged.Load(); found != nil {
		return *found
	}
	var n int
	err := patiently(ctx, func() error {
		return b.reader.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
	})
	return b.explain(ctx, err)
}

// Close waits for the queries that run, moves the log into the database and closes the file.
// Everything afterwards fails with store.ErrUnavailable.
func (b *Backend) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	// The writer goes last: whoever closes the last connection clears the log, and readers must not.
	if err := errors.Join(b.reader.Close(), b.writer.Close()); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// Pools tells of the connection that writes and of those that read.
func (b *Backend) Pools() []store.PoolStats {
	write := poolStats("write", b.writer)
	waits, waited := b.turns.waitedFor()
	write.Waits += waits
	write.WaitSeconds += waited.Seconds()
	return []store.PoolStats{poolStats("read", b.reader), write}
}

func poolStats(name string, db *sql.DB) store.PoolStats {
	s := db.Stats()
	return store.PoolStats{
		Name: name, Max: s.MaxOpenConnections, InUse: s.InUse, Idle: s.Idle,
		Waits: s.WaitCount, WaitSeconds: s.WaitDuration.Seconds(),
	}
}

// table returns what Build prepared for writing a collection.
func (b *Backend) table(schema *store.Schema) (*table, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if t := b.tables[schema.Name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("collection %s was not built", schema.Name)
}
