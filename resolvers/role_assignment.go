package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r roleAssignmentResolver) Role(ctx context.Context, assignment *model.RoleAssignment) (*model.Role, error) {
	return forAll(ctx, assignment, r.Admin.RolesOf)
}

func (r roleAssignmentResolver) Entity(ctx context.Context, assignment *model.RoleAssignment) (model.RoleEntity, error) {
	return forAll(ctx, assignment, r.Admin.EntitiesOf)
}

func (r mutationResolver) AssignRole(ctx context.Context, roleID string, entityType model.RoleEntityType, entityIDs []string) (*model.AssignRolePayload, error) {
	return r.Admin.AssignRole(ctx, roleID, entityType, entityIDs)
}

func (r mutationResolver) UnassignRole(ctx context.Context, roleID string, entityIDs []string) (*model.UnassignRolePayload, error) {
	return r.Admin.UnassignRole(ctx, roleID, entityIDs)
}
