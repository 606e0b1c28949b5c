package resolvers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/model"
)

// presenter gives errors their public form. There are three kinds: a *model.Error, which says all
// that may be said; an error of gqlgen itself about the document, which has a code and no cause; and
// everything else, which callers see as INTERNAL with the request ID under which the log has it.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var wrapped *gqlerror.Error
		errors.As(err, &wrapped)
		path := graphql.GetPath(ctx)
		var locations []gqlerror.Location
		if wrapped != nil {
			locations = wrapped.Locations
			if wrapped.Path != nil {
				path = wrapped.Path
			}
		}
		var known *model.Error
		switch {
		case errors.As(err, &known):
			if known.Cause != nil {
				log.WarnContext(ctx, "request failed", slog.String("requestId", requestID(ctx)), slog.Any("error", known))
			}
		case wrapped != nil && wrapped.Unwrap() == nil && wrapped.Extensions["code"] != nil:
			return withoutValues(wrapped)
		default:
			log.ErrorContext(ctx, "request failed", slog.String("requestId", requestID(ctx)), slog.Any("error", err))
			known = internal(ctx)
		}
		if field := graphql.GetFieldContext(ctx); field != nil && misplaced(known) {
			known, path = place(known, path, len(field.Path()))
		}
		public := present(known)
		public.Path, public.Locations = path, locations
		return public
	}
}

// coded is an error about a request, of its own code, that says all that may be said.
func coded(code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code, "status": 400}}
}

// present writes an error as GraphQL does.
func present(e *model.Error) *gqlerror.Error {
	extensions := map[string]any{"code": e.Code, "status": e.Code.Status()}
	if len(e.Violations) > 0 {
		extensions["violations"] = e.Violations
	}
	if e.Field != "" {
		extensions["field"] = e.Field
	}
	if e.CurrentRevision != 0 {
		extensions["currentRevision"] = e.CurrentRevision
	}
	return &gqlerror.Error{Message: e.Message, Extensions: extensions}
}

// misplaced says that the error is that of a scalar, which does not know where it stands.
func misplaced(e *model.Error) bool { return len(e.Violations) == 1 && e.Violations[0].Path == nil }

// place splits the path to a scalar in an argument: what leads to the field is the path of the
// error, and the rest that of the violation.
func place(e *model.Error, path ast.Path, field int) (*model.Error, ast.Path) {
	field = min(field, len(path))
	placed := *e
	placed.Violations = model.Violations{e.Violations[0]}
	for _, element := range path[field:] {
		placed.Violations[0].Path = append(placed.Violations[0].Path, element)
	}
	return &placed, path[:field]
}

func internal(ctx context.Context) *model.Error {
	return &model.Error{Code: model.Internal, Message: "Something went wrong inside. The log knows more under request " + requestID(ctx) + "."}
}

func requestID(ctx context.Context) string {
	if principal, err := auth.From(ctx); err == nil {
		return principal.RequestID
	}
	return ""
}

// recovered turns a panic of a resolver into an error of that one request.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, panicked any) error {
		log.ErrorContext(ctx, "panic", slog.String("requestId", requestID(ctx)),
			slog.String("panic", fmt.Sprint(panicked)), slog.String("stack", string(debug.Stack())))
		return internal(ctx)
	}
}

// WriteError answers a request that does not come as far as GraphQL. Whatever is not a *model.Error
// is shown as INTERNAL.
func WriteError(w http.ResponseWriter, status int, err error) { writeError(w, typeJSON, status, err) }

func writeError(w http.ResponseWriter, contentType string, status int, err error) {
	var known *model.Error
	if !errors.As(err, &known) {
		known = &model.Error{Code: model.Internal, Message: "Something went wrong inside."}
	}
	tellWhen(w, known)
	public := present(known)
	public.Extensions["status"] = status
	writeRefusal(w, contentType, status, &graphql.Response{Errors: gqlerror.List{public}})
}

// writeRefusal answers a request that was not executed: without data, not even null (GraphQL §7.1).
func writeRefusal(w http.ResponseWriter, contentType string, status int, response *graphql.Response) {
	body, err := json.Marshal(struct {
		Errors     gqlerror.List  `json:"errors"`
		Extensions map[string]any `json:"extensions,omitempty"`
	}{response.Errors, response.Extensions})
	writeBody(w, contentType, status, body, err)
}

// tellWhen tells when a request that was not admitted may be made again (RFC 9110 §10.2.3).
func tellWhen(w http.ResponseWriter, refused *model.Error) {
	if refused.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refused.RetryAfter.Seconds()))))
	}
}
