// Package client is a typed Go client of Gatehouse for the end-to-end tests: one function for each
// operation of e2e/operations.graphql, made by genqlient from the schema. That the tests compile
// against it shows that the schema serves a client that has never seen the server.
//
// It is not a client library. What it selects and what it leaves out follows the tests.
package client

//go:generate go run github.com/Khan/genqlient genqlient.yaml
