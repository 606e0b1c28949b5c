package telemetry

import "net/http"

// other is shown in the place of what is not among the values that are known.
const other = "other"

// knownMethod bounds the methods that are shown: a client may make up any.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	}
	return other
}

// maxCode bounds an error code, in characters.
const maxCode = 40

// knownCode passes error codes as we write them, in capitals as GraphQL has them or in small letters as
// OAuth has. Anything else is a code that nobody has thought of, and not shown.
func knownCode(code string) string {
	if code == "" || len(code) > maxCode {
		return other
	}
	for _, c := range []byte(code) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' {
			return other
		}
	}
	return code
}

// codeOf is the code of a refusal that has told none: the one that GraphQL errors with the same status
// have.
func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "FORBIDDEN"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "CONFLICT"
	case http.StatusTooManyRequests:
		return "TOO_MANY_REQUESTS"
	case http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	}
	if status >= http.StatusInternalServerError {
		return "INTERNAL"
	}
	return "BAD_USER_INPUT"
}
