package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/auth"
	"gatehouse/model"
)

// requires lets a caller select a field only with the permission that the schema names.
func requires(ctx context.Context, _ any, next graphql.Resolver, permission model.Permission) (any, error) {
	principal, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	if !principal.Holds(permission) {
		return nil, &model.Error{Code: model.Forbidden, Message: "This needs the permission " + permission.String() + "."}
	}
	return next(ctx)
}
