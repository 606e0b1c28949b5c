package resolvers

import (
	"mime"
	"strconv"
	"strings"
)

// The media types of answers (GraphQL over HTTP, "Media Types").
const (
	mediaTypeJSON    = "application/json"
	mediaTypeGraphQL = "application/graphql-response+json"

	typeJSON    = mediaTypeJSON + "; charset=utf-8"
	typeGraphQL = mediaTypeGraphQL + "; charset=utf-8"
)

// negotiate chooses the media type of an answer by the Accept headers of its request (RFC 9110
// §12.5.1): the one with the greater weight; of two with the same weight the one that is asked for by
// name; and of two that are, application/graphql-response+json, whose status says more. Whoever
// has no wish gets application/json. It returns false when neither is accepted.
func negotiate(accept []string) (contentType string, ok bool) {
	if len(accept) == 0 {
		return typeJSON, true
	}
	if len(accept) == 1 { // what clients of GraphQL send most
		switch accept[0] {
		case "*/*", mediaTypeJSON:
			return typeJSON, true
		case mediaTypeGraphQL:
			return typeGraphQL, true
		}
	}
	ranges := strings.Join(accept, ",")
	if strings.Trim(ranges, ", \t") == "" {
		return typeJSON, true
	}
	var json, graphql preference
	for written := range strings.SplitSeq(ranges, ",") {
		name, weight, ok := mediaRange(written)
		if !ok {
			continue
		}
		switch name {
		case mediaTypeGraphQL:
			graphql.prefer(exact, weight)
		case mediaTypeJSON:
			json.prefer(exact, weight)
		case "application/*":
			graphql.prefer(anySubtype, weight)
			json.prefer(anySubtype, weight)
		case "*/*":
			graphql.prefer(anyType, weight)
			json.prefer(anyType, weight)
		}
	}
	switch {
	case graphql.weight > json.weight,
		graphql.weight == json.weight && graphql.weight > 0 && graphql.by == exact:
		return typeGraphQL, true
	case json.weight > 0:
		return typeJSON, true
	}
	return typeJSON, false
}

// specificity says how closely a media range names a type.
type specificity int

const (
	anyType specificity = iota + 1
	anySubtype
	exact
)

// preference is how much a type is asked for: by the most specific range that covers it.
type preference struct {
	by     specificity
	weight float64
}

func (p *preference) prefer(by specificity, weight float64) {
	switch {
	case by > p.by:
		*p = preference{by, weight}
	case by == p.by:
		p.weight = max(p.weight, weight)
	}
}

// mediaRange reads one element of an Accept header. It returns false for what is no media range, and
// for one that asks for another charset than the one that there is.
func mediaRange(written string) (name string, weight float64, ok bool) {
	name, parameters, err := mime.ParseMediaType(written)
	if err != nil {
		return "", 0, false
	}
	if charset, given := parameters["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return "", 0, false
	}
	weight = 1
	if q, given := parameters["q"]; given {
		weight, err = strconv.ParseFloat(q, 64)
		if err != nil || !(weight >= 0 && weight <= 1) { // NaN is neither
			return "", 0, false
		}
	}
	return name, weight, true
}
