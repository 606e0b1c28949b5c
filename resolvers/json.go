package resolvers

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// strictJSON reads one JSON value (RFC 8259), and nothing that two readers might take for different
// ones: no byte order mark, no bytes that are not UTF-8, and no name twice in an object, of which some
// take the first and some the last. Numbers keep their text, so that no integer is rounded. The error
// reads on from what the value is, and does not show it.
//
// The library looks at every character of a text three times: to find whether it is well-formed, where
// a string ends, and what is escaped in it. Most of a request is one long string, its document, so that
// reading it took a sixth of a request for an object with everything in it. Here that is done at once.
func strictJSON(raw []byte) (any, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		return nil, errors.New("must not begin with a byte order mark")
	case !utf8.Valid(raw):
		return nil, errors.New("must be UTF-8")
	}
	reader := jsonReader{rest: raw}
	value := reader.value()
	if reader.next(); reader.malformed || len(reader.rest) > 0 {
		return nil, errors.New("must be one JSON value")
	}
	if reader.repeated {
		return nil, errors.New("must not have a name twice in one object")
	}
	return value, nil
}

// mostNested is how many lists and objects may be in one another: what the library bounds it to.
const mostNested = 10_000

// jsonReader picks the values out of a text that is UTF-8.
type jsonReader struct {
	rest []byte
	// malformed says that the text is no JSON; whatever is read from then on means nothing.
	malformed bool
	// repeated says that an object had a name twice.
	repeated bool
	nested   int
}

// fail says that the text is no JSON, and that there is nothing more to be read of it.
func (r *jsonReader) fail() { r.malformed, r.rest = true, nil }

// next is the first character of what is left that is no white space; 0 at the end.
func (r *jsonReader) next() byte {
	for i, c := range r.rest {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			r.rest = r.rest[i:]
			return c
		}
	}
	r.rest = nil
	return 0
}

// took takes the next character, unless it is another one than this.
func (r *jsonReader) took(c byte) bool {
	if r.next() != c || len(r.rest) == 0 {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *jsonReader) value() any {
	switch c := r.next(); c {
	case '{':
		return r.object()
	case '[':
		return r.list()
	case '"':
		return r.text()
	case 't':
		r.word("true")
		return true
	case 'f':
		r.word("false")
		return false
	case 'n':
		r.word("null")
		return nil
	}
	return r.number()
}

// word takes one of the words that are values.
func (r *jsonReader) word(word string) {
	if !bytes.HasPrefix(r.rest, []byte(word)) {
		r.fail()
		return
	}
	r.rest = r.rest[len(word):]
}

// elements takes what is in a list or an object, up to the character that closes it; element takes one.
func (r *jsonReader) elements(closes byte, element func()) {
	if r.nested++; r.nested > mostNested {
		r.fail()
		return
	}
	r.rest = r.rest[1:]
	if !r.took(closes) {
		for element(); !r.malformed && !r.took(closes); element() {
			if !r.took(',') {
				r.fail()
				return
			}
		}
	}
	r.nested--
}

func (r *jsonReader) object() map[string]any {
	object := map[string]any{}
	r.elements('}', func() {
		r.next()
		name := r.name()
		if !r.took(':') {
			r.fail()
			return
		}
		if _, there := object[name]; there {
			r.repeated = true
		}
		object[name] = r.value()
	})
	return object
}

func (r *jsonReader) list() []any {
	list := []any{}
	r.elements(']', func() { list = append(list, r.value()) })
	return list
}

// name reads the name of a member. Those of requests are not made anew each time.
func (r *jsonReader) name() string {
	for _, known := range [...]string{`"query"`, `"variables"`, `"operationName"`, `"extensions"`} {
		if bytes.HasPrefix(r.rest, []byte(known)) {
			r.rest = r.rest[len(known):]
			return known[1 : len(known)-1]
		}
	}
	return r.text()
}

// text reads a string.
func (r *jsonReader) text() string {
	end := endOfString(r.rest)
	if end == 0 {
		r.fail()
		return ""
	}
	quoted := r.rest[:end]
	r.rest = r.rest[end:]
	text := quoted[1 : end-1]
	for _, c := range text {
		if c < ' ' {
			r.fail()
			return ""
		}
	}
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text)
	}
	if unescaped, ok := unescape(text); ok {
		return unescaped
	}
	var unescaped string
	if err := json.Unmarshal(quoted, &unescaped); err != nil {
		r.fail()
	}
	return unescaped
}

// endOfString is behind the string that raw begins with; 0 where there is none, or it does not end.
func endOfString(raw []byte) int {
	if len(raw) == 0 || raw[0] != '"' {
		return 0
	}
	for end := 1; ; {
		quote := bytes.IndexByte(raw[end:], '"')
		if quote < 0 {
			return 0
		}
		from := end
		end += quote + 1
		escapes := end - 1 // where the run of backslashes begins that the quote stands behind
		for escapes > from && raw[escapes-1] == '\\' {
			escapes--
		}
		if (end-1-escapes)%2 == 0 {
			return end
		}
	}
}

// unescape resolves the escapes of a string that stand for one character each. It returns false where
// there is another one: the library knows what becomes of halves of characters.
func unescape(text []byte) (string, bool) {
	var unescaped strings.Builder
	unescaped.Grow(len(text))
	for {
		escape := bytes.IndexByte(text, '\\')
		if escape < 0 {
			unescaped.Write(text)
			return unescaped.String(), true
		}
		unescaped.Write(text[:escape])
		switch c := text[escape+1]; c { // a string does not end with half an escape
		case '"', '\\', '/':
			unescaped.WriteByte(c)
		case 'b':
			unescaped.WriteByte('\b')
		case 'f':
			unescaped.WriteByte('\f')
		case 'n':
			unescaped.WriteByte('\n')
		case 'r':
			unescaped.WriteByte('\r')
		case 't':
			unescaped.WriteByte('\t')
		default:
			return "", false
		}
		text = text[escape+2:]
	}
}

// number reads a number (RFC 8259 §6): a minus, digits without a zero in front of others, a fraction,
// an exponent.
func (r *jsonReader) number() json.Number {
	end := 0
	digits := func() (there bool) {
		for ; end < len(r.rest) && '0' <= r.rest[end] && r.rest[end] <= '9'; end++ {
			there = true
		}
		return there
	}
	is := func(characters string) bool {
		if end < len(r.rest) && strings.IndexByte(characters, r.rest[end]) >= 0 {
			end++
			return true
		}
		return false
	}
	is("-")
	ok := is("0") || digits()
	if is(".") {
		ok = digits() && ok
	}
	if is("eE") {
		is("+-")
		ok = digits() && ok
	}
	if !ok {
		r.fail()
		return ""
	}
	number := json.Number(r.rest[:end])
	r.rest = r.rest[end:]
	return number
}
