package secret

import (
	"bytes"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/key"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// keys is the content of a keyset file, ready for use. It never changes.
type keys struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	byID    map[uint32]key.Key // those that open: disabled keys are left out
	primary uint32
}

// generate makes a keyset of one new AES-256-GCM key.
func generate() (*keys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("secret: make a key: %w", err)
	}
	return newKeys(handle)
}

// parse reads what encode wrote, or another JSON keyset of Tink whose keys are all AEAD keys of the
// TINK variant. Its errors contain nothing of the data but the IDs of keys.
func parse(data []byte) (*keys, error) {
	// This is the one place that reads keys in the clear, see the package comment. With a KMS client at
	// hand, keyset.ReadWithContext would stand here.
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("secret: read keyset: %w", err)
	}
	return newKeys(handle)
}

func newKeys(handle *keyset.Handle) (*keys, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("secret: use keyset: %w", err)
	}
	info := handle.KeysetInfo()
	k := &keys{handle: handle, aead: primitive, byID: make(map[uint32]key.Key), primary: info.GetPrimaryKeyId()}
	for i, about := range info.GetKeyInfo() {
		// The values of other variants do not name their key, or begin in another way.
		if about.GetOutputPrefixType() != tink_go_proto.OutputPrefixType_TINK {
			return nil, fmt.Errorf("secret: use keyset: key %d is not of the TINK variant", about.GetKeyId())
		}
		if about.GetStatus() != tink_go_proto.KeyStatusType_ENABLED {
			continue
		}
		entry, err := handle.Entry(i)
		if err != nil {
			return nil, fmt.Errorf("secret: use keyset: %w", err)
		}
		k.byID[about.GetKeyId()] = entry.Key()
	}
	return k, nil
}

// encode writes the keys in the clear, for parse.
func (k *keys) encode() ([]byte, error) {
	var data bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.handle, keyset.NewJSONWriter(&data)); err != nil {
		return nil, fmt.Errorf("secret: write keyset: %w", err)
	}
	data.WriteByte('\n')
	return data.Bytes(), nil
}

// rotated gives the same keys with a new primary.
func (k *keys) rotated() (*keys, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("secret: add a key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("secret: make key %d primary: %w", id, err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("secret: add a key: %w", err)
	}
	return newKeys(handle)
}

// opens says whether values of the key with this ID can be opened.
func (k *keys) opens(id uint32) bool {
	_, ok := k.byID[id]
	return ok
}

// includes says whether k can open what the primary key of older has sealed.
func (k *keys) includes(older *keys) bool {
	mine, ok := k.byID[older.primary]
	return ok && mine.Equal(older.byID[older.primary])
}
