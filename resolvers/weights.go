package resolvers

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// What fields weigh besides the 1 that each does; docs/limits.md explains the figures to callers.
const (
	// weightLookup is for one object read from the store by its key.
	weightLookup = 4
	// weightPage is for one page of a list read from the store.
	weightPage = 9
	// weightCount is for totalCount, which counts everything under the filter.
	weightCount = 49
	// weightSecret is for a secret that is opened, which is recorded in the audit trail.
	weightSecret = 24
	// weightChange is for a mutation, weightChanges for one that changes up to 100 objects at once.
	weightChange  = 49
	weightChanges = 149
)

// The sizes of pages; package admin has the same.
const (
	defaultPage = 50
	largestPage = 500
)

// listSize is how many objects are taken to be in a list that has no pages.
func listSize(field string) float64 {
	switch field {
	case "clients": // at most 20, mostly one
		return 5
	case "secrets":
		return 2
	case "changes": // of an audit event: most change a few fields
		return 8
	case "roleAssignments": // those that assignRole has made
		return 100
	}
	return defaultPage
}

// introspection is how many elements introspection's lists have on average, so that reading the whole
// schema weighs about as much as it has objects, and not what nested lists of unknown size would.
type introspection struct {
	sizes map[string]float64
	// widest is how many times more fields the largest type has than the average one.
	widest float64
}

func introspectionOf(schema *ast.Schema) introspection {
	var types, fields, arguments, inputs, values, interfaces, possible, most float64
	for _, t := range schema.Types {
		types++
		interfaces += float64(len(t.Interfaces))
		values += float64(len(t.EnumValues))
		possible += float64(len(schema.PossibleTypes[t.Name]))
		if t.Kind == ast.InputObject {
			inputs += float64(len(t.Fields))
			continue
		}
		fields += float64(len(t.Fields))
		most = max(most, float64(len(t.Fields)))
		for _, field := range t.Fields {
			arguments += float64(len(field.Arguments))
		}
	}
	return introspection{
		widest: most * types / fields,
		sizes: map[string]float64{
			"types": types, "directives": float64(len(schema.Directives)),
			"fields": fields / types, "args": arguments / fields, "inputFields": inputs / types, "enumValues": values / types,
			"interfaces": interfaces / types, "possibleTypes": possible / types,
			"ofType": 0.5, // a chain of them ends after three at the latest
			"__type": most * types / fields, "queryType": most * types / fields, "mutationType": most * types / fields,
		},
	}
}

// load is what a selection set weighs: once, and for each element of the page that it is selected from.
type load struct{ once, each float64 }

// scale weighs one operation.
type scale struct {
	introspection introspection
	variables     map[string]any
	fragments     map[string]load
	// varies says that a variable was looked at.
	varies bool
}

// costOf is the cost of an operation that was validated, with these variables, and whether it may be
// another with others.
func (i introspection) costOf(operation *ast.OperationDefinition, variables map[string]any) (cost int, varies bool) {
	s := scale{introspection: i, variables: variables, fragments: map[string]load{}}
	cost = int(math.Min(math.Ceil(s.selections(operation.SelectionSet).once), math.MaxInt32))
	return cost, s.varies
}

// selections weighs a selection set. What @skip and @include leave out counts like the rest, and so do
// all fragments, whichever of them the object turns out to be: the cost is never less than what is
// executed, and known before.
func (s *scale) selections(set ast.SelectionSet) (total load) {
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			weight := s.field(selection)
			if isConnection(selection.ObjectDefinition) && (selection.Name == "nodes" || selection.Name == "edges") {
				total.each += weight
			} else {
				total.once += weight
			}
		case *ast.InlineFragment:
			inner := s.selections(selection.SelectionSet)
			total.once, total.each = total.once+inner.once, total.each+inner.each
		case *ast.FragmentSpread:
			inner, known := s.fragments[selection.Name]
			if !known && selection.Definition != nil {
				inner = s.selections(selection.Definition.SelectionSet)
				s.fragments[selection.Name] = inner
			}
			total.once, total.each = total.once+inner.once, total.each+inner.each
		}
	}
	return total
}

// field weighs a field with what is selected from it; nodes and edges are weighed as one element.
func (s *scale) field(field *ast.Field) float64 {
	inner := s.selections(field.SelectionSet)
	weight := 1 + ownWeight(field)
	switch {
	case len(field.SelectionSet) == 0:
		return weight
	case strings.HasPrefix(field.Name, "__") || strings.HasPrefix(field.ObjectDefinition.Name, "__"):
		if size, ok := s.introspection.sizes[field.Name]; ok {
			return weight + size*inner.once
		}
	case strings.HasSuffix(field.Definition.Type.Name(), connectionSuffix):
		// The objects of a page are read from the store even if only pageInfo or totalCount is selected.
		return weight + inner.once + s.page(field)*max(inner.each, 1)
	case isConnection(field.ObjectDefinition):
	case field.Definition.Type.Elem != nil:
		return weight + listSize(field.Name)*(1+inner.once)
	}
	return weight + inner.once
}

const connectionSuffix = "Connection"

func isConnection(t *ast.Definition) bool { return strings.HasSuffix(t.Name, connectionSuffix) }

// ownWeight is what a field weighs besides 1, without what is selected from it.
func ownWeight(field *ast.Field) float64 {
	if field.Definition.Directives.ForName("secret") != nil {
		return weightSecret
	}
	if strings.HasSuffix(field.Definition.Type.Name(), connectionSuffix) {
		return weightPage
	}
	switch field.ObjectDefinition.Name {
	case "Mutation":
		if field.Name == "assignRole" || field.Name == "unassignRole" {
			return weightChanges
		}
		return weightChange
	case "Query":
		if field.Definition.Arguments.ForName("id") != nil {
			return weightLookup
		}
	case "App":
		if field.Name == "user" {
			return weightLookup
		}
	case "RoleAssignment":
		if field.Name == "role" || field.Name == "entity" {
			return weightLookup
		}
	}
	if field.Name == "totalCount" {
		return weightCount
	}
	return 0
}

// page is how many elements a field of a list asks for. What is out of bounds is refused later.
func (s *scale) page(field *ast.Field) float64 {
	size := 0.0
	for _, name := range []string{"first", "last"} {
		argument := field.Arguments.ForName(name)
		if argument == nil {
			continue
		}
		var given any
		if argument.Value.Kind == ast.Variable {
			given, s.varies = s.variables[argument.Value.Raw], true
		} else if argument.Value.Kind != ast.NullValue {
			given = json.Number(argument.Value.Raw)
		}
		if given == nil {
			continue
		}
		size = max(size, min(max(number(given), 1), largestPage))
	}
	if size == 0 {
		return defaultPage
	}
	return size
}

// number reads the value of an Int, however it was given; what is none counts as the largest.
func number(value any) float64 {
	var text string
	switch value := value.(type) {
	case int64:
		return float64(value)
	case float64:
		return value
	case json.Number:
		text = value.String()
	case string:
		text = value
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) {
		return largestPage
	}
	return n
}
