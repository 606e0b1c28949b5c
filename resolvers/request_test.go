package resolvers

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// FuzzStrictJSON reads any bytes. What is taken is what the standard library reads, to the last digit.
// What is refused is no JSON, or has a name twice: writing down what the library reads then loses
// something.
func FuzzStrictJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, 2.50, -0, 1e400, null, true, "x"], "b": {"a": {}}}`, `{"a": 1, "a": 1}`, `[{"a": 1, "\u0061": 2}]`, `[1,]`, `{"a" 1}`, "\ufeff1",
		`{"a":1,}`, `{,}`, `[01]`, `-`, `1.`, `1e`, `-0.0E+07`, `.5`, `tru`, `"\q"`, `"\u12"`, `"a\\"`, `"\\\"`, `"\n\"\u0041\t\/"`, `"`, "\"\n\"",
		"1\x00", "[1 2]", `{"a":1 "b":2}`, `{a:1}`, "\x0b1",
		strings.Repeat("[", mostNested) + strings.Repeat("]", mostNested), strings.Repeat("[", mostNested+1) + strings.Repeat("]", mostNested+1),
		"\"\xff\"", `"\ud800"`, ` 12345678901234567890 `, `1 2`, `]`, ``, `{"": {"": {"": []}}}`, `["a", "a"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := strictJSON(raw)
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		var want any
		if failed := decoder.Decode(&want); failed != nil && err == nil {
			t.Fatalf("%q is taken, and the library says %v", raw, failed)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %v, the library reads %v", raw, got, want)
		}
		if err != nil && err.Error() == "must be one JSON value" && json.Valid(raw) {
			t.Fatalf("%q is refused: %v", raw, err)
		}
		if err == nil && !json.Valid(raw) {
			t.Fatalf("%q is taken, and is not one JSON value", raw)
		}
		if err != nil && err.Error() == "must not have a name twice in one object" && names(t, raw) <= namesOf(want) {
			t.Fatalf("%q is refused: %v", raw, err)
		}
	})
}

// names counts the colons of JSON outside of strings, of which every name has one.
func names(t *testing.T, raw []byte) (count int) {
	t.Helper()
	inside := false
	for i := 0; i < len(raw); i++ {
		switch {
		case inside && raw[i] == '\\':
			i++
		case raw[i] == '"':
			inside = !inside
		case !inside && raw[i] == ':':
			count++
		}
	}
	return count
}

// namesOf counts the names in a value.
func namesOf(value any) (count int) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			count += namesOf(element)
		}
	case map[string]any:
		for _, element := range value {
			count += 1 + namesOf(element)
		}
	}
	return count
}

// TestNegotiate chooses a media type where the order and the number of headers matter; e2e has the rest.
func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept []string
		want   string
		ok     bool
	}{
		{nil, typeJSON, true},
		{[]string{"", " "}, typeJSON, true},
		{[]string{"text/html", "application/graphql-response+json"}, typeGraphQL, true},
		{[]string{"application/json;q=0.2, application/graphql-response+json;q=0.1"}, typeJSON, true},
		{[]string{"*/*, application/*;q=0, application/graphql-response+json;q=0.1"}, typeGraphQL, true},
		{[]string{"application/*;q=0.5, */*;q=0.9"}, typeJSON, true},
		{[]string{"application/json;q=NaN"}, typeJSON, false},
		{[]string{"application/json;q=-1, application/json;q=x, ;;, /"}, typeJSON, false},
		{[]string{"APPLICATION/GraphQL-Response+JSON"}, typeGraphQL, true},
		{[]string{"application/json;q=0, application/json;q=0.001"}, typeJSON, true},
	} {
		if got, ok := negotiate(c.accept); got != c.want || ok != c.ok {
			t.Errorf("%q is answered with %s %v, want %s %v", c.accept, got, ok, c.want, c.ok)
		}
	}
}
