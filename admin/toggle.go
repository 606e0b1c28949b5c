package admin

import (
	"context"
	"errors"

	"gatehouse/model"
	"gatehouse/store"
)

// toggle activates or deactivates one document, and says what it did in one of the four words. A
// task is left with the document when it changed.
func toggle[T any, P entity[T]](ctx context.Context, call call, c *store.Collection[T], subject subject,
	id string, active bool, task string, flag func(P) *bool,
) (*T, model.ActivationStatus, error) {
	var status model.ActivationStatus
	doc, err := c.Update(ctx, call.TenantID, id, func(ch *store.Change[T]) error {
		isActive := flag(ch.Doc)
		status = activationStatus(*isActive, active)
		if *isActive == active {
			return nil
		}
		*isActive, ch.Task = active, task
		verb := "deactivate"
		if active {
			verb = "activate"
		}
		return record[T, P](call, ch, subject, verb)
	})
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
