package admin

import (
	"context"
	"errors"

	"gatehouse/model"
	"gatehouse/store"
)

// App is the app with this ID, or nil.
func (a *Admin) App(ctx context.Context, id string) (*model.App, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	return get(ctx, a.store.Apps, call.TenantID, id)
}

// Apps is a page of apps.
func (a *Admin) Apps(ctx context.Context, args model.PageArgs, where *model.AppFilter, order *model.AppOrder) (*model.AppConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	var f filter
	if where != nil {
		if where.UserID != nil {
			owner, err := a.findUser(ctx, call.TenantID, *where.UserID)
			if err != nil {
				return nil, err
			}
			if owner == nil {
				owner = &model.User{} // nobody owns an app of no user
			}
			is(&f, "userId", &owner.ID)
		}
		if where.Name != nil {
			key := model.Fold(*where.Name)
			is(&f, "nameKey", &key)
			is(&f, "name", where.Name)
		}
		is(&f, "isActive", where.IsActive)
		f.startsWith("nameKey", where.NameStartsWith)
		f.since(where.UpdatedSince)
	}
	if order != nil {
		f.by(map[model.AppOrderField]string{model.AppOrderFieldName: "nameKey", model.AppOrderFieldUpdatedAt: "updatedAt"}[order.Field], order.Direction)
	}
	page, err := list(ctx, a.store.Apps, call.TenantID, args, f.Query)
	if err != nil {
		return nil, err
	}
	return &model.AppConnection{Page: *page}, nil
}

// AppsOf is a page of the apps of one user. A filter by owner narrows it to nothing unless it names
// the same user.
func (a *Admin) AppsOf(ctx context.Context, user *model.User, args model.PageArgs, where *model.AppFilter, order *model.AppOrder) (*model.AppConnection, error) {
	var narrowed model.AppFilter
	if where != nil {
		narrowed = *where
	}
	if id := narrowed.UserID; id != nil && *id != user.ID && model.Fold(*id) != user.UsernameKey {
		narrowed.UserID = new(string)
	} else {
		narrowed.UserID = &user.ID
	}
	return a.Apps(ctx, args, &narrowed, order)
}

// CreateApp makes an app, which starts active, for an owner who is.
func (a *Admin) CreateApp(ctx context.Context, in model.CreateAppInput) (*model.AppPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	app := &model.App{Entity: call.entity(), Name: in.Name, RedirectURI: in.RedirectURI, IsActive: true}
	app.Normalize()
	owner, err := a.findUser(ctx, call.TenantID, in.UserID)
	if err != nil {
		return nil, err
	}
	if err := ownerViolations(owner).And(app.Validate(), "input"); err != nil {
		return nil, err
	}
	app.UserID = owner.ID
	if err := insert(ctx, a, call, a.store.Apps, subjectApp, app); err != nil {
		return nil, err
	}
	// The owner may have been deleted or deactivated since; whoever did that has not seen this app.
	ctx, cancel := afterwards(ctx)
	defer cancel()
	owner, err = get(ctx, a.store.Users, call.TenantID, app.UserID)
	if err != nil {
		return nil, err
	}
	if err := ownerViolations(owner).Err(); err != nil {
		if _, undo := remove(ctx, call, a.store.Apps, subjectApp, app.ID, ""); undo != nil && !isNotFound(undo) {
			return nil, undo
		}
		return nil, err
	}
	return &model.AppPayload{App: app}, nil
}

// ownerViolations says why somebody cannot own a new app.
func ownerViolations(owner *model.User) model.Violations {
	var v model.Violations
	switch {
	case owner == nil:
		v.Add("UNKNOWN_USER", "must be the ID or username of a user", "input", "userId")
	case !owner.IsActive:
		v.Add("INACTIVE_USER", "must be a user who is active", "input", "userId")
	}
	return v
}

// UpdateApp changes the fields given; null clears one that may be cleared.
func (a *Admin) UpdateApp(ctx context.Context, id string, in model.UpdateAppInput, expectedRevision *int32) (*model.AppPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	t := target{subject: subjectApp, id: id, expected: expectedRevision}
	app, err := edit(ctx, a, call, a.store.Apps, t, func(app *model.App) error { return app.Apply(in) })
	if err != nil {
		return nil, err
	}
	return &model.AppPayload{App: app}, nil
}

// SetAppStatus activates or deactivates an app. One whose owner is inactive cannot be activated.
func (a *Admin) SetAppStatus(ctx context.Context, id string, active bool) (*model.AppStatusPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	var held *store.Held[model.App]
	if active {
		held, err = a.store.Apps.Hold(ctx, call.TenantID, id)
		if err != nil {
			return nil, public(err, a.store.Apps.Schema())
		}
		if err := a.mayBeActive(ctx, call, held.Doc); err != nil {
			return nil, err
		}
	}
	app, status, err := toggleApp(ctx, call, a.store.Apps, id, active, held)
	if err != nil {
		return nil, err
	}
	if status == model.ActivationStatusActivated {
		// The owner may have been deactivated since; that has not seen this app as active.
		ctx, cancel := afterwards(ctx)
		defer cancel()
		if err := a.mayBeActive(ctx, call, app); err != nil {
			_, _, undo := toggleApp(ctx, call, a.store.Apps, id, false, nil)
			return nil, errors.Join(err, undo)
		}
	}
	return &model.AppStatusPayload{App: app, Status: status}, nil
}

// toggleApp toggles an app; held, unless nil, is the app, just read.
func toggleApp(ctx context.Context, call call, apps *store.Collection[model.App], id string, active bool, held *store.Held[model.App]) (*model.App, model.ActivationStatus, error) {
	return toggle(ctx, call, apps, target{subject: subjectApp, id: id},
		toggling[model.App]{active: active, flag: func(app *model.App) *bool { return &app.IsActive }, held: held})
}

func (a *Admin) mayBeActive(ctx context.Context, call call, app *model.App) error {
	owner, err := get(ctx, a.store.Users, call.TenantID, app.UserID)
	if err != nil {
		return err
	}
	if owner == nil || !owner.IsActive {
		return model.Invalid("INACTIVE_USER", "must not be true while the app's owner is inactive", "status")
	}
	return nil
}

// DeleteApp deletes an app.
func (a *Admin) DeleteApp(ctx context.Context, id string) (*model.DeleteAppPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := remove(ctx, call, a.store.Apps, subjectApp, id, ""); err != nil {
		return nil, err
	}
	return &model.DeleteAppPayload{DeletedID: id}, nil
}
