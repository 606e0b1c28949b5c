package resolvers

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/model"
)

// variables refuses values of variables that the library lets through and should not. A nullable
// variable may stand where null is not allowed, as long as there is a default (GraphQL §5.8.5); but
// when its value is null after all, that is an error (§6.4.1), and not the zero value of a type: a
// status of null must not deactivate anything. And the words of enums are taken as they are written.
//
// A value inside one whole input variable is checked against its type by the library. The first
// maxErrors violations are told.
type variables struct{ schema *ast.Schema }

// check checks the variables of one operation.
func (v variables) check(operation *ast.OperationDefinition, values map[string]any) *gqlerror.Error {
	if len(values) == 0 {
		return nil
	}
	var found model.Violations
	null := false
	for _, definition := range operation.VariableDefinitions {
		value, given := values[definition.Variable]
		null = null || (given && value == nil)
		if _, text := value.(string); text && !v.isEnum(definition.Type) { // as nearly all are
			continue
		}
		v.words(&found, definition.Type, value, &step{name: definition.Variable})
	}
	if null {
		walk := nulls{values: values, found: &found, seen: map[string]bool{}}
		walk.directives(operation.Directives)
		walk.selection(operation.SelectionSet)
	}
	if err := found.Err(); err != nil {
		return gqlerror.Wrap(err)
	}
	return nil
}

// step is one element of the path to a value, from the last one back. A path is only put together
// where there is something to tell.
type step struct {
	before *step
	// name is that of a field or variable; empty for an element of a list, which has an index.
	name  string
	index int
}

// path is all elements, the first one first.
func (s *step) path() []any {
	var path []any
	for ; s != nil; s = s.before {
		if s.name == "" {
			path = append(path, s.index)
		} else {
			path = append(path, s.name)
		}
	}
	slices.Reverse(path)
	return path
}

// isEnum says whether a type is an enum, or a list of them.
func (v variables) isEnum(t *ast.Type) bool {
	definition := v.schema.Types[t.Name()]
	return definition != nil && definition.Kind == ast.Enum
}

// words checks the enums in a value.
func (v variables) words(found *model.Violations, expected *ast.Type, value any, at *step) {
	if len(*found) >= maxErrors {
		return
	}
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			if expected.Elem != nil {
				v.words(found, expected.Elem, element, &step{before: at, index: i})
			}
		}
	case map[string]any:
		definition := v.schema.Types[expected.Name()]
		if definition == nil || definition.Kind != ast.InputObject {
			return
		}
		for _, field := range definition.Fields {
			if element, given := value[field.Name]; given {
				v.words(found, field.Type, element, &step{before: at, name: field.Name})
			}
		}
	case string:
		definition := v.schema.Types[expected.Name()]
		if v.isEnum(expected) && definition.EnumValues.ForName(value) == nil {
			found.Add("UNKNOWN_VALUE", "must be one of the words of "+definition.Name+", as they are written", at.path()...)
		}
	}
}

// nulls looks for variables that are null where null is not allowed.
type nulls struct {
	values map[string]any
	found  *model.Violations
	// seen are the fragments that were looked at.
	seen map[string]bool
}

func (n *nulls) selection(set ast.SelectionSet) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			n.arguments(selection.Arguments)
			n.directives(selection.Directives)
			n.selection(selection.SelectionSet)
		case *ast.InlineFragment:
			n.directives(selection.Directives)
			n.selection(selection.SelectionSet)
		case *ast.FragmentSpread:
			n.directives(selection.Directives)
			if !n.seen[selection.Name] && selection.Definition != nil {
				n.seen[selection.Name] = true
				n.selection(selection.Definition.SelectionSet)
			}
		}
	}
}

func (n *nulls) directives(list ast.DirectiveList) {
	for _, directive := range list {
		n.arguments(directive.Arguments)
	}
}

func (n *nulls) arguments(list ast.ArgumentList) {
	for _, argument := range list {
		n.value(argument.Value, &step{name: argument.Name})
	}
}

func (n *nulls) value(value *ast.Value, at *step) {
	if len(*n.found) >= maxErrors {
		return
	}
	if value.Kind == ast.Variable {
		given, there := n.values[value.Raw]
		if there && given == nil && value.ExpectedType != nil && value.ExpectedType.NonNull {
			n.found.Add("REQUIRED", "must not be null", at.path()...)
		}
		return
	}
	for i, child := range value.Children {
		below := step{before: at, name: child.Name}
		if value.Kind == ast.ListValue {
			below = step{before: at, index: i}
		}
		n.value(child.Value, &below)
	}
}
