// Command codegen writes packages graph and model from schema.graphqls and gqlgen.yml. It is gqlgen's
// own generator with one plugin: writers, which adds to package graph the code that writes objects
// without a goroutine, a context and a closure for each of their fields. Nothing that gqlgen writes is
// changed, and what the plugin writes calls it wherever more than a look at a Go value is needed. See
// docs/decisions/0012-writing-selections.md.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	log.SetOutput(io.Discard) // gqlgen tells of every field for which it asks for a resolver
	cfg, err := config.LoadConfig("gqlgen.yml")
	if err != nil {
		return fmt.Errorf("read gqlgen.yml: %w", err)
	}
	if err := api.Generate(cfg, api.AddPlugin(writers{})); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	return nil
}
