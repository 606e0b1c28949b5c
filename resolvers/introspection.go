package resolvers

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// noIntrospection refuses an operation that asks for the schema. gqlgen by itself executes it, answers
// null with an error that has no code, and that would be taken for a fault. __typename is no secret:
// clients need it, and whoever gets an object knows which fields were asked for.
func noIntrospection(operation *ast.OperationDefinition) *gqlerror.Error {
	if asksForSchema(operation.SelectionSet, map[string]bool{}) {
		return coded("INTROSPECTION_DISABLED", "Introspection is turned off on this server (GATEHOUSE_INTROSPECTION): it does not show its schema.")
	}
	return nil
}

// asksForSchema says whether a selection at the root of an operation has __schema or __type. seen are
// the fragments that were looked at.
func asksForSchema(set ast.SelectionSet, seen map[string]bool) bool {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			if selection.Name == "__schema" || selection.Name == "__type" {
				return true
			}
		case *ast.InlineFragment:
			if asksForSchema(selection.SelectionSet, seen) {
				return true
			}
		case *ast.FragmentSpread:
			if seen[selection.Name] || selection.Definition == nil {
				continue
			}
			seen[selection.Name] = true
			if asksForSchema(selection.Definition.SelectionSet, seen) {
				return true
			}
		}
	}
	return false
}
