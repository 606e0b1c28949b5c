package model

import "time"

// Entity is what every stored document carries.
type Entity struct {
	// ID is a UUIDv7 made by NewID from the instant of CreatedAt, so that the order of IDs is the
	// order of creation.
	ID string `bson:"_id"`
	// TenantID bounds every query.
	TenantID string `bson:"tenantId"`
	// Revision is 1 when the document is made and goes up by one with every change.
	Revision int32 `bson:"revision"`
	// CreatedAt and UpdatedAt are in UTC and whole milliseconds: what BSON keeps.
	CreatedAt time.Time `bson:"createdAt"`
	CreatedBy Actor     `bson:"createdBy"`
	UpdatedAt time.Time `bson:"updatedAt"`
}

// NewEntity starts a document that by makes at the instant now.
func NewEntity(tenantID string, by Actor, now time.Time) Entity {
	at := Instant(now)
	return Entity{ID: NewID(now), TenantID: tenantID, Revision: 1, CreatedAt: at, CreatedBy: by, UpdatedAt: at}
}

// Touch says that the document changed at the instant at. A clock that was set back does not take
// UpdatedAt back.
func (e *Entity) Touch(at time.Time) {
	if at.After(e.UpdatedAt) {
		e.UpdatedAt = at
	}
}

// Base gives access to the common fields of any entity.
func (e *Entity) Base() *Entity { return e }

// IsNode marks every entity as a Node of the schema.
func (Entity) IsNode() {}

// Instant is t as it is stored: in UTC, without what is below a millisecond.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Actor is who did something. It is copied into what it names, so that it outlives the key or
// application that it stands for.
type Actor struct {
	Type ActorType `bson:"type"`
	ID   string    `bson:"id"`
	Name string    `bson:"name"`
}

// SystemActor is Gatehouse itself, as what it makes and finishes by itself names its maker.
func SystemActor() Actor { return Actor{Type: ActorTypeSystem, ID: "gatehouse", Name: "Gatehouse"} }
