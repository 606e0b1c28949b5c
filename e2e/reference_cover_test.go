package e2e_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// coverage sends requests and remembers which places of the schema they wrote and read. A place is a
// path that begins with a type, such as App.user.username.
type coverage struct {
	schema *ast.Schema
	// seen are the places that held something other than null and the empty list.
	seen map[string]bool
	// empty are the places that were asked for and held nothing.
	empty map[string]bool
}

func newCoverage(t *testing.T) *coverage {
	t.Helper()
	return &coverage{schema: loadSchema(t), seen: map[string]bool{}, empty: map[string]bool{}}
}

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	sdl, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// ask sends a request, which must succeed, and returns its data.
func (c *coverage) ask(t *testing.T, p *program, query string, variables map[string]any) map[string]any {
	t.Helper()
	document, problems := gqlparser.LoadQueryWithRules(c.schema, query, nil)
	if len(problems) > 0 {
		t.Fatalf("%v in %s", problems, query)
	}
	text, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	a := p.ask(t, query, string(text))
	var answered struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.Unmarshal([]byte(a.body), &answered); err != nil || len(answered.Errors) > 0 {
		t.Fatalf("%s was answered %s %v", query, a.body, err)
	}
	operation := document.Operations[0]
	for _, variable := range operation.VariableDefinitions {
		c.written(variable.Type, variables[variable.Variable], nil)
	}
	c.read(operation.SelectionSet, answered.Data, nil)
	return answered.Data
}

// read notes what a selection found. Above are the places of the object.
func (c *coverage) read(set ast.SelectionSet, object map[string]any, above []string) {
	for _, selection := range set {
		switch selected := selection.(type) {
		case *ast.InlineFragment:
			c.read(selected.SelectionSet, object, above)
		case *ast.Field:
			places := below(above, selected.ObjectDefinition.Name, selected.Name)
			c.note(selected.Definition.Type, object[selected.Alias], places)
			for _, inner := range objectsIn(object[selected.Alias]) {
				c.read(selected.SelectionSet, inner, places)
			}
		}
	}
}

// written notes what an input gives. Above are the places of the value.
func (c *coverage) written(kind *ast.Type, value any, above []string) {
	definition := c.schema.Types[kind.Name()]
	if definition.Kind != ast.InputObject {
		return
	}
	for _, object := range objectsIn(value) {
		for name, inner := range object {
			field := definition.Fields.ForName(name)
			places := below(above, definition.Name, name)
			c.note(field.Type, inner, places)
			c.written(field.Type, inner, places)
		}
	}
}

// note remembers a value under its places, and the words of enums under theirs.
func (c *coverage) note(kind *ast.Type, value any, places []string) {
	held := c.seen
	if list, isList := value.([]any); value == nil || isList && len(list) == 0 {
		held = c.empty
	}
	for _, place := range places {
		held[place] = true
	}
	if c.schema.Types[kind.Name()].Kind != ast.Enum {
		return
	}
	words, isList := value.([]any)
	if !isList {
		words = []any{value}
	}
	for _, word := range words {
		if text, ok := word.(string); ok {
			c.seen[kind.Name()+"."+text] = true
		}
	}
}

// below are the places of a field: those of its object with its name behind, and its own.
func below(above []string, object, field string) []string {
	places := []string{object + "." + field}
	for _, place := range above {
		places = append(places, place+"."+field)
	}
	return places
}

// objectsIn are the objects that a value is, or is a list of.
func objectsIn(value any) []map[string]any {
	switch v := value.(type) {
	case map[string]any:
		return []map[string]any{v}
	case []any:
		var objects []map[string]any
		for _, element := range v {
			objects = append(objects, objectsIn(element)...)
		}
		return objects
	}
	return nil
}

// has says whether a place is in the schema. Below an interface it may be in any of its types.
func (c *coverage) has(place string) bool {
	steps := strings.Split(place, ".")
	types := []*ast.Definition{c.schema.Types[steps[0]]}
	for i, step := range steps[1:] {
		var next []*ast.Definition
		for _, definition := range types {
			if definition == nil {
				return false
			}
			if definition.Kind == ast.Enum && i == len(steps)-2 && definition.EnumValues.ForName(step) != nil {
				return true
			}
			for _, possible := range append([]*ast.Definition{definition}, c.schema.PossibleTypes[definition.Name]...) {
				if field := possible.Fields.ForName(step); field != nil {
					next = append(next, c.schema.Types[field.Type.Name()])
				}
			}
		}
		if types = next; len(types) == 0 {
			return false
		}
	}
	return len(steps) > 1
}
