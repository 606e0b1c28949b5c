package model

import "github.com/99designs/gqlgen/graphql"

// Set gives a field the value of an update: one left out changes nothing, null clears.
func Set[V any](field **V, value graphql.Omittable[*V]) {
	if v, given := value.ValueOK(); given {
		*field = v
	}
}

// SetRequired is Set for a field that cannot be cleared: null is a violation at input.name.
func SetRequired[V any](v *Violations, field *V, value graphql.Omittable[*V], name string) {
	switch given, ok := value.ValueOK(); {
	case !ok:
	case given == nil:
		v.Add(codeRequired, "must not be null", "input", name)
	default:
		*field = *given
	}
}
