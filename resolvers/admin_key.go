package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) AdminKeys(ctx context.Context, first *int32, after *string, last *int32, before *string) (*model.AdminKeyConnection, error) {
	return r.Admin.AdminKeys(ctx, model.PageArgs{First: first, After: after, Last: last, Before: before})
}

func (r mutationResolver) CreateAdminKey(ctx context.Context, input model.CreateAdminKeyInput) (*model.CreateAdminKeyPayload, error) {
	return r.Admin.CreateAdminKey(ctx, input)
}

func (r mutationResolver) RevokeAdminKey(ctx context.Context, id string) (*model.RevokeAdminKeyPayload, error) {
	return r.Admin.RevokeAdminKey(ctx, id)
}
