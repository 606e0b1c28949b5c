// Package graph executes GraphQL. What gqlgen generates, generated.go, can execute everything and
// makes for each field of each object a closure and a context, and for each element of a list a
// goroutine, because any field might have to wait for something. Most only hand out what a Go value
// holds. Those are written here: what a selection set asks of an object type is found out once, as a
// plan, and then each object is appended to one slice of bytes.
//
// That is done between a field's resolver and gqlgen, where gqlgen lets an interceptor answer with JSON
// that is written already. A value is written, or left as it is for gqlgen to write:
//
//   - Where the plan asks for nothing but what Go values hold, all is written at once.
//   - Where it asks for fields with a resolver, an argument, a directive or a context as well, the
//     others are written, and then those are executed by gqlgen: side by side, and batched.
//   - Where anything is out of the ordinary, a null where the schema allows none, an error, a panic, an
//     unknown type, what was written is dropped, and gqlgen writes the value from the beginning. So there
//     is one place where errors, their paths and what becomes null because of them are made, and it is
//     gqlgen's. Looking at a value twice does no harm; resolvers are called only after everything else
//     was written, and so once.
//
// docs/decisions/0012-writing-selections.md says why, and what to look at when gqlgen is raised.
package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// execution is one operation that is executed.
type execution struct {
	operation *graphql.OperationContext
	// gqlgen is what gqlgen has generated for executing fields.
	gqlgen *executionContext
	plans  *Plans
	shapes []shape
	// answered says that the one answer of a query was asked for.
	answered bool
}

// around writes what fields come to, after inner.
func (e *execution) around(inner graphql.FieldMiddleware) graphql.FieldMiddleware {
	return func(ctx context.Context, next graphql.Resolver) (any, error) {
		value, err := inner(ctx, next)
		if err != nil || value == nil {
			return value, err
		}
		if written := e.write(ctx, value); written != nil {
			return written, nil
		}
		return value, nil
	}
}

// begin notes what a field came to, as gqlgen does before it writes a value, and returns what is
// selected of it.
func (e *execution) begin(ctx context.Context, value any) ast.SelectionSet {
	field := graphql.GetFieldContext(ctx)
	field.Result = value
	return field.Field.Selections
}

// plan is what a selection set asks of an object type; nil where gqlgen is to see to it.
func (e *execution) plan(number int, selections ast.SelectionSet) *plan {
	return e.plans.find(e.operation, e.shapes, number, selections)
}

// plansOf is the plans for each of several object types; nil where gqlgen is to see to it.
func (e *execution) plansOf(numbers []int, selections ast.SelectionSet) (plans []*plan, plain bool) {
	plans, plain = make([]*plan, len(numbers)), true
	for i, number := range numbers {
		if plans[i] = e.plan(number, selections); plans[i] == nil {
			return nil, false
		}
		plain = plain && plans[i].plain
	}
	return plans, plain
}
