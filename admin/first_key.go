package admin

import (
	"context"
	"errors"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

// firstKeyID is the ID of the key that FirstKey makes. It is fixed, so that of several processes
// that start on an empty store together one makes the key.
const firstKeyID = "00000000-0000-7000-8000-000000000002"

// FirstKey makes an admin key with every permission if there is no key at all, and returns it. The
// key is shown this once; only its hash is kept. It is empty when there are keys already.
func (a *Admin) FirstKey(ctx context.Context) (string, error) {
	keys, err := a.store.AdminKeys.Find(ctx, DefaultTenantID, store.Query{Limit: 1})
	if err != nil || len(keys) > 0 {
		return "", err
	}
	key := auth.NewKey()
	call := a.system(DefaultTenantID)
	doc := &model.AdminKey{
		Entity: call.entity(), Name: "first key", Hint: auth.HintOf(key), Hash: auth.HashKey(key),
		Permissions: model.AllPermission,
	}
	doc.ID = firstKeyID
	event, err := call.event(subjectAdminKey, "create", nil, doc)
	if err != nil {
		return "", err
	}
	var duplicate *store.DuplicateError
	if err := a.store.AdminKeys.Insert(ctx, doc, event); errors.As(err, &duplicate) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return key, nil
}
