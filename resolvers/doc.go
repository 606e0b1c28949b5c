// Package resolvers is the GraphQL side of Gatehouse: the methods that the generated code of package
// graph calls, one file an entity, and what turns a request into an answer around them.
//
// Resolvers are thin. Each hands its arguments to one method of admin and returns what that returns;
// rules live there. What is here besides is how GraphQL is spoken: permissions (directives.go), the
// public form of errors (errors.go), and HTTP: its transport (transport.go), what it reads (request.go)
// and which media type it answers with (negotiate.go).
//
// A request is made ready before it is executed, the cheapest step first, so that whatever it has in
// it is known before it takes long: its values are counted (input.go), its document is found
// (persisted.go, or trusted.go where only registered documents run), parsed and measured (document.go,
// shape.go), held to the limits (limits.go), validated (validation.go), and the operation weighed
// (cost.go, weights.go). Documents that came so far are kept.
package resolvers
