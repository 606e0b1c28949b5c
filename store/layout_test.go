package store

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
)

// filler fills values at random, so that every field of every kind of document is there in some and
// missing in others.
type filler struct{ *rand.Rand }

func (f filler) fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.UnixMilli(f.Int64N(1<<42) - 1<<40).UTC()
		return
	case *model.Secret:
		*at = *model.SealedSecret([]byte(f.text()))
		return
	case *bson.Raw:
		raw, err := bson.Marshal(bson.M{"key": f.text()})
		if err != nil {
			t.Fatal(err)
		}
		*at = raw
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text())
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(int32(f.Uint32())))
	case reflect.Uint8:
		v.SetUint(uint64(f.IntN(256)))
	case reflect.Interface:
		anything := []any{nil, f.text(), f.IntN(2) == 0, int32(7), int64(-7), 1.5, bson.A{"a", bson.D{{Key: "b", Value: nil}}}}
		if one := reflect.ValueOf(anything[f.IntN(len(anything))]); one.IsValid() {
			v.Set(one)
		}
	case reflect.Pointer:
		if f.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(t, v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.IntN(4), 4))
		for i := range v.Len() {
			f.fill(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("no values of type %s are made", v.Type())
	}
}

func (f filler) text() string {
	return strings.Repeat(string([]rune("aé\x00\U0001F600z")[f.IntN(5)]), f.IntN(4))
}

// damaged is a document with a few of its bytes changed, missing, or doubled.
func (f filler) damaged(doc bson.Raw) bson.Raw {
	doc = bytes.Clone(doc)
	for range 1 + f.IntN(3) {
		at := f.IntN(len(doc))
		switch f.IntN(4) {
		case 0:
			doc[at] = byte(f.IntN(256))
		case 1:
			doc[at] ^= 1 << f.IntN(8)
		case 2:
			doc[at] = byte(f.IntN(20)) // as many kinds of values have
		case 3:
			if doc = doc[:at]; at == 0 {
				return doc
			}
		}
	}
	return doc
}

// TestLayoutsAgreeWithBSON: a layout reads what package bson reads, and nothing else.
func TestLayoutsAgreeWithBSON(t *testing.T) {
	t.Run("users", agree[model.User])
	t.Run("apps", agree[model.App])
	t.Run("management applications", agree[model.ManagementApplication])
	t.Run("roles", agree[model.Role])
	t.Run("role assignments", agree[model.RoleAssignment])
	t.Run("admin keys", agree[model.AdminKey])
	t.Run("audit events", agree[model.AuditEvent])
	t.Run("tenants", agree[model.Tenant])
	t.Run("signing keys", agree[model.SigningKey])
	t.Run("revoked tokens", agree[model.RevokedToken])
	t.Run("used assertions", agree[model.UsedAssertion])
	t.Run("idempotency keys", agree[model.IdempotencyKey])
	t.Run("keyset checks", agree[model.KeysetCheck])
}

func agree[T any](t *testing.T) {
	f := filler{rand.New(rand.NewPCG(1, 2))}
	d := newDecoder[T]()
	if d.layout == nil {
		t.Fatal("it has no layout")
	}
	whole, accepted := 100, 0
	for range whole {
		var made stored[T]
		f.fill(t, reflect.ValueOf(&made).Elem())
		doc, err := made.encode()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			read := doc
			if i > 0 {
				read = f.damaged(doc)
			}
			var got, want stored[T]
			ok := d.layout.decode(string(read), reflect.ValueOf(&got).Elem())
			if !ok {
				continue
			}
			if i == 0 {
				accepted++
			}
			if err := bson.Unmarshal(read, &want); err != nil {
				t.Fatalf("the layout reads %v, and package bson says: %v", read, err)
			}
			// NaN is not equal to itself; as documents they are.
			if !reflect.DeepEqual(got, want) && !same(t, &got, &want) {
				t.Fatalf("the layout reads\n%+v\nand package bson\n%+v\nof %v", got, want, read)
			}
		}
	}
	if accepted != whole {
		t.Errorf("%d of %d documents were left to package bson", whole-accepted, whole)
	}
}

func same[T any](t *testing.T, a, b *stored[T]) bool {
	t.Helper()
	one, err := a.encode()
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.encode()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(one, other)
}

// TestWhatALayoutLeavesAlone: tags with other meanings are package bson's.
func TestWhatALayoutLeavesAlone(t *testing.T) {
	type untagged struct{ A string }
	type options struct {
		A int64 `bson:"a,minsize"`
	}
	type inlineMap struct {
		A map[string]string `bson:",inline"`
	}
	type twice struct {
		A string `bson:"a"`
		B struct {
			A string `bson:"a"`
		} `bson:",inline"`
	}
	for _, v := range []any{untagged{}, options{}, inlineMap{}, twice{}} {
		if newLayout(reflect.TypeOf(v)) != nil {
			t.Errorf("%T has a layout", v)
		}
	}
	// A key that package bson would find by its lower case, and a number of another kind.
	type lower struct {
		A int32 `bson:"a"`
	}
	l := newLayout(reflect.TypeFor[lower]())
	for _, doc := range []bson.M{{"A": int32(1)}, {"a": int64(1)}, {"a": 1.0}, {"a": nil}} {
		raw, err := bson.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		var into lower
		if l.decode(string(raw), reflect.ValueOf(&into).Elem()) {
			t.Errorf("a layout reads %v", doc)
		}
	}
}
