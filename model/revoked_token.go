package model

import "time"

// RevokedToken remembers that an access token is valid no more (RFC 7009). Its ID is the jti of the
// token.
type RevokedToken struct {
	Entity `bson:",inline" audit:"-"`
	// ExpiresAt is when the token would have expired by itself.
	ExpiresAt time.Time `bson:"expiresAt"`
}
