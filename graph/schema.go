package graph

import (
	"bytes"
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Schema executes queries with less ado than gqlgen's own schema, which it is for everything else.
// gqlgen makes a map of the functions that read inputs, one of each input type, for every operation, so
// that resolvers can call them by graphql.UnmarshalInputFromContext. Only a mutation does.
//
// In gqlgen the map would best be made when it is asked for first.
type Schema struct{ *executableSchema }

var _ graphql.ExecutableSchema = Schema{}

// NewSchema makes a Schema.
func NewSchema(config Config) Schema {
	own, ok := NewExecutableSchema(config).(*executableSchema)
	if !ok {
		panic("NewExecutableSchema answers another type than it used to")
	}
	return Schema{own}
}

// Exec executes an operation.
func (s Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Query || operation.Stats.GetExtension(writerName) == nil {
		return s.executableSchema.Exec(ctx)
	}
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		var data bytes.Buffer
		ec := newExecutionContext(operation, s.executableSchema, nil)
		ec._Query(ctx, operation.Operation.SelectionSet).MarshalGQL(&data)
		return &graphql.Response{Data: data.Bytes()}
	}
}
