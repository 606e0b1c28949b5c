package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor" //nolint:depguard // tests take inputs as the generated server coerces them

	"gatehouse/graph" //nolint:depguard // tests take inputs as the generated server coerces them
	"gatehouse/model"
)

// taker is a server that answers nothing and keeps what its mutations get: the inputs as GraphQL
// coerces them, with the defaults of the schema.
type taker struct {
	graph.ResolverRoot
	graph.MutationResolver
	input any
	// firstClient is what DefaultFirstClient makes within createManagementApplication.
	firstClient model.ClientInput
}

var errTaken = errors.New("taken")

func (t *taker) Mutation() graph.MutationResolver { return t }

func (t *taker) CreateManagementApplication(ctx context.Context, in model.CreateManagementApplicationInput) (*model.CreateManagementApplicationPayload, error) {
	client, err := model.DefaultFirstClient(ctx, in.Name)
	t.input, t.firstClient = in, client
	return nil, errors.Join(errTaken, err)
}

func (t *taker) UpdateManagementApplication(_ context.Context, _ string, in model.UpdateManagementApplicationInput, _ *int32) (*model.ManagementApplicationPayload, error) {
	t.input = in
	return nil, errTaken
}

func (t *taker) AddClient(_ context.Context, _ string, in model.ClientInput) (*model.AddClientPayload, error) {
	t.input = in
	return nil, errTaken
}

func (t *taker) UpdateLoginPreferences(_ context.Context, _ string, in model.LoginPreferencesInput, _ *int32) (*model.LoginPreferencesPayload, error) {
	t.input = in
	return nil, errTaken
}

func (t *taker) UpdateRole(_ context.Context, _ string, in model.UpdateRoleInput, _ *int32) (*model.RolePayload, error) {
	t.input = in
	return nil, errTaken
}

// take sends a mutation with its input in a variable, written as JSON, and answers what arrives.
func take(mutation, inputType, input string) (*taker, error) {
	t := &taker{}
	e := executor.New(graph.NewExecutableSchema(graph.Config{Resolvers: t, Directives: graph.DirectiveRoot{
		Requires: func(ctx context.Context, _ any, next graphql.Resolver, _ model.Permission) (any, error) {
			return next(ctx)
		},
	}}))
	decoder := json.NewDecoder(bytes.NewReader([]byte(`{"input":` + input + `}`)))
	decoder.UseNumber()
	params := &graphql.RawParams{
		Query:    strings.NewReplacer("TYPE", inputType, "MUTATION", mutation).Replace("mutation($input: TYPE!) { MUTATION }"),
		ReadTime: graphql.TraceTiming{Start: time.Now(), End: time.Now()},
	}
	if err := decoder.Decode(&params.Variables); err != nil {
		return nil, fmt.Errorf("the test's own input %s: %w", input, err)
	}
	ctx := graphql.StartOperationTrace(context.Background())
	operation, errs := e.CreateOperationContext(ctx, params)
	if errs != nil {
		return nil, errs
	}
	handler, ctx := e.DispatchOperation(ctx, operation)
	response := handler(ctx)
	if len(response.Errors) != 1 || !errors.Is(response.Errors[0], errTaken) {
		return nil, response.Errors
	}
	return t, nil
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func taken[T any](t fataler, mutation, inputType, input string) T {
	t.Helper()
	got, err := take(mutation, inputType, input)
	if err != nil {
		t.Fatalf("%s does not arrive: %v", input, err)
	}
	value, ok := got.input.(T)
	if !ok {
		t.Fatalf("%T arrives", got.input)
	}
	return value
}

func createInput(t fataler, input string) model.CreateManagementApplicationInput {
	t.Helper()
	return taken[model.CreateManagementApplicationInput](t, "createManagementApplication(input: $input) { clientSecret { id } }", "CreateManagementApplicationInput", input)
}

func updateInput(t fataler, input string) model.UpdateManagementApplicationInput {
	t.Helper()
	return taken[model.UpdateManagementApplicationInput](t, `updateManagementApplication(id: "1", input: $input) { managementApplication { id } }`, "UpdateManagementApplicationInput", input)
}

func clientInput(t fataler, input string) model.ClientInput {
	t.Helper()
	return taken[model.ClientInput](t, `addClient(managementApplicationId: "1", input: $input) { client { id } }`, "ClientInput", input)
}

func loginInput(t fataler, methods string) model.LoginPreferencesInput {
	t.Helper()
	return taken[model.LoginPreferencesInput](t, `updateLoginPreferences(applicationId: "1", input: $input) { application { id } }`, "LoginPreferencesInput", `{"authMethods": `+methods+`}`)
}

func roleInput(t fataler, input string) model.UpdateRoleInput {
	t.Helper()
	return taken[model.UpdateRoleInput](t, `updateRole(id: "1", input: $input) { role { id } }`, "UpdateRoleInput", input)
}

// broken lists the violations of err as "path CODE", joined by commas; empty for none.
func broken(t fataler, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *model.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no error that callers see", err)
	}
	if e.Code != model.BadUserInput {
		return string(e.Code)
	}
	all := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		path := make([]string, len(v.Path))
		for j, p := range v.Path {
			path[j] = fmt.Sprint(p)
		}
		all[i] = strings.TrimSpace(strings.Join(path, ".") + " " + v.Code)
	}
	return strings.Join(all, ", ")
}

func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC) }

func base() model.Entity {
	return model.NewEntity("tenant", model.Actor{Type: model.ActorTypeSystem, ID: "test", Name: "test"}, now())
}

// newClient makes a client of its input, with a secret where it needs one.
func newClient(t fataler, id, input string) model.StoredClient {
	t.Helper()
	in := clientInput(t, input)
	if err := in.Check(); err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	c := model.NewClient(id, in, now())
	giveSecret(t, &c)
	return c
}

func giveSecret(t fataler, c *model.StoredClient) {
	t.Helper()
	if !c.NeedsSecret() {
		return
	}
	if _, err := c.GenerateSecret(model.NewID(now()), strings.Repeat("s", 43), nil, now()); err != nil {
		t.Fatalf("generate a secret: %v", err)
	}
}

// newApplication makes an application of its input, with a default client.
func newApplication(t fataler, input string) *model.ManagementApplication {
	t.Helper()
	return model.NewManagementApplication(base(), createInput(t, input), newClient(t, "c1", `{"oidc": {"name": "First"}}`))
}

// text is s as JSON.
func text(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func a(n int) string { return strings.Repeat("a", n) }

func ptr[T any](v T) *T { return &v }
