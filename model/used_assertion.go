package model

import "time"

// UsedAssertion remembers an assertion with which a client has proved who it is (RFC 7523 §3), so that
// nobody can use it again. Its ID is a hash of the client's ID and the assertion's jti.
type UsedAssertion struct {
	Entity `bson:",inline" audit:"-"`
	// ExpiresAt is when the assertion would be refused for its age.
	ExpiresAt time.Time `bson:"expiresAt"`
}
