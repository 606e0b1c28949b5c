package model

import "time"

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
