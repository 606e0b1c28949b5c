package secret

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

// FuzzOpen looks for a value or a binding that Open accepts though it was never sealed so.
func FuzzOpen(f *testing.F) {
	genuine, err := hex.DecodeString(fixedSealed)
	if err != nil {
		f.Fatal(err)
	}
	b := fixedBinding()
	f.Add(genuine, b.Tenant, b.Entity, b.Field)
	f.Add(genuine, b.Tenant+b.Entity, "", b.Field)
	f.Add(genuine[:5], b.Tenant, b.Entity, b.Field)
	f.Add([]byte{}, "", "", "")
	f.Add([]byte{1, 0, 0, 0, 2}, "", "", "")
	k := keysetOf(f, fixedKeyset)
	f.Fuzz(func(t *testing.T, sealed []byte, tenant, entity, field string) {
		place := Binding{Tenant: tenant, Entity: entity, Field: field}
		plaintext, err := k.Open(sealed, place)
		if bytes.Equal(sealed, genuine) && place == fixedBinding() {
			if err != nil || string(plaintext) != "s3cret" {
				t.Fatalf("the genuine value does not open: %v", err)
			}
			return
		}
		if !errors.Is(err, ErrNotSealedHere) || plaintext != nil {
			t.Fatalf("got %d bytes and error %v, want ErrNotSealedHere alone", len(plaintext), err)
		}
	})
}

// FuzzParse looks for a file that makes a start panic, or that is accepted and then does not work.
func FuzzParse(f *testing.F) {
	f.Add([]byte(fixedKeyset))
	f.Add([]byte("{}"))
	f.Add([]byte(fixedKeyset[:100]))
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := parse(data)
		if err != nil {
			return
		}
		if !parsed.opens(parsed.primary) || !parsed.includes(parsed) {
			t.Fatal("accepted without a usable primary key")
		}
		written, err := parsed.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(written)
		if err != nil || !again.includes(parsed) {
			t.Fatalf("does not read back: %v", err)
		}
	})
}
