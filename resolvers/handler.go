package resolvers

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"gatehouse/admin"
	"gatehouse/graph"
)

// Options are what an operator can set about GraphQL.
type Options struct {
	Limits Limits
	// NoSuggestions leaves out of errors which names of the schema are similar to an unknown one.
	NoSuggestions bool
	// Admit is asked once for each operation that is within the limits, before it is executed, with its
	// cost; an error refuses it, a *model.Error with TooManyRequests by the status of HTTP. nil admits all.
	Admit func(ctx context.Context, cost int) error
}

// Handler answers GraphQL requests over HTTP. It expects the caller in the request's context; see
// package auth.
func Handler(a *admin.Admin, log *slog.Logger, options Options) http.Handler {
	server := handler.New(graph.NewExecutableSchema(graph.Config{
		Resolvers:  &Resolver{Admin: a},
		Directives: graph.DirectiveRoot{Requires: requires},
	}))
	server.AddTransport(post{limits: &options.Limits, repeats: repeats{admin: a, log: log}})
	server.SetErrorPresenter(presenter(log))
	server.SetRecoverFunc(recovered(log))
	ready := &documents{limits: &options.Limits, suggest: !options.NoSuggestions}
	server.SetQueryCache(ready)
	server.Use(extension.Introspection{})
	server.Use(ready)
	server.Use(&variables{})
	server.Use(&costs{limits: &options.Limits, admit: options.Admit})
	return server
}
