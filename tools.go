//go:build tools

// This file keeps the code generators in go.mod, at the versions that wrote what is committed. It is
// never compiled.
package main

import (
	_ "github.com/99designs/gqlgen"
	_ "github.com/Khan/genqlient"
)
