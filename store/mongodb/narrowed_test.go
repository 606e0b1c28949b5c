package mongodb

import (
	"reflect"
	"testing"
	"time"

	"gatehouse/store"
)

// TestNarrowed looks which bounds of a range are left beside those of the positions of a scan.
func TestNarrowed(t *testing.T) {
	users := schema(t, "users")
	at := func(value any) *store.Position { return &store.Position{Value: value, ID: "m"} }
	key, updated, id := users.Field("usernameKey"), users.Field("updatedAt"), users.Field(idField)
	prefix := store.Range{Field: "usernameKey", Min: "b", Max: "c"}
	without := func(r store.Range, sides string) store.Range {
		if sides != "max" {
			r.Min = nil
		}
		if sides != "min" {
			r.Max = nil
		}
		return r
	}
	since := store.Since("updatedAt", time.UnixMilli(5))
	made := store.Range{Field: idField, Min: "b", Max: "y"}
	for name, test := range map[string]struct {
		scan store.Scan
		of   store.Range
		want store.Range
	}{
		"without positions":           {store.Scan{Order: key}, prefix, prefix},
		"after one within":            {store.Scan{Order: key, After: at("bx")}, prefix, without(prefix, "min")},
		"after the first":             {store.Scan{Order: key, After: at("b")}, prefix, without(prefix, "min")},
		"after one before it":         {store.Scan{Order: key, After: at("a")}, prefix, prefix},
		"until one within":            {store.Scan{Order: key, Until: at("bx")}, prefix, without(prefix, "max")},
		"until its end":               {store.Scan{Order: key, Until: at("c")}, prefix, prefix},
		"between two":                 {store.Scan{Order: key, After: at("ba"), Until: at("bx")}, prefix, without(prefix, "both")},
		"down from one within":        {store.Scan{Order: key, Descending: true, After: at("bx")}, prefix, without(prefix, "max")},
		"down to one within":          {store.Scan{Order: key, Descending: true, Until: at("bx")}, prefix, without(prefix, "min")},
		"in another order":            {store.Scan{Order: updated, After: at(time.UnixMilli(7))}, prefix, prefix},
		"after a time":                {store.Scan{Order: updated, After: at(time.UnixMilli(7))}, since, without(since, "min")},
		"after an earlier time":       {store.Scan{Order: updated, After: at(time.UnixMilli(4))}, since, since},
		"until a time, with no bound": {store.Scan{Order: updated, Until: at(time.UnixMilli(7))}, since, since},
		"after an ID":                 {store.Scan{Order: id, After: at(nil)}, made, without(made, "min")},
		"between IDs":                 {store.Scan{Order: id, After: at(nil), Until: at(nil)}, made, without(made, "both")},
	} {
		test.scan.Schema, test.scan.Ranges = users, []store.Range{test.of}
		if got := narrowed(&test.scan).Ranges[0]; !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
		if !reflect.DeepEqual(test.scan.Ranges[0], test.of) {
			t.Errorf("%s: the scan itself was changed", name)
		}
	}
}
