package store

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ErrCursor says that the text is not a cursor of this list.
var ErrCursor = errors.New("not a cursor of this list")

const cursorVersion = 1

// cursor is what a cursor holds. The order is part of it, because a place in one order means
// nothing in another.
type cursor struct {
	Order string        `bson:"o"`
	Value bson.RawValue `bson:"v"`
	ID    string        `bson:"i"`
}

// FormatCursor writes a position of a list ordered by orderBy as an opaque text: a version, a
// checksum, and the position, in base64url without padding.
func FormatCursor(orderBy string, p Position) (string, error) {
	body, err := bson.Marshal(bson.D{{Key: "o", Value: orderBy}, {Key: "v", Value: p.Value}, {Key: "i", Value: p.ID}})
	if err != nil {
		return "", err
	}
	text := make([]byte, 0, 5+len(body))
	text = append(text, cursorVersion)
	text = binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(body))
	return base64.RawURLEncoding.EncodeToString(append(text, body...)), nil
}

// ParseCursor reads what FormatCursor wrote for a list of s ordered by orderBy. Everything else is
// ErrCursor: another order, another version, a damaged text.
func ParseCursor(s *Schema, orderBy, text string) (*Position, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	// The decoder skips line ends even when it is strict.
	if err != nil || strings.ContainsAny(text, "\r\n") || len(data) < 5 || data[0] != cursorVersion ||
		binary.BigEndian.Uint32(data[1:5]) != crc32.ChecksumIEEE(data[5:]) {
		return nil, ErrCursor
	}
	body := bson.Raw(data[5:])
	if body.Validate() != nil {
		return nil, ErrCursor
	}
	var c cursor
	if err := bson.Unmarshal(body, &c); err != nil || c.Order != orderBy || c.ID == "" || !utf8.ValidString(c.ID) {
		return nil, ErrCursor
	}
	if orderBy == "" {
		return &Position{ID: c.ID}, nil
	}
	value, ok := c.value(s.Field(orderBy).Kind)
	if !ok {
		return nil, ErrCursor
	}
	return &Position{Value: value, ID: c.ID}, nil
}

func (c cursor) value(kind Kind) (any, bool) {
	switch kind {
	case String:
		text, ok := c.Value.StringValueOK()
		return text, ok && utf8.ValidString(text)
	case Bool:
		return c.Value.BooleanOK()
	case Time:
		ms, ok := c.Value.DateTimeOK()
		return time.UnixMilli(ms).UTC(), ok
	}
	return nil, false
}
