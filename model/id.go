package model

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// NewID makes a UUIDv7 (RFC 9562 §5.7) for something made at the instant now.
//
// The first 48 bits are the milliseconds that createdAt shows, and the next 12 the fraction of the
// millisecond (§6.2, method 3), so that IDs of one process sort as they were made. Lists ordered by
// creation rely on it: they are ordered by ID alone.
func NewID(now time.Time) string {
	id := uuid.New()
	ms := now.UnixMilli()
	fraction := uint16(now.Sub(time.UnixMilli(ms)) * 4096 / time.Millisecond)
	binary.BigEndian.PutUint64(id[:8], uint64(ms)<<16|0x7000|uint64(fraction))
	return id.String()
}
