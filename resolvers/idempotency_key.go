package resolvers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/telemetry"
)

const (
	// IdempotencyKeyName is the header with the key of a mutation that may be sent again
	// (draft-ietf-httpapi-idempotency-key-header §2.1).
	IdempotencyKeyName = "Idempotency-Key"
	// IdempotencyReplayedName is the header of an answer that is given again: "true".
	IdempotencyReplayedName = "Idempotency-Replayed"
	// maxIdempotencyKey bounds a key, in bytes.
	maxIdempotencyKey = 255
)

// asked is a request whose document is parsed and valid, and about to be executed.
type asked struct {
	params    *graphql.RawParams
	operation *operation
	// contentType is the media type of its answer.
	contentType string
}

// repeats answers mutations that are sent again.
type repeats struct {
	admin *admin.Admin
	log   *slog.Logger
}

// once has execute write the answer, unless the request is a mutation with an idempotency key that was
// sent before: then it is answered as it was then. Of queries the key is ignored.
func (r repeats) once(ctx context.Context, w http.ResponseWriter, request asked, execute func(context.Context, http.ResponseWriter)) {
	values := request.params.Headers.Values(IdempotencyKeyName)
	if len(values) == 0 || request.operation.Operation.Operation != ast.Mutation {
		execute(ctx, w)
		return
	}
	// Nobody else tells, when the answer is that of another request.
	record := telemetry.From(ctx)
	record.SetOperation(operationOf(request.operation.Operation))
	record.SetCost(request.operation.cost.Cost)
	key, err := parseIdempotencyKey(values)
	if err != nil {
		writeError(w, request.contentType, http.StatusBadRequest, err)
		return
	}
	fingerprint, err := request.fingerprint()
	if err != nil {
		r.refuse(ctx, w, request.contentType, err)
		return
	}
	answer, replayed, err := r.admin.Once(ctx, key, fingerprint, func(ctx context.Context) admin.Answer {
		recorded := &recorder{header: http.Header{}, status: http.StatusOK}
		execute(ctx, recorded)
		maps.Copy(w.Header(), recorded.header)
		return recorded.answer()
	})
	if err != nil {
		r.refuse(ctx, w, request.contentType, err)
		return
	}
	w.Header().Set("Content-Type", answer.ContentType)
	if replayed {
		record.Replay()
		w.Header().Set(IdempotencyReplayedName, "true")
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // the client may be gone
}

// refuse answers a mutation that is not done, or not again, because of its key.
func (r repeats) refuse(ctx context.Context, w http.ResponseWriter, contentType string, err error) {
	var known *model.Error
	switch {
	case !errors.As(err, &known):
		r.log.ErrorContext(ctx, "request failed", slog.String("requestId", requestID(ctx)), slog.Any("error", err))
		known = internal(ctx)
	case known.Cause != nil:
		r.log.WarnContext(ctx, "request failed", slog.String("requestId", requestID(ctx)), slog.Any("error", known))
	}
	if known.Code == model.InProgress {
		w.Header().Set("Retry-After", "1") // second (RFC 9110 §10.2.3)
	}
	telemetry.From(ctx).Fail(string(known.Code))
	writeError(w, contentType, known.Code.Status(), known)
}

// parseIdempotencyKey reads the header, which must be there once: a string of RFC 9651 §3.3.3 without
// parameters, or, as most clients write it, the key itself without quotes. Either way the key has 1 to
// 255 visible ASCII characters, and both name the same key.
func parseIdempotencyKey(values []string) (string, error) {
	key := strings.Trim(values[0], " \t")
	quoted := strings.HasPrefix(key, `"`)
	if quoted {
		key = unquote(key)
	}
	if len(values) > 1 || key == "" || len(key) > maxIdempotencyKey {
		return "", badIdempotencyKey()
	}
	for i := range len(key) {
		// Without quotes, these would be the beginning of something else: a list, parameters, a string.
		if c := key[i]; c <= ' ' || c > '~' || (!quoted && strings.IndexByte(`",;\`, c) >= 0) {
			return "", badIdempotencyKey()
		}
	}
	return key, nil
}

// unquote reads a whole string of RFC 9651 §4.2.5; it is empty when it is none.
func unquote(text string) string {
	var key []byte
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			if i != len(text)-1 {
				return ""
			}
			return string(key)
		case '\\':
			i++
			if i == len(text) || (text[i] != '"' && text[i] != '\\') {
				return ""
			}
			key = append(key, text[i])
		default:
			key = append(key, c)
		}
	}
	return ""
}

func badIdempotencyKey() error {
	return badRequest(fmt.Sprintf("The header %s must be there once, with 1 to %d visible ASCII characters, in double quotes or without.", IdempotencyKeyName, maxIdempotencyKey))
}

// fingerprint is a hash of what the request asks for: the document, the name of the operation, and the
// variables. How the JSON around them is written makes no difference, nor does whether a persisted
// document was sent or named.
func (a asked) fingerprint() ([sha256.Size]byte, error) {
	variables := a.params.Variables
	if len(variables) == 0 {
		variables = nil // {} says the same as nothing
	}
	text, err := json.Marshal([]any{a.operation.RawQuery, a.params.OperationName, variables})
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("write the request to be hashed: %w", err)
	}
	return sha256.Sum256(text), nil
}

// recorder takes an answer in place of the connection.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// answer is what was recorded.
func (r *recorder) answer() admin.Answer {
	return admin.Answer{
		Status: r.status, ContentType: r.header.Get("Content-Type"), Body: r.body.Bytes(), Failed: failed(r.body.Bytes()),
	}
}

// failed says whether an answer leaves open what its mutation did. It does when there is no data, which
// is what a request gets that is not executed (GraphQL §7.1), and when a field of the mutation itself
// failed for want of an answer of the store or by a fault. An error further down does not: the fields
// of a payload are only read once the mutation is done.
func failed(body []byte) bool {
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Path       []any `json:"path"`
			Extensions struct {
				Code model.Code `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Data == nil {
		return true
	}
	for _, e := range answer.Errors {
		code := e.Extensions.Code
		if len(e.Path) <= 1 && (code == model.Unavailable || code == model.Internal || code == model.TooManyRequests) {
			return true
		}
	}
	return false
}
