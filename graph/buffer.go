package graph

import (
	"io"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
)

// buffer is JSON that is being written, and then a graphql.Marshaler of it. Its generated methods, put
// and the name of a type, append a value and say whether that was possible.
type buffer []byte

// mostAhead is how many bytes a buffer begins with at most: what comes may be shorter than what came last.
const mostAhead = 64 << 10

// newBuffer makes a buffer for what was so long the last time.
func newBuffer(last *atomic.Int64) buffer { return make(buffer, 0, min(last.Load(), mostAhead)) }

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
