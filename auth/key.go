package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

const (
	keyPrefix = "gk_"
	// keyBytes of randomness make a key that cannot be guessed.
	keyBytes = 32
	// MinKeyLength is the least number of characters of a key that an operator chooses.
	MinKeyLength = 40
)

// NewKey makes an admin key: gk_ and 256 random bits in base64url.
func NewKey() string {
	random := make([]byte, keyBytes)
	_, _ = rand.Read(random) // never fails, see crypto/rand
	return keyPrefix + base64.RawURLEncoding.EncodeToString(random)
}

// HashKey is what is stored of a key.
func HashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// HintOf is the last four characters of a key, which tell keys apart and nothing more.
func HintOf(key string) string { return key[len(key)-4:] }
