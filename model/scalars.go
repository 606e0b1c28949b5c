package model

import (
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// maxYear is the last year that RFC 3339 can write. An offset may lead beyond it.
const maxYear = 9999

const dateTimeLayout = "2006-01-02T15:04:05.000Z"

// FormatDateTime writes t as the DateTime scalar does: RFC 3339 in UTC with three decimals.
func FormatDateTime(t time.Time) string { return t.UTC().Format(dateTimeLayout) }

// AppendDateTime appends the DateTime scalar to b.
func AppendDateTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), dateTimeLayout), '"')
}

// MarshalDateTime writes the DateTime scalar.
func MarshalDateTime(t time.Time) graphql.Marshaler { return appended(AppendDateTime, t) }

// UnmarshalDateTime reads an RFC 3339 instant in any offset; what is below a millisecond is dropped.
func UnmarshalDateTime(v any) (time.Time, error) {
	if s, ok := v.(string); ok {
		t, err := time.Parse(time.RFC3339Nano, s)
		if year := t.UTC().Year(); err == nil && year >= 0 && year <= maxYear {
			return Instant(t), nil
		}
	}
	return time.Time{}, invalidScalar("INVALID_DATE_TIME", "must be an RFC 3339 instant such as 2019-08-24T14:15:22.000Z")
}

// AppendInt appends the Int scalar to b.
func AppendInt(b []byte, i int32) []byte { return strconv.AppendInt(b, int64(i), 10) }

// MarshalInt writes the Int scalar.
func MarshalInt(i int32) graphql.Marshaler { return appended(AppendInt, i) }

// UnmarshalInt reads the Int scalar, which has 32 bits and is no text (GraphQL §3.5.1).
func UnmarshalInt(v any) (int32, error) {
	if _, isText := v.(string); !isText {
		if i, err := graphql.UnmarshalInt32(v); err == nil {
			return i, nil
		}
	}
	return 0, invalidScalar("OUT_OF_RANGE", "must be an integer of 32 bits")
}

const hexDigits = "0123456789ABCDEF"

// AppendString appends the String scalar to b, as graphql.MarshalString writes it: only what JSON wants
// escaped is (RFC 8259 §7).
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			b = append(b, '\\', 't')
		case '\r':
			b = append(b, '\\', 'r')
		case '\n':
			b = append(b, '\\', 'n')
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	return append(append(b, s[start:]...), '"')
}

// MarshalString writes the String scalar.
func MarshalString(s string) graphql.Marshaler { return appended(AppendString, s) }

// appended is v, written by what appends it.
func appended[T any](appendTo func([]byte, T) []byte, v T) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(appendTo(nil, v)) // the writer is a buffer
	})
}

// UnmarshalString reads the String scalar. A number is not taken for its digits (GraphQL §3.5.3).
func UnmarshalString(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", invalidScalar("INVALID_STRING", "must be a text in quotes")
}

// invalidScalar is a violation by a value whose path only the caller knows.
func invalidScalar(code, message string) error { return Invalid(code, message) }
