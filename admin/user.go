package admin

import (
	"context"
	"errors"
	"strings"

	"gatehouse/model"
	"gatehouse/store"
)

// Tasks that the change of a user brings with it.
const (
	taskDeactivateApps       = "deactivateApps"
	taskDeleteUserDependents = "deleteUserDependents"
)

// User is the user with this ID, or nil.
func (a *Admin) User(ctx context.Context, id string) (*model.User, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	return get(ctx, a.store.Users, call.TenantID, id)
}

// OwnersOf are the users that own apps, one for each app; nil where an owner is gone.
func (a *Admin) OwnersOf(ctx context.Context, apps []*model.App) []Found[*model.User] {
	call, err := a.begin(ctx)
	if err != nil {
		return none[*model.User](len(apps), err)
	}
	users, err := foreach(ctx, a.store.Users, call.TenantID, apps, func(app *model.App) string { return app.UserID })
	if err != nil {
		return none[*model.User](len(apps), err)
	}
	found := make([]Found[*model.User], len(apps))
	for i, user := range users {
		found[i].Value = user
	}
	return found
}

// Users is a page of users.
func (a *Admin) Users(ctx context.Context, args model.PageArgs, where *model.UserFilter, order *model.UserOrder) (*model.UserConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	var f filter
	if where != nil {
		is(&f, "isActive", where.IsActive)
		f.startsWith("usernameKey", where.UsernameStartsWith)
		f.since(where.UpdatedSince)
	}
	if order != nil {
		f.by(map[model.UserOrderField]string{model.UserOrderFieldUsername: "usernameKey", model.UserOrderFieldUpdatedAt: "updatedAt"}[order.Field], order.Direction)
	}
	page, err := list(ctx, a.store.Users, call.TenantID, args, f.Query)
	if err != nil {
		return nil, err
	}
	return &model.UserConnection{Page: *page}, nil
}

// CreateUser makes a user, which starts active.
func (a *Admin) CreateUser(ctx context.Context, in model.CreateUserInput) (*model.UserPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	user := &model.User{
		Entity: call.entity(), Username: in.Username, FirstName: in.FirstName, LastName: in.LastName,
		Email: in.Email, RedirectURI: in.RedirectURI, IsActive: true,
	}
	user.Normalize()
	if err := model.Violations(nil).And(user.Validate(), "input"); err != nil {
		return nil, err
	}
	if err := insert(ctx, a, call, a.store.Users, subjectUser, user); err != nil {
		return nil, err
	}
	return &model.UserPayload{User: user}, nil
}

// UpdateUser changes the fields given; null clears one.
func (a *Admin) UpdateUser(ctx context.Context, id string, in model.UpdateUserInput, expectedRevision *int32) (*model.UserPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	t := target{subject: subjectUser, id: id, expected: expectedRevision}
	user, err := edit(ctx, a, call, a.store.Users, t, func(u *model.User) error { return u.Apply(in) })
	if err != nil {
		return nil, err
	}
	return &model.UserPayload{User: user}, nil
}

// SetUserStatus activates or deactivates a user. Deactivation takes the user's apps with it.
func (a *Admin) SetUserStatus(ctx context.Context, id string, active bool) (*model.UserStatusPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	task := taskDeactivateApps
	if active {
		task = ""
		// A deactivation that was interrupted must not catch up with the apps later.
		if err := a.finishUser(ctx, call, id); err != nil {
			return nil, err
		}
	}
	user, status, err := toggle(ctx, call, a.store.Users, target{subject: subjectUser, id: id},
		toggling[model.User]{active: active, flag: func(u *model.User) *bool { return &u.IsActive }, task: task})
	if err != nil {
		return nil, err
	}
	payload := &model.UserStatusPayload{User: user, Status: status, DeactivatedAppIds: []string{}}
	if status == model.ActivationStatusDeactivated {
		payload.DeactivatedAppIds, err = a.deactivateApps(ctx, call, id)
	}
	return payload, err
}

// DeleteUser deletes a user with all its apps.
func (a *Admin) DeleteUser(ctx context.Context, id string) (*model.DeleteUserPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := remove(ctx, call, a.store.Users, subjectUser, id, taskDeleteUserDependents); err != nil {
		return nil, err
	}
	apps, err := a.deleteUserDependents(ctx, call, id)
	if err != nil {
		return nil, err
	}
	return &model.DeleteUserPayload{DeletedID: id, DeletedAppIds: apps}, nil
}

// finishUser does what an earlier change of the user left to do, if it was interrupted.
func (a *Admin) finishUser(ctx context.Context, call call, id string) error {
	task, err := a.store.Users.Waiting(ctx, call.TenantID, id)
	if err != nil {
		return public(err, a.store.Users.Schema())
	}
	return a.cascade(ctx, call, id, task)
}

// findUser finds a user by ID or, failing that, by username; nil when there is none. What cannot be an
// ID is not looked up as one.
func (a *Admin) findUser(ctx context.Context, tenant, idOrUsername string) (*model.User, error) {
	var user *model.User
	err := store.ErrNotFound
	if model.MayBeID(idOrUsername) {
		user, err = a.store.Users.Get(ctx, tenant, idOrUsername)
	}
	if errors.Is(err, store.ErrNotFound) {
		user, err = a.store.Users.One(ctx, tenant, "username", model.Fold(strings.TrimSpace(idOrUsername)))
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // callers treat a missing owner in different ways
	}
	return user, public(err, a.store.Users.Schema())
}

// deactivateApps does what the deactivation of a user brings with it, and returns the apps that it
// deactivated. It stops where somebody has activated the user meanwhile.
func (a *Admin) deactivateApps(ctx context.Context, call call, userID string) ([]string, error) {
	active := store.Query{Equal: []store.Term{{Field: "userId", Value: userID}, {Field: "isActive", Value: true}}}
	ids := []string{}
	err := each(ctx, call, a.store.Apps, active, func(app *model.App) error {
		owner, err := get(ctx, a.store.Users, call.TenantID, userID)
		if err != nil || (owner != nil && owner.IsActive) {
			return err
		}
		_, status, err := toggleApp(ctx, call, a.store.Apps, app.ID, false, nil)
		if status == model.ActivationStatusDeactivated {
			ids = append(ids, app.ID)
		}
		return err
	})
	if err != nil {
		return ids, err
	}
	return ids, public(a.store.Users.Finish(ctx, call.TenantID, userID), a.store.Users.Schema())
}

// deleteUserDependents does what the deletion of a user brings with it, and returns the apps deleted.
func (a *Admin) deleteUserDependents(ctx context.Context, call call, userID string) ([]string, error) {
	owned := store.Query{Equal: []store.Term{{Field: "userId", Value: userID}}}
	ids := []string{}
	err := each(ctx, call, a.store.Apps, owned, func(app *model.App) error {
		ids = append(ids, app.ID) // also when another process, which recovers, was faster
		_, err := remove(ctx, call, a.store.Apps, subjectApp, app.ID, "")
		return err
	})
	if err == nil {
		_, err = a.deleteAssignments(ctx, call, store.Term{Field: "entityId", Value: userID})
	}
	if err != nil {
		return ids, err
	}
	return ids, public(a.store.Users.Finish(ctx, call.TenantID, userID), a.store.Users.Schema())
}
