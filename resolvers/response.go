package resolvers

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/99designs/gqlgen/graphql"
)

// writeResponse answers a request that was executed, as encoding/json writes a response. Most have
// nothing but data, which is JSON already, without white space; the library would read all of it once
// more to find out, and copy it.
func writeResponse(w http.ResponseWriter, contentType string, response *graphql.Response) {
	bare := len(response.Errors) == 0 && len(response.Extensions) == 0 &&
		response.Label == "" && len(response.Path) == 0 && response.HasNext == nil
	if !bare || len(response.Data) == 0 {
		body, err := json.Marshal(response)
		writeBody(w, contentType, http.StatusOK, body, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, `{"data":`) // the client may be gone
	writeEscaped(w, response.Data)
	_, _ = io.WriteString(w, `}`)
}

// writeEscaped writes JSON, but for what encoding/json escapes so that an answer which a browser takes
// for a page does nothing there: <, >, &, and what ends a line of JavaScript. There is little of that,
// so each of them is looked for on its own, as fast as the processor can.
func writeEscaped(w io.Writer, data []byte) {
	characters := [...]byte{'<', '>', '&', "\u2028"[0]}
	var next [len(characters)]int // where each of them stands next; behind the end if it does not
	find := func(i, from int) {
		if next[i] = bytes.IndexByte(data[from:], characters[i]); next[i] < 0 {
			next[i] = len(data)
		} else {
			next[i] += from
		}
	}
	for i := range characters {
		find(i, 0)
	}
	written := 0
	for {
		at := slices.Min(next[:])
		if at == len(data) {
			_, _ = w.Write(data[written:])
			return
		}
		escape, width := "", 1
		switch rest := data[at:]; {
		case rest[0] == '<':
			escape = `\u003c`
		case rest[0] == '>':
			escape = `\u003e`
		case rest[0] == '&':
			escape = `\u0026`
		case bytes.HasPrefix(rest, []byte("\u2028")):
			escape, width = `\u2028`, len("\u2028")
		case bytes.HasPrefix(rest, []byte("\u2029")):
			escape, width = `\u2029`, len("\u2029")
		}
		if escape != "" {
			_, _ = w.Write(data[written:at])
			_, _ = io.WriteString(w, escape)
			written = at + width
		}
		find(slices.Index(next[:], at), at+1)
	}
}

// writeBody writes an answer in JSON, which err says could not be made.
func writeBody(w http.ResponseWriter, contentType string, status int, body []byte, err error) {
	if err != nil { // the data is JSON that gqlgen wrote
		status, body = http.StatusInternalServerError, []byte(`{"errors":[{"message":"Something went wrong inside."}]}`)
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}
