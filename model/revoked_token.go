package model

import "time"

// RevokedToken remembers that an access token is valid no more (RFC 7009). Its ID is the jti of the
// token.
type RevokedToken struct {
	Entity `bson:",inline" audit:"-"`
	// ExpiresAt is when the token has expired by itself for every process, though its clock be behind.
	ExpiresAt time.Time `bson:"expiresAt"`
}
