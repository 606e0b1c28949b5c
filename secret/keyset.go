package secret

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/core/cryptofmt"
)

// ErrNotSealedHere is what Open fails with when the value was sealed by a key that the keyset does
// not hold, was bound to another place, or was damaged. The error around it says which of the keys
// was missing, if that is the cause, and nothing about the content.
var ErrNotSealedHere = errors.New("secret: the value was not sealed by this keyset for this place")

// rereadEvery bounds how often values with an unknown key make a process read its file.
const rereadEvery = time.Second

// Keyset seals and opens values with the keys of one file. Create, Open and OpenOrCreate make it. It
// is safe for concurrent use, and shows no key material however it is printed, logged or marshalled.
type Keyset struct {
	path string
	now  func() time.Time
	keys atomic.Pointer[keys]

	// reading lets one caller at a time read the file; it guards what follows.
	reading sync.Mutex
	// readAt is when an unknown key last made somebody read the file.
	readAt time.Time
	// readErr is what came of the last reading, for those who come too soon to repeat it.
	readErr error
}

// Seal encrypts the plaintext with the primary key, bound to the place b. Sealing the same plaintext
// twice gives two different values. It fails when b names no entity or no field, since such a value
// could be moved about.
func (k *Keyset) Seal(plaintext []byte, b Binding) ([]byte, error) {
	if b.Entity == "" || b.Field == "" {
		return nil, errors.New("secret: a value must be bound to an entity and a field")
	}
	sealed, err := k.keys.Load().aead.Encrypt(plaintext, b.associatedData())
	if err != nil {
		return nil, fmt.Errorf("secret: seal: %w", err)
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same place. It fails with ErrNotSealedHere, and then returns
// no part of the plaintext. When the value names a key that is not known, Open first reads the file
// again, at most once a second for all such values together.
func (k *Keyset) Open(sealed []byte, b Binding) ([]byte, error) {
	id, ok := sealedBy(sealed)
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin as a sealed value does", ErrNotSealedHere)
	}
	current := k.keys.Load()
	if !current.opens(id) {
		var err error
		if current, err = k.follow(id); err != nil {
			return nil, fmt.Errorf("%w: %s does not hold key %d: %w", ErrNotSealedHere, k.path, id, err)
		}
		if !current.opens(id) {
			return nil, fmt.Errorf("%w: %s does not hold key %d", ErrNotSealedHere, k.path, id)
		}
	}
	plaintext, err := current.aead.Decrypt(sealed, b.associatedData())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSealedHere, err)
	}
	return plaintext, nil
}

// IsCurrent says whether the value names the primary key, so that there is no need to seal it again.
// It does not say whether the value opens.
func (k *Keyset) IsCurrent(sealed []byte) bool {
	id, ok := sealedBy(sealed)
	return ok && id == k.keys.Load().primary
}

// Reload reads the file again, and seals with its primary key from then on. After an error, the
// keys stay as they were. A file without the key that has sealed so far is refused.
func (k *Keyset) Reload() error {
	k.reading.Lock()
	defer k.reading.Unlock()
	return k.reload()
}

// SealCheck makes the value that a store keeps to recognise its keyset by. It is to be stored at the
// first start, and replaced by each start and by each reseal that finds it not current.
func (k *Keyset) SealCheck() ([]byte, error) {
	return k.Seal([]byte("gatehouse"), checkBinding())
}

// OpenCheck fails when the keyset does not open the value that SealCheck made for the store. A server
// must not start then: it could not read the secrets in the store, and those that it would add could
// not be read by others.
func (k *Keyset) OpenCheck(sealed []byte) error {
	if _, err := k.Open(sealed, checkBinding()); err != nil {
		return fmt.Errorf("the keyset does not open what is stored; restore the keyset that belongs to this store to %s: %w", k.path, err)
	}
	return nil
}

// follow reads the file again for the sake of key id, unless somebody has just done so. The keys it
// returns are those in use, with or without an error.
func (k *Keyset) follow(id uint32) (*keys, error) {
	k.reading.Lock()
	defer k.reading.Unlock()
	if current := k.keys.Load(); current.opens(id) {
		return current, nil
	}
	if now := k.now(); k.readAt.IsZero() || now.Sub(k.readAt) >= rereadEvery {
		k.readAt = now
		k.readErr = k.reload()
	}
	return k.keys.Load(), k.readErr
}

// reload replaces the keys in use by those in the file. The caller holds k.reading.
func (k *Keyset) reload() error {
	next, err := load(k.path)
	if err != nil {
		return err
	}
	if !next.includes(k.keys.Load()) {
		return fmt.Errorf("secret: %s no longer holds the key that sealed so far; it is another keyset or an old backup, and is not used", k.path)
	}
	k.keys.Store(next)
	return nil
}

// sealedBy gives the ID of the key that a value says it was sealed with.
func sealedBy(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < cryptofmt.TinkPrefixSize || sealed[0] != cryptofmt.TinkStartByte {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:cryptofmt.TinkPrefixSize]), true
}

// String describes the keyset without its keys. The IDs of keys are not secret.
func (k *Keyset) String() string {
	current := k.keys.Load()
	return fmt.Sprintf("keyset %s (%d keys, primary %d)", k.path, len(current.byID), current.primary)
}

// GoString is what %#v prints: the same as String.
func (k *Keyset) GoString() string { return k.String() }

// LogValue is what slog writes: the same as String.
func (k *Keyset) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is what encoding/json and its like write: the same as String.
func (k *Keyset) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
