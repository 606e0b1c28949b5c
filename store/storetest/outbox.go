package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// outboxLimit is how many events a document may carry. Package store does not promise the number,
// but that there is a bound, and a small one.
const outboxLimit = 16

// pending reads the headers of all pending documents of a collection.
func (s *suite) pending(t *testing.T, schema *store.Schema) []store.Header {
	t.Helper()
	raws, err := s.backend.Pending(t.Context(), schema, "", 1000)
	if err != nil {
		t.Fatalf("Pending: %v", err)
	}
	var headers []store.Header
	for _, raw := range raws {
		h, err := store.ParseHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		headers = append(headers, h)
	}
	return headers
}

// gate is an Interrupt that, once set, holds up the relay at a step until it is opened. It lets those
// pass who come to the step meanwhile: they are writers who help themselves.
type gate struct {
	step    string
	set     atomic.Bool
	reached chan struct{}
	opened  chan struct{}
}

func newGate(step string) *gate {
	return &gate{step: step, reached: make(chan struct{}), opened: make(chan struct{})}
}

func (g *gate) interrupt(step string) error {
	if step == g.step && g.set.CompareAndSwap(true, false) {
		close(g.reached)
		<-g.opened
	}
	return nil
}

// testOutbox changes one document again and again while the relay stands still. The document must not
// grow without end, and no event may be lost or come twice.
func (k kind[E]) testOutbox(t *testing.T, s *suite) {
	_, relays := s.backend.(store.Relayer)
	steps := []string{"copy", "settle"}
	if !relays {
		steps = steps[:1] // neither is ever taken, and no outbox may be seen
	}
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			ctx, doc, gate := t.Context(), k.make(s.tenant()), newGate(step)
			held := s.open(t, store.Options{Interrupt: gate.interrupt})
			open := sync.OnceFunc(func() { close(gate.opened) })
			t.Cleanup(open)
			gate.set.Store(true)
			c := k.door(held)
			events := []*model.AuditEvent{k.insert(t, c, doc)}
			if relays {
				select {
				case <-gate.reached:
				case <-ctx.Done():
					t.Fatal("the relay does not come to the step")
				}
			}
			for range 3 * outboxLimit {
				event := k.event(doc, "update")
				if _, err := c.Update(ctx, k.base(doc).TenantID, k.base(doc).ID, k.edit(event, "+")); err != nil {
					t.Fatal(err)
				}
				events = append(events, event)
				raw, err := s.backend.Get(ctx, c.Schema(), k.base(doc).TenantID, k.base(doc).ID)
				if err != nil {
					t.Fatal(err)
				}
				h, err := store.ParseHeader(raw)
				if err != nil {
					t.Fatal(err)
				}
				if len(h.Outbox) > outboxLimit {
					t.Fatalf("after %d changes the outbox has %d events; want at most %d", len(events), len(h.Outbox), outboxLimit)
				}
			}
			open()
			k.trail(t, held, doc, events)
			k.settled(t, s, story[E]{doc: doc})
		})
	}
}

// testHiccup has the relay fail once. Flush may not answer that all is well before it is.
func (k kind[E]) testHiccup(t *testing.T, s *suite) {
	for _, step := range []string{"copy", "settle"} {
		t.Run(step, func(t *testing.T) {
			doc := k.make(s.tenant())
			var once sync.Once
			hiccup := errors.New("hiccup")
			opened := s.open(t, store.Options{Interrupt: func(at string) (err error) {
				if at == step {
					once.Do(func() { err = hiccup })
				}
				return err
			}})
			event := k.insert(t, k.door(opened), doc)
			k.trail(t, opened, doc, []*model.AuditEvent{event})
			k.settled(t, s, story[E]{doc: doc})
		})
	}
}

// testUnfinished leaves tasks in several tenants, more than are read at once, and has them finished.
func (k kind[E]) testUnfinished(t *testing.T, s *suite) {
	// How many are read at once does not depend on the collection, so one stands for all.
	length := 30
	if k.collection == store.Catalogue()[0].Name {
		length = 230
	}
	ctx, c := t.Context(), k.door(s.store)
	tenants := []string{s.tenant(), s.tenant(), s.tenant()}
	docs := make([]*E, length)
	for i := range docs {
		docs[i] = k.make(tenants[i%len(tenants)])
	}
	deleted := func(i int) bool { return i%4 == 0 }
	each(length, func(i int) {
		base := k.base(docs[i])
		if err := c.Insert(ctx, docs[i], nil); err != nil {
			t.Errorf("insert: %v", err)
			return
		}
		write := c.Update
		if deleted(i) {
			write = c.Delete
		}
		if _, err := write(ctx, base.TenantID, base.ID, just[E](k.event(docs[i], "task"), fmt.Sprintf("task %d", i))); err != nil {
			t.Errorf("set a task: %v", err)
		}
	})
	if err := s.store.Flush(ctx); err != nil {
		t.Errorf("Flush: %v", err)
	}
	want := map[string]int{}
	for i, doc := range docs {
		want[k.base(doc).ID] = i
	}

	// Some are finished while they are walked; one fails, and that keeps nobody from the others.
	visited := map[string]bool{}
	failing := k.base(docs[length/2]).ID
	err := c.Unfinished(ctx, func(u store.Unfinished[E]) error {
		base := k.base(u.Doc)
		i, ok := want[base.ID]
		if !ok || visited[base.ID] {
			t.Errorf("%s was not expected, or comes twice", base.ID)
			return nil
		}
		visited[base.ID] = true
		if u.Task != fmt.Sprintf("task %d", i) || u.Deleted != deleted(i) || base.TenantID != k.base(docs[i]).TenantID {
			t.Errorf("document %d of tenant %s: task %q, deleted %t", i, base.TenantID, u.Task, u.Deleted)
		}
		expected := k.clone(t, docs[i])
		k.base(expected).Revision++
		same(t, "unfinished", expected, u.Doc)
		if base.ID == failing {
			return errRefused
		}
		if i%2 == 0 {
			return c.Finish(ctx, base.TenantID, base.ID)
		}
		return nil
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("Unfinished = %v; want the error of the one that failed", err)
	}
	if len(visited) != length {
		t.Errorf("Unfinished came to %d documents; want %d", len(visited), length)
	}
	rest := 0
	if err := c.Unfinished(ctx, func(u store.Unfinished[E]) error {
		rest++
		return c.Finish(ctx, k.base(u.Doc).TenantID, k.base(u.Doc).ID)
	}); err != nil {
		t.Errorf("Unfinished: %v", err)
	}
	if odd := length / 2; rest != odd && rest != odd+1 { // the one that failed may be even
		t.Errorf("%d tasks were left; want the %d that nobody finished", rest, odd)
	}
	k.settled(t, s, story[E]{doc: docs[0]})
	for i, doc := range docs {
		if i%10 != 1 || deleted(i) {
			continue
		}
		k.base(doc).Revision++
		same(t, "after Finish", doc, k.must(t, c, doc))
	}
	k.gone(ctx, t, "after Finish", c, docs[0])
}
