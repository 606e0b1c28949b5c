package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"time"

	"gatehouse/store"
)

// A commit takes as long as the disk takes to sync, and most of a change's time. Changes that wait for
// their turn while another is made or committed therefore share one transaction and one commit, a
// group: whoever has the turn begins a transaction or finds one open, makes its change, and hands the
// turn on; who finds nobody to hand it to commits for all. A single writer never waits for company, and is
// as fast as without groups; the more come the more share a sync.
//
//	A: turn ─ BEGIN ─ change ─┐ hands on                        ┌─ returns
//	B: waits ─────── turn ─ SAVEPOINT ─ change ─┐ hands on      ├─ returns
//	C: waits ───────────────── turn ─ SAVEPOINT ─ change ─ COMMIT ─ returns
//	D:                                             waits ───────── turn ─ BEGIN …
//
// What a caller is promised of its own transaction holds for its part of a group:
//
//   - Each part runs in its caller's goroutine, behind a savepoint. When it fails, panics, or its
//     context ends, it is rolled back to there, and the others do not notice.
//   - Nobody returns before the commit. A part sees what those before it have changed, so its outcome
//     may rest on theirs, also when it failed or changed nothing: a name was taken, a document was gone.
//     If the commit fails, all of them fail with store.ErrUnavailable, whatever they would have said.
//   - SQLite may end a whole transaction by itself when a statement fails for want of space, memory or
//     a working disk. After such an error the group is rolled back and everybody in it fails.
//   - No statement of a group is interrupted, because that is one of these errors. Contexts are looked
//     at between statements, each of which is short.
const (
	// groupSize is how many parts a group has at most.
	groupSize = 64
	// groupTime is how old a group gets before nobody joins it any more. A part takes a tenth of a
	// millisecond, so that only the size bounds most groups.
	groupTime = 10 * time.Millisecond
)

// group is a transaction that several share. It belongs to whoever has the turn.
type group struct {
	held  *sql.Conn
	began time.Time
	size  int

	done chan struct{} // closed at the end; only then err may be read
	err  error
}

// share runs work as a part of a group and returns when what became of it is known. Errors of work
// come back unchanged, unless the group has failed.
func (b *Backend) share(ctx context.Context, work func(w *writer) error) (err error) {
	g, err := b.join(ctx)
	if err != nil {
		return b.explain(ctx, err)
	}
	w, good := &writer{backend: b, group: g}, false
	// Also when work panics. The panic goes on when the group has ended.
	defer func() {
		if failure := b.part(ctx, g, w, good); failure != nil {
			err = failure
		}
	}()
	if err := work(w); err != nil {
		return err
	}
	if w.failure != nil {
		return w.failure
	}
	if err := ctx.Err(); err != nil {
		return b.explain(ctx, err)
	}
	good = true
	return nil
}

// join waits for the turn, and for a group to be part of.
func (b *Backend) join(ctx context.Context) (*group, error) {
	if err := b.turns.take(ctx); err != nil {
		return nil, err
	}
	g, err := b.opened(ctx)
	if err != nil {
		b.pass(ctx)
	}
	return g, err
}

// opened returns the group that is open, with a savepoint for one more part, or a new one.
func (b *Backend) opened(ctx context.Context) (*group, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if g := b.group; g != nil {
		if err := g.exec(ctx, "SAVEPOINT part"); err != nil {
			b.end(ctx, err)
			return nil, fmt.Errorf("%w: savepoint: %w", store.ErrUnavailable, err)
		}
		return g, nil
	}
	var g *group
	err := patiently(ctx, func() (err error) {
		g, err = b.begin(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	g.began = time.Now()
	b.group = g
	return g, nil
}

// begin begins a group.
func (b *Backend) begin(ctx context.Context) (*group, error) {
	held, err := b.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	g := &group{held: held, done: make(chan struct{})}
	if err := g.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		g.release(!busy(err)) // a connection that was made while nothing could be written stays like that
		return nil, err
	}
	return g, nil
}

// part ends one part of a group, good or not, hands the turn on, and waits for the end of the group,
// whose error it returns.
func (b *Backend) part(ctx context.Context, g *group, w *writer, good bool) error {
	switch {
	case w.broken:
		b.end(ctx, w.failure)
	case g.size == 0 && !good: // there is nothing else in it
		b.end(ctx, errUndone)
	case g.size > 0:
		if err := g.endPart(ctx, good); err != nil {
			b.end(ctx, err)
		}
	}
	g.size++
	b.pass(ctx)
	<-g.done
	if w.broken || errors.Is(g.err, errUndone) { // w has its own error
		return nil
	}
	return g.err
}

// errUndone is the error of a group whose only part has failed.
var errUndone = errors.New("undone")

// pass gives the turn to the next. Unless that one may still join the group, it commits.
func (b *Backend) pass(ctx context.Context) {
	if g := b.group; g != nil {
		if g.size < groupSize && time.Since(g.began) < groupTime && b.handOn() {
			return
		}
		b.end(ctx, nil)
	}
	b.turns.giveBack()
}

// handOn gives the turn to the first who waits, if anybody does. After a group of several it first lets
// those run who are ready to: they may be the others of that group, on their way to the next change.
func (b *Backend) handOn() bool {
	if b.turns.hand() {
		return true
	}
	if !b.company {
		return false
	}
	runtime.Gosched()
	return b.turns.hand()
}

// end commits the group that is open, or rolls it back because of an error. Whoever is part of it
// then returns.
func (b *Backend) end(ctx context.Context, cause error) {
	g := b.group
	b.group, b.company = nil, g.size > 1
	switch {
	case errors.Is(cause, errUndone):
		g.err = cause
	case cause != nil:
		// Not wrapped: it may say that a context has ended, and that was not everybody's.
		g.err = fmt.Errorf("%w: a change made together with this one failed: %s", store.ErrUnavailable, cause.Error())
	default:
		if err := g.exec(ctx, "COMMIT"); damage(code(err)) {
			g.err = fmt.Errorf("commit: %w: %w", ErrDamaged, err)
		} else if err != nil {
			g.err = fmt.Errorf("%w: commit: %w", store.ErrUnavailable, err)
		}
	}
	broken := false
	if g.err != nil {
		// Where SQLite has ended the transaction itself, or the disk fails, nobody knows what state the
		// connection is in.
		broken = g.exec(ctx, "ROLLBACK") != nil || !errors.Is(g.err, errUndone)
	}
	g.release(broken)
	close(g.done)
}

// endPart keeps or undoes what was done since the savepoint.
func (g *group) endPart(ctx context.Context, good bool) error {
	if !good {
		if err := g.exec(ctx, "ROLLBACK TO part"); err != nil {
			return err
		}
	}
	return g.exec(ctx, "RELEASE part")
}

// exec runs a statement that has no values. The context does not interrupt it.
func (g *group) exec(ctx context.Context, text string) error {
	return raw(g.held, func(c *conn) error {
		_, err := c.exec(context.WithoutCancel(ctx), text)
		return err
	})
}

// release gives the connection back to its pool, or closes it if it is broken.
func (g *group) release(broken bool) {
	if broken {
		_ = raw(g.held, func(*conn) error { return driver.ErrBadConn })
	}
	_ = g.held.Close()
}
