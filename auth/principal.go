package auth

import (
	"context"
	"slices"

	"gatehouse/model"
)

// Principal is an authenticated caller.
type Principal struct {
	TenantID string
	Actor    model.Actor
	// Permissions are in the order of the schema's enum.
	Permissions []model.Permission
	// RequestID is the X-Request-Id of the request that the principal is making.
	RequestID string
}

// Holds says whether the principal has a permission.
func (p *Principal) Holds(permission model.Permission) bool {
	return slices.Contains(p.Permissions, permission)
}

type contextKey struct{}

// With returns a context in which p is the caller.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the caller, or an UNAUTHENTICATED error where there is none.
func From(ctx context.Context) (*Principal, error) {
	if p, ok := ctx.Value(contextKey{}).(*Principal); ok && p != nil {
		return p, nil
	}
	return nil, unauthenticated()
}
