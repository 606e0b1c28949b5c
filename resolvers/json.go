package resolvers

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// strictJSON reads one JSON value (RFC 8259), and nothing that two readers might take for different
// ones: no byte order mark, no bytes that are not UTF-8, and no name twice in an object, of which some
// take the first and some the last. Numbers keep their text, so that no integer is rounded. The error
// reads on from what the value is, and does not show it.
//
// The library's own way to look at every name, json.Decoder.Token, makes some forty objects of a small
// request. So the library only says whether the text is well-formed, which is where the difficulties
// are, and the values are picked out of it here.
func strictJSON(raw []byte) (any, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		return nil, errors.New("must not begin with a byte order mark")
	case !utf8.Valid(raw):
		return nil, errors.New("must be UTF-8")
	case !json.Valid(raw):
		return nil, errors.New("must be one JSON value")
	}
	reader := jsonReader{rest: raw}
	value := reader.value()
	if reader.repeated {
		return nil, errors.New("must not have a name twice in one object")
	}
	return value, nil
}

// jsonReader picks the values out of JSON that is known to be well-formed and UTF-8.
type jsonReader struct {
	rest []byte
	// repeated says that an object had a name twice.
	repeated bool
}

// next is the first character of what is left that is no white space.
func (r *jsonReader) next() byte {
	for {
		switch c := r.rest[0]; c {
		case ' ', '\t', '\r', '\n':
			r.rest = r.rest[1:]
		default:
			return c
		}
	}
}

// take is the next n characters.
func (r *jsonReader) take(n int) []byte {
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// closes takes the next character, which is one of these two or a comma, when it is the one that closes
// the list or object, or the comma: what follows a comma is a value.
func (r *jsonReader) closes(with byte) bool {
	c := r.next()
	if c == with || c == ',' {
		r.take(1)
	}
	return c == with
}

func (r *jsonReader) value() any {
	switch r.next() {
	case '{':
		return r.object()
	case '[':
		return r.list()
	case '"':
		return r.text()
	case 't':
		r.take(len("true"))
		return true
	case 'f':
		r.take(len("false"))
		return false
	case 'n':
		r.take(len("null"))
		return nil
	}
	return r.number()
}

func (r *jsonReader) object() map[string]any {
	r.take(1)
	object := map[string]any{}
	for !r.closes('}') {
		r.next()
		name := r.name()
		r.next()
		r.take(1) // the colon
		if _, there := object[name]; there {
			r.repeated = true
		}
		object[name] = r.value()
	}
	return object
}

func (r *jsonReader) list() []any {
	r.take(1)
	list := []any{}
	for !r.closes(']') {
		list = append(list, r.value())
	}
	return list
}

// name reads the name of a member. Those of requests are not made anew each time.
func (r *jsonReader) name() string {
	for _, known := range [...]string{`"query"`, `"variables"`, `"operationName"`, `"extensions"`} {
		if bytes.HasPrefix(r.rest, []byte(known)) {
			r.take(len(known))
			return known[1 : len(known)-1]
		}
	}
	return r.text()
}

// text reads a string.
func (r *jsonReader) text() string {
	end, escaped := 1, false
	for ; r.rest[end] != '"'; end++ {
		if r.rest[end] == '\\' {
			escaped = true
			end++
		}
	}
	quoted := r.take(end + 1)
	if !escaped {
		return string(quoted[1:end])
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return "" // not of a string that is well-formed
	}
	return text
}

func (r *jsonReader) number() json.Number {
	end := 0
	for end < len(r.rest) && bytes.IndexByte([]byte("+-.0123456789eE"), r.rest[end]) >= 0 {
		end++
	}
	return json.Number(r.take(end))
}
