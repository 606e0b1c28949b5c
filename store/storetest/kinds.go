package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

// entity is a kind, whatever its type.
type entity interface {
	name() string
	// complaints says what is wrong with the row itself.
	complaints(schema *store.Schema) []string
	conform(t *testing.T, s *suite)
	interrupted(t *testing.T, s *suite)
	testEach(t *testing.T, s *suite)
	testExpired(t *testing.T, s *suite)
	load(t *testing.T, s *suite, n int)
	spoil(t *testing.T, doc bson.Raw) bson.Raw
}

// kind is a row of the table: what the suite must know of the documents of a collection.
type kind[E any] struct {
	collection string
	door       func(*store.Store) *store.Collection[E]
	base       func(*E) *model.Entity
	// fill gives every field that is not of model.Entity a value other than zero, and every key one
	// that no other ID gets.
	fill func(*E)
	// note is a text of a filled document that no index knows.
	note func(*E) *string
	// vary makes document number i of a list out of a filled one: it sets what lists filter and sort
	// by, with many ties.
	vary func(doc *E, i int)
	// filters are the conditions that the API offers, to be combined at will.
	filters []filter
	// narrowed are the combinations of filters, by their fields, without which the API lists nothing; nil
	// where any will do, or none. The first is the plainest.
	narrowed [][]string
	// byKey are the fields of unique keys that the API filters by as well.
	byKey []string
	// orders are the fields that the API sorts by; empty is the ID. Nil says that there are no lists at
	// all, and the suite then insists that the collection has no index to list by.
	orders []string
}

// kinds is the table. It has one row for each collection of the catalogue.
func kinds() []entity {
	return []entity{
		users(), apps(), managementApplications(), roles(), roleAssignments(), adminKeys(), auditEvents(), keysetChecks(),
		tenants(), signingKeys(), revokedTokens(), usedAssertions(), idempotencyKeys(),
	}
}

func users() entity {
	return kind[model.User]{
		collection: "users",
		door:       func(s *store.Store) *store.Collection[model.User] { return s.Users },
		base:       (*model.User).Base,
		fill: func(u *model.User) {
			u.Username, u.UsernameKey = "User "+u.ID, "user "+u.ID
			u.FirstName, u.LastName = new("Ada"), new("Lovelace")
			u.Email, u.RedirectURI = new("ada@example.com"), new("https://example.com/callback")
			u.IsActive = true
		},
		note: func(u *model.User) *string { return u.LastName },
		vary: func(u *model.User, i int) {
			u.UsernameKey, u.IsActive, u.UpdatedAt = key(i), i%3 > 0, moment(i)
		},
		filters: []filter{
			hasPrefix("usernameKey", commonPrefix),
			equal("isActive", true),
			since("updatedAt", moment(4)),
		},
		orders: []string{"", "updatedAt", "usernameKey"},
	}
}

func apps() entity {
	owner := func(i int) string { return fmt.Sprintf("owner-%d", i%3) }
	return kind[model.App]{
		collection: "apps",
		door:       func(s *store.Store) *store.Collection[model.App] { return s.Apps },
		base:       (*model.App).Base,
		fill: func(a *model.App) {
			a.UserID = "owner-of-" + a.ID
			a.Name, a.NameKey = "App "+a.ID, "app "+a.ID
			a.RedirectURI = new("https://example.com/callback")
			a.IsActive = true
			fillZeros(&a.Login)
		},
		note: func(a *model.App) *string { return a.RedirectURI },
		vary: func(a *model.App, i int) {
			// Each name has three apps, one of each owner.
			a.UserID, a.NameKey, a.IsActive, a.UpdatedAt = owner(i), key(i/3), i%4 > 0, moment(i)
			a.Login = model.LoginPreferences{} // tested elsewhere, and lists read it hundreds of times
		},
		filters: []filter{
			equal("userId", owner(1)),
			equal("nameKey", key(commonKey)),
			hasPrefix("nameKey", commonPrefix),
			equal("isActive", true),
			since("updatedAt", moment(4)),
		},
		orders: []string{"", "updatedAt", "nameKey"},
	}
}

func adminKeys() entity {
	return kind[model.AdminKey]{
		collection: "adminKeys",
		door:       func(s *store.Store) *store.Collection[model.AdminKey] { return s.AdminKeys },
		base:       (*model.AdminKey).Base,
		fill: func(k *model.AdminKey) {
			hash := sha256.Sum256([]byte(k.ID))
			k.Name, k.Hint, k.Hash = "Key "+k.ID, k.ID[len(k.ID)-4:], hex.EncodeToString(hash[:])
			k.Permissions = []model.Permission{model.PermissionAppsRead, model.PermissionAppsEdit}
			k.ExpiresAt, k.LastUsedAt = new(moment(50)), new(moment(-50))
		},
		note:   func(k *model.AdminKey) *string { return &k.Hint },
		vary:   func(*model.AdminKey, int) {},
		orders: []string{""},
	}
}

func auditEvents() entity {
	of := func(i int) string { return fmt.Sprintf("entity-%d", i%3) }
	by := func(i int) string { return fmt.Sprintf("actor-%d", i%4/2) }
	return kind[model.AuditEvent]{
		collection: "auditEvents",
		door:       func(s *store.Store) *store.Collection[model.AuditEvent] { return s.AuditEvents },
		base:       (*model.AuditEvent).Base,
		fill: func(e *model.AuditEvent) {
			e.OccurredAt, e.Actor = moment(1), actor()
			e.Action, e.EntityType, e.EntityID = "app.update", "APP", "entity-"+e.ID
			e.RequestID = "request-" + e.ID
			e.Changes = []model.AuditChange{
				{Path: "name", Before: "Old", After: "New"},
				{Path: "isActive", Before: true, After: "unknown"},
				{Path: "expiresIn", Before: int32(15), After: int64(1) << 40},
				{Path: "factor", Before: 0.5, After: "half"},
				{Path: "redirectUris", Before: []any{"https://a.example"}, After: []any{"https://a.example", []any{1.5}}},
				{Path: "message", Before: map[string]any{"from": "a@example.com"}, After: map[string]any{"from": map[string]any{"name": "A"}}},
			}
		},
		note: func(e *model.AuditEvent) *string { return &e.RequestID },
		vary: func(e *model.AuditEvent, i int) {
			e.EntityID, e.Actor.ID = of(i), by(i)
			if i%5 > 0 {
				e.Action = "user.update"
			}
			if i%7 > 0 {
				e.EntityType = "USER"
			}
		},
		filters: []filter{
			equal("entityId", of(1)),
			equal("actor.id", by(1)),
			equal("action", "user.update"),
			equal("entityType", "USER"),
			madeSince(moment(0).Add(7 * time.Millisecond)),
			madeBefore(moment(0).Add(20 * time.Millisecond)),
		},
		orders: []string{""},
	}
}

func (k kind[E]) name() string { return k.collection }

// moment is the instant i hours after one in the past; every tenth is the same, so that many
// documents share one.
func moment(i int) time.Time {
	return time.Date(2024, 2, 29, 12, 0, 0, 123_000_000, time.UTC).Add(time.Duration(i%10) * time.Hour)
}

func actor() model.Actor {
	return model.Actor{Type: model.ActorTypeAdminKey, ID: "key-1", Name: "The first key"}
}
