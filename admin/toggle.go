package admin

import (
	"context"
	"errors"

	"gatehouse/model"
	"gatehouse/store"
)

// toggling is the change of a switch of a document.
type toggling[T any] struct {
	active bool
	// what is switched, as the audit trail says it behind the verb; empty for the document itself.
	what string
	// flag finds the switch; nil when the document has none, which is then called missing.
	flag    func(*T) *bool
	missing string
	// task is left with the document when it changed.
	task string
	// held, unless nil, is the document, just read.
	held *store.Held[T]
}

// toggle activates or deactivates something, and says what it did in one of the four words.
func toggle[T any, P entity[T]](ctx context.Context, call call, c *store.Collection[T], t target, to toggling[T]) (*T, model.ActivationStatus, error) {
	var status model.ActivationStatus
	verb := "deactivate"
	if to.active {
		verb = "activate"
	}
	change := func(ch *store.Change[T]) error {
		flag := to.flag(ch.Doc)
		if flag == nil {
			return model.NotFoundError(to.missing)
		}
		status = activationStatus(*flag, to.active)
		if *flag == to.active {
			return nil
		}
		// Activating ends what a deactivation had still to do.
		*flag, ch.Task, ch.TaskDone = to.active, to.task, to.active
		return record[T, P](call, ch, t.subject, verb+to.what)
	}
	var doc *T
	var err error
	if to.held != nil {
		doc, err = c.UpdateHeld(ctx, to.held, change)
	} else {
		doc, err = c.Update(ctx, call.TenantID, t.id, change)
	}
	return doc, status, public(err, c.Schema())
}

func activationStatus(was, is bool) model.ActivationStatus {
	switch {
	case is && was:
		return model.ActivationStatusActive
	case is:
		return model.ActivationStatusActivated
	case was:
		return model.ActivationStatusDeactivated
	}
	return model.ActivationStatusInactive
}

func isNotFound(err error) bool {
	var e *model.Error
	return errors.As(err, &e) && e.Code == model.NotFound
}
