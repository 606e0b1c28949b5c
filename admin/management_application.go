package admin

import (
	"context"

	"gatehouse/model"
	"gatehouse/store"
)

// taskDeleteManagementApplicationDependents is what the deletion of one brings with it.
const taskDeleteManagementApplicationDependents = "deleteManagementApplicationDependents"

// ManagementApplication is the management application with this ID, or nil.
func (a *Admin) ManagementApplication(ctx context.Context, id string) (*model.ManagementApplication, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	return get(ctx, a.store.ManagementApplications, call.TenantID, id)
}

// ManagementApplications is a page of management applications.
func (a *Admin) ManagementApplications(ctx context.Context, args model.PageArgs, where *model.ManagementApplicationFilter,
	order *model.ManagementApplicationOrder,
) (*model.ManagementApplicationConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	var f filter
	if where != nil {
		is(&f, "clientIds", where.ClientID)
		is(&f, "isActive", where.IsActive)
		f.startsWith("nameKey", where.NameStartsWith)
		f.since(where.UpdatedSince)
	}
	if order != nil {
		f.by(map[model.ManagementApplicationOrderField]string{model.ManagementApplicationOrderFieldName: "nameKey", model.ManagementApplicationOrderFieldUpdatedAt: "updatedAt"}[order.Field], order.Direction)
	}
	page, err := list(ctx, a.store.ManagementApplications, call.TenantID, args, f.Query)
	if err != nil {
		return nil, err
	}
	return &model.ManagementApplicationConnection{Page: *page}, nil
}

// CreateManagementApplication makes a management application with its first client, which is a
// default one unless the input says otherwise. The client's secret, if it uses one, is handed out
// this once.
func (a *Admin) CreateManagementApplication(ctx context.Context, in model.CreateManagementApplicationInput) (*model.CreateManagementApplicationPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	var v model.Violations
	given := in.FirstClient
	if given != nil {
		if err := v.Merge(given.Check(), "input", "firstClient"); err != nil {
			return nil, err
		}
		if len(v) > 0 {
			given = nil // nobody can tell what client was meant
		}
	}
	client, made, err := firstClient(ctx, call, in.Name, given)
	if err != nil {
		return nil, err
	}
	app := model.NewManagementApplication(call.entity(), in, *client)
	if given != nil {
		if err := v.Merge(client.Validate(app.Pkce), "input", "firstClient", client.Branch()); err != nil {
			return nil, err
		}
	}
	if err := v.Merge(app.Login.Validate(), "input", "loginPreferences"); err != nil {
		return nil, err
	}
	if err := v.And(app.ValidateSettings(), "input"); err != nil {
		return nil, err
	}
	if err := insert(ctx, a, call, a.store.ManagementApplications, subjectManagementApplication, app); err != nil {
		return nil, err
	}
	return &model.CreateManagementApplicationPayload{ManagementApplication: app, ClientSecret: made}, nil
}

// firstClient makes the first client of an application, with its secret if it uses one: the one given
// or, failing that, a default one. The only rule that a default one can break is that of its name,
// which is the application's and reported there.
func firstClient(ctx context.Context, call call, name string, given *model.ClientInput) (*model.StoredClient, *model.NewClientSecret, error) {
	if given == nil {
		defaults, err := model.DefaultFirstClient(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		given = &defaults
	}
	client := model.NewClient(call.nextID(), *given, call.now)
	if !client.NeedsSecret() {
		return &client, nil, nil
	}
	made, err := generateSecret(&client, nil, call)
	return &client, made, err
}

// UpdateManagementApplication changes the fields given; null clears one that may be cleared. Objects
// are replaced whole.
func (a *Admin) UpdateManagementApplication(ctx context.Context, id string, in model.UpdateManagementApplicationInput, expectedRevision *int32) (*model.ManagementApplicationPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	t := target{subject: subjectManagementApplication, id: id, expected: expectedRevision}
	app, err := edit(ctx, a, call, a.store.ManagementApplications, t, func(app *model.ManagementApplication) error { return app.Apply(in, call.now) })
	if err != nil {
		return nil, err
	}
	return &model.ManagementApplicationPayload{ManagementApplication: app}, nil
}

// SetManagementApplicationStatus activates or deactivates a management application.
func (a *Admin) SetManagementApplicationStatus(ctx context.Context, id string, active bool) (*model.ManagementApplicationStatusPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	app, status, err := toggle(ctx, call, a.store.ManagementApplications, target{subject: subjectManagementApplication, id: id},
		toggling[model.ManagementApplication]{active: active, flag: func(app *model.ManagementApplication) *bool { return &app.IsActive }})
	if err != nil {
		return nil, err
	}
	return &model.ManagementApplicationStatusPayload{ManagementApplication: app, Status: status}, nil
}

// DeleteManagementApplication deletes a management application with its clients and the role
// assignments that belong to it.
func (a *Admin) DeleteManagementApplication(ctx context.Context, id string) (*model.DeleteManagementApplicationPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := remove(ctx, call, a.store.ManagementApplications, subjectManagementApplication, id, taskDeleteManagementApplicationDependents); err != nil {
		return nil, err
	}
	removed, err := a.deleteManagementApplicationDependents(ctx, call, id)
	if err != nil {
		return nil, err
	}
	return &model.DeleteManagementApplicationPayload{DeletedID: id, RemovedRoleAssignments: removed}, nil
}

func (a *Admin) deleteManagementApplicationDependents(ctx context.Context, call call, id string) (int32, error) {
	removed, err := a.deleteAssignments(ctx, call, store.Term{Field: "entityId", Value: id})
	if err != nil {
		return removed, err
	}
	return removed, public(a.store.ManagementApplications.Finish(ctx, call.TenantID, id), a.store.ManagementApplications.Schema())
}
