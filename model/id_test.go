package model

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// tick is a little more than what the twelve bits for the fraction of a millisecond tell apart.
const tick = 250 * time.Nanosecond

func TestNewIDSortsByCreation(t *testing.T) {
	t.Parallel()
	// Across a millisecond, a second, and the last bits of a byte of the timestamp.
	for _, start := range []time.Time{
		time.Date(2024, 2, 29, 23, 59, 59, 999_000_000, time.UTC),
		time.UnixMilli(0x018fffffffff),
		time.UnixMilli(1),
	} {
		last := ""
		for i := range 10_000 {
			now := start.Add(time.Duration(i) * tick)
			id := NewID(now)
			if id <= last {
				t.Fatalf("%s, made at %s, does not sort behind %s, made %s before", id, now, last, tick)
			}
			last = id
		}
	}
}

func TestNewIDOfTheClock(t *testing.T) {
	t.Parallel()
	// A reading of the clock carries a monotonic part and a zone; neither may show.
	berlin := time.FixedZone("CET", 3600)
	now := time.Now()
	first, second := NewID(now.In(berlin)), NewID(now.UTC().Add(tick))
	if first >= second {
		t.Errorf("%s does not sort before %s", first, second)
	}
}

func TestNewIDIsAUUIDv7(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 1000 {
		now := time.Now().Add(time.Duration(i) * 777 * time.Microsecond)
		entity := NewEntity("tenant", Actor{Type: ActorTypeSystem, ID: "system", Name: "Gatehouse"}, now)
		id, err := uuid.Parse(entity.ID)
		if err != nil {
			t.Fatalf("%q: %v", entity.ID, err)
		}
		if id.String() != entity.ID {
			t.Fatalf("%q is not in the canonical form, %q", entity.ID, id)
		}
		if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
			t.Fatalf("%s has version %d and variant %s", id, id.Version(), id.Variant())
		}
		ms := int64(0)
		for _, b := range id[:6] {
			ms = ms<<8 | int64(b)
		}
		if want := entity.CreatedAt.UnixMilli(); ms != want {
			t.Fatalf("%s says millisecond %d; createdAt says %d", id, ms, want)
		}
		if seen[entity.ID] {
			t.Fatalf("%s was made twice", id)
		}
		seen[entity.ID] = true
	}
}

func TestNewIDOfOneInstant(t *testing.T) {
	t.Parallel()
	now := time.Now()
	seen := map[string]bool{}
	for range 10_000 {
		seen[NewID(now)] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("only %d of 10000 IDs of one instant are different", len(seen))
	}
}

func TestNewEntity(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 6, 7, 8, 9, 123_999_999, time.FixedZone("CET", 3600))
	by := Actor{Type: ActorTypeAdminKey, ID: "key", Name: "Key"}
	entity := NewEntity("tenant", by, now)
	at := time.Date(2024, 5, 6, 6, 8, 9, 123_000_000, time.UTC)
	if entity.TenantID != "tenant" || entity.CreatedBy != by || entity.Revision != 1 || entity.CreatedAt != at || entity.UpdatedAt != at {
		t.Errorf("NewEntity = %+v; want revision 1 at %s", entity, at)
	}
}

// TestFirstIDAt holds every ID to what the bounds of its millisecond say.
func TestFirstIDAt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 1<<48-2).Draw(t, "ms")
		now := time.UnixMilli(ms).Add(time.Duration(rapid.Int64Range(0, int64(time.Millisecond)-1).Draw(t, "rest")))
		first, next := FirstIDAt(now), FirstIDAt(now.Add(time.Millisecond))
		if first != FirstIDAt(Instant(now)) {
			t.Fatalf("FirstIDAt(%s) is not that of its millisecond", now)
		}
		if id, err := uuid.Parse(first); err != nil || id.String() != first || id.Version() != 7 || id.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no UUIDv7: %v", first, err)
		}
		several := NewIDs(now)
		for _, id := range []string{NewID(now), NewID(Instant(now)), several(), several()} {
			if id < first || id >= next {
				t.Fatalf("%s, made at %s, is not from %s to below %s", id, now, first, next)
			}
		}
	})
}

func TestFirstIDAtTheEndsOfTime(t *testing.T) {
	t.Parallel()
	const lowest, highest = "00000000-0000-7000-8000-000000000000", "ffffffff-ffff-7000-8000-000000000000"
	for at, want := range map[time.Time]string{
		{}:                        lowest,
		time.UnixMilli(-1):        lowest,
		time.UnixMilli(0):         lowest,
		time.UnixMilli(1):         "00000000-0001-7000-8000-000000000000",
		time.UnixMilli(1<<48 - 1): highest,
		time.UnixMilli(1 << 48):   highest,
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC): "e677d21f-d818-7000-8000-000000000000",
	} {
		if got := FirstIDAt(at); got != want {
			t.Errorf("FirstIDAt(%s) = %s; want %s", at, got, want)
		}
	}
}

// TestNewIDs asks for more IDs of one instant than a byte counts.
func TestNewIDs(t *testing.T) {
	t.Parallel()
	next := NewIDs(time.Now())
	last := next()
	for range 20_000 {
		id := next()
		parsed, err := uuid.Parse(id)
		if err != nil || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is no UUIDv7: %v", id, err)
		}
		if id <= last {
			t.Fatalf("%s was made after %s and does not sort behind it", id, last)
		}
		last = id
	}
}

func TestMayBeID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		NewID(time.Now()): true, FirstIDAt(time.Time{}): true, "00000000-0000-7000-8000-000000000001": true,
		"": false, "steve": false, "019256f0-0000-7000-8000-00000000000": false, "019256f0-0000-7000-8000-0000000000012": false,
		"{019256f0-0000-7000-8000-000000000001}": false, "019256f0000070008000000000000001": false,
		"a name of just thirty-six characters": false,
	} {
		if got := MayBeID(text); got != want {
			t.Errorf("MayBeID(%q) = %t", text, got)
		}
	}
}
