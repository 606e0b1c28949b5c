package resolvers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// TestWriteResponse compares what is written by hand with what the library writes.
func TestMarshalResponse(t *testing.T) {
	t.Parallel()
	more := true
	for _, response := range []*graphql.Response{
		{},
		{Data: json.RawMessage("null")},
		{Data: json.RawMessage(`{"app":{"name":"a","n":1.50}}`), Extensions: map[string]any{}},
		{Data: json.RawMessage(`{"app":{"name":"<b>&\u2028é\ufeff"}}`)},
		{Data: json.RawMessage(`{"<":"<>>&&<","&":"€> & ","x":"&"}`)},
		{Data: json.RawMessage("{\"app\":{\"name\":\"\u2028\u2029\u2030\"}}")},
		{Data: json.RawMessage(`{"app":null}`), Errors: gqlerror.List{{Message: "<no>"}}},
		{Data: json.RawMessage(`{"app":null}`), Extensions: map[string]any{"cost": 1}},
		{Data: json.RawMessage(`{"app":null}`), Label: "x", HasNext: &more},
	} {
		want, err := json.Marshal(response)
		if err != nil {
			t.Fatal(err)
		}
		answer := httptest.NewRecorder()
		writeResponse(answer, typeJSON, response)
		if got := answer.Body.String(); answer.Code != http.StatusOK || got != string(want) {
			t.Errorf("%d %s is written, and the library writes %s", answer.Code, got, want)
		}
	}
}
