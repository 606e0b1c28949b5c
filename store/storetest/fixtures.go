package storetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/model"
	"gatehouse/store"
)

// testTable holds the table to the catalogue.
func testTable(t *testing.T) {
	rows := map[string]entity{}
	for _, k := range kinds() {
		rows[k.name()] = k
	}
	for _, schema := range store.Catalogue() {
		row, ok := rows[schema.Name]
		if !ok {
			t.Errorf("collection %s of the catalogue has no row in the table", schema.Name)
			continue
		}
		delete(rows, schema.Name)
		for _, complaint := range row.complaints(schema) {
			t.Errorf("%s: %s", schema.Name, complaint)
		}
	}
	for name := range rows {
		t.Errorf("row %s of the table is no collection of the catalogue", name)
	}
}

// complaints says which fields fill leaves zero, so that nobody would see a store lose them, and
// which indexed fields no list of the row filters or sorts by.
func (k kind[E]) complaints(schema *store.Schema) []string {
	var all []string
	for _, path := range zeros(reflect.ValueOf(k.make("tenant")), "") {
		all = append(all, "fill leaves "+path+" zero")
	}
	listed := func(x store.Index) bool { return !x.Global }
	if len(k.orders) == 0 && slices.ContainsFunc(schema.Indexes, listed) {
		all = append(all, "it has indexes to list by, and the row no lists")
	}
	used := map[string]bool{"": len(k.orders) > 0}
	for _, l := range k.lists(k.filters) {
		used[l.orderBy] = true
		for _, term := range l.query().Equal {
			used[term.Field] = true
		}
	}
	for _, x := range schema.Indexes {
		if x.Unique || x.Global {
			continue // has its own tests
		}
		for _, field := range append([]string{x.Order}, x.Equal...) {
			if !used[field] {
				all = append(all, fmt.Sprintf("no filter or order uses %s of index %s", field, x.Name))
			}
		}
	}
	return all
}

// zeros lists the exported fields within a value that are zero, at any depth.
func zeros(v reflect.Value, path string) []string {
	var found []string
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return []string{path}
		}
		return zeros(v.Elem(), path)
	case reflect.Struct:
		switch value := v.Interface().(type) {
		case time.Time:
			if value.IsZero() {
				return []string{path}
			}
			return nil
		case model.Secret:
			if len(value.Sealed()) == 0 {
				return []string{path}
			}
			return nil
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				found = append(found, zeros(v.Field(i), path+"."+f.Name)...)
			}
		}
		return found
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 {
			return []string{path}
		}
		// What some elements lack, such as the settings of the other protocol, others have.
		lacking := map[string]int{}
		for i := range v.Len() {
			for _, missing := range zeros(v.Index(i), path+"[]") {
				if lacking[missing]++; lacking[missing] == v.Len() {
					found = append(found, missing)
				}
			}
		}
		return found
	case reflect.Map:
		if v.Len() == 0 {
			return []string{path}
		}
		for _, key := range v.MapKeys() {
			found = append(found, zeros(v.MapIndex(key), fmt.Sprintf("%s[%v]", path, key))...)
		}
		return found
	default:
	}
	if v.IsZero() {
		return []string{path}
	}
	return nil
}

// unset clears every pointer within a value.
func unset(v reflect.Value) {
	eachSettable(v, func(v reflect.Value) bool {
		if v.Kind() == reflect.Pointer {
			v.SetZero()
			return false
		}
		return true
	})
}

// sealSecrets seals the secrets within a value that is otherwise empty: what is not sealed cannot be
// written.
func sealSecrets(v reflect.Value) {
	eachSettable(v, func(v reflect.Value) bool {
		_, secret := v.Interface().(model.Secret)
		if secret {
			v.Set(reflect.ValueOf(*model.SealedSecret([]byte("sealed"))))
		}
		return !secret
	})
}

// scribble writes over everything within a value, in place, so that whatever shares memory with it
// changes as well.
func scribble(v reflect.Value) {
	eachSettable(v, func(v reflect.Value) bool {
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + " scribbled over")
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Int, reflect.Int32, reflect.Int64:
			v.SetInt(v.Int() + 77)
		case reflect.Uint8:
			v.SetUint(v.Uint() ^ 0xFF)
		case reflect.Interface:
			v.Set(reflect.ValueOf("scribbled over"))
			return false
		case reflect.Struct:
			switch value := v.Interface().(type) {
			case time.Time:
				v.Set(reflect.ValueOf(value.Add(time.Hour)))
				return false
			case model.Secret:
				v.Set(reflect.ValueOf(*model.SealedSecret([]byte("scribbled over"))))
				return false
			}
		default:
		}
		return true
	})
}

// eachSettable walks the values that can be set within one; do says whether to go deeper.
func eachSettable(v reflect.Value, do func(reflect.Value) bool) {
	if v.CanSet() && !do(v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachSettable(v.Elem(), do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachSettable(v.Field(i), do)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			eachSettable(v.Index(i), do)
		}
	default:
	}
}

// unlike lists the times within a value that are not in UTC and whole milliseconds.
func unlike(v reflect.Value, path string) []string {
	var found []string
	eachSettable(v, func(v reflect.Value) bool {
		at, ok := v.Interface().(time.Time)
		if ok && (at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond))) {
			found = append(found, path+": "+at.String())
		}
		return !ok
	})
	return found
}

// fillZeros gives every field within what to points to, at any depth, that is still zero a value of
// its own, which says where it belongs.
func fillZeros(to any) {
	f := filler{}
	f.fill(reflect.ValueOf(to).Elem(), reflect.TypeOf(to).Elem().Name())
}

// filler counts, so that no two numbers are the same.
type filler struct{ count int64 }

func (f *filler) fill(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		f.fill(v.Elem(), path)
	case reflect.Struct:
		switch v.Interface().(type) {
		case time.Time:
			if v.IsZero() {
				v.Set(reflect.ValueOf(moment(5)))
			}
			return
		case model.Secret:
			v.Set(reflect.ValueOf(*model.SealedSecret([]byte("\x01\x00\xff" + path))))
			return
		}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() {
				f.fill(v.Field(i), path+"."+field.Name)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		}
		for i := range v.Len() {
			f.fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.String:
		if v.IsZero() {
			v.SetString(path)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		if f.count++; v.IsZero() {
			v.SetInt(f.count)
		}
	default:
		panic("storetest: nobody knows how to fill a " + v.Type().String())
	}
}

// diff says how two values differ, empty if they do not. The values of audit events are compared as
// JSON shows them, which is all that is promised of them, and secrets by their sealed bytes.
func diff(want, got any) string {
	sealed := cmp.Transformer("sealed", func(s model.Secret) []byte { return s.Sealed() })
	return cmp.Diff(want, got, cmp.Transformer("JSON", func(c model.AuditChange) [3]string {
		return [3]string{c.Path, asJSON(c.Before), asJSON(c.After)}
	}), sealed)
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// same fails the test unless got is what was written, with its times in UTC and milliseconds.
func same[E any](t *testing.T, what string, want, got *E) {
	t.Helper()
	if d := diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
	for _, at := range unlike(reflect.ValueOf(got), what) {
		t.Errorf("a time is not in UTC and whole milliseconds: %s", at)
	}
}
