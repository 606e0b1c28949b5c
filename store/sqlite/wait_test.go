package sqlite

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"gatehouse/store"
)

// hold takes the write lock of a file as another process would, and gives it back when release is
// called.
func hold(t *testing.T, file string) (release func()) {
	t.Helper()
	db, err := connect(file, 1, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestWritersWaitForAnotherProcess, longer than SQLite does by itself.
func TestWritersWaitForAnotherProcess(t *testing.T) {
	s, file := things(), path(t)
	b := open(t, file, s)
	release := hold(t, file)
	const writers = 4
	failures := make(chan error, writers)
	for i := range writers {
		go func() {
			failures <- b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
				return w.Insert(ctx, s, thing(t, "t", string(rune('a'+i)), nil))
			})
		}()
	}
	select {
	case err := <-failures:
		t.Errorf("a writer did not wait: %v", err)
		failures <- err
	case <-time.After(5 * busyTimeout):
	}
	release()
	for range writers {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}

// TestWaitingForAnotherProcessEndsWithTheContext, and harms nobody who waits longer.
func TestWaitingForAnotherProcessEndsWithTheContext(t *testing.T) {
	s, file := things(), path(t)
	b := open(t, file, s)
	release := hold(t, file)
	write := func(ctx context.Context, id string) error {
		return b.Write(ctx, func(ctx context.Context, w store.Writer) error { return w.Insert(ctx, s, thing(t, "t", id, nil)) })
	}
	patient := make(chan error, 1)
	go func() { patient <- write(t.Context(), "patient") }()
	ctx, cancel := context.WithTimeout(t.Context(), 2*busyTimeout)
	defer cancel()
	if err := write(ctx, "hasty"); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	release()
	if err := <-patient; err != nil {
		t.Error(err)
	}
	for id, want := range map[string]error{"patient": nil, "hasty": store.ErrNotFound} {
		if _, err := b.Get(t.Context(), s, "t", id); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", id, err, want)
		}
	}
}

// TestSweepsThatFindNothingKeepNobodyFromWriting: with nothing to remove they need no lock.
func TestSweepsThatFindNothingKeepNobodyFromWriting(t *testing.T) {
	s, file := passing(), path(t)
	b := open(t, file, s)
	release := hold(t, file)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if n, err := b.RemoveExpired(ctx, s.Expired(time.UnixMilli(40), 3)); err != nil || n != 0 {
		t.Errorf("RemoveExpired = %d, %v", n, err)
	}
}

// TestReadersWait: while another connection puts the log in order after a crash, or closes the file as
// the last one, nobody can read. Here it is a file without a log, which a writer locks for that long.
func TestReadersWait(t *testing.T) {
	s, file := things(), path(t)
	b := open(t, file, s)
	insert(t, b, s, thing(t, "t", "1", nil))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	release := locked(t, file)
	reads := map[string]func(b *Backend) error{
		"get":   func(b *Backend) error { _, err := b.Get(t.Context(), s, "t", "1"); return err },
		"find":  func(b *Backend) error { _, err := b.All(t.Context(), s, "", 0); return err },
		"count": func(b *Backend) error { _, err := b.Count(t.Context(), (&list{index: "created"}).scan(s)); return err },
		"ping":  func(b *Backend) error { return b.Ping(t.Context()) },
		"open": func(*Backend) error {
			other, err := Open(t.Context(), file)
			if err != nil {
				return err
			}
			return other.Close()
		},
	}
	type result struct {
		name string
		err  error
	}
	done := make(chan result, len(reads))
	for name, read := range reads {
		go func() {
			reader := &Backend{}
			var err error
			if reader.reader, err = connect(file, 1, url.Values{"_query_only": {"1"}}); err == nil {
				err = errors.Join(read(reader), reader.reader.Close())
			}
			done <- result{name, err}
		}()
	}
	select {
	case r := <-done:
		t.Errorf("%s did not wait: %v", r.name, r.err)
		done <- r
	case <-time.After(5 * busyTimeout):
	}
	release()
	for range reads {
		if r := <-done; r.err != nil {
			t.Errorf("%s: %v", r.name, r.err)
		}
	}
}

// locked takes a file for itself, so that nobody can even connect to it, until release is called. It needs
// a file that nobody has open.
func locked(t *testing.T, file string) (release func()) {
	t.Helper()
	db, err := connect(file, 1, url.Values{"_txlock": {"exclusive"}, "_journal_mode": {"DELETE"}})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// waits does something while a file is locked, and afterwards.
func waits(t *testing.T, release func(), do func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		t.Errorf("it did not wait: %v", err)
		done <- err
	case <-time.After(5 * busyTimeout):
	}
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestWritersWaitToConnect: after a failure the writer has no connection any more, and to make one takes
// a lock as well.
func TestWritersWaitToConnect(t *testing.T) {
	s, file := things(), path(t)
	b := open(t, file, s)
	b.writer.SetMaxIdleConns(0) // which closes those that there are
	b.reader.SetMaxIdleConns(0)
	waits(t, locked(t, file), func() error {
		return b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
			return w.Insert(ctx, s, thing(t, "t", "1", nil))
		})
	})
}

// TestChecksOfLargeFilesWait, the one at the start and the one after it.
func TestChecksOfLargeFilesWait(t *testing.T) {
	content := large(t)
	for name, check := range map[string]func(b *Backend) error{
		"at the start": func(b *Backend) error { return b.check(t.Context()) },
		"after it":     func(b *Backend) error { return b.Check(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			file := with(t, content)
			reader, err := connect(file, 1, url.Values{"_query_only": {"1"}})
			if err != nil {
				t.Fatal(err)
			}
			waits(t, locked(t, file), func() error { return check(&Backend{path: file, reader: reader}) })
			if err := reader.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
