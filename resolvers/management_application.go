package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) ManagementApplication(ctx context.Context, id string) (*model.ManagementApplication, error) {
	return r.Admin.ManagementApplication(ctx, id)
}

func (r queryResolver) ManagementApplications(ctx context.Context, first *int32, after *string, last *int32, before *string, filter *model.ManagementApplicationFilter, orderBy *model.ManagementApplicationOrder) (*model.ManagementApplicationConnection, error) {
	return r.Admin.ManagementApplications(ctx, model.PageArgs{First: first, After: after, Last: last, Before: before}, filter, orderBy)
}

func (r managementApplicationResolver) RoleAssignments(ctx context.Context, app *model.ManagementApplication, first *int32, after *string, last *int32, before *string) (*model.RoleAssignmentConnection, error) {
	return r.Admin.RoleAssignmentsOf(ctx, app, model.PageArgs{First: first, After: after, Last: last, Before: before})
}

func (r mutationResolver) CreateManagementApplication(ctx context.Context, input model.CreateManagementApplicationInput) (*model.CreateManagementApplicationPayload, error) {
	return r.Admin.CreateManagementApplication(ctx, input)
}

func (r mutationResolver) UpdateManagementApplication(ctx context.Context, id string, input model.UpdateManagementApplicationInput, expectedRevision *int32) (*model.ManagementApplicationPayload, error) {
	return r.Admin.UpdateManagementApplication(ctx, id, input, expectedRevision)
}

func (r mutationResolver) DeleteManagementApplication(ctx context.Context, id string) (*model.DeleteManagementApplicationPayload, error) {
	return r.Admin.DeleteManagementApplication(ctx, id)
}

func (r mutationResolver) SetManagementApplicationStatus(ctx context.Context, id string, status bool) (*model.ManagementApplicationStatusPayload, error) {
	return r.Admin.SetManagementApplicationStatus(ctx, id, status)
}
