package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// CostHeader is the header of a request that asks for its cost, in extensions.cost of the answer.
// Any value but the empty one does.
const CostHeader = "GraphQL-Cost"

// Cost is what an operation costs: a field 1, and more where work stands behind it, each as often as
// the pages that it is selected from have elements. It is known before the operation is executed.
type Cost struct {
	Cost  int `json:"cost"`
	Limit int `json:"limit"`
	// The rest is about the document as a whole; see Limits.
	Bytes          int `json:"bytes"`
	Tokens         int `json:"tokens"`
	Depth          int `json:"depth"`
	Fields         int `json:"fields"`
	Aliases        int `json:"aliases"`
	RepeatedFields int `json:"repeatedFields"`
	Directives     int `json:"directives"`
	Fragments      int `json:"fragments"`
	Operations     int `json:"operations"`
}

// CostOf is the cost of the operation that ctx belongs to, as resolvers and extensions have it; false
// outside of one.
func CostOf(ctx context.Context) (*Cost, bool) {
	if !graphql.HasOperationContext(ctx) {
		return nil, false
	}
	cost, ok := graphql.GetOperationContext(ctx).Stats.GetExtension(costName).(*Cost)
	return cost, ok
}

// costName is under what the cost of a request is kept with its operation.
const costName = "Cost"

// costs finds what operations cost, and refuses those that cost too much. It comes behind what may
// change an operation or refuse it for another reason, since whoever is admitted may be charged.
type costs struct {
	limits        *Limits
	admit         func(ctx context.Context, cost int) error
	introspection introspection
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = (*costs)(nil)

// ExtensionName names the extension.
func (*costs) ExtensionName() string { return costName }

// Validate takes the schema.
func (c *costs) Validate(schema graphql.ExecutableSchema) error {
	c.introspection = introspectionOf(schema.Schema())
	return nil
}

// MutateOperationContext weighs one operation.
func (c *costs) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	cost := &Cost{Cost: c.introspection.costOf(operation.Operation, operation.Variables), Limit: c.limits.Cost}
	if ready := documentOf(operation); ready != nil {
		s := ready.shape
		cost.Bytes, cost.Tokens, cost.Depth, cost.Fields, cost.Aliases = s.bytes, s.tokens, s.depth, s.fields, s.aliases
		cost.RepeatedFields, cost.Directives, cost.Fragments, cost.Operations = s.repeated, s.directives, s.fragments, s.operations
	}
	operation.Stats.SetExtension(costName, cost)
	var beyond excesses
	beyond.check("cost", cost.Cost, cost.Limit)
	if err := beyond.err(); err != nil {
		return err
	}
	if c.admit != nil {
		if err := c.admit(ctx, cost.Cost); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

// InterceptResponse tells the cost to whoever asks for it.
func (c *costs) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if cost, ok := CostOf(ctx); ok && graphql.GetOperationContext(ctx).Headers.Get(CostHeader) != "" {
		graphql.RegisterExtension(ctx, "cost", cost)
	}
	return next(ctx)
}
