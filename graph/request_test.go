package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// requestMaker makes requests of everything that the schema offers: at random, and valid.
type requestMaker struct {
	schema *ast.Schema
	random *rand.Rand
	// fragments are the definitions of those that the request spreads.
	fragments []string
	left      int
}

// request is an operation with one to three root fields. Its variables are yes, true, and no, false.
func (m *requestMaker) request() string {
	operation, root := "query", m.schema.Query
	if m.random.IntN(3) == 0 {
		operation, root = "mutation", m.schema.Mutation
	}
	m.fragments, m.left = nil, 200
	var b strings.Builder
	for range 1 + m.random.IntN(3) {
		f := root.Fields[m.random.IntN(len(root.Fields))]
		if strings.HasPrefix(f.Name, "__") {
			f = root.Fields.ForName(map[string]string{"query": "node", "mutation": "setAppStatus"}[operation])
		}
		b.WriteString(" " + m.field(f, "", 1))
	}
	directives := ""
	if strings.Contains(b.String()+strings.Join(m.fragments, ""), "$") {
		directives = " @skip(if: $no) @include(if: $yes)"
		operation += "($yes: Boolean!, $no: Boolean!)"
	}
	return operation + " {" + b.String() + " ...on " + root.Name + directives + " { __typename } }" + strings.Join(m.fragments, "")
}

// field selects a field with the arguments that it needs, and, where that has fields, some of them.
func (m *requestMaker) field(f *ast.FieldDefinition, alias string, depth int) string {
	m.left--
	text := alias + f.Name
	var args []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil {
			args = append(args, a.Name+": "+m.literal(a.Type))
		}
	}
	if len(args) > 0 {
		text += "(" + strings.Join(args, ", ") + ")"
	}
	text += m.directive()
	if d := m.schema.Types[f.Type.Name()]; d.IsCompositeType() {
		text += m.selections(d, depth+1)
	}
	return text
}

// directive is mostly nothing, and now and then what takes or leaves a selection.
func (m *requestMaker) directive() string {
	return map[int]string{
		0: " @skip(if: $no)", 1: " @skip(if: $yes)", 2: " @include(if: $yes)", 3: " @include(if: $no)", 4: " @skip(if: false)",
	}[m.random.IntN(60)]
}

func (m *requestMaker) selections(d *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString(" {")
	if depth > 6 || m.left <= 0 {
		return " { __typename }"
	}
	m.fields(&b, d, d, depth)
	for _, other := range append(m.schema.GetPossibleTypes(d), m.schema.Implements[d.Name]...) {
		if m.random.IntN(3) > 0 {
			continue
		}
		var inner strings.Builder
		m.fields(&inner, other, d, depth)
		if m.random.IntN(2) == 0 {
			fmt.Fprintf(&b, " ...on %s%s {%s }", other.Name, m.directive(), inner.String())
			continue
		}
		name := fmt.Sprintf("f%d", len(m.fragments))
		m.fragments = append(m.fragments, fmt.Sprintf(" fragment %s on %s {%s }", name, other.Name, inner.String()))
		b.WriteString(" ..." + name + m.directive())
		if m.random.IntN(4) == 0 {
			b.WriteString(" ..." + name)
		}
	}
	return b.String() + " }"
}

// fields selects some fields of a type, where the type parent is selected from.
func (m *requestMaker) fields(b *strings.Builder, d, parent *ast.Definition, depth int) {
	if m.random.IntN(4) == 0 || len(d.Fields) == 0 {
		b.WriteString(" __typename")
	}
	before := b.Len()
	some := 1 + m.random.IntN(4)
	for _, f := range d.Fields {
		if m.random.IntN(4) >= some {
			continue
		}
		b.WriteString(" " + m.field(f, m.alias(f, d, parent), depth))
		if m.random.IntN(12) == 0 {
			b.WriteString(" " + m.field(f, "again"+f.Name+": ", depth))
		}
		if m.random.IntN(12) == 0 && d == parent {
			b.WriteString(" " + m.field(f, "", depth))
		}
	}
	if b.Len() == before {
		b.WriteString(" __typename")
	}
}

// alias keeps fields of several types apart that have one name and not one type.
func (*requestMaker) alias(f *ast.FieldDefinition, d, parent *ast.Definition) string {
	if same := parent.Fields.ForName(f.Name); d == parent || same != nil && same.Type.String() == f.Type.String() {
		return ""
	}
	return strings.NewReplacer("[", "_", "]", "_", "!", "_").Replace(f.Name+"_"+f.Type.String()) + ": "
}

// literal is a value with no more in it than there must be.
func (m *requestMaker) literal(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + m.literal(t.Elem) + "]"
	}
	switch d := m.schema.Types[t.NamedType]; {
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	case d.Kind == ast.InputObject && d.Directives.ForName("oneOf") != nil:
		return "{" + d.Fields[0].Name + ": " + m.literal(ast.NonNullNamedType(d.Fields[0].Type.Name(), nil)) + "}"
	case d.Kind == ast.InputObject:
		var fields []string
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+m.literal(f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case t.NamedType == "Boolean":
		return "true"
	case t.NamedType == "Int":
		return "1"
	case t.NamedType == "DateTime":
		return `"2019-08-24T14:15:22.000Z"`
	default:
		return `"1"`
	}
}

// everything selects all fields of a type that need no look elsewhere, and all of what they lead to, but
// for types that were left out.
func (m *requestMaker) everything(d *ast.Definition, without []string) string {
	var b strings.Builder
	b.WriteString(" {")
	for _, f := range d.Fields {
		of := m.schema.Types[f.Type.Name()]
		if slices.Contains(without, of.Name) || strings.HasPrefix(f.Name, "__") || f.Name == "value" || f.Name == "clientSecret" {
			continue
		}
		b.WriteString(" " + f.Name)
		if of.Kind == ast.Object {
			b.WriteString(m.everything(of, without))
			continue
		}
		for i, possible := range m.schema.GetPossibleTypes(of) {
			b.WriteString([]string{" {", ""}[min(i, 1)] + " ...on " + possible.Name + m.everything(possible, without))
		}
		if of.IsAbstractType() {
			b.WriteString(" }")
		}
	}
	return b.String() + " }"
}
