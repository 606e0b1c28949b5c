package resolvers

import (
	"context"
	"log/slog"
	"net/http"

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
	schema := graph.NewSchema(graph.Config{
		Resolvers:  &Resolver{Admin: a},
		Directives: graph.DirectiveRoot{Requires: requires},
	}, plansOf)
	runs := &engine{
		schema: schema, source: newPersistedQueries(options.NoPersistedQueries), introspection: !options.NoIntrospection,
		documents: &documents{limits: &options.Limits, validator: newValidator(schema.Schema(), !options.NoSuggestions)},
		variables: variables{schema.Schema()},
		costs:     &costs{limits: &options.Limits, admit: options.Admit, introspection: introspectionOf(schema.Schema())},
		present:   presenter(log), recovered: recovered(log),
	}
	if options.Trusted != nil {
		runs.source = trustedOnly{options.Trusted}
	}
	return &overHTTP{limits: &options.Limits, engine: runs, repeats: repeats{admin: a, log: log}, vary: []string{"Accept"}}
}
