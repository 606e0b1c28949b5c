package graph

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// via is how objects of one type are written.
type via[T any] struct {
	number    int
	put       func(*buffer, *plan, T) bool
	putMember func(*buffer, *planned, T) bool
	// ask has gqlgen execute the field with that number.
	ask func(*executionContext, context.Context, int, graphql.CollectedField, T) graphql.Marshaler
}

// writeObject writes an object, which is the value that a field came to; nil where that is for gqlgen
// to do.
func writeObject[T any](ctx context.Context, e *execution, x via[T], value any, obj T) graphql.Marshaler {
	p := e.plan(x.number, e.begin(ctx, value))
	if p == nil {
		return nil
	}
	if !p.plain {
		return writeMixed(ctx, e, x, p, obj)
	}
	b := newBuffer(&p.size)
	if !try(func() bool { return x.put(&b, p, obj) }) {
		return nil
	}
	p.size.Store(int64(len(b)))
	return &b
}

// try does what appends to a buffer. A panic says no more than that it was not possible: gqlgen comes
// to the same one, and tells of it.
func try(put func() bool) (done bool) {
	defer func() {
		if recover() != nil {
			done = false
		}
	}()
	return put()
}

// mixed is an object of which gqlgen executes some fields.
type mixed struct {
	// text is the rest, with a place for each of those, which is where cuts says.
	text buffer
	cuts []int
	// values are what the fields come to that gqlgen executes, and invalid those of them whose null makes
	// the object null.
	values  []graphql.Marshaler
	invalid atomic.Uint32
	// fewCuts and fewValues are room for as many as most objects have.
	fewCuts   [4]int
	fewValues [4]graphql.Marshaler
}

// MarshalGQL writes the object (graphql.Marshaler).
func (m *mixed) MarshalGQL(w io.Writer) {
	from := 0
	for i, cut := range m.cuts {
		_, _ = w.Write(m.text[from:cut]) // the writer is a buffer
		m.values[i].MarshalGQL(w)
		from = cut
	}
	_, _ = w.Write(m.text[from:])
}

// writeMixed writes an object of which gqlgen is to execute some fields; nil where that is for gqlgen
// to do, and then none of them has been executed.
func writeMixed[T any](ctx context.Context, e *execution, x via[T], p *plan, obj T) graphql.Marshaler {
	m := &mixed{text: newBuffer(&p.size)}
	m.cuts = m.fewCuts[:0]
	if !try(func() bool { return m.put(p, func(f *planned) bool { return x.putMember(&m.text, f, obj) }) }) {
		return nil
	}
	p.size.Store(int64(len(m.text)))
	if m.values = m.fewValues[:]; len(p.asked) > len(m.values) {
		m.values = make([]graphql.Marshaler, len(p.asked))
	}
	ec := e.gqlgen
	var waiting *graphql.FieldSet // where any has to
	for i := range p.fields {
		f := &p.fields[i]
		switch {
		case f.plain:
		case f.waits && len(p.asked) > 1:
			if waiting == nil {
				waiting = graphql.NewFieldSet(p.asked)
			}
			waiting.Concurrently(f.asked, func(ctx context.Context) (value graphql.Marshaler) {
				defer func() {
					if r := recover(); r != nil {
						ec.Error(ctx, ec.Recover(ctx, r))
					}
				}()
				value = x.ask(ec, ctx, f.number, p.asked[f.asked], obj)
				m.keep(f, value)
				return value
			})
		default:
			m.keep(f, x.ask(ec, ctx, f.number, p.asked[f.asked], obj))
		}
	}
	if waiting != nil {
		waiting.Dispatch(ctx)
	}
	if m.invalid.Load() > 0 {
		return graphql.Null
	}
	return m
}

// put writes everything but what gqlgen is to execute.
func (m *mixed) put(p *plan, member func(*planned) bool) bool {
	for i := range p.fields {
		f := &p.fields[i]
		m.text.text(f.before)
		if !f.plain {
			m.cuts = append(m.cuts, len(m.text))
		} else if !member(f) {
			return false
		}
	}
	m.text.text("}")
	return true
}

// keep keeps what a field came to, and counts a null that makes the object null.
func (m *mixed) keep(f *planned, value graphql.Marshaler) {
	m.values[f.asked] = value
	if value == graphql.RequiredNull || f.nonNull && value == graphql.Null {
		m.invalid.Add(1)
	}
}

// listVia is how lists of one type are written.
type listVia[T any] struct {
	// numbers are those of the object types that elements may have.
	numbers []int
	put     func(*buffer, []*plan, []T) bool
	// batch tells gqlgen's batch resolvers which objects belong together; nil where there are none.
	batch func(context.Context, []T) context.Context
	// mixed writes an element of which gqlgen is to execute some fields; nil where gqlgen writes such
	// lists.
	mixed func(context.Context, *execution, []*plan, T) graphql.Marshaler
	// gqlgen has gqlgen write an element.
	gqlgen func(*executionContext, context.Context, ast.SelectionSet, T) graphql.Marshaler
}

// writeList writes a list of objects; nil where that is for gqlgen to do.
func writeList[T any](ctx context.Context, e *execution, x listVia[T], list []T) graphql.Marshaler {
	selections := e.begin(ctx, list)
	of, plain := e.plansOf(x.numbers, selections)
	switch {
	case of == nil:
		return nil
	case plain:
		b := newBuffer(&of[0].whole)
		if !try(func() bool { return x.put(&b, of, list) }) {
			return nil
		}
		of[0].whole.Store(int64(len(b)))
		return &b
	case x.mixed == nil:
		return nil
	}
	if x.batch != nil {
		ctx = x.batch(ctx, list)
	}
	array := graphql.MarshalSliceConcurrently(ctx, len(list), 0, false, func(ctx context.Context, i int) graphql.Marshaler {
		graphql.GetFieldContext(ctx).Result = &list[i]
		if written := x.mixed(ctx, e, of, list[i]); written != nil {
			return written
		}
		return x.gqlgen(e.gqlgen, ctx, selections, list[i])
	})
	for _, element := range array {
		if element == graphql.Null {
			return graphql.Null
		}
	}
	return array
}
