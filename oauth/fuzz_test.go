package oauth

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCredentials feeds the reading of a request, up to where the store would be asked: whatever is
// sent, the outcome is credentials that are safe to look up, or an answer of the table of errors that
// repeats nothing.
func FuzzCredentials(f *testing.F) {
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, seed := range [][2]string{
		{basic("id:secret"), "grant_type=client_credentials"},
		{basic("a%3Ab:%zz"), "client_id=a%3Ab&scope=x"},
		{basic("\x00:"), "client_id=&client_id="},
		{"", "client_id=x&client_secret=y&grant_type=client_credentials"},
		{"", "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.AAAA"},
		{"Bearer x", "resource=a&resource=b"},
		{"Basic", "%ff=%00;&&=&"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, authorization, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, TokenPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		parsed, err := readForm(httptest.NewRecorder(), r)
		var shown *credentials
		if err == nil {
			shown, err = credentialsOf(r, parsed)
		}
		if err != nil {
			var refused *refusal
			if !errors.As(err, &refused) || refused.status < 400 || refused.status > 413 || refused.Description == "" {
				t.Fatalf("not an answer: %v", err)
			}
			return
		}
		if shown.clientID != "" && !possibleClientID(shown.clientID) {
			t.Errorf("a client ID of %q gets through", shown.clientID)
		}
		if (shown.assertion == nil) != (shown.method != "PRIVATE_KEY_JWT") {
			t.Errorf("an assertion and method %s", shown.method)
		}
		for _, name := range singleParams() {
			if !utf8.ValidString(parsed.get(name)) || len(parsed.values[name]) > 1 {
				t.Errorf("%s is not one value in UTF-8", name)
			}
		}
		if given := parsed.get(paramClientID); given != "" && shown.clientID != "" && given != shown.clientID {
			t.Errorf("client_id %q and credentials of %q", given, shown.clientID)
		}
	})
}
