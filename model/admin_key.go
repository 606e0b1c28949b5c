package model

import (
	"strings"
	"time"
)

// AdminKey is a bearer key for people and scripts. The key itself is nowhere: only its hash is.
type AdminKey struct {
	Entity `bson:",inline" audit:"-"`
	Name   string `bson:"name"`
	// Hint is the last four characters of the key, to tell keys apart.
	Hint string `bson:"hint"`
	// Hash is the SHA-256 of the key in lower-case hexadecimal.
	Hash        string       `bson:"hash" audit:"-"`
	Permissions []Permission `bson:"permissions"`
	ExpiresAt   *time.Time   `bson:"expiresAt,omitempty"`
	LastUsedAt  *time.Time   `bson:"lastUsedAt,omitempty" audit:"-"`
}

// NewAdminKey makes the document of an admin key that hash and hint stand for. Permissions are kept
// in the order in which they are given.
func NewAdminKey(base Entity, in CreateAdminKeyInput, hash, hint string) *AdminKey {
	k := &AdminKey{Entity: base, Name: in.Name, Hint: hint, Hash: hash, Permissions: in.Permissions}
	if in.ExpiresAt != nil {
		k.ExpiresAt = new(Instant(*in.ExpiresAt))
	}
	k.Normalize()
	return k
}

// Normalize trims the name.
func (k *AdminKey) Normalize() {
	k.Name = strings.TrimSpace(k.Name)
	k.Permissions = list(k.Permissions)
}

// Validate reports every rule that the key breaks, as an *Error with code BAD_USER_INPUT. That a new
// key has not expired yet is a rule of its making: an expired key is valid as a document.
func (k *AdminKey) Validate() error {
	var v Violations
	v.name("name", k.Name)
	v.permissions(k.Permissions)
	return v.Err()
}

// ValidateNew is Validate for a key made at the instant now: one that expires must do so later.
func (k *AdminKey) ValidateNew(now time.Time) error {
	var v Violations
	v.future("expiresAt", k.ExpiresAt, now)
	return v.And(k.Validate())
}
