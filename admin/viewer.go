package admin

import (
	"context"

	"gatehouse/model"
)

// Viewer is the caller, as Gatehouse sees them.
func (a *Admin) Viewer(ctx context.Context) (*model.Viewer, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	return &model.Viewer{TenantID: call.TenantID, Actor: &call.Actor, Permissions: call.Permissions}, nil
}

// Node is the object of any type with this ID; nil where there is none or the caller may not read
// it.
func (a *Admin) Node(ctx context.Context, id string) (model.Node, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range []struct {
		permission model.Permission
		get        func() (model.Node, error)
	}{
		{model.PermissionUsersRead, func() (model.Node, error) { return node(get(ctx, a.store.Users, call.TenantID, id)) }},
		{model.PermissionAppsRead, func() (model.Node, error) { return node(get(ctx, a.store.Apps, call.TenantID, id)) }},
		{model.PermissionManagementApplicationsRead, func() (model.Node, error) {
			return node(get(ctx, a.store.ManagementApplications, call.TenantID, id))
		}},
		{model.PermissionManagementApplicationsRead, func() (model.Node, error) { return a.clientNode(ctx, call, id) }},
		{model.PermissionRolesRead, func() (model.Node, error) { return node(get(ctx, a.store.Roles, call.TenantID, id)) }},
		{model.PermissionRolesRead, func() (model.Node, error) { return node(get(ctx, a.store.RoleAssignments, call.TenantID, id)) }},
		{model.PermissionAdminKeysManage, func() (model.Node, error) { return node(get(ctx, a.store.AdminKeys, call.TenantID, id)) }},
		{model.PermissionAuditRead, func() (model.Node, error) { return node(get(ctx, a.store.AuditEvents, call.TenantID, id)) }},
	} {
		if !call.Holds(kind.permission) {
			continue
		}
		if found, err := kind.get(); err != nil || found != nil {
			return found, err
		}
	}
	return nil, nil //nolint:nilnil // the schema says null for what is not there
}

// clientNode is the client with this ID, or nil.
func (a *Admin) clientNode(ctx context.Context, call call, id string) (model.Node, error) {
	app, err := a.findClient(ctx, call.TenantID, id)
	if isNotFound(err) {
		return nil, nil //nolint:nilnil // the schema says null for what is not there
	}
	if err != nil {
		return nil, err
	}
	return app.Client(id), nil
}

// node is doc as a Node, nil when doc is nil.
func node[T any, P interface {
	*T
	model.Node
}](doc P, err error) (model.Node, error) {
	if doc == nil || err != nil {
		return nil, err
	}
	return doc, nil
}
