package resolvers

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
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
}

// documents makes documents ready: parsed, within the limits and valid, and keeps them for the next
// time. gqlgen would parse and validate by itself; it validates whatever parses, to the last error,
// and only then asks its extensions what they think of it. So this comes first, and gqlgen finds the
// document in what it takes for its cache.
type documents struct {
	limits    *Limits
	validator *validator
	suggest   bool
	kept      keeper
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.Cache[*ast.QueryDocument]
} = (*documents)(nil)

// documentName is under what the document of a request is kept with its operation.
const documentName = "Document"

// ExtensionName names the extension.
func (*documents) ExtensionName() string { return documentName }

// Validate takes the schema.
func (d *documents) Validate(schema graphql.ExecutableSchema) error {
	d.validator = newValidator(schema.Schema(), d.suggest)
	return nil
}

// MutateOperationParameters makes the document of one request ready. Extensions that find a document
// in another way than in the request must come before it.
func (d *documents) MutateOperationParameters(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	ready := d.kept.get(request.Query)
	if ready == nil {
		var errs gqlerror.List
		if ready, errs = d.prepare(request.Query); len(errs) > 0 {
			return several(errs)
		}
		d.kept.add(ready)
	}
	graphql.GetOperationContext(ctx).Stats.SetExtension(documentName, ready)
	return nil
}

// Get hands gqlgen the document of its request.
func (*documents) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	ready := documentOf(graphql.GetOperationContext(ctx))
	if ready == nil {
		return nil, false
	}
	return ready.tree, true
}

// Add is called for documents that Get does not have, which are none.
func (*documents) Add(context.Context, string, *ast.QueryDocument) {}

// documentOf is the document of an operation, nil when there is none.
func documentOf(operation *graphql.OperationContext) *document {
	ready, _ := operation.Stats.GetExtension(documentName).(*document)
	return ready
}

// plansOf is where the plans of the document are kept that is executed, nil when there is none.
func plansOf(ctx context.Context) *graph.Plans {
	if ready := documentOf(graphql.GetOperationContext(ctx)); ready != nil {
		return &ready.plans
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

// manyErrors carries several errors to where gqlgen expects one.
type manyErrors struct{ list gqlerror.List }

func (m manyErrors) Error() string { return m.list.Error() }

func several(list gqlerror.List) *gqlerror.Error {
	if len(list) == 1 {
		return list[0]
	}
	return &gqlerror.Error{Err: manyErrors{list}, Message: "There are several errors."}
}

// apart is a list of errors with those apart that came as one.
func apart(list gqlerror.List) gqlerror.List {
	if len(list) == 1 {
		if many, ok := list[0].Err.(manyErrors); ok { //nolint:errorlint // it is made above, and not wrapped
			return many.list
		}
	}
	return list
}

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
