package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/graph"
	"gatehouse/model"
)

// noResolvers is for where a world answers.
type noResolvers struct{ graph.ResolverRoot }

// configuration is a schema where a world answers.
func configuration() graph.Config {
	return graph.Config{Resolvers: noResolvers{}, Directives: graph.DirectiveRoot{
		Requires: func(ctx context.Context, _ any, next graphql.Resolver, permission model.Permission) (any, error) {
			if permission == model.PermissionLoginPreferencesRead && graphql.GetFieldContext(ctx).Field.Alias != "loginPreferences" {
				return nil, errors.New("no")
			}
			return next(ctx)
		},
	}}
}

func newExecutor(schema graphql.ExecutableSchema, extensions ...graphql.HandlerExtension) *executor.Executor {
	e := executor.New(schema)
	e.SetRecoverFunc(func(_ context.Context, err any) error { return fmt.Errorf("panic: %v", err) })
	for _, extension := range extensions {
		e.Use(extension)
	}
	return e
}

// prepare is a request, ready to be executed.
func prepare(e *executor.Executor, request string) (context.Context, *graphql.OperationContext, error) {
	ctx := graphql.StartOperationTrace(context.Background())
	operation, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: request, Variables: map[string]any{"yes": true, "no": false}})
	if len(errs) > 0 {
		return nil, nil, errs
	}
	operation.DisableIntrospection = false
	return ctx, operation, nil
}

// answer executes a request and counts what was written of it. Errors are sorted: fields that wait are
// executed at the same time.
func answer(t *testing.T, e *executor.Executor, request string, counts *counter) string {
	t.Helper()
	ctx, operation, err := prepare(e, request)
	if err != nil {
		t.Fatalf("%s is not valid: %v", request, err)
	}
	respond, ctx := e.DispatchOperation(ctx, operation)
	if counts != nil {
		operation.ResolverMiddleware = counts.around(operation.ResolverMiddleware)
	}
	var lines []string
	for response := respond(ctx); response != nil; response = respond(ctx) {
		lines = append(lines, string(response.Data))
		first := len(lines)
		for _, err := range response.Errors {
			line, err := json.Marshal(err)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, string(line))
		}
		slices.Sort(lines[first:])
	}
	return strings.Join(lines, "\n")
}

// keptPlans keeps the plans of one document, as a cache of documents does.
func keptPlans() func(context.Context) *graph.Plans {
	plans := map[*ast.QueryDocument]*graph.Plans{}
	return func(ctx context.Context) *graph.Plans {
		document := graphql.GetOperationContext(ctx).Doc
		if plans[document] == nil {
			plans[document] = new(graph.Plans)
		}
		return plans[document]
	}
}

// TestSchemaWritesWhatGqlgenWrites executes requests of the whole schema by a Schema and by gqlgen's, over values of all kinds: as they should be, null where none may be, with errors and with panics.
func TestSchemaWritesWhatGqlgenWrites(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	reached := map[string]bool{}
	reach := func(object, field string) {
		mu.Lock()
		defer mu.Unlock()
		reached[object+"."+field] = true
	}
	counts := &counter{}
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	var failed, nulls int
	for seed := range uint64(1000) {
		maker := &requestMaker{schema: schema, random: rand.New(rand.NewPCG(seed, 0))}
		w := world{seed: seed, trouble: []int{0, 0, 200, 30, 10}[seed%5]}
		request := maker.request()
		stock := w
		stock.reached = reach
		want := answer(t, newExecutor(graph.NewExecutableSchema(configuration()), stock), request, nil)
		written := newExecutor(graph.NewSchema(configuration(), keptPlans()), w)
		for range 2 { // the second time with the plans of the first
			if got := answer(t, written, request, counts); got != want {
				t.Fatalf("seed %d: %s\nis written   %s\ngqlgen writes %s", seed, request, got, want)
			}
		}
		if strings.Contains(want, `"message"`) {
			failed++
		}
		if strings.HasPrefix(want, "null") {
			nulls++
		}
	}
	for _, d := range schema.Types {
		if d.Kind != ast.Object || strings.HasPrefix(d.Name, "__") {
			continue
		}
		for _, f := range d.Fields {
			if !reached[d.Name+"."+f.Name] && !strings.HasPrefix(f.Name, "__") {
				t.Errorf("no request came to %s.%s", d.Name, f.Name)
			}
		}
	}
	t.Logf("%d values written, %d left; %d answers with errors, %d of null", counts.written, counts.left, failed, nulls)
	if counts.written < 10000 || counts.left < 1000 || failed < 500 || nulls < 100 {
		t.Error("this is too few of some to prove anything")
	}
}

// TestUnusualRequestsAreWrittenAlike executes what chance does not make: what is left to gqlgen whole.
func TestUnusualRequestsAreWrittenAlike(t *testing.T) {
	t.Parallel()
	const many = " id name isActive createdAt updatedAt revision createdBy { id name type }"
	for name, request := range map[string]string{
		"deferred":                `{ app(id: "1") { id ... @defer(label: "more") { user { username } } } }`,
		"the same twice, apart":   `{ node(id: "1") { ... on Node { id } ... on Application { id name } ... on RoleEntity { __typename } } }`,
		"all of it left out":      `query($yes: Boolean!, $no: Boolean!) { app(id: "1") { id @skip(if: $yes) name @include(if: $no) } }`,
		"more than is planned":    `{ a: app(id: "1") { ...f } b: app(id: "2") { ...f name } c: app(id: "3") { ...f id } d: app(id: "4") { ...f userId } e: app(id: "5") { ...f redirectUri } } fragment f on App {` + many + ` }`,
		"merged differently":      `{ a: app(id: "1") { ...f } b: app(id: "1") { ...f createdBy { type } } } fragment f on App { createdBy { id } }`,
		"the schema and a value":  `{ __schema { queryType { name } } __type(name: "App") { fields { name } } app(id: "1") { id } }`,
		"nothing but __typename":  `{ __typename app(id: "1") { __typename } }`,
		"a mutation of two parts": `mutation { a: setAppStatus(id: "1", status: true) { app { id } status } b: deleteApp(id: "1") { deletedId } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				w := world{seed: seed}
				want := answer(t, newExecutor(graph.NewExecutableSchema(configuration()), w), request, nil)
				written := newExecutor(graph.NewSchema(configuration(), keptPlans()), w)
				if got := answer(t, written, request, nil); got != want {
					t.Fatalf("is written   %s\ngqlgen writes %s", got, want)
				}
			}
		})
	}
}

// counter counts how many objects and lists were written, and left to gqlgen.
type counter struct {
	mu            sync.Mutex
	written, left int
}

// around counts what comes out of inner.
func (c *counter) around(inner graphql.FieldMiddleware) graphql.FieldMiddleware {
	return func(ctx context.Context, next graphql.Resolver) (any, error) {
		value, err := inner(ctx, next)
		if err == nil && value != nil && len(graphql.GetFieldContext(ctx).Field.Selections) > 0 {
			c.mu.Lock()
			defer c.mu.Unlock()
			if _, ok := value.(graphql.Marshaler); ok {
				c.written++
			} else {
				c.left++
			}
		}
		return value, err
	}
}
