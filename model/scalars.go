package model

import (
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

const dateTimeLayout = "2006-01-02T15:04:05.000Z"

// FormatDateTime writes t as the DateTime scalar does: RFC 3339 in UTC with three decimals.
func FormatDateTime(t time.Time) string { return t.UTC().Format(dateTimeLayout) }

// MarshalDateTime writes the DateTime scalar.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(FormatDateTime(t))) // the writer is a buffer
	})
}

// UnmarshalDateTime reads an RFC 3339 instant in any offset; what is below a millisecond is dropped.
func UnmarshalDateTime(v any) (time.Time, error) {
	if s, ok := v.(string); ok {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return Instant(t), nil
		}
	}
	return time.Time{}, errors.New("must be an RFC 3339 instant such as 2019-08-24T14:15:22.000Z")
}
