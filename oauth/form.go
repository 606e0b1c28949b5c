package oauth

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"
)

// maxForm bounds the body of a request, in bytes.
const maxForm = 64 << 10

// The parameters that are read. Others are ignored (RFC 6749 §3.2).
const (
	paramGrantType           = "grant_type"
	paramScope               = "scope"
	paramResource            = "resource"
	paramClientID            = "client_id"
	paramClientSecret        = "client_secret"
	paramClientAssertion     = "client_assertion"
	paramClientAssertionType = "client_assertion_type"
	paramToken               = "token"
	paramTokenTypeHint       = "token_type_hint"
)

func singleParams() []string {
	return []string{
		paramGrantType, paramScope, paramClientID, paramClientSecret, paramClientAssertion,
		paramClientAssertionType, paramToken, paramTokenTypeHint,
	}
}

// form is the parameters of a request's body. One without a value is not there (RFC 6749 §3.2).
type form struct{ values url.Values }

// get is the value of a parameter; empty where it is not there.
func (f form) get(name string) string { return f.values.Get(name) }

// all is the values of a parameter that may be given several times.
func (f form) all(name string) []string {
	return slices.DeleteFunc(slices.Clone(f.values[name]), func(value string) bool { return value == "" })
}

// readForm reads the body, which must be application/x-www-form-urlencoded and not longer than
// maxForm. The query of the URL is not looked at. Another type of content is invalid_request with
// status 400, not 415: RFC 6749 §5.2 gives a malformed request 400, and that is what clients expect
// to find an error code in.
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return form{}, invalidRequest("The body must be application/x-www-form-urlencoded.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		refused := invalidRequest("The body has more than 64 KiB.")
		refused.status = http.StatusRequestEntityTooLarge
		return form{}, refused
	}
	if err != nil {
		return form{}, invalidRequest("The body could not be read.")
	}
	return parseForm(string(body))
}

// parseForm reads parameters. One that is known may be there once, also without a value (RFC 6749
// §3.2), but for resource, which RFC 8707 §2 lets a client repeat.
func parseForm(body string) (form, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return form{}, invalidRequest("The body is not in the form of application/x-www-form-urlencoded.")
	}
	for _, name := range singleParams() {
		given := values[name]
		if len(given) > 1 {
			return form{}, invalidRequest("A parameter is there more than once.")
		}
		if len(given) == 1 && !utf8.ValidString(given[0]) { // RFC 6749 appendix B
			return form{}, invalidRequest("A parameter is not in UTF-8.")
		}
	}
	return form{values}, nil
}
