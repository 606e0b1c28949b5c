package model

import (
	"encoding/json"
	"fmt"
	"time"
)

// AuditEvent records one change of one entity. It is written together with the change or not at
// all, and nothing changes or removes it afterwards.
type AuditEvent struct {
	Entity `bson:",inline"`
	// OccurredAt is the instant of the change.
	OccurredAt time.Time `bson:"occurredAt"`
	Actor      Actor     `bson:"actor"`
	// Action names the entity's type and what was done to it: app.create.
	Action     string          `bson:"action"`
	EntityType AuditEntityType `bson:"entityType"`
	EntityID   string          `bson:"entityId"`
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

// BeforeJSON is Before as the API shows it.
func (c *AuditChange) BeforeJSON() (*JSON, error) { return shown(c.Before) }

// AfterJSON is After as the API shows it.
func (c *AuditChange) AfterJSON() (*JSON, error) { return shown(c.After) }

// shown is a value of an audit event as JSON. A store may give back other types than it was given,
// such as ordered documents for maps, so the value goes through JSON once: whatever the types and the
// order of members, equal values have equal texts.
func shown(value any) (*JSON, error) {
	if value == nil {
		return nil, nil //nolint:nilnil // the schema says null for what was not set
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("show a value of an audit event: %w", err)
	}
	plain, err := JSON(text).Value()
	if err != nil {
		return nil, fmt.Errorf("show a value of an audit event: %w", err)
	}
	canonical, err := NewJSON(plain)
	if err != nil {
		return nil, fmt.Errorf("show a value of an audit event: %w", err)
	}
	return &canonical, nil
}
