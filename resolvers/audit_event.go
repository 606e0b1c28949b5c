package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) AuditEvents(ctx context.Context, first *int32, after *string, last *int32, before *string, filter *model.AuditEventFilter) (*model.AuditEventConnection, error) {
	return r.Admin.AuditEvents(ctx, model.PageArgs{First: first, After: after, Last: last, Before: before}, filter)
}
