package model

import "strings"

// Tenant is one organisation's data, apart from everybody else's. Its document belongs to itself: its
// tenant ID is its own ID.
type Tenant struct {
	Entity `bson:",inline" audit:"-"`
	// Name is unique among all tenants; NameKey is what makes it so.
	Name    string `bson:"name"`
	NameKey string `bson:"nameKey" audit:"-"`
}

// Normalize trims the name and folds it.
func (t *Tenant) Normalize() {
	t.Name = strings.TrimSpace(t.Name)
	t.NameKey = Fold(t.Name)
}

// Validate reports every rule that the tenant breaks, as an *Error with code BAD_USER_INPUT.
func (t *Tenant) Validate() error {
	var v Violations
	v.name("name", t.Name)
	return v.Err()
}
