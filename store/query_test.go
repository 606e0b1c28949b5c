package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
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

// TestMade compares what the ranges have within them with when the IDs were made.
func TestMade(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC)
	for _, offset := range []time.Duration{-time.Hour, -time.Millisecond, -time.Nanosecond, 0, time.Microsecond, time.Millisecond, time.Hour} {
		id := model.NewID(at.Add(offset))
		if since := MadeSince(at); (id >= since.Min.(string)) != (offset >= 0) || since.Max != nil || since.Field != idField {
			t.Errorf("made %s after the instant: %s is in %v: %t", offset, id, since, offset < 0)
		}
		if before := MadeBefore(at); (id < before.Max.(string)) != (offset < 0) || before.Min != nil || before.Field != idField {
			t.Errorf("made %s after the instant: %s is in %v: %t", offset, id, before, offset >= 0)
		}
	}
}

// TestWhatExpiresHasItsIndex holds the field and the index to the mark in the schema.
func TestWhatExpiresHasItsIndex(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range Catalogue() {
		for _, x := range s.Indexes {
			if x.Global && !x.Unique && x.Name != ExpiredIndex {
				t.Errorf("index %s of %s is over all tenants and not unique", x.Name, s.Name)
			}
		}
		indexed := slices.ContainsFunc(s.Indexes, func(x Index) bool { return x.Name == ExpiredIndex })
		if indexed != s.Expires {
			t.Errorf("%s expires: %t; it has the index for it: %t", s.Name, s.Expires, indexed)
		}
		if !s.Expires {
			continue
		}
		names = append(names, s.Name)
		scan := s.Expired(time.UnixMilli(5), 7)
		if x := scan.Index; !x.Global || len(x.Equal) > 0 || x.Order != expiresField || scan.Order.Kind != Time || scan.Limit != 7 {
			t.Errorf("what has expired from %s is found by %+v", s.Name, scan)
		}
	}
	if want := []string{"signingKeys", "revokedTokens", "usedAssertions", "idempotencyKeys"}; !slices.Equal(names, want) {
		t.Errorf("%v expire; want %v", names, want)
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
		{"auditEvents", "actor.id", "", "actor_created"},
		{"auditEvents", "action", "", "action_created"},
		{"auditEvents", "entityType", "", "type_created"},
		{"auditEvents", "entityType action", "", "action_created"},
		{"auditEvents", "entityType action actor.id", "", "actor_created"},
		{"auditEvents", "entityType action actor.id entityId", "", "entity_created"},
		{"signingKeys", "", "", "created"},
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
