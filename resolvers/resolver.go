package resolvers

import (
	"gatehouse/admin"
	"gatehouse/graph"
)

// Resolver is the root of all resolvers.
type Resolver struct{ Admin *admin.Admin }

var _ graph.ResolverRoot = (*Resolver)(nil)

type (
	queryResolver    struct{ *Resolver }
	mutationResolver struct{ *Resolver }
	userResolver     struct{ *Resolver }
	appResolver      struct{ *Resolver }
)

// Query resolves the fields of Query.
func (r *Resolver) Query() graph.QueryResolver { return &queryResolver{r} }

// Mutation resolves the fields of Mutation.
func (r *Resolver) Mutation() graph.MutationResolver { return &mutationResolver{r} }

// User resolves the fields of User that need a look elsewhere.
func (r *Resolver) User() graph.UserResolver { return &userResolver{r} }

// App resolves the fields of App that need a look elsewhere.
func (r *Resolver) App() graph.AppResolver { return &appResolver{r} }
