package playground_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// example is one tab of the playground.
type example struct {
	operation *ast.OperationDefinition
	variables map[string]any
}

// fill is one rule of examples/fills.json; web/src/fills.js says what it means.
type fill struct {
	From       string `json:"from"`
	Path       string `json:"path"`
	Into       string `json:"into"`
	Variable   string `json:"variable"`
	NullUnless string `json:"nullUnless"`
	KeepFilled bool   `json:"keepFilled"`
}

// loadExamples reads the examples in the order of the tabs and validates each
// against the schema of this very repository.
func loadExamples(t *testing.T) []example {
	t.Helper()
	sdl, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("examples/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	slices.Sort(files)
	examples := make([]example, 0, len(files))
	for _, file := range files {
		examples = append(examples, loadExample(t, schema, file))
	}
	return examples
}

func loadExample(t *testing.T, schema *ast.Schema, file string) example {
	t.Helper()
	query, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	document, errs := gqlparser.LoadQueryWithRules(schema, string(query), nil)
	if len(errs) > 0 {
		t.Fatalf("%s does not fit the schema: %v", file, errs)
	}
	// One click runs an example only if there is nothing to choose from.
	if len(document.Operations) != 1 || document.Operations[0].Name == "" {
		t.Fatalf("%s has to hold exactly one operation with a name", file)
	}
	// GraphiQL names a tab by a regular expression that skips comments only
	// where the # is the first character of the line.
	for line := range strings.Lines(string(query)) {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") && !strings.HasPrefix(line, "#") {
			t.Errorf("%s: the comment %q has to begin its line", file, strings.TrimSpace(line))
		}
	}
	variables := make(map[string]any)
	text, err := os.ReadFile(strings.TrimSuffix(file, ".graphql") + ".json")
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		t.Fatal(err)
	default:
		if err := json.Unmarshal(text, &variables); err != nil {
			t.Fatalf("the variables of %s: %v", file, err)
		}
	}
	operation := document.Operations[0]
	if _, err := validator.VariableValues(schema, operation, variables); err != nil {
		t.Errorf("the variables of %s: %v", file, err)
	}
	for name := range variables {
		if operation.VariableDefinitions.ForName(name) == nil {
			t.Errorf("%s declares no variable $%s", file, name)
		}
	}
	return example{operation: operation, variables: variables}
}

func TestExamplesFitTheSchemaAndStandInOrder(t *testing.T) {
	examples := loadExamples(t)
	var fields []string
	for _, each := range examples {
		for _, selection := range each.operation.SelectionSet {
			field, ok := selection.(*ast.Field)
			if !ok {
				t.Fatalf("%s selects something other than a field", each.operation.Name)
			}
			fields = append(fields, field.Name)
		}
	}
	want := []string{
		"createUser", "createApp", "setAppStatus", "apps",
		"createManagementApplication", "generateClientSecret", "updateLoginPreferences", "setLoginMethodStatus", "viewer",
	}
	if !slices.Equal(fields, want) {
		t.Errorf("the examples call %v, want %v", fields, want)
	}
}

// Every example is one of the tabs, each tab with the variables beside it.
func TestThePageOpensWithEveryExample(t *testing.T) {
	source, err := os.ReadFile("web/src/examples.js")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("examples/*.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	for _, file := range files {
		if !strings.Contains(string(source), "'../../"+filepath.ToSlash(file)+"'") {
			t.Errorf("web/src/examples.js does not import %s", file)
		}
	}
}

func TestFillsNameWhatTheExamplesHave(t *testing.T) {
	examples := loadExamples(t)
	operations := make(map[string]*ast.OperationDefinition)
	for _, each := range examples {
		operations[each.operation.Name] = each.operation
	}
	text, err := os.ReadFile("examples/fills.json")
	if err != nil {
		t.Fatal(err)
	}
	var fills []fill
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&fills); err != nil {
		t.Fatal(err)
	}
	filled := make(map[string]bool)
	for _, f := range fills {
		from, into := operations[f.From], operations[f.Into]
		if from == nil || into == nil {
			t.Errorf("the fill from %s into %s names an operation that no example has", f.From, f.Into)
			continue
		}
		variable := into.VariableDefinitions.ForName(f.Variable)
		if variable == nil {
			t.Errorf("%s has no variable $%s", f.Into, f.Variable)
			continue
		}
		filled[f.Into+"."+f.Variable] = true
		for _, path := range []string{f.Path, f.NullUnless} {
			if path != "" && !selects(from.SelectionSet, strings.Split(path, ".")) {
				t.Errorf("%s does not select %s", f.From, path)
			}
		}
		if f.NullUnless != "" && variable.Type.NonNull {
			t.Errorf("%s cannot take null for $%s", f.Into, f.Variable)
		}
	}
	// The ID of an object that does not exist yet can only come from a fill.
	for name, operation := range operations {
		for _, variable := range operation.VariableDefinitions {
			if variable.Type.Name() == "ID" && !filled[name+"."+variable.Variable] {
				t.Errorf("nothing fills $%s of %s", variable.Variable, name)
			}
		}
	}
}

// selects says whether a path, in which numbers are places in a list, leads
// through the selection to a leaf.
func selects(set ast.SelectionSet, path []string) bool {
	for len(path) > 0 && strings.Trim(path[0], "0123456789") == "" {
		path = path[1:]
	}
	if len(path) == 0 {
		return len(set) == 0
	}
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok && field.Alias == path[0] {
			return selects(field.SelectionSet, path[1:])
		}
	}
	return false
}
