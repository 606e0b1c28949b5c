package oauth

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"
)

// The error codes of RFC 6749 §5.2, and where others are registered.
const (
	codeInvalidRequest       = "invalid_request"
	codeInvalidClient        = "invalid_client"
	codeUnsupportedGrantType = "unsupported_grant_type"
	codeInvalidScope         = "invalid_scope"
	codeInvalidTarget        = "invalid_target"          // RFC 8707 §2
	codeSlowDown             = "slow_down"               // RFC 8628 §3.5
	codeUnavailable          = "temporarily_unavailable" // RFC 6749 §4.1.2.1
)

const (
	contentJSON = "application/json"
	contentJWKS = "application/jwk-set+json" // RFC 7517 §8.5
)

// retryUnavailable is when a client may ask again after the store has failed.
const retryUnavailable = 2 * time.Second

// refusal is an error that the client sees (RFC 6749 §5.2). Descriptions are fixed texts in the
// characters that the RFC allows: nothing of a request gets into them.
type refusal struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`

	status int
	// allow is the methods that the endpoint has, where the request had another.
	allow string
	// retryAfter is how long the client ought to wait; 0 where it is no matter of time.
	retryAfter time.Duration
	// why and clientID are for the log. clientID is empty unless the client is a known one.
	why, clientID string
}

func (e *refusal) Error() string { return e.Code + ": " + e.Description + ": " + e.why }

// headers sets what belongs to the status.
func (e *refusal) headers(h http.Header) {
	if e.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="gatehouse"`) // RFC 6749 §5.2, RFC 9110 §11.6.1
	}
	if e.allow != "" {
		h.Set("Allow", e.allow) // RFC 9110 §15.5.6
	}
	if e.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.retryAfter.Seconds())))) // RFC 9110 §10.2.3
	}
}

func badRequest(code, description string) *refusal {
	return &refusal{Code: code, Description: description, status: http.StatusBadRequest}
}

func invalidRequest(description string) *refusal { return badRequest(codeInvalidRequest, description) }

// invalidClient is the one answer to whoever has not proved to be a client. why is for the log.
func invalidClient(why string) *refusal {
	return &refusal{
		Code: codeInvalidClient, Description: "The client could not be authenticated.",
		status: http.StatusUnauthorized, why: why,
	}
}

func wrongMethod(allow string) *refusal {
	return &refusal{
		Code: codeInvalidRequest, Description: "The endpoint does not have this HTTP method.",
		status: http.StatusMethodNotAllowed, allow: allow,
	}
}

func tooManyFailures(wait time.Duration) *refusal {
	return &refusal{
		Code: codeSlowDown, Description: "Too many authentications have failed.",
		status: http.StatusTooManyRequests, retryAfter: wait,
	}
}

func temporarilyUnavailable() *refusal {
	return &refusal{
		Code: codeUnavailable, Description: "The request cannot be answered at the moment.",
		status: http.StatusServiceUnavailable, retryAfter: retryUnavailable,
	}
}

// WriteUnavailable answers a request for which there is no room at the moment, as the endpoints do
// when the store fails.
func WriteUnavailable(w http.ResponseWriter, retryAfter time.Duration) {
	refused := temporarilyUnavailable()
	refused.retryAfter = retryAfter
	writeOutside(w, refused)
}

// WriteTimeout answers a request that did not come in time.
func WriteTimeout(w http.ResponseWriter) {
	writeOutside(w, &refusal{
		Code: codeInvalidRequest, Description: "The request did not come in time.", status: http.StatusRequestTimeout,
	})
}

// writeOutside answers a request that does not come as far as the endpoints.
func writeOutside(w http.ResponseWriter, refused *refusal) {
	noStore(w)
	refused.headers(w.Header())
	w.Header().Set("Content-Type", contentJSON)
	w.WriteHeader(refused.status)
	_ = json.NewEncoder(w).Encode(refused) // the client may be gone
}

// noStore keeps an answer out of caches (RFC 6749 §5.1).
func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
}

// write answers with a value as JSON; nil is an empty body.
func (s *server) write(w http.ResponseWriter, r *http.Request, status int, contentType string, value any) {
	var body bytes.Buffer
	if value != nil {
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			s.log.ErrorContext(r.Context(), "an answer could not be written as JSON", slog.Any("error", err))
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", contentType)
	}
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the client may be gone
	}
}
