package resolvers

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/admin"
	"gatehouse/graph"
)

const (
	// tokenLimit bounds a document: validation takes time that grows with the square of repeated
	// fields. The playground's introspection has some 450 tokens.
	tokenLimit = 2000
	// documentCache is how many parsed and validated documents are kept.
	documentCache = 1000
)

// Handler answers GraphQL requests over HTTP. It expects the caller in the request's context; see
// package auth.
func Handler(a *admin.Admin, log *slog.Logger) http.Handler {
	server := handler.New(graph.NewExecutableSchema(graph.Config{
		Resolvers:  &Resolver{Admin: a},
		Directives: graph.DirectiveRoot{Requires: requires},
	}))
	server.AddTransport(post{admin: a, log: log})
	server.SetErrorPresenter(presenter(log))
	server.SetRecoverFunc(recovered(log))
	server.SetQueryCache(lru.New[*ast.QueryDocument](documentCache))
	server.SetParserTokenLimit(tokenLimit)
	server.Use(extension.Introspection{})
	server.Use(&variables{})
	return server
}
