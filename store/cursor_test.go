package store

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// orders lists what the lists of a collection are ordered by.
func orders(s *Schema) []string {
	seen := map[string]bool{"": true}
	all := []string{""}
	for _, x := range s.Indexes {
		if !x.Global && !seen[x.Order] {
			seen[x.Order] = true
			all = append(all, x.Order)
		}
	}
	return all
}

func position(s *Schema, orderBy string) Position {
	p := Position{ID: "01942f5e-8f6a-7c3e-9b1d-5a4c3b2a1f0e"}
	if orderBy == "" {
		return p
	}
	switch s.Field(orderBy).Kind {
	case String:
		p.Value = "straße 😀"
	case Bool:
		p.Value = true
	case Time:
		p.Value = time.Date(2024, 2, 29, 12, 30, 0, 123_000_000, time.UTC)
	}
	return p
}

func eachOrder(t *testing.T, do func(t *testing.T, s *Schema, orderBy string, p Position, text string)) {
	t.Helper()
	for _, s := range Catalogue() {
		for _, orderBy := range orders(s) {
			t.Run(s.Name+" by "+orderBy, func(t *testing.T) {
				t.Parallel()
				p := position(s, orderBy)
				text, err := FormatCursor(orderBy, p)
				if err != nil {
					t.Fatal(err)
				}
				do(t, s, orderBy, p, text)
			})
		}
	}
}

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	eachOrder(t, func(t *testing.T, s *Schema, orderBy string, p Position, text string) {
		t.Helper()
		got, err := ParseCursor(s, orderBy, text)
		if err != nil {
			t.Fatalf("ParseCursor(%q): %v", text, err)
		}
		if diff := cmp.Diff(p, *got); diff != "" {
			t.Errorf("the position came back changed (-want +got):\n%s", diff)
		}
	})
}

func TestCursorOfAnotherOrder(t *testing.T) {
	t.Parallel()
	eachOrder(t, func(t *testing.T, s *Schema, orderBy string, _ Position, text string) {
		t.Helper()
		for _, other := range orders(s) {
			if other == orderBy {
				continue
			}
			if got, err := ParseCursor(s, other, text); !errors.Is(err, ErrCursor) {
				t.Errorf("as a cursor by %q: %v, %v; want ErrCursor", other, got, err)
			}
		}
	})
}

func TestCursorDamaged(t *testing.T) {
	t.Parallel()
	eachOrder(t, func(t *testing.T, s *Schema, orderBy string, _ Position, text string) {
		t.Helper()
		refused := func(what string, at int, damaged string) {
			if got, err := ParseCursor(s, orderBy, damaged); !errors.Is(err, ErrCursor) {
				t.Errorf("%s at %d: %v, %v; want ErrCursor", what, at, got, err)
			}
		}
		for i := range len(text) {
			for _, c := range []byte("A-_z09 =+/\n\r\x00\xff") {
				if c != text[i] {
					refused("another character", i, text[:i]+string([]byte{c})+text[i+1:])
				}
				refused("one character more", i, text[:i]+string([]byte{c})+text[i:])
			}
			refused("one character less", i, text[:i]+text[i+1:])
			refused("cut", i, text[:i])
		}
		refused("a line end", len(text), text+"\n")
		refused("padding", len(text), text+"=")
		refused("itself again", len(text), text+text)
	})
}

// wrap gives any body the version and checksum of a cursor.
func wrap(version byte, body []byte) string {
	data := binary.BigEndian.AppendUint32([]byte{version}, crc32.ChecksumIEEE(body))
	return base64.RawURLEncoding.EncodeToString(append(data, body...))
}

func TestCursorForged(t *testing.T) {
	t.Parallel()
	users := Catalogue()[0]
	for name, body := range map[string]any{
		"no ID":             bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: "a"}},
		"an empty ID":       bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: "a"}, {Key: "i", Value: ""}},
		"an ID of no text":  bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: "a"}, {Key: "i", Value: 7}},
		"no value":          bson.D{{Key: "o", Value: "usernameKey"}, {Key: "i", Value: "x"}},
		"a null value":      bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: nil}, {Key: "i", Value: "x"}},
		"a value of a kind": bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: time.Now()}, {Key: "i", Value: "x"}},
		"an operator":       bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: bson.D{{Key: "$gt", Value: ""}}}, {Key: "i", Value: "x"}},
		"a broken text":     bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: "\xff"}, {Key: "i", Value: "x"}},
		"a broken ID":       bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: "a"}, {Key: "i", Value: "\xff"}},
		"nothing":           bson.D{},
	} {
		raw, err := bson.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseCursor(users, "usernameKey", wrap(cursorVersion, raw)); !errors.Is(err, ErrCursor) {
			t.Errorf("with %s: %v, %v; want ErrCursor", name, got, err)
		}
	}
	good, err := bson.Marshal(bson.D{{Key: "o", Value: "usernameKey"}, {Key: "v", Value: "a"}, {Key: "i", Value: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseCursor(users, "usernameKey", wrap(cursorVersion, good)); err != nil {
		t.Errorf("the body that the others are made from is refused: %v", err)
	}
	if _, err := ParseCursor(users, "usernameKey", wrap(cursorVersion+1, good)); !errors.Is(err, ErrCursor) {
		t.Errorf("of another version: %v; want ErrCursor", err)
	}
}

// FuzzParseCursor gives ParseCursor any text, and any body below a checksum that is right, because
// no fuzzer guesses one. What is accepted must be a position that can be written again.
func FuzzParseCursor(f *testing.F) {
	users := Catalogue()[0]
	for _, orderBy := range orders(users) {
		text, err := FormatCursor(orderBy, position(users, orderBy))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, orderBy)
		data, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data[5:]), orderBy)
	}
	f.Add("", "")
	f.Add(strings.Repeat("A", 100), "updatedAt")
	f.Fuzz(func(t *testing.T, text, orderBy string) {
		known := false
		for _, o := range orders(users) {
			known = known || o == orderBy
		}
		if !known {
			return // only orders of the catalogue are asked for
		}
		for _, attempt := range []string{text, wrap(cursorVersion, []byte(text))} {
			p, err := ParseCursor(users, orderBy, attempt)
			if err != nil {
				if !errors.Is(err, ErrCursor) || p != nil {
					t.Fatalf("ParseCursor(%q) = %v, %v; want ErrCursor alone", attempt, p, err)
				}
				continue
			}
			again, err := FormatCursor(orderBy, *p)
			if err != nil {
				t.Fatalf("%q was accepted as %v, which cannot be written: %v", attempt, p, err)
			}
			back, err := ParseCursor(users, orderBy, again)
			if err != nil {
				t.Fatalf("%q was accepted as %v; written again as %q it is refused: %v", attempt, p, again, err)
			}
			if diff := cmp.Diff(p, back); diff != "" {
				t.Fatalf("%q was accepted, and read differently when written again (-first +second):\n%s", attempt, diff)
			}
		}
	})
}
