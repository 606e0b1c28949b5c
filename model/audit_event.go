package model

import "time"

// AuditEvent records one change of one entity. It is written together with the change or not at
// all, and nothing changes or removes it afterwards.
type AuditEvent struct {
	Entity `bson:",inline"`
	// OccurredAt is the instant of the change.
	OccurredAt time.Time `bson:"occurredAt"`
	Actor      Actor     `bson:"actor"`
	// Action names the entity's type and what was done to it: app.create.
	Action     string `bson:"action"`
	EntityType string `bson:"entityType"`
	EntityID   string `bson:"entityId"`
	// RequestID is the X-Request-Id of the HTTP request.
	RequestID string        `bson:"requestId"`
	Changes   []AuditChange `bson:"changes"`
}

// AuditChange is a field that changed: its dotted path within the entity, and its value before and
// after as JSON would show it. A nil value stands for a field that was not set.
type AuditChange struct {
	Path   string `bson:"path"`
	Before any    `bson:"before"`
	After  any    `bson:"after"`
}
