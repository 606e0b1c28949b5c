package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) User(ctx context.Context, id string) (*model.User, error) {
	return r.Admin.User(ctx, id)
}

func (r queryResolver) Users(ctx context.Context, first *int32, after *string, last *int32, before *string, filter *model.UserFilter, orderBy *model.UserOrder) (*model.UserConnection, error) {
	return r.Admin.Users(ctx, model.PageArgs{First: first, After: after, Last: last, Before: before}, filter, orderBy)
}

func (r userResolver) Apps(ctx context.Context, user *model.User, first *int32, after *string, last *int32, before *string, filter *model.AppFilter, orderBy *model.AppOrder) (*model.AppConnection, error) {
	return r.Admin.AppsOf(ctx, user, model.PageArgs{First: first, After: after, Last: last, Before: before}, filter, orderBy)
}

func (r mutationResolver) CreateUser(ctx context.Context, input model.CreateUserInput) (*model.UserPayload, error) {
	return r.Admin.CreateUser(ctx, input)
}

func (r mutationResolver) UpdateUser(ctx context.Context, id string, input model.UpdateUserInput, expectedRevision *int32) (*model.UserPayload, error) {
	return r.Admin.UpdateUser(ctx, id, input, expectedRevision)
}

func (r mutationResolver) DeleteUser(ctx context.Context, id string) (*model.DeleteUserPayload, error) {
	return r.Admin.DeleteUser(ctx, id)
}

func (r mutationResolver) SetUserStatus(ctx context.Context, id string, status bool) (*model.UserStatusPayload, error) {
	return r.Admin.SetUserStatus(ctx, id, status)
}
