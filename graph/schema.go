package graph

import (
	"context"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Schema is gqlgen's executable schema, with what fields come to written as the package says.
type Schema struct {
	*executableSchema

	kept   func(context.Context) *Plans
	shapes []shape
}

var _ graphql.ExecutableSchema = (*Schema)(nil)

// NewSchema makes a Schema. kept finds the plans that are kept with the document of the operation that
// the context is about; where it answers nil, plans are made for the one operation.
func NewSchema(config Config, kept func(context.Context) *Plans) *Schema {
	own, ok := NewExecutableSchema(config).(*executableSchema)
	if !ok {
		panic("NewExecutableSchema answers another type than it used to")
	}
	return &Schema{own, kept, shapes()}
}

// Exec executes an operation.
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	plans := s.plans(ctx, operation)
	if plans == nil {
		return s.executableSchema.Exec(ctx)
	}
	e := &execution{operation: operation, gqlgen: newExecutionContext(operation, s.executableSchema, nil), plans: plans, shapes: s.shapes}
	operation.ResolverMiddleware = e.around(operation.ResolverMiddleware)
	switch operation.Operation.Operation {
	case ast.Query:
		return e.query
	case ast.Mutation:
		return e.mutation
	default:
		return s.executableSchema.Exec(ctx)
	}
}

// plans is the plans for an operation; nil where they are of no use.
func (s *Schema) plans(ctx context.Context, operation *graphql.OperationContext) *Plans {
	plans := s.kept(ctx)
	if plans == nil {
		plans = new(Plans)
	}
	switch plans.examine(operation.Doc) {
	case never:
		return nil
	case perRequest:
		plans = new(Plans)
		plans.examine(operation.Doc)
	case always:
	}
	return plans
}

// query executes a query with less ado than gqlgen, which collects its root fields anew each time, and
// makes for every operation a map of the functions that read inputs, one of each input type, so that
// resolvers can call them by graphql.UnmarshalInputFromContext. None of a query does. In gqlgen the map
// would best be made when it is asked for first. Interceptors of root fields are not called: there are none.
// What selects its fields needs no field context of its own either: it adds nothing to their paths.
func (e *execution) query(ctx context.Context) *graphql.Response {
	if e.answered {
		return nil
	}
	e.answered = true
	selections := e.operation.Operation.SelectionSet
	p := e.plan(numberQuery, selections)
	if p == nil {
		var data buffer
		e.gqlgen._Query(ctx, selections).MarshalGQL(&data)
		return &graphql.Response{Data: json.RawMessage(data)}
	}
	data := newBuffer(&p.whole)
	writeMixed(ctx, e, viaQuery(), p, struct{}{}).MarshalGQL(&data)
	p.whole.Store(int64(len(data)))
	return &graphql.Response{Data: json.RawMessage(data)}
}

// mutation executes a mutation as gqlgen does, but for that map: it has the one function that resolvers
// of mutations ask for, which is model.DefaultFirstClient's. It took 43 allocations.
func (e *execution) mutation(ctx context.Context) *graphql.Response {
	if e.answered {
		return nil
	}
	e.answered = true
	ctx = graphql.WithUnmarshalerMap(ctx, graphql.BuildUnmarshalerMap(e.gqlgen.unmarshalInputOidcClientInput))
	var data buffer
	e.gqlgen._Mutation(ctx, e.operation.Operation.SelectionSet).MarshalGQL(&data)
	return &graphql.Response{Data: json.RawMessage(data)}
}
