package resolvers

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	library "github.com/vektah/gqlparser/v2/validator"

	"gatehouse/telemetry"
)

// engine takes an operation from its request to its response. It is in the place of gqlgen's server and
// executor, which keep room for extensions, subscriptions and answers in parts. There is nothing of
// that here, and what there is comes in one order that matters; so the steps are called one after the
// other, and what they find out is in one struct instead of a map for each request.
type engine struct {
	schema graphql.ExecutableSchema
	// source finds documents that requests only name.
	source source
	// introspection says whether operations may ask for the schema.
	introspection bool
	documents     *documents
	variables     variables
	costs         *costs
	// present and recovered are what gqlgen does with errors and panics of resolvers.
	present   graphql.ErrorPresenterFunc
	recovered graphql.RecoverFunc
}

// source is where the documents of requests come from.
type source interface {
	// find puts the text of the document into a request that names it, or refuses the request.
	find(ctx context.Context, request *graphql.RawParams) *gqlerror.Error
	// remember is told of every request whose document is valid and within the limits.
	remember(ctx context.Context, request *graphql.RawParams)
}

// operation is an operation with what is known of it, which may be nothing before it is prepared.
type operation struct {
	graphql.OperationContext

	document *document
	// cost is what the operation costs once it is weighed.
	cost    Cost
	weighed bool
}

// operationContext is a context with an operation that is in the same place in memory: each request has
// one.
type operationContext struct {
	context.Context //nolint:containedctx // it is one

	operation operation
}

// Value is the operation, or what the context around has (context.Context).
func (c *operationContext) Value(key any) any {
	if key == (operationKey{}) {
		return &c.operation
	}
	return c.Context.Value(key)
}

// errNoQuery says that an operation other than a query came by GET.
var errNoQuery = errors.New("not a query")

// prepare makes the operation of a request ready to be executed, in the context that it returns. With
// errors the operation is to be refused, in that context too.
func (e *engine) prepare(ctx context.Context, method string, request *graphql.RawParams) (*operation, context.Context, gqlerror.List) {
	within := &operationContext{}
	o := &within.operation
	o.OperationContext = graphql.OperationContext{
		DisableIntrospection: !e.introspection, RecoverFunc: e.recovered,
		ResolverMiddleware:     func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) },
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) },
	}
	within.Context = graphql.WithOperationContext(ctx, &o.OperationContext)
	ctx = within
	if err := e.source.find(ctx, request); err != nil {
		return o, ctx, gqlerror.List{err}
	}
	var errs gqlerror.List
	if o.document, errs = e.documents.ready(request.Query); len(errs) > 0 {
		return o, ctx, errs
	}
	o.RawQuery, o.OperationName, o.Extensions, o.Headers = request.Query, request.OperationName, request.Extensions, request.Headers
	o.Doc = o.document.tree
	if err := e.check(ctx, method, o, request); err != nil {
		return o, ctx, gqlerror.List{err}
	}
	return o, ctx, nil
}

// check finds the operation in its document, and what keeps it from being executed.
func (e *engine) check(ctx context.Context, method string, o *operation, request *graphql.RawParams) *gqlerror.Error {
	if o.Operation = o.Doc.Operations.ForName(request.OperationName); o.Operation == nil {
		return invalid(gqlerror.Errorf("operation %s not found", request.OperationName))
	}
	var err error
	if o.Variables, err = library.VariableValues(e.schema.Schema(), o.Operation, request.Variables); err != nil {
		return invalid(gqlerror.WrapIfUnwrapped(err))
	}
	e.source.remember(ctx, request)
	// Links and pages make browsers send a GET, and whatever repeats requests repeats it (RFC 9110 §9.2.1).
	if method == http.MethodGet && o.Operation.Operation != ast.Query {
		return gqlerror.Wrap(errNoQuery)
	}
	if !e.introspection {
		if err := noIntrospection(o.Operation); err != nil {
			return err
		}
	}
	if err := e.variables.check(o.Operation, o.Variables); err != nil {
		return err
	}
	return e.costs.check(ctx, o)
}

// invalid is an error of a document or its variables.
func invalid(err *gqlerror.Error) *gqlerror.Error {
	errcode.Set(err, errcode.ValidationFailed)
	return err
}

// execute executes an operation that was prepared. It returns nil when its time was over before it
// began.
func (e *engine) execute(ctx context.Context, o *operation) *graphql.Response {
	record := telemetry.From(ctx)
	ctx, end := record.Operate(ctx, operationOf(o.Operation))
	defer end()
	if ctx.Err() != nil {
		return nil
	}
	ctx = graphql.WithResponseContext(ctx, e.present, e.recovered)
	response := e.schema.Exec(ctx)(ctx)
	response.Errors = append(response.Errors, graphql.GetErrors(ctx)...)
	tellCost(o, response)
	observe(record, o, response)
	return response
}

// refuse is the response to an operation that is not executed.
func (e *engine) refuse(ctx context.Context, o *operation, errs gqlerror.List) *graphql.Response {
	ctx = graphql.WithResponseContext(ctx, e.present, e.recovered)
	for _, err := range errs {
		graphql.AddError(ctx, err)
	}
	response := &graphql.Response{Errors: graphql.GetErrors(ctx)}
	tellCost(o, response)
	observe(telemetry.From(ctx), o, response)
	return response
}

// panicked is the response to a request that ended in a panic outside of a resolver.
func (e *engine) panicked(ctx context.Context, panicked any) *graphql.Response {
	err := e.present(ctx, e.recovered(ctx, panicked))
	return &graphql.Response{Errors: gqlerror.List{err}}
}

// tellCost tells the cost to whoever asks for it.
func tellCost(o *operation, response *graphql.Response) {
	if o.weighed && o.Headers.Get(canonicalCostHeader) != "" {
		response.Extensions = map[string]any{"cost": &o.cost}
	}
}
