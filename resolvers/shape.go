package resolvers

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// shape is how large a document is, in every direction in which one can be made expensive. It is
// taken from a document that may be anything that parses: fragments may be missing, spread
// themselves, or spread each other without end.
type shape struct {
	bytes, tokens, depth, inputDepth, fields, aliases, repeated, directives, fragments, operations int
	// longest is the length of the longest name or value, in bytes.
	longest int
}

// countTokens counts the tokens of a document as the parser does, with comments, up to where it ends
// or can be read no further.
func countTokens(query string) int {
	reader := lexer.New(&ast.Source{Input: query})
	for n := 0; ; n++ {
		if token, err := reader.ReadToken(); err != nil || token.Kind == lexer.EOF {
			return n
		}
	}
}

// beyond lists the limits that the shape goes beyond.
func (s *shape) beyond(limits *Limits) excesses {
	var found excesses
	found.check("bytes", s.bytes, limits.Bytes)
	found.check("tokens", s.tokens, limits.Tokens)
	found.check("depth", s.depth, limits.Depth)
	found.check("inputDepth", s.inputDepth, limits.InputDepth)
	found.check("fields", s.fields, limits.Fields)
	found.check("aliases", s.aliases, limits.Aliases)
	found.check("repeatedFields", s.repeated, limits.RepeatedFields)
	found.check("directives", s.directives, limits.Directives)
	found.check("fragments", s.fragments, limits.Fragments)
	found.check("operations", s.operations, limits.Operations)
	return found
}

// measurer takes the shape of one document.
type measurer struct {
	shape
	fragments map[string]*fragment
	// cyclic says that a fragment spreads itself, directly or through others.
	cyclic bool
}

// fragment is what a fragment amounts to, wherever it is spread.
type fragment struct {
	definition *ast.FragmentDefinition
	extent     extent
	state      int
}

// The states of a fragment.
const (
	unseen = iota
	entered
	measured
)

// extent is how large a selection set is once fragments are in their places.
type extent struct{ fields, depth int }

// measure takes the shape of a document. Where it is not worth validating, because a fragment spreads
// itself, cyclic is true and the shape is that without the spread that closes the circle. Repeated
// fields are counted only where the number of fields is within its limit, so that the work is too.
func measure(query string, document *ast.QueryDocument, limits *Limits) (s shape, cyclic bool) {
	m := measurer{fragments: make(map[string]*fragment, len(document.Fragments))}
	m.bytes, m.shape.fragments, m.operations = len(query), len(document.Fragments), len(document.Operations)
	for _, definition := range document.Fragments {
		if m.fragments[definition.Name] == nil { // of two with one name, the first is spread
			m.fragments[definition.Name] = &fragment{definition: definition}
		}
	}
	var roots []ast.SelectionSet
	for _, operation := range document.Operations {
		m.long(operation.Name)
		m.directives(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			m.long(variable.Variable)
			m.long(variable.Type.Name())
			m.value(variable.DefaultValue, 0)
			m.directives(variable.Directives)
		}
		m.root(m.selections(operation.SelectionSet))
		roots = append(roots, operation.SelectionSet)
	}
	// A fragment that no operation spreads is refused only by the validation that it makes expensive.
	for _, definition := range document.Fragments {
		m.long(definition.Name)
		if f := m.fragments[definition.Name]; f.definition != definition || f.state == unseen {
			m.root(m.fragment(f, definition))
			roots = append(roots, definition.SelectionSet)
		}
	}
	if !m.cyclic && m.shape.fields <= limits.Fields {
		for _, root := range roots {
			m.repeated = add(m.repeated, m.repeats([]ast.SelectionSet{root}))
		}
	}
	return m.shape, m.cyclic
}

// root adds what is validated by itself.
func (m *measurer) root(e extent) {
	m.fields = add(m.fields, e.fields)
	m.depth = max(m.depth, e.depth)
}

func (m *measurer) long(text string) { m.longest = max(m.longest, len(text)) }

// fragment measures a fragment, once.
func (m *measurer) fragment(f *fragment, definition *ast.FragmentDefinition) extent {
	if f.definition != definition { // a second fragment of a name, which nobody can spread
		f = &fragment{definition: definition}
	}
	switch f.state {
	case measured:
		return f.extent
	case entered:
		m.cyclic = true
		return extent{}
	}
	f.state = entered
	m.long(definition.TypeCondition)
	m.directives(definition.Directives)
	f.extent = m.selections(definition.SelectionSet)
	f.state = measured
	return f.extent
}

// selections measures a selection set.
func (m *measurer) selections(set ast.SelectionSet) (e extent) {
	for _, selection := range set {
		var inner extent
		switch selection := selection.(type) {
		case *ast.Field:
			m.long(selection.Name)
			if selection.Alias != selection.Name {
				m.aliases++
				m.long(selection.Alias)
			}
			m.arguments(selection.Arguments)
			m.directives(selection.Directives)
			inner = m.selections(selection.SelectionSet)
			inner.depth++
		case *ast.InlineFragment:
			m.long(selection.TypeCondition)
			m.directives(selection.Directives)
			inner = m.selections(selection.SelectionSet)
			inner.depth++ // validation compares what is in it once more
		case *ast.FragmentSpread:
			m.long(selection.Name)
			m.directives(selection.Directives)
			if f := m.fragments[selection.Name]; f != nil {
				inner = m.fragment(f, f.definition)
			}
		}
		e.fields = add(e.fields, add(inner.fields, 1))
		e.depth = max(e.depth, inner.depth)
	}
	return e
}

func (m *measurer) directives(list ast.DirectiveList) {
	m.shape.directives += len(list)
	for _, directive := range list {
		m.long(directive.Name)
		m.arguments(directive.Arguments)
	}
}

func (m *measurer) arguments(list ast.ArgumentList) {
	for _, argument := range list {
		m.long(argument.Name)
		m.value(argument.Value, 0)
	}
}

// value measures a value that stands in this many lists and objects.
func (m *measurer) value(value *ast.Value, depth int) {
	if value == nil {
		return
	}
	m.long(value.Raw)
	if value.Kind == ast.ListValue || value.Kind == ast.ObjectValue {
		depth++
		m.inputDepth = max(m.inputDepth, depth)
	}
	for _, child := range value.Children {
		m.long(child.Name)
		m.value(child.Value, depth)
	}
}

// repeats counts the fields of these selection sets, which come together in one object of the answer,
// that find their name taken, and goes on to what they have come together from.
func (m *measurer) repeats(sets []ast.SelectionSet) (n int) {
	names := map[string]bool{}
	below := map[string][]ast.SelectionSet{}
	spread := map[string]bool{}
	var collect func(ast.SelectionSet)
	collect = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch selection := selection.(type) {
			case *ast.Field:
				if names[selection.Alias] {
					n++
				}
				names[selection.Alias] = true
				if len(selection.SelectionSet) > 0 {
					below[selection.Alias] = append(below[selection.Alias], selection.SelectionSet)
				}
			case *ast.InlineFragment:
				collect(selection.SelectionSet)
			case *ast.FragmentSpread:
				if f := m.fragments[selection.Name]; f != nil && !spread[selection.Name] {
					spread[selection.Name] = true
					collect(f.definition.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		collect(set)
	}
	for _, sets := range below {
		n = add(n, m.repeats(sets))
	}
	return n
}

// add adds numbers of 0 and more, and stops at the largest.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
