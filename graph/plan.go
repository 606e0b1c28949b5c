package graph

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// shape is an object type of the schema.
type shape struct {
	name string
	// implementors are the names of the types whose fragments apply to it.
	implementors []string
	members      map[string]member
}

// member is a field of an object type.
type member struct {
	number int
	// own says that the value is had by a look at the object.
	own bool
	// waits says that gqlgen resolves it side by side with others.
	waits   bool
	nonNull bool
	// of are the numbers of the object types that its value may have.
	of []int
}

// plan is what a selection set asks of an object type, in order.
type plan struct {
	number     int
	selections ast.SelectionSet
	fields     []planned
	// asked are those of the fields that gqlgen executes.
	asked []graphql.CollectedField
	// plain says that there are none, all the way down.
	plain bool
	// size is how long an object came out last, without what gqlgen writes; whole is that of a list of
	// them, or of an answer.
	size, whole atomic.Int64
}

// planned is one field of a plan.
type planned struct {
	// before is what is written before the value: the punctuation and the name.
	before string
	number int
	// plain says that the value is written without asking gqlgen for anything; otherwise asked is the
	// field's place among those that gqlgen executes.
	plain bool
	asked int
	waits bool
	// nonNull says that the object is null when the value is.
	nonNull bool
	// of are the plans for the object types that the value may have.
	of []*plan
}

// The plans of a document may have so many fields for each selection in it, and some more: interfaces
// have plans for each of their types, and fragments make it easy to ask for much in few words. What comes
// after is gqlgen's, which finds out about each object anew. So plans take memory in proportion to their
// document, about 200 bytes a field.
const (
	plannedPerSelection = 2
	plannedMore         = 16
)

// Plans are the plans of one document. They may be kept as long as the document and be used for all
// its operations at the same time. The zero value is ready to use.
type Plans struct {
	examined sync.Once
	lasting  lasting
	mu       sync.RWMutex
	// byFirst are the plans by the first of their selections.
	byFirst map[ast.Selection][]*plan
	// left is how many more fields may be planned.
	left int
}

// lasting says how long the plans of a document are good for.
type lasting int

const (
	// always: nothing in the document depends on a request.
	always lasting = iota
	// perRequest: there are directives, such as @skip, whose arguments may be variables.
	perRequest
	// never: there is @defer, which is gqlgen's.
	never
)

// examine looks at a document for the first time, and says how long its plans are good for.
func (p *Plans) examine(document *ast.QueryDocument) lasting {
	p.examined.Do(func() {
		p.left = plannedMore
		for _, operation := range document.Operations {
			p.look(operation.SelectionSet)
		}
		for _, fragment := range document.Fragments {
			p.look(fragment.SelectionSet)
		}
	})
	return p.lasting
}

func (p *Plans) look(selections ast.SelectionSet) {
	p.left += plannedPerSelection * len(selections)
	for _, selection := range selections {
		var directives ast.DirectiveList
		switch s := selection.(type) {
		case *ast.Field:
			directives = s.Directives
			p.look(s.SelectionSet)
		case *ast.InlineFragment:
			directives = s.Directives
			p.look(s.SelectionSet)
		case *ast.FragmentSpread:
			directives = s.Directives
		}
		switch {
		case directives.ForName("defer") != nil:
			p.lasting = never
		case len(directives) > 0:
			p.lasting = max(p.lasting, perRequest)
		}
	}
}

// find is the plan of a selection set for the object type with that number, made when it is asked for
// the first time. It is nil where there are too many, or what only gqlgen's way of writing answers.
func (p *Plans) find(operation *graphql.OperationContext, shapes []shape, number int, selections ast.SelectionSet) *plan {
	p.mu.RLock()
	found := p.known(number, selections)
	p.mu.RUnlock()
	if found != nil {
		return found
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.make(operation, shapes, number, selections)
}

// known is a plan that was made before. gqlgen merges selection sets into a new one for every request,
// so that only what is in them says which is which.
func (p *Plans) known(number int, selections ast.SelectionSet) *plan {
	for _, candidate := range p.byFirst[selections[0]] {
		if candidate.number == number && slices.Equal(candidate.selections, selections) {
			return candidate
		}
	}
	return nil
}

func (p *Plans) make(operation *graphql.OperationContext, shapes []shape, number int, selections ast.SelectionSet) *plan {
	if found := p.known(number, selections); found != nil {
		return found
	}
	collected := graphql.CollectFields(operation, selections, shapes[number].implementors)
	if len(collected) == 0 || len(collected) > p.left || repeats(collected) {
		return nil
	}
	p.left -= len(collected)
	made := &plan{number: number, selections: selections, fields: make([]planned, len(collected)), plain: true}
	before := "{"
	for i, field := range collected {
		f := &made.fields[i]
		f.before = before + `"` + field.Alias + `":` // a name needs no escape
		before = ","
		m := shapes[number].members[field.Name]
		f.number, f.waits, f.nonNull = m.number, m.waits, m.nonNull
		f.plain = m.own || field.Name == "__typename"
		for _, of := range m.of {
			if !f.plain {
				break
			}
			child := p.make(operation, shapes, of, field.Selections)
			f.of = append(f.of, child)
			f.plain = child != nil && child.plain
		}
		if !f.plain {
			f.asked, f.of, made.plain = len(made.asked), nil, false
			made.asked = append(made.asked, field)
		}
	}
	if p.byFirst == nil {
		p.byFirst = map[ast.Selection][]*plan{}
	}
	p.byFirst[selections[0]] = append(p.byFirst[selections[0]], made)
	return made
}

// repeats says whether there are fields of one name that gqlgen could not merge. It writes only the first.
func repeats(collected []graphql.CollectedField) bool {
	names := make(map[string]bool, len(collected))
	for _, field := range collected {
		if names[field.Alias] {
			return true
		}
		names[field.Alias] = true
	}
	return false
}
