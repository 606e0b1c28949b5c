package admin

import (
	"context"
	"slices"

	"gatehouse/model"
	"gatehouse/store"
)

// taskDeleteRoleDependents is what the deletion of a role brings with it.
const taskDeleteRoleDependents = "deleteRoleDependents"

// Role is the role with this ID, or nil.
func (a *Admin) Role(ctx context.Context, id string) (*model.Role, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	return get(ctx, a.store.Roles, call.TenantID, id)
}

// Roles is a page of roles, in the order in which they were made.
func (a *Admin) Roles(ctx context.Context, args model.PageArgs) (*model.RoleConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	page, err := list(ctx, a.store.Roles, call.TenantID, args, store.Query{})
	if err != nil {
		return nil, err
	}
	return &model.RoleConnection{Page: *page}, nil
}

// CreateRole makes a role, of permissions that the caller holds.
func (a *Admin) CreateRole(ctx context.Context, in model.CreateRoleInput) (*model.RolePayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	role := model.NewRole(call.entity(), in)
	if err := model.Violations(nil).And(role.Validate(), "input"); err != nil {
		return nil, err
	}
	if err := call.mayGrant(role.Permissions); err != nil {
		return nil, err
	}
	if err := insert(ctx, a, call, a.store.Roles, subjectRole, role); err != nil {
		return nil, err
	}
	return &model.RolePayload{Role: role}, nil
}

// UpdateRole changes the fields given. The caller must hold the permissions that it adds; renaming a
// role, or taking permissions away, hands nothing on and needs none.
func (a *Admin) UpdateRole(ctx context.Context, id string, in model.UpdateRoleInput, expectedRevision *int32) (*model.RolePayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	t := target{subject: subjectRole, id: id, expected: expectedRevision}
	role, err := edit(ctx, a, call, a.store.Roles, t, func(role *model.Role) error {
		before := role.Permissions
		if err := role.Apply(in); err != nil {
			return err
		}
		return call.mayGrant(without(role.Permissions, before))
	})
	if err != nil {
		return nil, err
	}
	return &model.RolePayload{Role: role}, nil
}

// DeleteRole deletes a role with its assignments.
func (a *Admin) DeleteRole(ctx context.Context, id string) (*model.DeleteRolePayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := remove(ctx, call, a.store.Roles, subjectRole, id, taskDeleteRoleDependents); err != nil {
		return nil, err
	}
	removed, err := a.deleteRoleDependents(ctx, call, id)
	if err != nil {
		return nil, err
	}
	return &model.DeleteRolePayload{DeletedID: id, RemovedRoleAssignments: removed}, nil
}

func (a *Admin) deleteRoleDependents(ctx context.Context, call call, id string) (int32, error) {
	removed, err := a.deleteAssignments(ctx, call, store.Term{Field: "roleId", Value: id})
	if err != nil {
		return removed, err
	}
	return removed, public(a.store.Roles.Finish(ctx, call.TenantID, id), a.store.Roles.Schema())
}

// mayGrant refuses to hand on a permission that the caller lacks.
func (c call) mayGrant(permissions []model.Permission) error {
	for _, permission := range permissions {
		if !c.Holds(permission) {
			return &model.Error{Code: model.Forbidden, Message: "You cannot grant the permission " + permission.String() + ", which you do not hold."}
		}
	}
	return nil
}

// without is what of these is not among those.
func without(these, those []model.Permission) []model.Permission {
	var rest []model.Permission
	for _, permission := range these {
		if !slices.Contains(those, permission) {
			rest = append(rest, permission)
		}
	}
	return rest
}
