package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) Role(ctx context.Context, id string) (*model.Role, error) {
	return r.Admin.Role(ctx, id)
}

func (r queryResolver) Roles(ctx context.Context, first *int32, after *string, last *int32, before *string) (*model.RoleConnection, error) {
	return r.Admin.Roles(ctx, model.PageArgs{First: first, After: after, Last: last, Before: before})
}

func (r roleResolver) Assignments(ctx context.Context, role *model.Role, first *int32, after *string, last *int32, before *string, entityType *model.RoleEntityType) (*model.RoleAssignmentConnection, error) {
	return r.Admin.AssignmentsOf(ctx, role, model.PageArgs{First: first, After: after, Last: last, Before: before}, entityType)
}

func (r mutationResolver) CreateRole(ctx context.Context, input model.CreateRoleInput) (*model.RolePayload, error) {
	return r.Admin.CreateRole(ctx, input)
}

func (r mutationResolver) UpdateRole(ctx context.Context, id string, input model.UpdateRoleInput, expectedRevision *int32) (*model.RolePayload, error) {
	return r.Admin.UpdateRole(ctx, id, input, expectedRevision)
}

func (r mutationResolver) DeleteRole(ctx context.Context, id string) (*model.DeleteRolePayload, error) {
	return r.Admin.DeleteRole(ctx, id)
}
