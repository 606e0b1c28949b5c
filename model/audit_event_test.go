package model_test

import (
	"encoding/json"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson" //nolint:depguard // what is tested is what stores make of the values

	"gatehouse/model"
)

// TestChangesAsJSON stores values as both stores do, in BSON, and looks at what becomes of them.
func TestChangesAsJSON(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  string // empty for no value
	}{
		{"nothing", nil, ""},
		{"a text", `<a> & "b"`, `"<a> & \"b\""`},
		{"a boolean", false, `false`},
		{"a number", int64(7), `7`},
		{"a large number", int64(1) << 53, `9007199254740992`},
		{"a number of 32 bits", int32(-7), `-7`},
		{"a fraction", 0.5, `0.5`},
		{"a whole number among fractions", 3.0, `3`},
		{"an empty list", []any{}, `[]`},
		{"a list", []any{"b", int64(1), nil, []any{true}}, `["b",1,null,[true]]`},
		{"an object", map[string]any{"b": map[string]any{"d": nil, "c": 1.0}, "a": []any{map[string]any{"f": "g", "e": false}}}, `{"a":[{"e":false,"f":"g"}],"b":{"c":1,"d":null}}`},
		{"a secret", model.Redacted, `"[secret]"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := bson.Marshal(model.AuditChange{Path: "p", Before: c.value, After: c.value})
			if err != nil {
				t.Fatal(err)
			}
			var stored model.AuditChange
			if err := bson.Unmarshal(raw, &stored); err != nil {
				t.Fatal(err)
			}
			for which, change := range map[string]model.AuditChange{"stored": stored, "fresh": {Before: c.value, After: c.value}} {
				before, err := change.BeforeJSON()
				if err != nil {
					t.Fatal(err)
				}
				after, err := change.AfterJSON()
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case c.want == "" && before == nil && after == nil:
				case before == nil || after == nil || string(*before) != c.want || *before != *after:
					t.Errorf("%s: got %v and %v, want %s", which, before, after, c.want)
				case !json.Valid([]byte(*before)):
					t.Errorf("%s: %s is no JSON", which, *before)
				}
			}
		})
	}
}
