package model_test

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gatehouse/model"
)

func TestJSONScalar(t *testing.T) {
	nested := func(levels int) any {
		var v any = map[string]any{}
		for range levels - 1 {
			v = []any{v}
		}
		return v
	}
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"null", nil, `null`},
		{"a boolean", true, `true`},
		{"a number of a variable", json.Number("12345678901234567890.10"), `12345678901234567890.10`},
		{"an integer of a literal", int64(9007199254740993), `9007199254740993`},
		{"a number of a literal", 0.5, `0.5`},
		{"a text with what HTML would escape", "<a&b>", `"<a&b>"`},
		{"an object, in order of its names", map[string]any{"b": []any{int64(1), nil}, "a": "x"}, `{"a":"x","b":[1,null]}`},
		{"32 levels", nested(32), strings.Repeat("[", 31) + "{}" + strings.Repeat("]", 31)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var j model.JSON
			if err := j.UnmarshalGQL(c.v); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if j.MarshalGQL(&out); out.String() != c.want {
				t.Errorf("got %s, want %s", out.String(), c.want)
			}
			value, err := j.Value()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := model.NewJSON(value); err != nil || again != j {
				t.Errorf("its value is %s again, %v", again, err)
			}
		})
	}
	for name, v := range map[string]any{"33 levels": nested(33), "33 levels of objects": map[string]any{"a": nested(32)}} {
		var j model.JSON
		if got := broken(t, j.UnmarshalGQL(v)); got != "TOO_DEEP" {
			t.Errorf("%s: got %q", name, got)
		}
	}
	var j model.JSON
	if got := broken(t, j.UnmarshalGQL(math.NaN())); got != "INVALID_JSON" {
		t.Errorf("NaN: got %q", got)
	}
	for _, bad := range []model.JSON{"", "{", "1 2"} {
		if v, err := bad.Value(); err == nil {
			t.Errorf("%q has the value %v", string(bad), v)
		}
	}
	var out bytes.Buffer
	if model.JSON("").MarshalGQL(&out); out.String() != "null" {
		t.Errorf("no value is written as %q", out.String())
	}
}
