package resolvers

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/model"
	"gatehouse/telemetry"
)

// observe adds to the record of a request what GraphQL knows of its answer: the operation, its cost, and
// the codes of its errors. The operation may be one that was refused, of which less is known.
func observe(record *telemetry.Request, o *operation, response *graphql.Response) {
	if record == nil {
		return
	}
	if o.Operation != nil {
		record.SetOperation(operationOf(o.Operation))
	}
	if o.weighed {
		record.SetCost(o.cost.Cost)
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
func operationOf(o *ast.OperationDefinition) telemetry.Operation {
	found := rootField{left: rootSelections}
	found.look(o.SelectionSet)
	if found.name == "" {
		found.name = fieldNone
	}
	return telemetry.Operation{Type: string(o.Operation), Field: found.name, Name: o.Name}
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
