package resolvers

import (
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// withoutValues is an error about a document without what the caller wrote there as a value. The
// parser and the validator repeat it in their messages, and it may be a secret that stands in the
// wrong place: clientSecret: ["…"]. Locations still say where it is.
func withoutValues(err *gqlerror.Error) *gqlerror.Error {
	shown := *err
	switch err.Extensions["code"] {
	case errcode.ParseFailed:
		// Strings and block strings alone: names and punctuation help, and are no secrets.
		if before, _, found := strings.Cut(err.Message, `String "`); found {
			shown.Message = before + "String"
		}
	case errcode.ValidationFailed:
		if before, _, found := strings.Cut(err.Message, `", found `); found {
			shown.Message = before + `".`
		} else if before, _, found := strings.Cut(err.Message, " value: "); found {
			shown.Message = before + " value."
		} else if _, enum, found := strings.Cut(err.Message, " is not a valid "); found {
			shown.Message = "This is not a valid " + enum + "."
		}
	}
	return &shown
}
