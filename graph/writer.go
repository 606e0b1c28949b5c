// Package graph executes GraphQL. What gqlgen generates, generated.go, can execute everything and
// makes for each field of each object a closure and a context, and for each element of a list a
// goroutine, because any field might have to wait for something. Most only hand out what a Go value
// holds. A Writer writes those: what a selection set asks of an object type is found out once, as a
// plan, and then each object is appended to one slice of bytes.
//
// A Writer stands between a field's resolver and gqlgen, where gqlgen lets an interceptor answer with
// JSON that is written already. It writes a value, or leaves it as it is for gqlgen to write:
//
//   - Where the plan asks for nothing but what Go values hold, it writes all at once.
//   - Where it asks for fields with a resolver, an argument, a directive or a context as well, it
//     writes the others, and then has those executed by gqlgen: side by side, and batched.
//   - Where anything is out of the ordinary, a null where the schema allows none, an error, a panic, a
//     type it does not know, it drops what it has written, and gqlgen writes the value from the
//     beginning. So there is one place where errors, their paths and what becomes null because of them
//     are made, and it is gqlgen's. Looking at a value twice does no harm; resolvers are called only
//     after everything else was written, and so once.
//
// docs/decisions/0012-writing-selections.md says why, and what to look at when gqlgen is raised.
package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Writer is a gqlgen extension that writes what fields come to.
type Writer struct {
	kept   func(*graphql.OperationContext) *Plans
	schema *executableSchema
	shapes []shape
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
	graphql.FieldInterceptor
} = (*Writer)(nil)

// NewWriter makes a Writer. kept finds the plans that are kept with the document of an operation; it
// may answer nil, and then they are made for the one operation.
func NewWriter(kept func(*graphql.OperationContext) *Plans) *Writer {
	return &Writer{kept: kept, shapes: shapes()}
}

// writerName is the name of the extension, and of what it keeps with an operation.
const writerName = "Writer"

// ExtensionName names the extension.
func (*Writer) ExtensionName() string { return writerName }

// Validate takes the schema, which must be a Schema.
func (w *Writer) Validate(schema graphql.ExecutableSchema) error {
	own, ok := schema.(Schema)
	if !ok {
		return fmt.Errorf("a Writer needs a Schema, not %T", schema)
	}
	w.schema = own.executableSchema
	return nil
}

// MutateOperationContext finds the plans of an operation.
func (w *Writer) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	plans := w.kept(operation)
	if plans == nil {
		plans = new(Plans)
	}
	switch plans.examine(operation.Doc) {
	case always:
	case perRequest:
		plans = new(Plans)
		plans.examine(operation.Doc)
	case never:
		return nil
	}
	operation.Stats.SetExtension(writerName, plans)
	return nil
}

// InterceptField writes what a field came to.
func (w *Writer) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil || value == nil {
		return value, err
	}
	if written := w.write(ctx, value); written != nil {
		return written, nil
	}
	return value, nil
}

// execution is the execution of one field, of which a value is to be written.
type execution struct {
	writer     *Writer
	operation  *graphql.OperationContext
	plans      *Plans
	selections ast.SelectionSet
}

// begin prepares for writing the value of the field that ctx is about; nil where no operation is
// executed that has plans.
func (w *Writer) begin(ctx context.Context, value any) *execution {
	operation := graphql.GetOperationContext(ctx)
	plans, _ := operation.Stats.GetExtension(writerName).(*Plans)
	if plans == nil {
		return nil
	}
	field := graphql.GetFieldContext(ctx)
	field.Result = value
	return &execution{writer: w, operation: operation, plans: plans, selections: field.Field.Selections}
}

// plan is what the field's selection set asks of an object type; nil where gqlgen is to see to it.
func (e *execution) plan(number int) *plan {
	return e.plans.find(e.operation, e.writer.shapes, number, e.selections)
}

// plansOf is the plans for each of several object types; nil where gqlgen is to see to it.
func (e *execution) plansOf(numbers []int) (plans []*plan, plain bool) {
	plans, plain = make([]*plan, len(numbers)), true
	for i, number := range numbers {
		if plans[i] = e.plan(number); plans[i] == nil {
			return nil, false
		}
		plain = plain && plans[i].plain
	}
	return plans, plain
}

// gqlgen is what gqlgen's generated code is called by.
func (e *execution) gqlgen() *executionContext {
	return newExecutionContext(e.operation, e.writer.schema, nil)
}
