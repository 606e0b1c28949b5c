package admin

import (
	"context"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

// AdminKeys is a page of admin keys, in the order in which they were made.
func (a *Admin) AdminKeys(ctx context.Context, args model.PageArgs) (*model.AdminKeyConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	page, err := list(ctx, a.store.AdminKeys, call.TenantID, args, store.Query{})
	if err != nil {
		return nil, err
	}
	return &model.AdminKeyConnection{Page: *page}, nil
}

// CreateAdminKey makes an admin key, of permissions that the caller holds, and hands it out this
// once: only its hash is kept.
func (a *Admin) CreateAdminKey(ctx context.Context, in model.CreateAdminKeyInput) (*model.CreateAdminKeyPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	key := auth.NewKey()
	doc := model.NewAdminKey(call.entity(), in, auth.HashKey(key), auth.HintOf(key))
	if err := model.Violations(nil).And(doc.ValidateNew(call.now), "input"); err != nil {
		return nil, err
	}
	if err := call.mayGrant(doc.Permissions); err != nil {
		return nil, err
	}
	if err := insert(ctx, a, call, a.store.AdminKeys, subjectAdminKey, doc); err != nil {
		return nil, err
	}
	return &model.CreateAdminKeyPayload{AdminKey: doc, Key: key}, nil
}

// RevokeAdminKey deletes an admin key, perhaps the caller's own: whoever asks for a caller looks the
// key up, so that no process takes it from now on. It may be the tenant's last. The operator then
// makes another (TenantKey); for the default tenant so does the next start (FirstKey).
func (a *Admin) RevokeAdminKey(ctx context.Context, id string) (*model.RevokeAdminKeyPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := removeAs(ctx, call, a.store.AdminKeys, subjectAdminKey, "revoke", id, ""); err != nil {
		return nil, err
	}
	return &model.RevokeAdminKeyPayload{RevokedID: id}, nil
}

// systemKey makes an admin key with every permission for the operator of the program, who needs no
// permission for that: the call is the system's. id, unless empty, is the ID that it gets.
func (a *Admin) systemKey(ctx context.Context, call call, id, name string) (string, error) {
	key := auth.NewKey()
	in := model.CreateAdminKeyInput{Name: name, Permissions: model.AllPermission}
	doc := model.NewAdminKey(call.entity(), in, auth.HashKey(key), auth.HintOf(key))
	if id != "" {
		doc.ID = id
	}
	event, err := call.event(subjectAdminKey, "create", nil, doc)
	if err != nil {
		return "", err
	}
	if err := a.store.AdminKeys.Insert(ctx, doc, event); err != nil {
		return "", err
	}
	return key, nil
}
