package model

import (
	"iter"
	"time"
)

// IdempotencyState is how far a mutation with an idempotency key has come.
type IdempotencyState string

// The states of a mutation with an idempotency key.
const (
	// IdempotencyBegun: it may be under way. It stays at this when its process dies.
	IdempotencyBegun IdempotencyState = "BEGUN"
	// IdempotencyAnswered: it is over, and its answer is kept.
	IdempotencyAnswered IdempotencyState = "ANSWERED"
	// IdempotencyDone: it is over, and its answer was too long to keep.
	IdempotencyDone IdempotencyState = "DONE"
	// IdempotencyUnknown: it is over, and nobody knows whether it changed something.
	IdempotencyUnknown IdempotencyState = "UNKNOWN"
)

// IdempotencyKey remembers a mutation that was sent with an Idempotency-Key, so that it is not done
// again when it is sent again (draft-ietf-httpapi-idempotency-key-header). Its ID is a hash of the caller
// and the key. Nobody but the attempt that made it changes it.
type IdempotencyKey struct {
	Entity `bson:",inline" audit:"-"`
	// Attempt tells the request that made the document from others with the same key.
	Attempt string `bson:"attempt"`
	// RequestID is the X-Request-Id of that request, which its audit events and the log have too.
	RequestID string `bson:"requestId"`
	// Fingerprint is a hash of what was asked for. It is sealed, since what was asked for may hold a
	// secret that is short enough to be guessed by its hash.
	Fingerprint Secret `bson:"fingerprint"`
	// Permissions are what the caller held.
	Permissions []Permission     `bson:"permissions"`
	State       IdempotencyState `bson:"state"`
	// LeaseUntil is when a mutation that has begun is over for sure, whatever became of it.
	LeaseUntil time.Time `bson:"leaseUntil"`
	// Status, ContentType and Answer are what was answered over HTTP. Only with IdempotencyAnswered.
	Status      int32   `bson:"status,omitempty"`
	ContentType string  `bson:"contentType,omitempty"`
	Answer      *Secret `bson:"answer,omitempty"`
	// ExpiresAt is when the key can be used for something else.
	ExpiresAt time.Time `bson:"expiresAt"`
}

// Secrets is the fingerprint and the answer, to be sealed in place.
func (k *IdempotencyKey) Secrets() iter.Seq2[string, *Secret] {
	return func(yield func(string, *Secret) bool) {
		if yield("fingerprint", &k.Fingerprint) && k.Answer != nil {
			yield("answer", k.Answer)
		}
	}
}
