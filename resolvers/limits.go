package resolvers

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/model"
)

// Limits bound what one request may ask for. They are checked before the work that they bound: those
// of a document before it is validated, since validating is what a hostile document makes expensive.
// docs/limits.md has the reason for each.
type Limits struct {
	// Bytes bounds the document's text.
	Bytes int
	// Tokens bounds the names, values, punctuators and comments of a document.
	Tokens int
	// Depth bounds how many fields and inline fragments are nested in one another; a named fragment is
	// no level, what is in it counts where it is spread.
	Depth int
	// InputDepth bounds how many lists and objects are nested in a value, be it in the document or
	// among the variables.
	InputDepth int
	// InputValues bounds the values in the body of a request: elements of lists and fields of objects.
	InputValues int
	// Fields bounds the fields and spreads of a document after its fragments were put in their places.
	Fields int
	// Aliases bounds the fields of a document that are given another name.
	Aliases int
	// RepeatedFields bounds how many more fields there are than names for them in the answer: validation
	// compares every two fields that come together in one.
	RepeatedFields int
	// Directives bounds the directives of a document.
	Directives int
	// Fragments bounds the fragments that a document defines.
	Fragments int
	// Operations bounds the operations that a document defines; all are validated, one is executed.
	Operations int
	// Cost bounds the cost of an operation; see Cost.
	Cost int
}

// DefaultLimits are the limits of a server that is told nothing else.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 64 << 10, Tokens: 2000, Depth: 20, InputDepth: 40, InputValues: 10_000, Fields: 3000, Aliases: 50,
		RepeatedFields: 100, Directives: 50, Fragments: 50, Operations: 10, Cost: 20_000,
	}
}

// tooCostly is the code of requests beyond a limit, as errors[].extensions.code shows it.
const tooCostly = string(model.TooCostly)

// excess is one limit that a request goes beyond.
type excess struct {
	Limit   string `json:"limit"`
	Value   int    `json:"value"`
	Allowed int    `json:"allowed"`
}

// excesses are all limits that a request goes beyond.
type excesses []excess

// check notes a value that is beyond its limit.
func (e *excesses) check(limit string, value, allowed int) {
	if value > allowed {
		*e = append(*e, excess{limit, value, allowed})
	}
}

// err is the error that says so, nil when there is nothing to say.
func (e excesses) err() *gqlerror.Error {
	if len(e) == 0 {
		return nil
	}
	parts := make([]string, len(e))
	for i, x := range e {
		parts[i] = fmt.Sprintf("%s %d (at most %d)", x.Limit, x.Value, x.Allowed)
	}
	return &gqlerror.Error{
		Message:    "The request asks for too much at once: " + strings.Join(parts, ", ") + ".",
		Extensions: map[string]any{"code": tooCostly, "status": 400, "exceeded": e},
	}
}
