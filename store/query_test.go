package store

import (
	"strings"
	"testing"
)

func TestHasPrefix(t *testing.T) {
	t.Parallel()
	texts := []string{
		"", "a", "ab", "ab\x00", "ab\x7f", "abc", "ab\uffff", "ab😀", "ab\U0010ffff", "ab\U0010ffff\U0010ffff", "ab\U0010ffffx", "ac", "b",
		"a\ud7ff", "a\ud7ffz", "a\ue000", "\U0010ffff", "\U0010ffff\U0010ffff", "\U0010ffffa", "é", "éa", "ê",
	}
	for _, prefix := range texts {
		r := HasPrefix("f", prefix)
		for _, text := range texts {
			within := text >= r.Min.(string) && (r.Max == nil || text < r.Max.(string))
			if within != strings.HasPrefix(text, prefix) {
				t.Errorf("the range of what begins with %+q, from %+q to %+q, has %+q in it: %t", prefix, r.Min, r.Max, text, within)
			}
		}
	}
}

// TestPlanChoosesTheIndex holds the comments of the catalogue to what is chosen.
func TestPlanChoosesTheIndex(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		collection string
		equal      string
		orderBy    string
		index      string
	}{
		{"users", "", "", "created"},
		{"users", "", "updatedAt", "updated"},
		{"users", "", "usernameKey", "username"},
		{"users", "isActive", "", "active_created"},
		{"users", "isActive", "updatedAt", "active_updated"},
		{"users", "isActive", "usernameKey", "active_username"},
		{"apps", "", "", "created"},
		{"apps", "", "updatedAt", "updated"},
		{"apps", "", "nameKey", "name"},
		{"apps", "userId", "", "owner_created"},
		{"apps", "userId", "updatedAt", "owner_updated"},
		{"apps", "userId", "nameKey", "owner_name"},
		{"apps", "nameKey", "", "name"},
		{"apps", "nameKey", "updatedAt", "name_updated"},
		{"apps", "nameKey", "nameKey", "name"},
		{"apps", "userId nameKey", "", "owner_name"},
		{"apps", "userId nameKey", "updatedAt", "owner_name"},
		{"apps", "userId nameKey", "nameKey", "owner_name"},
		{"apps", "isActive", "", "active_created"},
		{"apps", "isActive", "updatedAt", "active_updated"},
		{"apps", "isActive", "nameKey", "active_name"},
		{"apps", "isActive nameKey", "", "active_name"},
		{"apps", "isActive nameKey", "updatedAt", "name_updated"},
		{"apps", "isActive nameKey", "nameKey", "active_name"},
		{"apps", "isActive userId", "", "owner_created"},
		{"apps", "isActive userId", "updatedAt", "owner_updated"},
		{"apps", "isActive userId", "nameKey", "owner_name"},
		{"apps", "isActive userId nameKey", "", "owner_name"},
		{"adminKeys", "", "", "created"},
		{"auditEvents", "", "", "created"},
		{"auditEvents", "entityId", "", "entity_created"},
	} {
		for _, s := range Catalogue() {
			if s.Name != c.collection {
				continue
			}
			q := Query{OrderBy: c.orderBy}
			for field := range strings.FieldsSeq(c.equal) {
				q.Equal = append(q.Equal, Term{Field: field, Value: "x"})
			}
			scan := q.plan(s, "tenant")
			if scan.Index.Name != c.index {
				t.Errorf("%s with equal %q by %q: index %s; want %s", c.collection, c.equal, c.orderBy, scan.Index.Name, c.index)
			}
		}
	}
}
