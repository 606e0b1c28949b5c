package resolvers

import (
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
	raw, err := wholeBody(r.Body)
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

// WholeBody is the body of a request that is in memory already, as that of an admitted request is.
type WholeBody interface {
	// Whole is what is left of the body, and the error with which it ended, if any. The bytes are
	// only read, and not after the request.
	Whole() ([]byte, error)
}

func wholeBody(body io.Reader) ([]byte, error) {
	if whole, ok := body.(WholeBody); ok {
		return whole.Whole()
	}
	return io.ReadAll(body)
}

// isJSON says whether the Content-Type is application/json, in the only charset that it has.
func isJSON(contentType []string) bool {
	if len(contentType) != 1 {
		return false
	}
	if contentType[0] == mediaTypeJSON { // as almost everybody writes it
		return true
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType[0])
	if err != nil || mediaType != mediaTypeJSON {
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
