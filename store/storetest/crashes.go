package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// action is one change of one document.
type action struct {
	verb string // insert, update, amend, delete or finish
	task string // that update or delete set
}

// operation is an action that is interrupted at each of its steps, and what was done before it by a
// store whose relay was dead.
type operation struct {
	name   string
	before []action
	action action
}

// operations are those that a collection is crashed in. The steps do not depend on the collection, so
// one goes through all of them, and the others show that they take part.
func (k kind[E]) operations() []operation {
	all := operations()
	if k.collection == store.Catalogue()[0].Name {
		return all
	}
	return slices.DeleteFunc(all, func(op operation) bool {
		return !slices.Contains([]string{"insert", "update", "delete", "delete with a task", "finish a deletion"}, op.name)
	})
}

// operations are all kinds of changes, on documents in all states.
func operations() []operation {
	const task, other = "a task", "another task"
	insert, update := action{"insert", ""}, action{"update", ""}
	return []operation{
		{"insert", nil, insert},
		{"update", []action{insert}, update},
		{"update with a full outbox", append([]action{insert}, slices.Repeat([]action{update}, outboxLimit-1)...), update},
		{"update with a task", []action{insert}, action{"update", task}},
		{"update while a task waits", []action{insert, {"update", task}}, update},
		{"update with another task", []action{insert, {"update", task}}, action{"update", other}},
		{"delete", []action{insert}, action{"delete", ""}},
		{"delete with a task", []action{insert}, action{"delete", task}},
		{"delete while a task waits", []action{insert, {"update", task}}, action{"delete", other}},
		{"amend", []action{insert, {"update", task}}, action{"amend", ""}},
		{"finish", []action{insert, {"update", task}}, action{"finish", ""}},
		{"finish a deletion", []action{insert, {"delete", task}}, action{"finish", ""}},
	}
}

// story is what should be known of a document after some actions.
type story[E any] struct {
	// doc is the document, with the last edit before its deletion.
	doc     *E
	deleted bool
	task    string
	events  []*model.AuditEvent
}

// after is the story once an action has happened as well.
func (k kind[E]) after(t *testing.T, s story[E], a action, event *model.AuditEvent) story[E] {
	t.Helper()
	next := s
	next.doc = k.clone(t, s.doc)
	if a.verb != "finish" && a.verb != "amend" {
		next.events = append(slices.Clone(s.events), event)
	}
	switch a.verb {
	case "update":
		*k.note(next.doc) += edited
		k.base(next.doc).Revision++
		if a.task != "" {
			next.task = a.task
		}
	case "amend":
		*k.note(next.doc) += edited
	case "delete":
		next.deleted, next.task = true, a.task
	case "finish":
		next.task = ""
	}
	return next
}

const edited = " edited"

// do takes an action.
func (k kind[E]) do(ctx context.Context, c *store.Collection[E], doc *E, a action, event *model.AuditEvent) error {
	tenant, id := k.base(doc).TenantID, k.base(doc).ID
	change := func(ch *store.Change[E]) error {
		ch.Task = a.task
		return k.edit(event, edited)(ch)
	}
	var err error
	switch a.verb {
	case "insert":
		err = c.Insert(ctx, doc, event)
	case "update":
		_, err = c.Update(ctx, tenant, id, change)
	case "amend":
		err = c.Amend(ctx, tenant, id, func(doc *E) (bool, error) {
			*k.note(doc) += edited
			return true, nil
		})
	case "delete":
		_, err = c.Delete(ctx, tenant, id, change)
	case "finish":
		err = c.Finish(ctx, tenant, id)
	}
	return err
}

// testCrashes crashes a store at each step of each operation, and looks what another makes of it.
func (k kind[E]) testCrashes(t *testing.T, s *suite) {
	dead := k.door(s.open(t, store.Options{Interrupt: neverCopies}))
	seen := map[string]bool{}
	for _, op := range k.operations() {
		t.Run(op.name, func(t *testing.T) {
			for n, crashed := 0, true; crashed && !t.Failed(); n++ {
				t.Run(fmt.Sprintf("after %d steps", n), func(t *testing.T) {
					var steps []string
					steps, crashed = k.testCrash(t, s, dead, op, n)
					for _, step := range steps {
						seen[step] = true
					}
				})
			}
		})
	}
	for step := range seen {
		if !slices.Contains(store.Steps(), step) {
			t.Errorf("the store took a step %q that Steps does not name", step)
		}
	}
	atomic := []string{"event", "document"}
	relayed := []string{"document", "copy", "settle"}
	if len(seen) != len(atomic) || !seen["event"] {
		for _, step := range relayed {
			if !seen[step] {
				t.Errorf("no change came to the step %q", step)
			}
		}
	}
}

// testCrash takes an action on a store that crashes after n steps.
func (k kind[E]) testCrash(t *testing.T, s *suite, dead *store.Collection[E], op operation, n int) (steps []string, crashed bool) {
	ctx := t.Context()
	var crash crasher
	dying := s.open(t, store.Options{Interrupt: crash.interrupt})
	past := story[E]{doc: k.make(s.tenant())}
	for _, a := range op.before {
		event := k.event(past.doc, a.verb)
		if err := k.do(ctx, dead, past.doc, a, event); err != nil {
			t.Fatalf("%s before it: %v", a.verb, err)
		}
		past = k.after(t, past, a, event)
	}
	event := k.event(past.doc, op.action.verb)
	future := k.after(t, past, op.action, event)

	living := k.door(s.store)
	written := false
	crash.arm(n, func(step string) {
		// Once the relay is at work, the change has happened.
		if written && future.deleted && step != "document" {
			k.gone(ctx, t, "at the step "+step, living, future.doc)
		}
		written = written || step == "document"
	})
	err := k.do(ctx, k.door(dying), past.doc, op.action, event)
	acknowledged := err == nil
	if err != nil && !errors.Is(err, errCrash) {
		t.Errorf("%s: %v", op.name, err)
	}
	if acknowledged && future.deleted {
		k.gone(ctx, t, "when the deletion was acknowledged", living, future.doc)
	}
	flushed := dying.Flush(ctx)
	steps, crashed = crash.result()
	if !crashed && (err != nil || flushed != nil) {
		t.Fatalf("not interrupted, and yet %v, Flush: %v", err, flushed)
	}
	if !crashed {
		k.settled(t, s, future) // nobody has anything to recover
	} else {
		if future.deleted && acknowledged {
			k.gone(ctx, t, "before recovery", living, future.doc)
		}
		// Another store opens what is left, and recovers that. A second time must do no harm.
		if err := s.open(t, store.Options{}).Recover(ctx); err != nil {
			t.Errorf("Recover: %v", err)
		}
	}
	happened := k.happened(t, s.store, past, future)
	if acknowledged && !happened {
		t.Errorf("after the steps %q: the change was acknowledged, and has not happened", steps)
	}
	if happened {
		past = future
	}
	k.tells(t, s.store, past)
	k.settled(t, s, past)
	if past.task != "" {
		if err := living.Finish(ctx, k.base(past.doc).TenantID, k.base(past.doc).ID); err != nil {
			t.Errorf("Finish: %v", err)
		}
		past.task = ""
		k.tells(t, s.store, past)
		k.settled(t, s, past)
	}
	return steps, crashed
}

// happened says which of two stories the document itself tells.
func (k kind[E]) happened(t *testing.T, s *store.Store, past, future story[E]) bool {
	t.Helper()
	got, err := k.door(s).Get(t.Context(), k.base(past.doc).TenantID, k.base(past.doc).ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("Get: %v", err)
	}
	switch {
	case len(past.events) == 0: // an insertion
		return err == nil
	case past.deleted != future.deleted:
		return err != nil
	case past.task != future.task:
		return k.waiting(t, s, past.doc) == future.task
	}
	return err == nil && *k.note(got) == *k.note(future.doc)
}

// tells fails the test unless the store tells a story in every respect.
func (k kind[E]) tells(t *testing.T, s *store.Store, want story[E]) {
	t.Helper()
	c := k.door(s)
	if want.deleted || len(want.events) == 0 {
		k.gone(t.Context(), t, "after recovery", c, want.doc)
	} else {
		k.reads(t, "after recovery", c, want.doc)
	}
	if task := k.waiting(t, s, want.doc); task != want.task {
		t.Errorf("the task %q waits; want %q", task, want.task)
	}
	k.trail(t, s, want.doc, want.events)
}

// waiting returns the task of a document that waits, empty if there is none.
func (k kind[E]) waiting(t *testing.T, s *store.Store, doc *E) string {
	t.Helper()
	task := ""
	if err := k.door(s).Unfinished(t.Context(), func(u store.Unfinished[E]) error {
		if k.base(u.Doc).ID == k.base(doc).ID {
			task = u.Task
		}
		return nil
	}); err != nil {
		t.Errorf("Unfinished: %v", err)
	}
	return task
}

// settled fails the test if anything in the database is pending but this one task.
func (k kind[E]) settled(t *testing.T, s *suite, want story[E]) {
	t.Helper()
	for _, schema := range store.Catalogue() {
		for _, h := range s.pending(t, schema) {
			if h.ID != k.base(want.doc).ID || want.task == "" {
				t.Errorf("%s %s is pending: %+v", schema.Singular, h.ID, h)
			} else if h.Task != want.task || h.Deleted != want.deleted || len(h.Outbox) > 0 {
				t.Errorf("%s %s is pending with task %q, deleted %t and %d events; want task %q, deleted %t and none",
					schema.Singular, h.ID, h.Task, h.Deleted, len(h.Outbox), want.task, want.deleted)
			}
		}
	}
}
