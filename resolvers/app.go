package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) App(ctx context.Context, id string) (*model.App, error) {
	return r.Admin.App(ctx, id)
}

func (r queryResolver) Apps(ctx context.Context, first *int32, after *string, last *int32, before *string, filter *model.AppFilter, orderBy *model.AppOrder) (*model.AppConnection, error) {
	return r.Admin.Apps(ctx, model.PageArgs{First: first, After: after, Last: last, Before: before}, filter, orderBy)
}

func (r appResolver) User(ctx context.Context, app *model.App) (*model.User, error) {
	return forAll(ctx, app, r.Admin.OwnersOf)
}

func (r mutationResolver) CreateApp(ctx context.Context, input model.CreateAppInput) (*model.AppPayload, error) {
	return r.Admin.CreateApp(ctx, input)
}

func (r mutationResolver) UpdateApp(ctx context.Context, id string, input model.UpdateAppInput, expectedRevision *int32) (*model.AppPayload, error) {
	return r.Admin.UpdateApp(ctx, id, input, expectedRevision)
}

func (r mutationResolver) DeleteApp(ctx context.Context, id string) (*model.DeleteAppPayload, error) {
	return r.Admin.DeleteApp(ctx, id)
}

func (r mutationResolver) SetAppStatus(ctx context.Context, id string, status bool) (*model.AppStatusPayload, error) {
	return r.Admin.SetAppStatus(ctx, id, status)
}
