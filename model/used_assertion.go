package model

import "time"

// UsedAssertion remembers an assertion with which a client has proved who it is (RFC 7523 §3), so that
// nobody can use it again. Its ID is a hash of the client's ID and the assertion's jti.
type UsedAssertion struct {
	Entity `bson:",inline" audit:"-"`
	// ExpiresAt is when every process refuses the assertion for its age, though its clock be behind.
	ExpiresAt time.Time `bson:"expiresAt"`
}
