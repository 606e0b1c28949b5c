package model

import "github.com/99designs/gqlgen/graphql"

// set gives a field the value of an update: one left out changes nothing, null clears.
func set[V any](field **V, value graphql.Omittable[*V]) {
	if v, given := value.ValueOK(); given {
		*field = v
	}
}

// setRequired is set for a field that cannot be cleared.
func setRequired[V any](v *Violations, field *V, value graphql.Omittable[*V], name string) {
	switch given, ok := value.ValueOK(); {
	case !ok:
	case given == nil:
		v.Add(codeRequired, "must not be null", name)
	default:
		*field = *given
	}
}

// setRequiredList is setRequired for lists, whose null is nil.
func setRequiredList[V any](v *Violations, field *[]V, value graphql.Omittable[[]V], name string) {
	switch given, ok := value.ValueOK(); {
	case !ok:
	case given == nil:
		v.Add(codeRequired, "must not be null", name)
	default:
		*field = given
	}
}
