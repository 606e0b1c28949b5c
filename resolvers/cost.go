package resolvers

import (
	"context"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// CostHeader is the header of a request that asks for its cost, in extensions.cost of the answer.
// Any value but the empty one does.
const CostHeader = "GraphQL-Cost"

// canonicalCostHeader is how http.Header has it.
const canonicalCostHeader = "Graphql-Cost"

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

// operationKey is under what the context of an operation has it.
type operationKey struct{}

// CostOf is the cost of the operation that ctx belongs to, as resolvers and Options.Admit have it; false
// outside of one.
func CostOf(ctx context.Context) (*Cost, bool) {
	o, ok := ctx.Value(operationKey{}).(*operation)
	if !ok || !o.weighed {
		return nil, false
	}
	return &o.cost, true
}

// costs finds what operations cost, and refuses those that cost too much.
type costs struct {
	limits        *Limits
	admit         func(ctx context.Context, cost int) error
	introspection introspection
}

// costOf is the cost of an operation: the same each time, unless a variable says how long a page is.
func (c *costs) costOf(o *operation) int {
	if cost, known := o.document.costs.Load(o.Operation); known {
		return cost.(int) //nolint:errcheck // there is nothing else in it
	}
	cost, varies := c.introspection.costOf(o.Operation, o.Variables)
	if !varies {
		o.document.costs.Store(o.Operation, cost)
	}
	return cost
}

// check weighs one operation. It comes behind what may refuse it for another reason, since whoever is
// admitted may be charged.
func (c *costs) check(ctx context.Context, o *operation) *gqlerror.Error {
	s := &o.document.shape
	o.weighed, o.cost = true, Cost{
		Cost: c.costOf(o), Limit: c.limits.Cost,
		Bytes: s.bytes, Tokens: s.tokens, Depth: s.depth, Fields: s.fields, Aliases: s.aliases,
		RepeatedFields: s.repeated, Directives: s.directives, Fragments: s.fragments, Operations: s.operations,
	}
	var beyond excesses
	beyond.check("cost", o.cost.Cost, o.cost.Limit)
	if err := beyond.err(); err != nil {
		return err
	}
	if c.admit != nil {
		if err := c.admit(ctx, o.cost.Cost); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}
