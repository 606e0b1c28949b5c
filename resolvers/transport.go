package resolvers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/model"
	"gatehouse/telemetry"
)

// overHTTP is GraphQL over HTTP: queries by GET, and everything by POST. gqlgen's own transports show
// a body that is not JSON to whoever sent it, with the secrets in it, and answer with one media type
// and status whatever was asked for, so they are not used. docs/http.md is this from outside.
type overHTTP struct {
	limits  *Limits
	engine  *engine
	repeats repeats
	// vary is the header of every answer that has no other reason to vary; whoever adds to it gets
	// another one.
	vary []string
}

// allowedMethods is what the endpoint takes.
const allowedMethods = "GET, POST, OPTIONS"

// ServeHTTP answers one request.
func (h *overHTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.ServeIn(r.Context(), w, r) }

// ServeIn answers one request in this context, and leaves that of the request alone, which would have
// to be copied whole to be given another.
func (h *overHTTP) ServeIn(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if panicked := recover(); panicked != nil {
			body, err := json.Marshal(h.engine.panicked(ctx, panicked))
			writeBody(w, typeJSON, http.StatusInternalServerError, body, err)
		}
	}()
	h.serve(ctx, w, r)
}

func (h *overHTTP) serve(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if header["Vary"] == nil {
		header["Vary"] = h.vary[:1:1]
	} else {
		header.Add("Vary", "Accept")
	}
	contentType, acceptable := negotiate(r.Header.Values("Accept"))
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", allowedMethods)
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", allowedMethods)
		writeError(w, contentType, http.StatusMethodNotAllowed, badRequest("Send the request by POST, or a query by GET."))
		return
	case !acceptable:
		writeError(w, contentType, http.StatusNotAcceptable, badRequest("Answers are application/graphql-response+json or application/json, in UTF-8."))
		return
	}
	params, err := readRequest(r, h.limits)
	if err != nil {
		var beyond *gqlerror.Error
		if errors.As(err, &beyond) {
			telemetry.From(ctx).Fail(tooCostly)
			writeRefusal(w, contentType, http.StatusBadRequest, &graphql.Response{Errors: gqlerror.List{beyond}})
			return
		}
		status := http.StatusInternalServerError
		var refused *refusal
		if errors.As(err, &refused) {
			status = refused.status
		}
		writeError(w, contentType, status, err)
		return
	}
	o, ctx, errs := h.engine.prepare(ctx, r.Method, params)
	if len(errs) > 0 {
		if errors.Is(errs, errNoQuery) {
			w.Header().Set("Allow", http.MethodPost)
			writeError(w, contentType, http.StatusMethodNotAllowed, badRequest("GET is for queries only. Send this operation by POST."))
			return
		}
		var refused *model.Error
		if errors.As(errs, &refused) {
			tellWhen(w, refused)
		}
		response := h.engine.refuse(ctx, o, errs)
		writeRefusal(w, contentType, refusedStatus(contentType, response.Errors), response)
		return
	}
	h.repeats.once(ctx, w, asked{params, o, contentType}, func(ctx context.Context, w http.ResponseWriter) {
		response := h.engine.execute(ctx, o)
		if response == nil { // the request's time was over before it began
			writeError(w, contentType, http.StatusServiceUnavailable, &model.Error{Code: model.Unavailable, Message: "There was no time left to answer."})
			return
		}
		writeResponse(w, contentType, response)
	})
}

// refusedStatus is the HTTP status of a request that was not executed, by its errors as they are shown.
// Where the server could not serve, or not yet, that is the status. Otherwise application/json has 200
// for whatever GraphQL itself refuses, because clients of old take everything else for an answer of
// something in between; application/graphql-response+json has 400 for an answer without data.
func refusedStatus(contentType string, errs gqlerror.List) int {
	for _, err := range errs {
		if status, ok := err.Extensions["status"].(int); ok && (status >= 500 || status == http.StatusTooManyRequests) {
			return status
		}
	}
	if contentType == typeGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
