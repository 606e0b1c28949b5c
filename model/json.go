package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxJSONDepth is how deep a JSON value may be nested: a list or object in another is one level more.
const maxJSONDepth = 32

// JSON is any JSON value, kept as its text: compact, with the members of objects in order of their
// names and numbers as they were written. Equal values have equal texts, unless they write a number
// in two ways.
type JSON string

// NewJSON is v, in the types of encoding/json, as JSON. It fails for what is nested deeper than 32
// levels and for what JSON cannot say.
func NewJSON(v any) (JSON, error) {
	if tooDeep(v, maxJSONDepth) {
		return "", Invalid("TOO_DEEP", fmt.Sprintf("must be nested at most %d levels deep", maxJSONDepth))
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("write a value as JSON: %w", err)
	}
	return JSON(bytes.TrimSpace(text.Bytes())), nil
}

func tooDeep(v any, levels int) bool {
	switch v := v.(type) {
	case map[string]any:
		if levels == 0 {
			return true
		}
		for _, member := range v {
			if tooDeep(member, levels-1) {
				return true
			}
		}
	case []any:
		if levels == 0 {
			return true
		}
		for _, element := range v {
			if tooDeep(element, levels-1) {
				return true
			}
		}
	}
	return false
}

// Value is the value in the types of encoding/json, with numbers as json.Number.
func (j JSON) Value() (any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(j)))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("read a value from JSON: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("read a value from JSON: there is more after it")
	}
	return v, nil
}

// MarshalGQL writes the JSON scalar.
func (j JSON) MarshalGQL(w io.Writer) {
	if j == "" {
		j = "null"
	}
	_, _ = io.WriteString(w, string(j)) // the writer is a buffer
}

// UnmarshalGQL reads the JSON scalar. Integers of literals come as int64, other numbers of literals
// as float64, and numbers of variables as json.Number.
func (j *JSON) UnmarshalGQL(v any) error {
	value, err := NewJSON(v)
	if err != nil {
		var known *Error
		if errors.As(err, &known) {
			return err
		}
		return invalidScalar("INVALID_JSON", "must be a value that JSON can say")
	}
	*j = value
	return nil
}
