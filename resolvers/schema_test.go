package resolvers_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// schema is the public contract as it stands in the repository.
func schema(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// open are the fields that every caller may select.
func open() []string { return []string{"viewer", "node"} }

// guarded are the fields of Query and Mutation that need a permission.
func guarded(t *testing.T) []*ast.FieldDefinition {
	t.Helper()
	s := schema(t)
	var fields []*ast.FieldDefinition
	for _, field := range slices.Concat(s.Query.Fields, s.Mutation.Fields) {
		if !strings.HasPrefix(field.Name, "__") && !slices.Contains(open(), field.Name) {
			fields = append(fields, field)
		}
	}
	return fields
}

// TestEveryFieldNamesItsPermission walks the schema: a field of Query or Mutation that nobody
// guards would be open to every key.
func TestEveryFieldNamesItsPermission(t *testing.T) {
	fields := guarded(t)
	if len(fields) < 10 {
		t.Fatalf("found only %d fields", len(fields))
	}
	for _, field := range fields {
		if field.Directives.ForName("requires") == nil {
			t.Errorf("%s has no @requires", field.Name)
		}
	}
	s := schema(t)
	for _, name := range open() {
		field := s.Query.Fields.ForName(name)
		if field == nil || field.Directives.ForName("requires") != nil {
			t.Errorf("%s is not open to every caller", name)
		}
	}
	if s.Subscription != nil {
		t.Error("nobody guards the fields of subscriptions")
	}
}

// TestEveryTypeIsDescribed walks the schema as people do in the playground.
func TestEveryTypeIsDescribed(t *testing.T) {
	s := schema(t)
	for _, definition := range s.Types {
		if definition.BuiltIn {
			continue
		}
		if definition.Description == "" {
			t.Errorf("%s %s has no description", strings.ToLower(string(definition.Kind)), definition.Name)
		}
		if definition != s.Query && definition != s.Mutation {
			continue
		}
		for _, field := range definition.Fields {
			if !strings.HasPrefix(field.Name, "__") && field.Description == "" {
				t.Errorf("%s.%s has no description", definition.Name, field.Name)
			}
		}
	}
	for name, directive := range s.Directives {
		if directive.Position.Src.Name == "schema.graphqls" && directive.Description == "" {
			t.Errorf("@%s has no description", name)
		}
	}
}
