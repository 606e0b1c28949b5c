package admin

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/model"
	"gatehouse/store"
)

// defaultTenantName is what the tenant of the first start is called.
const defaultTenantName = "default"

// EnsureDefaultTenant makes the document of the default tenant if it is not there. Processes that
// start together may race for it.
func (a *Admin) EnsureDefaultTenant(ctx context.Context) error {
	_, err := a.store.Tenants.Get(ctx, DefaultTenantID, DefaultTenantID)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	err = a.store.Tenants.Insert(ctx, a.newTenant(DefaultTenantID, defaultTenantName), nil)
	var duplicate *store.DuplicateError
	if errors.As(err, &duplicate) { // another process was faster
		_, err = a.store.Tenants.Get(ctx, DefaultTenantID, DefaultTenantID)
	}
	return err
}

// CreateTenant makes a tenant with its first admin key, which has every permission and is handed out
// this once. Tenants are the operator's: the audit trail of the new one begins with its key.
//
// The tenant is made first. If the process ends before the key is made, or before anybody has read
// it, the tenant is there without one, and TenantKey makes another.
func (a *Admin) CreateTenant(ctx context.Context, name string) (tenant *model.Tenant, key string, err error) {
	tenant = a.newTenant("", name)
	if err := tenant.Validate(); err != nil {
		return nil, "", err
	}
	if err := a.store.Tenants.Insert(ctx, tenant, nil); err != nil {
		return nil, "", public(err, a.store.Tenants.Schema())
	}
	key, err = a.systemKey(ctx, a.system(tenant.ID), "", "first key")
	if err != nil {
		return nil, "", fmt.Errorf("the tenant %s is made, but not its key; gatehouse tenant key makes one: %w", tenant.ID, err)
	}
	return tenant, key, nil
}

// TenantKey makes one more admin key with every permission for a tenant that is there, and hands it
// out this once. It is the way in for an operator when the tenant's last key is lost.
func (a *Admin) TenantKey(ctx context.Context, id string) (string, error) {
	if _, err := a.store.Tenants.Get(ctx, id, id); err != nil {
		return "", public(err, a.store.Tenants.Schema())
	}
	return a.systemKey(ctx, a.system(id), "", "operator's key")
}

// Tenants calls do for every tenant, in the order in which they were made.
func (a *Admin) Tenants(ctx context.Context, do func(*model.Tenant) error) error {
	return a.store.Tenants.Each(ctx, do)
}

// newTenant is a tenant that belongs to itself. It gets an ID of its own unless one is given.
func (a *Admin) newTenant(id, name string) *model.Tenant {
	tenant := &model.Tenant{Entity: a.system("").entity(), Name: name}
	if id != "" {
		tenant.ID = id
	}
	tenant.TenantID = tenant.ID
	tenant.Normalize()
	return tenant
}
