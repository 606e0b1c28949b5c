//go:build tools

// This file keeps what go generate runs in go.mod, at the version that wrote what is committed. It is
// never compiled. gqlgen is kept by codegen.
package main

import _ "github.com/Khan/genqlient"
