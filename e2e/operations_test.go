package e2e_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestOperations compares the table of operations with the schema: a field without a row would be
// walked past by every suite that follows the table.
func TestOperations(t *testing.T) {
	schema := loadSchema(t)
	want := map[string]bool{}
	for _, definition := range schema.Types {
		if definition.Kind != ast.Object {
			continue
		}
		for _, field := range definition.Fields {
			isOperation := definition == schema.Query || definition == schema.Mutation
			if isOperation && !strings.HasPrefix(field.Name, "__") || permissionOf(field) != "" {
				want[definition.Name+"."+field.Name] = true
			}
			if !isOperation && permissionOf(field) != "" && field.Type.NonNull {
				t.Errorf("%s.%s needs a permission and cannot be null: the rest of an answer would fall with it", definition.Name, field.Name)
			}
		}
	}
	if len(want) < 30 {
		t.Fatalf("the schema has but %d fields to walk", len(want))
	}
	got := map[string]bool{}
	for _, row := range operations() {
		if got[row.field] {
			t.Errorf("%s has two rows", row.field)
		}
		got[row.field] = true
		fields := fieldsIn(t, schema, row.request)
		if !slices.Contains(fields, row.field) {
			t.Errorf("the request of %s does not select it: %s", row.field, row.request)
		}
		if row.idle != "" && !slices.Contains(fieldsIn(t, schema, row.idle), row.field) {
			t.Errorf("the idle request of %s does not select it: %s", row.field, row.idle)
		}
		isMutation := strings.HasPrefix(row.field, "Mutation.")
		if needed := permissionsIn(t, schema, row.request); isMutation && len(needed) != 1 {
			t.Errorf("the request of %s needs the permissions %v, want its own alone", row.field, needed)
		}
		if isMutation && len(row.events) == 0 {
			t.Errorf("%s is said to leave no audit event", row.field)
		}
		if row.works == "" {
			t.Errorf("nothing tells that %s works", row.field)
		}
	}
	for field := range want {
		if !got[field] {
			t.Errorf("%s has no row", field)
		}
	}
	for field := range got {
		if !want[field] {
			t.Errorf("the row %s has no field in the schema, or one that is open to everybody", field)
		}
	}

	var types []string
	for _, definition := range schema.PossibleTypes["Node"] {
		if definition.Kind == ast.Object {
			types = append(types, definition.Name)
		}
	}
	slices.Sort(types)
	if kinds := slices.Sorted(maps.Keys(nodeKinds())); !slices.Equal(kinds, types) {
		t.Errorf("there are rows for the nodes %v, and in the schema %v", kinds, types)
	}
}

// permissionOf is the permission that the schema asks of whoever selects a field; empty if none.
func permissionOf(field *ast.FieldDefinition) string {
	if requires := field.Directives.ForName("requires"); requires != nil {
		return requires.Arguments.ForName("permission").Value.Raw
	}
	return ""
}

// fieldNamed is the definition of a field such as User.apps.
func fieldNamed(t testing.TB, schema *ast.Schema, name string) *ast.FieldDefinition {
	t.Helper()
	object, field, _ := strings.Cut(name, ".")
	if definition := schema.Types[object]; definition != nil {
		if found := definition.Fields.ForName(field); found != nil {
			return found
		}
	}
	t.Fatalf("the schema has no field %s", name)
	return nil
}

// parsed is the selection of a request.
func parsed(t testing.TB, schema *ast.Schema, request string) ast.SelectionSet {
	t.Helper()
	document, problems := gqlparser.LoadQueryWithRules(schema, request, nil)
	if len(problems) > 0 {
		t.Fatalf("%v in %s", problems, request)
	}
	return document.Operations[0].SelectionSet
}

// fieldsIn are the fields that a request selects, such as User.apps.
func fieldsIn(t testing.TB, schema *ast.Schema, request string) []string {
	t.Helper()
	var fields []string
	eachField(parsed(t, schema, request), func(field *ast.Field) {
		fields = append(fields, field.ObjectDefinition.Name+"."+field.Name)
	})
	return fields
}

// permissionsIn are the permissions that the schema asks of whoever makes a request, each once.
func permissionsIn(t testing.TB, schema *ast.Schema, request string) []string {
	t.Helper()
	var permissions []string
	eachField(parsed(t, schema, request), func(field *ast.Field) {
		if permission := permissionOf(field.Definition); permission != "" && !slices.Contains(permissions, permission) {
			permissions = append(permissions, permission)
		}
	})
	return permissions
}

func eachField(set ast.SelectionSet, do func(*ast.Field)) {
	for _, selection := range set {
		switch selected := selection.(type) {
		case *ast.InlineFragment:
			eachField(selected.SelectionSet, do)
		case *ast.Field:
			do(selected)
			eachField(selected.SelectionSet, do)
		}
	}
}
