package resolvers

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"gatehouse/graph"
)

// document is a document that may be executed.
type document struct {
	query string
	tree  *ast.QueryDocument
	shape shape
	// plans are how its selections are written.
	plans graph.Plans
	// costs are what those of its operations cost whose variables make no difference.
	costs sync.Map // of int, by *ast.OperationDefinition
}

// documents makes documents ready: parsed, within the limits and valid, and keeps them for the next
// time. gqlgen's own executor validates whatever parses, to the last error, and only then asks what
// others think of it.
type documents struct {
	limits    *Limits
	validator *validator
	kept      keeper
}

// ready is the document with this text.
func (d *documents) ready(query string) (*document, gqlerror.List) {
	if kept := d.kept.get(query); kept != nil {
		return kept, nil
	}
	made, errs := d.prepare(query)
	if len(errs) > 0 {
		return nil, errs
	}
	d.kept.add(made)
	return made, nil
}

// plansOf is where the plans of the document are kept that is executed, nil when there is none.
func plansOf(ctx context.Context) *graph.Plans {
	if o, ok := ctx.Value(operationKey{}).(*operation); ok && o.document != nil {
		return &o.document.plans
	}
	return nil
}

// prepare parses a document, measures it and validates it, in this order, and stops where something
// is wrong.
func (d *documents) prepare(query string) (*document, gqlerror.List) {
	if len(query) > d.limits.Bytes { // too long to be read for more
		return nil, refused((&shape{bytes: len(query)}).beyond(d.limits))
	}
	tokens := countTokens(query)
	if tokens > d.limits.Tokens { // too many to be put together
		return nil, refused((&shape{tokens: tokens}).beyond(d.limits))
	}
	tree, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		failed := gqlerror.WrapIfUnwrapped(err)
		errcode.Set(failed, errcode.ParseFailed)
		return nil, gqlerror.List{failed}
	}
	s, cyclic := measure(query, tree, d.limits)
	s.tokens = tokens
	if beyond := s.beyond(d.limits); len(beyond) > 0 {
		return nil, refused(beyond)
	}
	if cyclic {
		return nil, d.validator.cycles(tree)
	}
	if errs := d.validator.check(tree, &s); len(errs) > 0 {
		return nil, errs
	}
	return &document{query: query, tree: tree, shape: s}, nil
}

func refused(beyond excesses) gqlerror.List { return gqlerror.List{beyond.err()} }

const (
	// keptBytes is about how much memory the documents may take that are kept.
	keptBytes = 64 << 20
	// tokenBytes is about how much memory a token takes that was parsed, and planned for writing.
	tokenBytes = 450
)

// keeper keeps the documents that were asked for last, as long as they fit into keptBytes: a number of
// documents would bound nothing, because one may be as large as hundreds of others.
type keeper struct {
	mu    sync.Mutex
	order list.List // of *document, the last used in front
	at    map[string]*list.Element
	bytes int
}

func (d *document) weight() int { return len(d.query) + d.shape.tokens*tokenBytes }

// get is the document with this text, nil when it is not kept.
func (k *keeper) get(query string) *document {
	k.mu.Lock()
	defer k.mu.Unlock()
	element := k.at[query]
	if element == nil {
		return nil
	}
	k.order.MoveToFront(element)
	kept, _ := element.Value.(*document)
	return kept
}

// add keeps a document, instead of those that were not asked for the longest.
func (k *keeper) add(d *document) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at == nil {
		k.at = map[string]*list.Element{}
	}
	if k.at[d.query] != nil {
		return
	}
	k.at[d.query] = k.order.PushFront(d)
	k.bytes += d.weight()
	for k.bytes > keptBytes && k.order.Len() > 1 {
		if last, ok := k.order.Remove(k.order.Back()).(*document); ok {
			delete(k.at, last.query)
			k.bytes -= last.weight()
		}
	}
}
