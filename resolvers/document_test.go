package resolvers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	libraryvalidator "github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"gatehouse/graph"
)

// FuzzDocument prepares any text. It agrees with the library on what parses, and, of what is within
// the limits, on what is valid; what is valid has a cost that reaches every field once.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"{viewer{tenantId}}", "query a($x:[Int!]!=[1]){apps(first:$x){nodes{...f}}} fragment f on App{id ...on Node{id}}",
		"{...a} fragment a on Query{...a}", "{...a} fragment a on Query{...b} fragment b on Query{...a} fragment a on Query{x}", "mutation{deleteUser(id:\"\"\"\n x\"\"\"){deletedId}}",
		"{__schema{types{fields{type{ofType{name}}}}}}", "{a:users{nodes{id id}edges{node{id}}}}#", "{", "\"\\u{1}", "query($a:ID@skip(if:[[{a:1}]])){a}", "subscription{x}",
		"{node(id:1){...on User{apps(first:1 last:999999999999999999999){totalCount}}}}",
	} {
		f.Add(seed)
	}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	limits := DefaultLimits()
	d := &documents{limits: &limits, validator: newValidator(schema, true)}
	lists := introspectionOf(schema)
	f.Fuzz(func(t *testing.T, query string) {
		ready, errs := d.prepare(query)
		if isTooCostly(errs) {
			return
		}
		parsed, err := parser.ParseQuery(&ast.Source{Input: query})
		if (err != nil) != (len(errs) == 1 && errs[0].Extensions["code"] == errcode.ParseFailed) {
			t.Fatalf("the parser says %v of %q, and %v was answered", err, query, errs)
		}
		if err != nil {
			return
		}
		expected := libraryvalidator.ValidateWithRules(schema, parsed, rules.NewDefaultRules())
		if valid := len(expected) == 0 && len(parsed.Operations) > 0; valid != (len(errs) == 0) {
			t.Fatalf("the library says %v of %q, and %v was answered", expected, query, errs)
		}
		if len(errs) > maxErrors {
			t.Fatalf("%d errors were answered", len(errs))
		}
		if ready == nil {
			return
		}
		for _, operation := range ready.tree.Operations {
			if cost, _ := lists.costOf(operation, nil); cost < 1 {
				t.Fatalf("%q costs %d", query, cost)
			}
		}
	})
}

// isTooCostly says whether a request was refused for a limit.
func isTooCostly(errs gqlerror.List) bool {
	return len(errs) == 1 && errs[0].Extensions["code"] == tooCostly
}

// TestKeeper keeps documents by what they take, the last used longest.
func TestKeeper(t *testing.T) {
	t.Parallel()
	var k keeper
	large := func(i int) *document { // four of them fit, five do not
		return &document{query: fmt.Sprint(i), shape: shape{tokens: keptBytes / tokenBytes / 9 * 2}}
	}
	for i := range 4 {
		k.add(large(i))
	}
	if k.get("0") == nil {
		t.Fatal("the first of four is gone")
	}
	k.add(large(4))
	k.add(large(4)) // nothing is kept twice
	for i, kept := range []bool{true, false, true, true, true} {
		if (k.get(fmt.Sprint(i)) != nil) != kept {
			t.Errorf("document %d is kept: %v, want %v", i, !kept, kept)
		}
	}
	k.add(&document{query: "huge", shape: shape{tokens: keptBytes / tokenBytes * 2}})
	if k.order.Len() != 1 || len(k.at) != 1 || k.get("huge") == nil {
		t.Errorf("besides a huge document %d are kept", k.order.Len()-1)
	}
	k.add(&document{query: "small"})
	if k.bytes != len("small") || k.get("small") == nil {
		t.Errorf("a small document after a huge one leaves %d bytes", k.bytes)
	}
}

// TestWorkIsBounded measures documents that are within every limit but one. What the library does to
// validate is counted, not timed: the pairs of fields that it would have to compare.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	limits := DefaultLimits()
	for _, query := range []string{
		"{" + strings.Repeat("a{b{c}}", 280) + "}",
		"{" + strings.Repeat("a{"+strings.Repeat("b ", 40)+"}", 40) + "}",
		"{...f}" + "fragment f on Query{" + strings.Repeat("...on Query{a}", 300) + "}",
	} {
		tree, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := measure(query, tree, &limits)
		s.tokens = countTokens(query)
		if beyond := s.beyond(&limits); len(beyond) != 1 || beyond[0].Limit != "repeatedFields" {
			t.Errorf("%.60s is beyond %v", query, beyond)
		}
	}
}
