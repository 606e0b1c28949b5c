package model

import (
	"iter"
	"time"
)

// SigningKey is a key pair that signs access tokens. It belongs to no tenant: all processes on a store
// share it, whoever's token it signs. Its ID is the kid of RFC 7517 §4.5.
type SigningKey struct {
	Entity `bson:",inline" audit:"-"`
	// PublicKey is the JWK (RFC 7517) that verifies what the key has signed.
	PublicKey JSON `bson:"publicKey"`
	// PrivateKey is the JWK that signs.
	PrivateKey Secret `bson:"privateKey"`
	// SignsFrom and SignsUntil bound the time in which it signs. SignsFrom is unique, so that of several
	// processes that want the next key one makes it.
	SignsFrom  time.Time `bson:"signsFrom"`
	SignsUntil time.Time `bson:"signsUntil"`
	// ExpiresAt is when nothing that it signed is valid any more.
	ExpiresAt time.Time `bson:"expiresAt"`
}

// Secrets is the private key, to be sealed or resealed in place.
func (k *SigningKey) Secrets() iter.Seq2[string, *Secret] {
	return func(yield func(string, *Secret) bool) { yield("privateKey", &k.PrivateKey) }
}
