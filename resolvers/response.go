package resolvers

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

// writeResponse answers a request that was executed.
func writeResponse(w http.ResponseWriter, contentType string, response *graphql.Response) {
	body, err := marshalResponse(response)
	writeBody(w, contentType, http.StatusOK, body, err)
}

// marshalResponse writes a response as encoding/json does. Most have nothing but data, which is JSON
// already, without white space; the library would read all of it once more to find out.
func marshalResponse(response *graphql.Response) ([]byte, error) {
	const before, after = `{"data":`, `}`
	bare := len(response.Errors) == 0 && len(response.Extensions) == 0 &&
		response.Label == "" && len(response.Path) == 0 && response.HasNext == nil
	if !bare || len(response.Data) == 0 {
		return json.Marshal(response)
	}
	if mayEscape(response.Data) {
		var escaped bytes.Buffer
		escaped.Grow(len(before) + len(response.Data) + len(response.Data)/8 + len(after))
		escaped.WriteString(before)
		json.HTMLEscape(&escaped, response.Data)
		escaped.WriteString(after)
		return escaped.Bytes(), nil
	}
	body := make([]byte, 0, len(before)+len(response.Data)+len(after))
	body = append(body, before...)
	body = append(body, response.Data...)
	return append(body, after...), nil
}

// mayEscape says whether JSON may have something in it that encoding/json escapes, so that an answer
// which a browser takes for a page does nothing there: <, >, &, and what ends a line of JavaScript.
func mayEscape(data []byte) bool {
	for _, character := range []byte{'<', '>', '&', "\u2028"[0]} {
		if bytes.IndexByte(data, character) >= 0 {
			return true
		}
	}
	return false
}

// writeBody writes an answer in JSON, which err says could not be made.
func writeBody(w http.ResponseWriter, contentType string, status int, body []byte, err error) {
	if err != nil { // the data is JSON that gqlgen wrote
		status, body = http.StatusInternalServerError, []byte(`{"errors":[{"message":"Something went wrong inside."}]}`)
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // G705: it is JSON, and says so. The client may be gone.
}
