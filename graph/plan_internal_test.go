package graph

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestPlansAreBounded asks for a long fragment in many places and then for something short: of the
// fragment there are a few plans, and what does not fit takes nothing from the rest, however often it is
// asked for.
func TestPlansAreBounded(t *testing.T) {
	t.Parallel()
	const long, places = 21, 10
	var fields, uses strings.Builder
	for i := range long {
		fmt.Fprintf(&fields, " f%d: id", i)
	}
	for i := range places {
		fmt.Fprintf(&uses, " a%d: app(id: \"1\") { ...F }", i)
	}
	text := "{" + uses.String() + ` app(id: "1") { id } } fragment F on App {` + fields.String() + "}"
	document, errs := gqlparser.LoadQueryWithRules(NewExecutableSchema(Config{}).Schema(), text, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	operation, plans := &graphql.OperationContext{Doc: document}, new(Plans)
	plans.examine(document)
	room := plans.left
	for range 3 {
		made := 0
		for _, selection := range document.Operations[0].SelectionSet {
			field, ok := selection.(*ast.Field)
			if !ok {
				t.Fatalf("%T", selection)
			}
			planned := plans.find(operation, shapes(), numberApp, field.SelectionSet) != nil
			if planned {
				made++
			}
			if len(field.SelectionSet) == 1 && field.Alias == "app" && !planned {
				t.Error("one field is not planned")
			}
		}
		if want := (room-1)/long + 1; made != want || made > places {
			t.Errorf("%d plans were made, want %d", made, want)
		}
	}
}
