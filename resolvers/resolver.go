package resolvers

import (
	"gatehouse/admin"
	"gatehouse/graph"
)

// Resolver is the root of all resolvers.
type Resolver struct{ Admin *admin.Admin }

var _ graph.ResolverRoot = (*Resolver)(nil)

// The resolvers of the types. Each is as large as a pointer, so that none is made on the heap when it is
// asked for.
type (
	queryResolver                 struct{ *Resolver }
	mutationResolver              struct{ *Resolver }
	userResolver                  struct{ *Resolver }
	appResolver                   struct{ *Resolver }
	managementApplicationResolver struct{ *Resolver }
	clientSecretResolver          struct{ *Resolver }
	socialLoginResolver           struct{ *Resolver }
	appleLoginResolver            struct{ *Resolver }
	roleResolver                  struct{ *Resolver }
	roleAssignmentResolver        struct{ *Resolver }
)

// Query resolves the fields of Query.
func (r *Resolver) Query() graph.QueryResolver { return queryResolver{r} }

// Mutation resolves the fields of Mutation.
func (r *Resolver) Mutation() graph.MutationResolver { return mutationResolver{r} }

// User resolves the fields of User that need a look elsewhere.
func (r *Resolver) User() graph.UserResolver { return userResolver{r} }

// App resolves the fields of App that need a look elsewhere.
func (r *Resolver) App() graph.AppResolver { return appResolver{r} }

// ManagementApplication resolves the fields of ManagementApplication that need a look elsewhere.
func (r *Resolver) ManagementApplication() graph.ManagementApplicationResolver {
	return managementApplicationResolver{r}
}

// ClientSecret resolves the fields of ClientSecret that need a look elsewhere.
func (r *Resolver) ClientSecret() graph.ClientSecretResolver { return clientSecretResolver{r} }

// SocialLogin resolves the fields of SocialLogin that need a look elsewhere.
func (r *Resolver) SocialLogin() graph.SocialLoginResolver { return socialLoginResolver{r} }

// AppleLogin resolves the fields of AppleLogin that need a look elsewhere.
func (r *Resolver) AppleLogin() graph.AppleLoginResolver { return appleLoginResolver{r} }

// Role resolves the fields of Role that need a look elsewhere.
func (r *Resolver) Role() graph.RoleResolver { return roleResolver{r} }

// RoleAssignment resolves the fields of RoleAssignment that need a look elsewhere.
func (r *Resolver) RoleAssignment() graph.RoleAssignmentResolver { return roleAssignmentResolver{r} }
