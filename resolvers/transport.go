package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/model"
)

// The media types of answers (GraphQL over HTTP §4.1).
const (
	typeJSON    = "application/json; charset=utf-8"
	typeGraphQL = "application/graphql-response+json; charset=utf-8"
)

// post is GraphQL over HTTP by POST. gqlgen's own shows a body that is not JSON to whoever sent it,
// with the secrets in it, so it is not used.
type post struct {
	limits  *Limits
	repeats repeats
}

// Supports takes every request, so that what is no GraphQL request gets a clear answer.
func (post) Supports(*http.Request) bool { return true }

// Do answers one request.
func (p post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		WriteError(w, http.StatusMethodNotAllowed, badRequest("Send the request by POST."))
		return
	}
	// A browser sends application/json across origins only after asking (CORS preflight), so no other
	// media type may run an operation.
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		WriteError(w, http.StatusUnsupportedMediaType, badRequest("The body must be application/json."))
		return
	}
	params, err := p.readParams(r.Body)
	if err != nil {
		var beyond *gqlerror.Error
		if errors.As(err, &beyond) {
			writeRefusal(w, negotiate(r.Header.Get("Accept")), http.StatusBadRequest, &graphql.Response{Errors: gqlerror.List{beyond}})
			return
		}
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			WriteError(w, http.StatusRequestEntityTooLarge, badRequest("The body is too large."))
			return
		}
		WriteError(w, http.StatusBadRequest, badRequest("The body must be one JSON object with query, and perhaps variables, operationName and extensions."))
		return
	}
	params.Headers = r.Header
	contentType := negotiate(r.Header.Get("Accept"))
	ctx := r.Context()
	operation, errs := exec.CreateOperationContext(ctx, params)
	if refused, ok := notAdmitted(errs); ok { // HTTP has a status and a header for it (RFC 6585 §4)
		WriteError(w, refused.Code.Status(), refused)
		return
	}
	if errs = apart(errs); errs != nil {
		status := http.StatusOK
		if contentType == typeGraphQL && isProtocolError(errs) {
			status = http.StatusBadRequest
		}
		writeRefusal(w, contentType, status, exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs))
		return
	}
	p.repeats.once(ctx, w, asked{params, operation}, func(ctx context.Context, w http.ResponseWriter) {
		next, ctx := exec.DispatchOperation(ctx, operation)
		response := next(ctx)
		if response == nil { // the request's time was over before it began
			WriteError(w, http.StatusServiceUnavailable, &model.Error{Code: model.Unavailable, Message: "There was no time left to answer."})
			return
		}
		writeResponse(w, contentType, http.StatusOK, response)
	})
}

func badRequest(message string) error {
	return &model.Error{Code: model.BadUserInput, Message: message}
}

// readParams reads exactly one JSON object. Numbers keep their text, so that no integer is rounded.
func (p post) readParams(body io.Reader) (*graphql.RawParams, error) {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if beyond := checkInput(raw, 2, p.limits).err(); beyond != nil {
		return nil, beyond
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var params *graphql.RawParams
	if err := decoder.Decode(&params); err != nil {
		return nil, err
	}
	if params == nil {
		return nil, errors.New("null is no request")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.Join(errors.New("more than one JSON value"), err)
	}
	return params, nil
}

// negotiate chooses the media type of the answer: the one that the specification defines for
// whoever asks for it by name, application/json for everybody else.
func negotiate(accept string) string {
	if strings.Contains(accept, "application/graphql-response+json") {
		return typeGraphQL
	}
	return typeJSON
}
