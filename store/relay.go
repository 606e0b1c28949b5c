package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// outboxLimit bounds the outbox of a document that is changed faster than the relay settles it.
	outboxLimit = 16
	// relayQueue is how many changes may wait for the relay. Beyond it Recover finishes them.
	relayQueue = 4096
	relayBatch = 256
	// relayPause is how long the relay waits for further changes before it delivers those that it has.
	// Two commands then serve all of them instead of each; see hurries for when it does not wait.
	relayPause = 50 * time.Millisecond
	// fullOutbox is how many events an outbox may hold before the relay stops waiting: fewer than would
	// make the next writer deliver them himself.
	fullOutbox = outboxLimit / 4
	// relayTimeout bounds the relay of one batch.
	relayTimeout = 10 * time.Second
	// pendingBatch is how many pending documents are read at once.
	pendingBatch = 200
)

// parcel is one written document whose outbox waits to be copied.
type parcel struct {
	schema *Schema
	key    Key
	outbox []bson.Raw
	// remove says that the document is deleted and nothing else keeps it.
	remove bool
	// done, if set, asks only to be told when everything before it is through.
	done chan struct{}
}

// relay copies outboxes to the audit collection, many at once, behind the backs of the callers.
type relay struct {
	store   *Store
	backend Relayer
	log     *slog.Logger
	queue   chan parcel
	// closing guards the queue against being used when it is closed.
	closing sync.RWMutex
	closed  bool
	// missed says that something was left to Recover.
	missed atomic.Bool
	// deferred counts the changes that were left to Recover.
	deferred atomic.Int64
	// waiting counts the changes that the relay has not delivered yet.
	waiting atomic.Int64
	ended   sync.WaitGroup
}

func startRelay(s *Store, backend Relayer, log *slog.Logger) *relay {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &relay{store: s, backend: backend, log: log, queue: make(chan parcel, relayQueue)}
	r.ended.Go(r.run)
	return r
}

// stop relays what is waiting and ends the relay.
func (r *relay) stop() {
	r.closing.Lock()
	r.closed = true
	close(r.queue)
	r.closing.Unlock()
	r.ended.Wait()
}

func (r *relay) enqueue(p parcel) {
	r.closing.RLock()
	defer r.closing.RUnlock()
	if r.closed { // The next process will find it.
		return
	}
	r.waiting.Add(1)
	select {
	case r.queue <- p:
	default: // The document is marked as pending, and Recover will find it.
		r.waiting.Add(-1)
		r.missed.Store(true)
		r.deferred.Add(1)
	}
}

func (r *relay) flush(ctx context.Context) error {
	done := make(chan struct{})
	if err := r.ask(ctx, done); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask puts a question for done behind what is in the queue.
func (r *relay) ask(ctx context.Context, done chan struct{}) error {
	r.closing.RLock()
	defer r.closing.RUnlock()
	if r.closed {
		return fmt.Errorf("%w: the store is closed", ErrUnavailable)
	}
	select {
	case r.queue <- parcel{done: done}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *relay) run() {
	for first := range r.queue {
		batch := r.collect(first)
		changes := 0
		for _, p := range batch {
			if p.done == nil {
				changes++
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), relayTimeout)
		if err := r.deliver(ctx, batch); err != nil {
			r.missed.Store(true)
			r.deferred.Add(int64(changes))
			r.log.Warn("audit events wait for the next recovery", slog.Any("error", err), slog.Int("changes", changes))
		}
		cancel()
		r.waiting.Add(int64(-changes))
		for _, p := range batch {
			if p.done != nil {
				close(p.done)
			}
		}
	}
}

// collect returns a batch: first, and what comes before the pause is over, the batch is full, somebody
// is in a hurry, or the relay ends. What is waiting by then comes along.
func (r *relay) collect(first parcel) []parcel {
	batch := []parcel{first}
	pause := time.NewTimer(relayPause)
	defer pause.Stop()
	for over := first.hurries(); !over && len(batch) < relayBatch; {
		select {
		case p, ok := <-r.queue:
			if !ok {
				return batch
			}
			batch = append(batch, p)
			over = p.hurries()
		case <-pause.C:
			over = true
		}
	}
	for len(batch) < relayBatch && len(r.queue) > 0 { // nobody else takes from the queue
		batch = append(batch, <-r.queue)
	}
	return batch
}

// hurries says that the parcel should be delivered without waiting for others: somebody asks to be told
// when it is, or its document would soon have more events than it may.
func (p *parcel) hurries() bool { return p.done != nil || len(p.outbox) >= fullOutbox }

// deliver copies the outboxes of a batch, then settles or removes their documents: one command for the
// events, and one or two for each collection.
func (r *relay) deliver(ctx context.Context, batch []parcel) error {
	settle, remove := map[*Schema][]Key{}, map[*Schema][]Key{}
	for _, p := range batch {
		switch {
		case p.schema == nil:
		case p.remove:
			remove[p.schema] = append(remove[p.schema], p.key)
		default:
			settle[p.schema] = append(settle[p.schema], p.key)
		}
	}
	if err := r.store.deliver(ctx, eventsOf(batch)); err != nil {
		return err
	}
	if err := r.store.interrupt(stepSettle); err != nil {
		return err
	}
	for schema, keys := range settle {
		if err := r.backend.Settle(ctx, schema, keys); err != nil {
			return err
		}
	}
	for schema, keys := range remove {
		if err := r.backend.Discard(ctx, schema, keys); err != nil {
			return err
		}
	}
	return nil
}

// eventsOf are the events in the outboxes of a batch, each once: the outbox of a document that was
// changed again before it was settled has those of the changes before as well.
func eventsOf(batch []parcel) []bson.Raw {
	var events []bson.Raw
	seen := map[string]bool{}
	for _, p := range batch {
		for _, event := range p.outbox {
			if id := string(event.Lookup(idField).Value); !seen[id] {
				seen[id] = true
				events = append(events, event)
			}
		}
	}
	return events
}

// recover delivers what crashed processes left in one collection.
func (r *relay) recover(ctx context.Context, schema *Schema) error {
	return eachPending(ctx, r.store.backend, schema, func(raw bson.Raw) error {
		h, err := ParseHeader(raw)
		if err != nil {
			return err
		}
		return r.deliver(ctx, []parcel{{
			schema: schema,
			key:    Key{Tenant: h.TenantID, ID: h.ID, Revision: h.Revision},
			outbox: h.Outbox,
			remove: h.Deleted && h.Task == "",
		}})
	})
}

// deliver copies events into their collection; those that are there already stay as they are.
func (s *Store) deliver(ctx context.Context, events []bson.Raw) error {
	if len(events) == 0 || s.relay == nil {
		return nil
	}
	if err := s.interrupt(stepCopy); err != nil {
		return err
	}
	return s.backend.InsertMissing(ctx, s.events, events)
}

// post hands an event over with the document that it is about: straight into the collection of
// events where the backend is atomic, and into the outbox elsewhere.
func (s *Store) post(ctx context.Context, w Writer, e *envelope, event bson.Raw) error {
	if s.relay == nil {
		if err := s.interrupt(stepEvent); err != nil {
			return err
		}
		return w.Insert(ctx, s.events, event)
	}
	if len(e.Outbox) >= outboxLimit {
		if err := s.deliver(ctx, e.Outbox); err != nil {
			return err
		}
		e.Outbox = nil
	}
	e.Outbox = append(e.Outbox, event)
	return nil
}

func eachPending(ctx context.Context, backend Backend, schema *Schema, do func(bson.Raw) error) error {
	var failures []error
	for after := ""; ; {
		raws, err := backend.Pending(ctx, schema, after, pendingBatch)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		for _, raw := range raws {
			h, err := ParseHeader(raw)
			if err != nil {
				return errors.Join(append(failures, err)...)
			}
			after = h.ID
			if err := do(raw); err != nil {
				failures = append(failures, err)
			}
		}
		if len(raws) < pendingBatch {
			return errors.Join(failures...)
		}
	}
}
