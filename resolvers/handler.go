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
	// NoIntrospection refuses requests for the schema.
	NoIntrospection bool
	// NoPersistedQueries turns automatic persisted queries off. With trusted documents they are anyway.
	NoPersistedQueries bool
	// Trusted are the only documents that run; nil when any may.
	Trusted *TrustedDocuments
	// Admit is asked once for each operation that is within the limits, before it is executed, with its
	// cost; an error refuses it, a *model.Error with TooManyRequests by the status of HTTP. nil admits all.
	Admit func(ctx context.Context, cost int) error
}

// Handler answers GraphQL requests over HTTP. It expects the caller in the request's context; see
// package auth.
func Handler(a *admin.Admin, log *slog.Logger, options Options) http.Handler {
	server := handler.New(graph.NewSchema(graph.Config{
		Resolvers:  &Resolver{Admin: a},
		Directives: graph.DirectiveRoot{Requires: requires},
	}, plansOf))
	server.AddTransport(overHTTP{limits: &options.Limits, repeats: repeats{admin: a, log: log}})
	server.SetErrorPresenter(presenter(log))
	server.SetRecoverFunc(recovered(log))
	ready := &documents{limits: &options.Limits, suggest: !options.NoSuggestions}
	server.SetQueryCache(ready)
	server.Use(observation{})
	// What finds the document of a request comes before what reads it.
	if options.Trusted != nil {
		server.Use(trustedOnly{options.Trusted})
	} else {
		server.Use(newPersistedQueries(options.NoPersistedQueries))
	}
	server.Use(ready)
	server.Use(queriesByGET{})
	if options.NoIntrospection {
		server.Use(noIntrospection{})
	} else {
		server.Use(extension.Introspection{})
	}
	server.Use(&variables{})
	server.Use(&costs{limits: &options.Limits, admit: options.Admit})
	return server
}
