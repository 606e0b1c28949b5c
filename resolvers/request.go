package resolvers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/model"
)

// refusal is an error of a request that is none of GraphQL's, with its HTTP status.
type refusal struct {
	status int
	err    error
}

func (r *refusal) Error() string { return r.err.Error() }

func (r *refusal) Unwrap() error { return r.err }

// refuse makes a refusal. The message must not show what the request has: there may be secrets in it.
func refuse(status int, message string) error { return &refusal{status, badRequest(message)} }

func badRequest(message string) error {
	return &model.Error{Code: model.BadUserInput, Message: message}
}

// readRequest reads a GraphQL request, by GET from the address and by POST from the body. An error is a
// *refusal, or a *gqlerror.Error about a limit.
func readRequest(r *http.Request, limits *Limits) (*graphql.RawParams, error) {
	read := readBody
	if r.Method == http.MethodGet {
		read = readAddress
	}
	params, err := read(r, limits)
	if err != nil {
		return nil, err
	}
	if params.Query == "" && params.Extensions[persistedQueryName] == nil {
		return nil, refuse(http.StatusBadRequest, "The request has no query.")
	}
	params.Headers = r.Header
	return params, nil
}

// readBody reads the body of a POST.
func readBody(r *http.Request, limits *Limits) (*graphql.RawParams, error) {
	// A browser sends application/json across origins only after asking (CORS preflight), so no other
	// media type may run an operation.
	if !isJSON(r.Header.Values("Content-Type")) {
		return nil, refuse(http.StatusUnsupportedMediaType, "The body must be application/json in UTF-8.")
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuse(http.StatusUnsupportedMediaType, "The body must come without a content coding.")
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is too large: %d bytes are the most.", tooLarge.Limit))
		}
		return nil, refuse(http.StatusBadRequest, "The body could not be read.")
	}
	if beyond := checkInput(raw, 2, limits).err(); beyond != nil {
		return nil, beyond
	}
	value, err := strictJSON(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The body "+err.Error()+".")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, refuse(http.StatusBadRequest, "The body must be one JSON object with query, and perhaps variables, operationName and extensions. Batches are not taken.")
	}
	return paramsOf(object)
}

// isJSON says whether the Content-Type is application/json, in the only charset that it has.
func isJSON(contentType []string) bool {
	if len(contentType) != 1 {
		return false
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType[0])
	if err != nil || mediaType != "application/json" {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// readAddress reads the query of a GET's address, in which variables and extensions are JSON.
func readAddress(r *http.Request, limits *Limits) (*graphql.RawParams, error) {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The address is not encoded as it should be.")
	}
	object := map[string]any{}
	for _, name := range []string{"query", "operationName", "variables", "extensions"} {
		texts := given[name]
		switch {
		case len(texts) == 0 || (len(texts) == 1 && texts[0] == ""):
			continue
		case len(texts) > 1:
			return nil, refuse(http.StatusBadRequest, "The address has the parameter "+name+" twice.")
		case !utf8.ValidString(texts[0]):
			return nil, refuse(http.StatusBadRequest, "The parameter "+name+" must be UTF-8.")
		case name == "query" || name == "operationName":
			object[name] = texts[0]
			continue
		}
		raw := []byte(texts[0])
		if beyond := checkInput(raw, 1, limits).err(); beyond != nil {
			return nil, beyond
		}
		if object[name], err = strictJSON(raw); err != nil {
			return nil, refuse(http.StatusBadRequest, "The parameter "+name+" "+err.Error()+".")
		}
	}
	return paramsOf(object)
}

// paramsOf is the request that a JSON object describes (GraphQL over HTTP, "Request Parameters"). What
// else the object has says nothing.
func paramsOf(object map[string]any) (*graphql.RawParams, error) {
	params := &graphql.RawParams{}
	for _, text := range []struct {
		name string
		to   *string
	}{{"query", &params.Query}, {"operationName", &params.OperationName}} {
		value, ok := object[text.name].(string)
		if !ok && object[text.name] != nil {
			return nil, refuse(http.StatusBadRequest, text.name+" must be a string.")
		}
		*text.to = value
	}
	for _, values := range []struct {
		name string
		to   *map[string]any
	}{{"variables", &params.Variables}, {"extensions", &params.Extensions}} {
		value, ok := object[values.name].(map[string]any)
		if !ok && object[values.name] != nil {
			return nil, refuse(http.StatusBadRequest, values.name+" must be an object.")
		}
		*values.to = value
	}
	return params, nil
}

// strictJSON reads one JSON value (RFC 8259), and nothing that two readers might take for different
// ones: no byte order mark, no bytes that are not UTF-8, and no name twice in an object, of which some
// take the first and some the last. Numbers keep their text, so that no integer is rounded. The error
// reads on from what the value is, and does not show it.
func strictJSON(raw []byte) (any, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		return nil, errors.New("must not begin with a byte order mark")
	case !utf8.Valid(raw):
		return nil, errors.New("must be UTF-8")
	case !json.Valid(raw):
		return nil, errors.New("must be one JSON value")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return nextValue(decoder)
}

// nextValue reads the next value of JSON that is well-formed.
func nextValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, errors.New("must be one JSON value")
	}
	var value any
	switch token {
	default:
		return token, nil
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			element, err := nextValue(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		value = list
	case json.Delim('{'):
		object := map[string]any{}
		for decoder.More() {
			name, err := nextValue(decoder)
			if err != nil {
				return nil, err
			}
			key, _ := name.(string) // names of objects are strings
			if _, there := object[key]; there {
				return nil, errors.New("must not have a name twice in one object")
			}
			if object[key], err = nextValue(decoder); err != nil {
				return nil, err
			}
		}
		value = object
	}
	if _, err := decoder.Token(); err != nil { // the end of the list or object
		return nil, errors.New("must be one JSON value")
	}
	return value, nil
}
