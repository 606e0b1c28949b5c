package graph

import (
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// buffer is JSON that is being written, and then a graphql.Marshaler of it. Its generated methods, put
// and the name of a type, append a value and say whether that was possible.
type buffer []byte

func (b *buffer) text(s string) { *b = append(*b, s...) }

// Write appends p, for what writes itself (io.Writer).
func (b *buffer) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

// leaf appends a scalar that is not known how to append.
func (b *buffer) leaf(m graphql.Marshaler, nonNull bool) bool {
	if m == graphql.Null && nonNull {
		return false
	}
	m.MarshalGQL(b)
	return true
}

// MarshalGQL writes the JSON (graphql.Marshaler).
func (b *buffer) MarshalGQL(w io.Writer) { _, _ = w.Write(*b) } // the writer is a buffer
