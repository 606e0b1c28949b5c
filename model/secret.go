package model

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
)

// Redacted is what stands for a secret wherever something is printed, logged or recorded.
const Redacted = "[secret]"

// ErrNotSealed says that a secret was about to be stored in the clear.
var ErrNotSealed = errors.New("the secret is not sealed")

// Secret is a value that must not be seen: either a plaintext that waits to be sealed, or the sealed
// bytes. Only the sealed bytes can be stored. However it is printed, logged or marshalled to JSON, it
// reads as Redacted.
//
// A Secret is a value: copying it copies what it holds, and SealWith replaces that rather than
// changing what another copy sees.
type Secret struct {
	// The plaintext is behind a pointer, because fmt cannot ask a Secret inside somebody's unexported
	// field to print itself, and prints pointers there as addresses.
	plain  *string
	sealed []byte
	place  SecretPlace
}

// SecretPlace is where a secret belongs. It is known of the secrets that the schema's fields lead to,
// so that whoever resolves such a field can open the secret and record that it was revealed.
type SecretPlace struct {
	// Owner is the document.
	Owner Application
	// Path leads from the document to the secret, as Secrets lists it.
	Path string
}

// NewSecret is a secret that waits to be sealed.
func NewSecret(plain string) *Secret { return &Secret{plain: &plain} }

// SealedSecret is a secret of bytes that were sealed before.
func SealedSecret(sealed []byte) *Secret { return &Secret{sealed: bytes.Clone(sealed)} }

// Plain is the plaintext, as long as the secret waits to be sealed.
func (s Secret) Plain() (plain string, ok bool) {
	if s.plain == nil {
		return "", false
	}
	return *s.plain, true
}

// Sealed is the sealed bytes; nil while the secret waits to be sealed.
func (s Secret) Sealed() []byte { return bytes.Clone(s.sealed) }

// SealWith seals the plaintext and forgets it. It does nothing to a secret that is sealed already.
func (s *Secret) SealWith(seal func(plain []byte) ([]byte, error)) error {
	if s.plain == nil {
		return nil
	}
	sealed, err := seal([]byte(*s.plain))
	if err != nil {
		return fmt.Errorf("seal a secret: %w", err)
	}
	s.plain, s.sealed = nil, sealed
	return nil
}

// ResealWith has reseal replace the sealed bytes, as when a key is rotated.
func (s *Secret) ResealWith(reseal func(sealed []byte) ([]byte, error)) error {
	if s.sealed == nil {
		return ErrNotSealed
	}
	sealed, err := reseal(bytes.Clone(s.sealed))
	if err != nil {
		return fmt.Errorf("reseal a secret: %w", err)
	}
	s.sealed = sealed
	return nil
}

// Place is where the secret belongs; empty unless a field of the schema led to it.
func (s Secret) Place() SecretPlace { return s.place }

// at is the same secret, knowing where it belongs; nil stays nil.
func (s *Secret) at(owner Application, path string) *Secret {
	if s == nil {
		return nil
	}
	placed := *s
	placed.place = SecretPlace{Owner: owner, Path: path}
	return &placed
}

// Equal says whether both hold the same plaintext or the same sealed bytes. The same plaintext sealed
// twice is not equal. Nil equals nil.
func (s *Secret) Equal(other *Secret) bool {
	if s == nil || other == nil {
		return s == other
	}
	if s.plain != nil && other.plain != nil {
		return *s.plain == *other.plain
	}
	return s.plain == nil && other.plain == nil && bytes.Equal(s.sealed, other.sealed)
}

// Format prints Redacted whatever the verb (fmt.Formatter).
func (s Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, Redacted) }

// String is Redacted.
func (s Secret) String() string { return Redacted }

// LogValue is Redacted (slog.LogValuer).
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText writes Redacted: as JSON, as a key, and wherever else texts are made.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// The binary values of BSON (bsonspec.org 1.1): a length of 32 bits, a subtype, and the bytes.
const (
	bsonBinary        byte = 0x05
	bsonBinaryGeneric byte = 0x00
	bsonBinaryHeader       = 5
)

// MarshalBSONValue writes the sealed bytes as binary (bson.ValueMarshaler). It fails with
// ErrNotSealed when there are none.
func (s Secret) MarshalBSONValue() (typ byte, data []byte, err error) {
	if s.plain != nil || s.sealed == nil {
		return 0, nil, ErrNotSealed
	}
	if len(s.sealed) > math.MaxInt32 {
		return 0, nil, errors.New("write a secret: it is too long")
	}
	data = binary.LittleEndian.AppendUint32(make([]byte, 0, bsonBinaryHeader+len(s.sealed)), uint32(len(s.sealed)))
	return bsonBinary, append(append(data, bsonBinaryGeneric), s.sealed...), nil
}

// UnmarshalBSONValue reads the sealed bytes (bson.ValueUnmarshaler).
func (s *Secret) UnmarshalBSONValue(typ byte, data []byte) error {
	if typ != bsonBinary || len(data) < bsonBinaryHeader || data[bsonBinaryHeader-1] != bsonBinaryGeneric ||
		int64(binary.LittleEndian.Uint32(data)) != int64(len(data)-bsonBinaryHeader) {
		return errors.New("read a secret: it is not binary")
	}
	*s = Secret{sealed: bytes.Clone(data[bsonBinaryHeader:])}
	return nil
}
