package auth

import (
	"context"
	"slices"

	"gatehouse/model"
	"gatehouse/store"
)

// assignmentBatch is how many assignments of roles are read at once.
const assignmentBatch = 100

// PermissionsOf is what the roles of a management application allow at this moment, in the order of
// the schema's enum: the union of their permissions. A role that is being deleted allows nothing any
// more, and an application that is not there, or is of another tenant, has none. It fails with
// UNAVAILABLE when the store does.
func PermissionsOf(ctx context.Context, s *store.Store, tenantID, applicationID string) ([]model.Permission, error) {
	held := map[model.Permission]bool{}
	query := store.Query{Equal: []store.Term{{Field: "entityId", Value: applicationID}}, Limit: assignmentBatch}
	for {
		assignments, err := s.RoleAssignments.Find(ctx, tenantID, query)
		if err != nil {
			return nil, unavailable(err)
		}
		var ids []string
		for _, assignment := range assignments {
			if assignment.EntityType == model.RoleEntityTypeApplication {
				ids = append(ids, assignment.RoleID)
			}
		}
		roles, err := s.Roles.Many(ctx, tenantID, ids)
		if err != nil {
			return nil, unavailable(err)
		}
		for _, role := range roles {
			if role == nil { // deleted, and its assignments go as well
				continue
			}
			for _, permission := range role.Permissions {
				held[permission] = true
			}
		}
		if len(assignments) < assignmentBatch {
			return inOrder(func(p model.Permission) bool { return held[p] }), nil
		}
		last := s.RoleAssignments.Position(assignments[len(assignments)-1], query.OrderBy)
		query.After = &last
	}
}

// inOrder are the permissions that are held, in the order of the schema's enum.
func inOrder(held func(model.Permission) bool) []model.Permission {
	permissions := []model.Permission{}
	for _, p := range model.AllPermission {
		if held(p) {
			permissions = append(permissions, p)
		}
	}
	return permissions
}

// intersection are those permissions that are in both, in the order of these.
func intersection(these, those []model.Permission) []model.Permission {
	both := []model.Permission{}
	for _, p := range these {
		if slices.Contains(those, p) {
			both = append(both, p)
		}
	}
	return both
}
