package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// gathering makes writes that come together: the first holds the turn until all others wait for it.
type gathering struct {
	t *testing.T
	b *Backend
	s *store.Schema

	hold   chan struct{}
	group  sync.WaitGroup
	mu     sync.Mutex
	errs   map[string]error
	groups map[*group][]string // which parts were in which group, in their order
}

func gather(t *testing.T, b *Backend, s *store.Schema) *gathering {
	t.Helper()
	g := &gathering{t: t, b: b, s: s, hold: make(chan struct{}), errs: map[string]error{}, groups: map[*group][]string{}}
	g.write(t.Context(), "first", func(context.Context, *writer) error { <-g.hold; return nil })
	return g
}

// write begins one more write, and returns when it has its turn or waits for it. It inserts a document
// called like it and does what more says.
func (g *gathering) write(ctx context.Context, name string, more func(ctx context.Context, w *writer) error) {
	g.t.Helper()
	waiting := g.waiting()
	begun := make(chan struct{})
	doc := thing(g.t, "t", name, nil)
	g.group.Go(func() {
		err := errors.New("it panicked")
		defer func() {
			_ = recover()
			g.mu.Lock()
			defer g.mu.Unlock()
			g.errs[name] = err
		}()
		err = g.b.Write(ctx, func(ctx context.Context, sw store.Writer) error {
			close(begun)
			w, ok := sw.(*writer)
			if !ok {
				return fmt.Errorf("the writer is a %T", sw)
			}
			g.mu.Lock()
			g.groups[w.group] = append(g.groups[w.group], name)
			g.mu.Unlock()
			if err := w.Insert(ctx, g.s, doc); err != nil || more == nil {
				return err
			}
			return more(ctx, w)
		})
	})
	for g.waiting() == waiting {
		select {
		case <-begun:
			return
		default:
			runtime.Gosched()
		}
	}
}

func (g *gathering) waiting() int {
	g.b.turns.mu.Lock()
	defer g.b.turns.mu.Unlock()
	return len(g.b.turns.waiting)
}

// end lets the first go on and waits for all. The writes that are kept are there, and no others.
func (g *gathering) end(kept ...string) {
	g.t.Helper()
	close(g.hold)
	g.group.Wait()
	for name, err := range g.errs {
		_, found := g.b.Get(g.t.Context(), g.s, "t", name)
		switch {
		case slices.Contains(kept, name) && (err != nil || found != nil):
			g.t.Errorf("%s: its write returned %v, and reading it %v", name, err, found)
		case !slices.Contains(kept, name) && (err == nil || !errors.Is(found, store.ErrNotFound)):
			g.t.Errorf("%s should not be kept: its write returned %v, and reading it %v", name, err, found)
		}
	}
	// The connection is whole.
	insert(g.t, g.b, g.s, thing(g.t, "t", "afterwards", nil))
}

func TestWritesThatWaitShareACommit(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	g := gather(t, b, s)
	names := []string{"first"}
	for i := range 2*groupSize + 10 {
		names = append(names, fmt.Sprint(i))
		g.write(t.Context(), names[i+1], nil)
	}
	g.end(names...)
	var sizes []int
	for parts := range maps.Values(g.groups) {
		sizes = append(sizes, len(parts))
	}
	slices.Sort(sizes)
	if last := sizes[len(sizes)-1]; last > groupSize || len(sizes) > len(names)/4 {
		t.Errorf("%d writes were in groups of %v; a group has %d at most", len(names), sizes, groupSize)
	}
}

// TestPartsFailAlone: the others of the group do not notice.
func TestPartsFailAlone(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	g := gather(t, b, s)
	g.write(t.Context(), "fails", func(context.Context, *writer) error { return errWork })
	g.write(t.Context(), "good", nil)
	g.write(t.Context(), "panics", func(context.Context, *writer) error { panic(errWork) })
	g.write(t.Context(), "exits", func(context.Context, *writer) error { runtime.Goexit(); return nil })
	ending, cancel := context.WithCancel(t.Context())
	g.write(ending, "ends", func(context.Context, *writer) error { cancel(); return nil })
	left, leave := context.WithCancel(t.Context())
	g.write(left, "leaves", nil)
	g.write(t.Context(), "duplicate", func(ctx context.Context, w *writer) error {
		return w.Insert(ctx, s, thing(t, "t", "another", bson.M{"name": "name of good"}))
	})
	g.write(t.Context(), "goes on", func(ctx context.Context, w *writer) error {
		var duplicate *store.DuplicateError
		if err := w.Insert(ctx, s, thing(t, "t", "good", nil)); !errors.As(err, &duplicate) {
			t.Errorf("it does not see what was written before it: %v", err)
		}
		return nil
	})
	leave()
	g.end("first", "good", "goes on")
	var duplicate *store.DuplicateError
	for name, ok := range map[string]bool{
		"fails": errors.Is(g.errs["fails"], errWork), "duplicate": errors.As(g.errs["duplicate"], &duplicate),
		"ends": errors.Is(g.errs["ends"], store.ErrUnavailable), "leaves": errors.Is(g.errs["leaves"], store.ErrUnavailable),
	} {
		if !ok {
			t.Errorf("%s: %v", name, g.errs[name])
		}
	}
	if len(g.groups) != 1 {
		t.Errorf("they were in %d groups, so that the test shows nothing", len(g.groups))
	}
}

// TestNobodyIsAnsweredFromAGroupThatFails: nothing of it is there, so that neither a change nor an
// error that rests on another's change may get out.
func TestNobodyIsAnsweredFromAGroupThatFails(t *testing.T) {
	statement := func(text string, judged bool) func(ctx context.Context, w *writer) error {
		return func(ctx context.Context, w *writer) error {
			_, err := w.exec(ctx, text)
			if judged {
				_ = w.judge(ctx, err)
			}
			return nil
		}
	}
	for name, last := range map[string]func(ctx context.Context, w *writer) error{
		"an error of SQLite in a later part":          statement("SELECT * FROM nothing", true),
		"SQLite ends the transaction in a later part": statement("ROLLBACK", false),
		"the commit fails":                            statement("INSERT INTO orphans VALUES ('nobody')", false),
	} {
		t.Run(name, func(t *testing.T) {
			s := things()
			b := open(t, path(t), s)
			// The commit looks whether there is what these refer to.
			for _, text := range []string{
				"PRAGMA foreign_keys = ON", "CREATE TABLE orphans (id TEXT REFERENCES things DEFERRABLE INITIALLY DEFERRED)",
			} {
				if _, err := b.writer.ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			g := gather(t, b, s)
			g.write(t.Context(), "good", nil)
			g.write(t.Context(), "refused", func(ctx context.Context, w *writer) error {
				return w.Insert(ctx, s, thing(t, "t", "good", nil))
			})
			g.write(t.Context(), "last", last)
			g.end()
			for part, err := range g.errs {
				if part != "last" && !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("%s: %v", part, err)
				}
			}
		})
	}
}

// TestContextsEndAnywhere has many writers give up at any time. Nobody may hang, what was acknowledged
// is there, and what failed is not.
func TestContextsEndAnywhere(t *testing.T) {
	s := things()
	b := open(t, path(t), s)
	const writers, each = 16, 60
	var group sync.WaitGroup
	var kept, failed sync.Map
	var ended atomic.Int64
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", writer, i)
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(4*time.Millisecond))
				err := b.Write(ctx, func(ctx context.Context, w store.Writer) error { return w.Insert(ctx, s, thing(t, "t", id, nil)) })
				cancel()
				switch {
				case err == nil:
					kept.Store(id, true)
				case errors.Is(err, store.ErrUnavailable):
					ended.Add(1)
					failed.Store(id, true)
				default:
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	group.Wait()
	check := func(want error) func(id, _ any) bool {
		return func(id, _ any) bool {
			if _, err := b.Get(t.Context(), s, "t", fmt.Sprint(id)); !errors.Is(err, want) {
				t.Errorf("%v: got %v, want %v", id, err, want)
			}
			return true
		}
	}
	kept.Range(check(nil))
	failed.Range(check(store.ErrNotFound))
	if n := ended.Load(); n == 0 || n == writers*each {
		t.Errorf("%d of %d contexts ended; the test shows nothing", n, writers*each)
	}
	insert(t, b, s, thing(t, "t", "afterwards", nil))
}
