package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"gatehouse/graph"
	"gatehouse/model"
)

// shelf answers with what it has at hand.
type shelf struct {
	graph.QueryResolver
	graph.MutationResolver
	apps model.AppConnection
	deep model.ManagementApplication
}

// shelves has one shelf.
type shelves struct {
	graph.ResolverRoot
	shelf *shelf
}

func (s shelves) Query() graph.QueryResolver { return s.shelf }

func (s shelves) Mutation() graph.MutationResolver { return s.shelf }

func (s *shelf) CreateApp(context.Context, model.CreateAppInput) (*model.AppPayload, error) {
	return &model.AppPayload{App: s.apps.Nodes[0]}, nil
}

func (s *shelf) App(context.Context, string) (*model.App, error) { return s.apps.Nodes[0], nil }

func (s *shelf) Apps(context.Context, *int32, *string, *int32, *string, *model.AppFilter, *model.AppOrder) (*model.AppConnection, error) {
	return &s.apps, nil
}

func (s *shelf) ManagementApplication(context.Context, string) (*model.ManagementApplication, error) {
	return &s.deep, nil
}

func newShelf(apps int) graph.ResolverRoot {
	uri := "https://example.com/callback"
	s := &shelf{}
	for i := range apps {
		now := time.UnixMilli(1_566_656_062_000)
		s.apps.Nodes = append(s.apps.Nodes, &model.App{
			Entity: model.NewEntity("tenant", model.SystemActor(), now), UserID: model.NewID(now), Name: fmt.Sprintf("app %d", i), RedirectURI: &uri,
		})
	}
	s.apps.Info = &model.PageInfo{EndCursor: &uri, Next: func(context.Context) (bool, error) { return true, nil }}
	s.deep = deepApplication()
	return shelves{shelf: s}
}

// deepApplication has two clients and every login method.
func deepApplication() model.ManagementApplication {
	var deep model.ManagementApplication
	maker := &valueMaker{random: rand.New(rand.NewPCG(1, 1))}
	maker.fill(reflect.ValueOf(&deep).Elem(), -deepest)
	deep.StoredClients = make([]model.StoredClient, 2)
	for i := range deep.StoredClients {
		maker.fill(reflect.ValueOf(&deep.StoredClients[i]).Elem(), -deepest)
		deep.StoredClients[i].SAML, deep.StoredClients[i].OIDC = nil, new(model.OidcSettings)
		maker.fill(reflect.ValueOf(deep.StoredClients[i].OIDC).Elem(), -deepest)
	}
	deep.DefaultClientID = deep.StoredClients[0].ID
	return deep
}

const appFields = "{ id name userId redirectUri isActive createdBy { type name } createdAt updatedAt revision }"

// execute is the execution of a request, from the operation to the bytes of its data; what comes before
// and after belongs to others.
func execute(tb testing.TB, resolvers graph.ResolverRoot, request string, planned bool) func() []byte {
	tb.Helper()
	config := graph.Config{Resolvers: resolvers, Directives: graph.DirectiveRoot{
		Requires: func(ctx context.Context, _ any, next graphql.Resolver, _ model.Permission) (any, error) {
			return next(ctx)
		},
	}}
	schema := graph.NewExecutableSchema(config)
	if planned {
		schema = graph.NewSchema(config, keptPlans())
	}
	e := executor.New(schema)
	ctx, operation, err := prepare(e, request)
	if err != nil {
		tb.Fatal(err)
	}
	middleware := operation.ResolverMiddleware
	return func() []byte {
		// A server has an operation for each request. This one is used again, and must not keep what was
		// put around its middleware the time before.
		operation.ResolverMiddleware = middleware
		respond, ctx := e.DispatchOperation(ctx, operation)
		response := respond(ctx)
		if len(response.Errors) > 0 {
			tb.Fatal(response.Errors)
		}
		return response.Data
	}
}

// TestAllocationsOfWriting holds how often executing a request allocates; the length of a list must not
// matter. gqlgen alone allocates 257 times for the get, 8,371 times for the list of 50 and 2,823 times
// for the management application; for the create 285 times.
func TestAllocationsOfWriting(t *testing.T) {
	const get, list = `{ app(id: "1") ` + appFields + ` }`, `{ apps { nodes ` + appFields + ` pageInfo { hasNextPage endCursor } } }`
	const create = `mutation { createApp(input: {userId: "1", name: "n"}) { app ` + appFields + ` } }`
	for _, c := range []struct {
		name, request string
		apps          int
		most          float64
	}{{"get", get, 1, 44}, {"create", create, 1, 75}, {"list of 50", list, 50, 60}, {"list of 500", list, 500, 60}, {"management application", deepRequest(), 1, 77}} {
		run := execute(t, newShelf(c.apps), c.request, true)
		first := string(run())
		if got := testing.AllocsPerRun(100, func() { run() }); got > c.most {
			t.Errorf("a %s allocates %v times, more than %v", c.name, got, c.most)
		} else {
			t.Logf("a %s allocates %v times", c.name, got)
		}
		if stock := string(execute(t, newShelf(c.apps), c.request, false)()); len(first) != len(stock) {
			t.Errorf("a %s is written otherwise than by gqlgen", c.name)
		}
	}
}

// deepRequest selects a management application with every field of its own, and of everything that is
// in it.
func deepRequest() string {
	maker := &requestMaker{schema: graph.NewExecutableSchema(graph.Config{}).Schema()}
	return `{ managementApplication(id: "1")` + maker.everything(maker.schema.Types["ManagementApplication"], []string{"ManagementApplication", "RoleAssignmentConnection"}) + ` }`
}

// BenchmarkExecution compares execution by gqlgen alone and by plans.
func BenchmarkExecution(b *testing.B) {
	for _, c := range []struct{ name, request string }{
		{"get", `{ app(id: "1") ` + appFields + ` }`},
		{"list", `{ apps { nodes ` + appFields + ` pageInfo { hasNextPage endCursor } } }`},
		{"deep", deepRequest()},
	} {
		for _, side := range []struct {
			name    string
			planned bool
		}{{"gqlgen", false}, {"schema", true}} {
			b.Run(c.name+"/"+side.name, func(b *testing.B) {
				run := execute(b, newShelf(50), c.request, side.planned)
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
			})
		}
	}
}
