package resolvers

import (
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/model"
)

func TestParseIdempotencyKey(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 255)
	for _, c := range []struct {
		name   string
		values []string
		key    string // empty when it is refused
	}{
		{"a string", []string{`"8e03978e-40d5-43dd-bc93-6894a57f9324"`}, "8e03978e-40d5-43dd-bc93-6894a57f9324"},
		{"without quotes", []string{"8e03978e-40d5-43dd-bc93-6894a57f9324"}, "8e03978e-40d5-43dd-bc93-6894a57f9324"},
		{"escapes", []string{`"a\"b\\c"`}, `a"b\c`},
		{"what needs quotes", []string{`"a,b;c=d"`}, "a,b;c=d"},
		{"blanks around", []string{"\t key "}, "key"},
		{"every character", []string{"!~"}, "!~"},
		{"the longest", []string{long}, long},
		{"the longest string", []string{`"` + long + `"`}, long},
		{"too long", []string{long + "x"}, ""},
		{"too long a string", []string{`"` + long + `x"`}, ""},
		{"nothing", []string{""}, ""},
		{"an empty string", []string{`""`}, ""},
		{"two lines", []string{"a", "a"}, ""},
		{"a list", []string{"a,b"}, ""},
		{"a list of strings", []string{`"a", "b"`}, ""},
		{"parameters", []string{`"a";b=1`}, ""},
		{"parameters without quotes", []string{"a;b=1"}, ""},
		{"no end", []string{`"a`}, ""},
		{"an escaped end", []string{`"a\"`}, ""},
		{"an escape of something else", []string{`"a\b"`}, ""},
		{"an escape at the end", []string{`"a\`}, ""},
		{"a quote within", []string{`a"b`}, ""},
		{"a backslash without quotes", []string{`a\b`}, ""},
		{"a blank within", []string{"a b"}, ""},
		{"a blank within a string", []string{`"a b"`}, ""},
		{"a control character", []string{"a\x7fb"}, ""},
		{"beyond ASCII", []string{"clé"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			key, err := parseIdempotencyKey(c.values)
			if key != c.key {
				t.Errorf("%q is read as %q, want %q", c.values, key, c.key)
			}
			var known *model.Error
			if refused := errors.As(err, &known) && known.Code == model.BadUserInput; refused != (c.key == "") {
				t.Errorf("%q: %v", c.values, err)
			}
		})
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	of := func(query, name string, variables map[string]any) [32]byte {
		sum, err := asked{
			params:    &graphql.RawParams{OperationName: name, Variables: variables},
			operation: &operation{OperationContext: graphql.OperationContext{RawQuery: query}},
		}.fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	first := of("mutation", "a", map[string]any{"x": "1", "y": nil})
	if again := of("mutation", "a", map[string]any{"y": nil, "x": "1"}); again != first {
		t.Error("the order of variables makes a difference")
	}
	if of("mutation", "", nil) != of("mutation", "", map[string]any{}) {
		t.Error("no variables differ from none")
	}
	seen := map[[32]byte]string{first: "the first"}
	for name, other := range map[string][32]byte{
		"another document":        of("mutation ", "a", map[string]any{"x": "1", "y": nil}),
		"another operation":       of("mutation", "b", map[string]any{"x": "1", "y": nil}),
		"another variable":        of("mutation", "a", map[string]any{"x": "2", "y": nil}),
		"a variable less":         of("mutation", "a", map[string]any{"x": "1"}),
		"another type of a value": of("mutation", "a", map[string]any{"x": 1, "y": nil}),
		"parts that have moved":   of("mutationa", "", map[string]any{"x": "1", "y": nil}),
	} {
		if same, there := seen[other]; there {
			t.Errorf("%s has the fingerprint of %s", name, same)
		}
		seen[other] = name
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body   string
		failed bool
	}{
		{`{"data":{"createUser":{"user":{"id":"1"}}}}`, false},
		{`{"errors":[{"path":["createUser"],"extensions":{"code":"CONFLICT"}}],"data":null}`, false},
		{`{"errors":[{"path":["createUser"],"extensions":{"code":"UNAVAILABLE"}}],"data":null}`, true},
		{`{"errors":[{"path":["createUser"],"extensions":{"code":"INTERNAL"}}],"data":null}`, true},
		{`{"errors":[{"extensions":{"code":"TOO_MANY_REQUESTS"}}],"data":null}`, true},
		{`{"errors":[{"path":["a"],"extensions":{"code":"CONFLICT"}},{"path":["b"],"extensions":{"code":"UNAVAILABLE"}}],"data":{"a":null,"b":null}}`, true},
		{`{"errors":[{"path":["createApp","app","user"],"extensions":{"code":"UNAVAILABLE"}}],"data":{"createApp":{"app":{"user":null}}}}`, false},
		{`{"errors":[{"extensions":{"code":"UNAVAILABLE"}}]}`, true},
		{`{"errors":[{"extensions":{"code":"BAD_USER_INPUT"}}]}`, true},
		{``, true},
	} {
		if got := failed([]byte(c.body)); got != c.failed {
			t.Errorf("failed: %v, want %v: %s", got, c.failed, c.body)
		}
	}
}
