package model

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// NewID makes a UUIDv7 (RFC 9562 §5.7) for something made at the instant now.
//
// The first 48 bits are the milliseconds that createdAt shows, and the next 12 the fraction of the
// millisecond (§6.2, method 3), so that IDs of one process sort as they were made. Lists ordered by
// creation rely on it: they are ordered by ID alone.
func NewID(now time.Time) string { return newID(now).String() }

// NewIDs makes IDs for what is made together at the instant now, such as the events of one call:
// they sort in the order in which they are asked for. The next 20 bits behind the time count (§6.2,
// method 1).
func NewIDs(now time.Time) func() string {
	var count atomic.Uint32
	return func() string {
		n := count.Add(1)
		id := newID(now)
		id[8] = 0x80 | byte(n>>14)&0x3f
		id[9] = byte(n >> 6)
		id[10] = byte(n<<2) | id[10]&0x03
		return id.String()
	}
}

// MayBeID says whether text has the form of an ID: nothing has any other.
func MayBeID(text string) bool {
	const length = 36 // uuid.Validate takes other spellings as well
	return len(text) == length && uuid.Validate(text) == nil
}

// FirstIDAt is the lowest UUIDv7 (RFC 9562 §5.7) of the millisecond that t lies in: no ID that NewID
// or NewIDs makes then or later is below it, and every one that they made before is. An ID counts
// milliseconds from 1970 in 48 bits, so that an earlier t is as the first of them and a later one,
// beyond the year 10889, as the last.
func FirstIDAt(t time.Time) string {
	const last = 1<<48 - 1
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(min(max(t.UnixMilli(), 0), last))<<16|0x7000)
	id[8] = 0x80
	return id.String()
}

func newID(now time.Time) uuid.UUID {
	id := uuid.New()
	ms := now.UnixMilli()
	fraction := uint16(now.Sub(time.UnixMilli(ms)) * 4096 / time.Millisecond)
	binary.BigEndian.PutUint64(id[:8], uint64(ms)<<16|0x7000|uint64(fraction))
	return id
}
