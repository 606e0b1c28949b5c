package store

import (
	"reflect"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// layout says where the fields of a BSON document belong in a struct, and reads documents into it.
//
// Reading is where most of the time of a list went: package bson looks up a codec for every value, and
// copies every key and every text by itself. Here all texts of a document share one copy of it. It
// reads only what is exactly as the struct's tags would have it written, which is what stores hold, and
// gives up at anything else; package bson then reads the document and has the last word. So what a
// document means, and what is wrong with it, is said there alone.
type layout struct {
	fields map[string]place
}

// place is where one field belongs, and how it is read.
type place struct {
	index []int
	read  reader
}

// reader reads a BSON value into a Go value that is zero. It reports whether it could; if not, it may
// have changed the value.
type reader func(kind bson.Type, value string, into reflect.Value) bool

// newLayout is the layout of a struct, which must not contain itself; nil if its tags ask for what layouts
// do not do.
func newLayout(t reflect.Type) *layout {
	l := &layout{fields: map[string]place{}}
	if !l.add(t, nil) {
		return nil
	}
	return l
}

func (l *layout) add(t reflect.Type, prefix []int) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int{}, prefix...), i)
		tag, tagged := f.Tag.Lookup("bson")
		name, option, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-":
		case option == "inline" && f.Type.Kind() == reflect.Struct:
			if !l.add(f.Type, index) {
				return false
			}
		case !tagged || !f.IsExported() || name == "" || (option != "" && option != "omitempty"):
			return false
		default:
			if _, twice := l.fields[name]; twice {
				return false
			}
			l.fields[name] = place{index: index, read: readerOf(f.Type)}
		}
	}
	return true
}

// decode reads a document into a struct that is zero. It reports whether it could.
func (l *layout) decode(doc string, into reflect.Value) bool {
	return eachElement(doc, func(kind bson.Type, key, value string) bool {
		p, known := l.fields[key]
		if !known {
			_, lower := l.fields[strings.ToLower(key)] // package bson would take that one
			return !lower
		}
		return p.read(kind, value, into.FieldByIndex(p.index))
	})
}

// readerOf is the reader of a type.
func readerOf(t reflect.Type) reader {
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[bson.ValueUnmarshaler]()),
		reflect.PointerTo(t).Implements(reflect.TypeFor[bson.Unmarshaler]()):
		return readAsBSONDoes
	case t == reflect.TypeFor[time.Time]():
		return readTime
	}
	switch t.Kind() {
	case reflect.String:
		return readString
	case reflect.Bool:
		return readBool
	case reflect.Int32:
		return readInt32
	case reflect.Struct:
		if l := newLayout(t); l != nil {
			return func(kind bson.Type, value string, into reflect.Value) bool {
				return kind == bson.TypeEmbeddedDocument && l.decode(value, into)
			}
		}
	case reflect.Pointer:
		return pointerReader(readerOf(t.Elem()))
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return sliceReader(readerOf(t.Elem()))
		}
	default:
	}
	return readAsBSONDoes
}

func readAsBSONDoes(kind bson.Type, value string, into reflect.Value) bool {
	return bson.UnmarshalValue(kind, []byte(value), into.Addr().Interface()) == nil
}

func readString(kind bson.Type, value string, into reflect.Value) bool {
	text, ok := textOf(kind, value)
	if ok {
		into.SetString(text)
	}
	return ok
}

func textOf(kind bson.Type, value string) (text string, ok bool) {
	if kind != bson.TypeString || value[len(value)-1] != 0 {
		return "", false
	}
	return value[4 : len(value)-1], true
}

func readBool(kind bson.Type, value string, into reflect.Value) bool {
	is, ok := boolOf(kind, value)
	if ok {
		into.SetBool(is)
	}
	return ok
}

func boolOf(kind bson.Type, value string) (is, ok bool) {
	if kind != bson.TypeBoolean || value[0] > 1 {
		return false, false
	}
	return value[0] == 1, true
}

func readInt32(kind bson.Type, value string, into reflect.Value) bool {
	if kind != bson.TypeInt32 {
		return false
	}
	into.SetInt(int64(int32At(value)))
	return true
}

func readTime(kind bson.Type, value string, into reflect.Value) bool {
	t, ok := into.Addr().Interface().(*time.Time)
	if kind != bson.TypeDateTime || !ok {
		return false
	}
	*t = time.UnixMilli(int64(uint64(uint32(int32At(value))) | uint64(uint32(int32At(value[4:])))<<32)).UTC()
	return true
}

func pointerReader(read reader) reader {
	return func(kind bson.Type, value string, into reflect.Value) bool {
		if !into.IsNil() { // the document has the field twice
			return false
		}
		if kind == bson.TypeNull {
			return true
		}
		into.Set(reflect.New(into.Type().Elem()))
		return read(kind, value, into.Elem())
	}
}

func sliceReader(read reader) reader {
	return func(kind bson.Type, value string, into reflect.Value) bool {
		if kind != bson.TypeArray || !into.IsNil() {
			return false
		}
		size := 0
		count := func(bson.Type, string, string) bool { size++; return true }
		if !eachElement(value, count) {
			return false
		}
		into.Set(reflect.MakeSlice(into.Type(), size, size))
		i := 0
		return eachElement(value, func(kind bson.Type, _, value string) bool {
			i++
			return read(kind, value, into.Index(i-1))
		})
	}
}

// eachElement calls do for every element of a document, as long as it returns true and the document is
// well formed. It reports whether that was to the end.
func eachElement(doc string, do func(kind bson.Type, key, value string) bool) bool {
	if len(doc) < 5 || int(int32At(doc)) != len(doc) || doc[len(doc)-1] != 0 {
		return false
	}
	rest := doc[4 : len(doc)-1]
	for rest != "" {
		kind := bson.Type(rest[0])
		key, value, ok := strings.Cut(rest[1:], "\x00")
		if !ok {
			return false
		}
		size := sizeOf(kind, value)
		if size < 0 || size > len(value) {
			return false
		}
		if !do(kind, key, value[:size]) {
			return false
		}
		rest = value[size:]
	}
	return true
}

// sizeOf is the size of a value with which in begins, in bytes; -1 for what is malformed or unusual. It
// may be more than there is of in. See bsonspec.org for the kinds.
func sizeOf(kind bson.Type, in string) int {
	switch kind {
	case bson.TypeNull:
		return 0
	case bson.TypeBoolean:
		return 1
	case bson.TypeInt32:
		return 4
	case bson.TypeDouble, bson.TypeDateTime, bson.TypeInt64, bson.TypeTimestamp:
		return 8
	case bson.TypeObjectID:
		return 12
	case bson.TypeDecimal128:
		return 16
	case bson.TypeString: // its length counts the byte at its end
		if size := lengthAt(in); size > 0 {
			return 4 + size
		}
	case bson.TypeEmbeddedDocument, bson.TypeArray: // theirs counts itself and the byte at the end
		if size := lengthAt(in); size >= 5 {
			return size
		}
	case bson.TypeBinary:
		if size := lengthAt(in); size >= 0 {
			return 4 + 1 + size
		}
	default:
	}
	return -1
}

// lengthAt reads the length with which in begins; -1 if there is none.
func lengthAt(in string) int {
	if len(in) < 4 {
		return -1
	}
	return int(int32At(in))
}

// int32At reads the integer with which in begins.
func int32At(in string) int32 {
	return int32(uint32(in[0]) | uint32(in[1])<<8 | uint32(in[2])<<16 | uint32(in[3])<<24)
}
