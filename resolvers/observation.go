package resolvers

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/model"
	"gatehouse/telemetry"
)

// observation adds what GraphQL knows to the record of the request: the operation, its cost, and the
// codes of its errors. It is the first extension, so that it sees what all others have done.
type observation struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = observation{}

// ExtensionName names the extension.
func (observation) ExtensionName() string { return "Observation" }

// Validate takes any schema.
func (observation) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation tells of an operation that is going to be executed.
func (observation) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	ctx, end := telemetry.From(ctx).Operate(ctx, operationOf(graphql.GetOperationContext(ctx)))
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer end()
		return respond(ctx)
	}
}

// InterceptResponse tells of what came of an operation, also of one that was refused.
func (observation) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	record := telemetry.From(ctx)
	if record == nil {
		return response
	}
	if graphql.HasOperationContext(ctx) {
		if operation := graphql.GetOperationContext(ctx); operation.Operation != nil {
			record.SetOperation(operationOf(operation))
		}
	}
	if cost, ok := CostOf(ctx); ok {
		record.SetCost(cost.Cost)
	}
	if response == nil {
		return nil
	}
	for _, err := range response.Errors {
		switch code := err.Extensions["code"].(type) {
		case string:
			record.Fail(code)
		case model.Code:
			record.Fail(string(code))
		default:
			record.Fail("")
		}
	}
	return response
}

const (
	// fieldIntrospection and fieldSeveral stand for what has no one root field to be called by.
	fieldIntrospection = "introspection"
	fieldSeveral       = "several"
	fieldNone          = "none"
	// rootSelections bounds how many selections are looked at: fragments in fragments may be many.
	rootSelections = 100
)

// operationOf says what an operation that was validated asks for.
func operationOf(o *graphql.OperationContext) telemetry.Operation {
	found := rootField{left: rootSelections}
	found.look(o.Operation.SelectionSet)
	if found.name == "" {
		found.name = fieldNone
	}
	return telemetry.Operation{Type: string(o.Operation.Operation), Field: found.name, Name: o.Operation.Name}
}

// rootField finds the one field that an operation selects.
type rootField struct {
	name string
	left int
}

func (r *rootField) look(selections ast.SelectionSet) {
	for _, selection := range selections {
		if r.left--; r.left < 0 {
			r.name = fieldSeveral
		}
		if r.name == fieldSeveral {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			r.add(s)
		case *ast.InlineFragment:
			r.look(s.SelectionSet)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				r.look(s.Definition.SelectionSet)
			}
		}
	}
}

func (r *rootField) add(field *ast.Field) {
	name := field.Name
	switch {
	case name == "__typename" || field.Definition == nil: // says nothing, or is not of the schema
		return
	case strings.HasPrefix(name, "__"):
		name = fieldIntrospection
	}
	if r.name != "" && r.name != name {
		name = fieldSeveral
	}
	r.name = name
}
