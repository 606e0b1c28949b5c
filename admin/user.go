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
	taskDeactivateApps = "deactivateApps"
	taskDeleteApps     = "deleteApps"
)

// cascadeBatch is how many dependents of a document are read at once.
const cascadeBatch = 200

// User is the user with this ID, or nil.
func (a *Admin) User(ctx context.Context, id string) (*model.User, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	return get(ctx, a.store.Users, call.TenantID, id)
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
		f.Descending = order.Direction == model.OrderDirectionDesc
		switch order.Field {
		case model.UserOrderFieldUsername:
			f.OrderBy = "usernameKey"
		case model.UserOrderFieldUpdatedAt:
			f.OrderBy = "updatedAt"
		case model.UserOrderFieldCreatedAt: // the order of IDs
		}
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
	if err := insert(ctx, call, a.store.Users, subjectUser, user); err != nil {
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
	user, err := edit(ctx, call, a.store.Users, subjectUser, id, expectedRevision, func(u *model.User) error {
		model.Set(&u.FirstName, in.FirstName)
		model.Set(&u.LastName, in.LastName)
		model.Set(&u.Email, in.Email)
		model.Set(&u.RedirectURI, in.RedirectURI)
		return nil
	})
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
	user, status, err := toggle(ctx, call, a.store.Users, subjectUser, id, active, task, func(u *model.User) *bool { return &u.IsActive })
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
	if _, err := remove(ctx, call, a.store.Users, subjectUser, id, taskDeleteApps); err != nil {
		return nil, err
	}
	apps, err := a.deleteApps(ctx, call, id)
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

// findUser finds a user by ID or, failing that, by username; nil when there is none.
func (a *Admin) findUser(ctx context.Context, tenant, idOrUsername string) (*model.User, error) {
	user, err := a.store.Users.Get(ctx, tenant, idOrUsername)
	if errors.Is(err, store.ErrNotFound) {
		user, err = a.store.Users.One(ctx, tenant, "username", model.Fold(strings.TrimSpace(idOrUsername)))
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // callers treat a missing owner in different ways
	}
	return user, public(err, a.store.Users.Schema())
}

// deactivateApps does what the deactivation of a user brings with it, and returns the apps that it
// deactivated.
func (a *Admin) deactivateApps(ctx context.Context, call call, userID string) ([]string, error) {
	active := store.Query{Equal: []store.Term{{Field: "userId", Value: userID}, {Field: "isActive", Value: true}}}
	ids, err := a.eachApp(ctx, call, active, func(id string) (bool, error) {
		_, status, err := toggle(ctx, call, a.store.Apps, subjectApp, id, false, "", func(app *model.App) *bool { return &app.IsActive })
		return status == model.ActivationStatusDeactivated, err
	})
	if err != nil {
		return ids, err
	}
	return ids, public(a.store.Users.Finish(ctx, call.TenantID, userID), a.store.Users.Schema())
}

// deleteApps does what the deletion of a user brings with it, and returns the apps deleted.
func (a *Admin) deleteApps(ctx context.Context, call call, userID string) ([]string, error) {
	owned := store.Query{Equal: []store.Term{{Field: "userId", Value: userID}}}
	ids, err := a.eachApp(ctx, call, owned, func(id string) (bool, error) {
		_, err := remove(ctx, call, a.store.Apps, subjectApp, id, "")
		return true, err
	})
	if err != nil {
		return ids, err
	}
	return ids, public(a.store.Users.Finish(ctx, call.TenantID, userID), a.store.Users.Schema())
}

// eachApp calls do for the apps of a query until there are none left, and collects the IDs of those
// for which it returned true. An app that somebody else deleted meanwhile counts as done.
func (a *Admin) eachApp(ctx context.Context, call call, q store.Query, do func(id string) (bool, error)) ([]string, error) {
	ids := []string{}
	q.Limit = cascadeBatch
	for {
		apps, err := a.store.Apps.Find(ctx, call.TenantID, q)
		if err != nil {
			return ids, public(err, a.store.Apps.Schema())
		}
		for _, app := range apps {
			done, err := do(app.ID)
			if err != nil && !isNotFound(err) {
				return ids, err
			}
			if done {
				ids = append(ids, app.ID)
			}
		}
		if len(apps) < cascadeBatch {
			return ids, nil
		}
		q.After = &store.Position{ID: apps[len(apps)-1].ID}
	}
}
