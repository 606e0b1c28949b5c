package admin

import (
	"context"
	"time"

	"gatehouse/model"
)

// flushTimeout bounds how long a reader of the audit trail waits for events that are on their way.
const flushTimeout = 5 * time.Second

// AuditEvents is a page of the audit trail, the newest event first.
//
// An event that travels in its document is copied to the trail a moment after the change is
// acknowledged. AuditEvents waits for those of this process, so that callers find what they have
// just done. When they cannot be delivered in time it fails as UNAVAILABLE: a trail that silently
// lacks the latest events would say that they did not happen.
func (a *Admin) AuditEvents(ctx context.Context, args model.PageArgs, where *model.AuditEventFilter) (*model.AuditEventConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	var f filter
	f.by("", model.OrderDirectionDesc)
	if where != nil {
		if where.EntityType != nil {
			is(&f, "entityType", new(where.EntityType.String()))
		}
		is(&f, "entityId", where.EntityID)
		is(&f, "actor.id", where.ActorID)
		is(&f, "action", where.Action)
		f.created(where.Since, where.Until)
	}
	flushing, done := context.WithTimeout(ctx, flushTimeout)
	defer done()
	if err := a.store.Flush(flushing); err != nil {
		return nil, public(err, a.store.AuditEvents.Schema())
	}
	page, err := list(ctx, a.store.AuditEvents, call.TenantID, args, f.Query)
	if err != nil {
		return nil, err
	}
	return &model.AuditEventConnection{Page: *page}, nil
}
