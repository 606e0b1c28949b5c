package secret

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixedKeyset is a keyset file whose one key, with the ID 1, is 32 bytes of 0x07. The tests that use
// it are about the format, so that they need a key which is the same in every run.
const fixedKeyset = `{"primaryKeyId":1,"key":[{"keyData":{` +
	`"typeUrl":"type.googleapis.com/google.crypto.tink.AesGcmKey",` +
	`"value":"GiAHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw==",` +
	`"keyMaterialType":"SYMMETRIC"},"status":"ENABLED","keyId":1,"outputPrefixType":"TINK"}]}`

// fixedSealed is "s3cret", sealed by fixedKeyset for fixedBinding.
const fixedSealed = "0100000001fab977eaec417c48ce43de4951be8a9595c2807bb34cdd2160851a26c6db13c6cccf"

func fixedBinding() Binding {
	return Binding{Tenant: "tenant-1", Entity: "client/2", Field: "secrets/3"}
}

// keysetOf opens a keyset file with the given content.
func keysetOf(tb testing.TB, content string) *Keyset {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "keyset.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	return mustOpen(tb, path)
}

func mustOpen(tb testing.TB, path string) *Keyset {
	tb.Helper()
	k, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// newKeyset makes a keyset with a key of its own.
func newKeyset(tb testing.TB) *Keyset {
	tb.Helper()
	k, err := Create(filepath.Join(tb.TempDir(), "keyset.json"))
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func mustSeal(tb testing.TB, k *Keyset, plaintext string, b Binding) []byte {
	tb.Helper()
	sealed, err := k.Seal([]byte(plaintext), b)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

func wantOpen(tb testing.TB, k *Keyset, sealed []byte, b Binding, want string) {
	tb.Helper()
	got, err := k.Open(sealed, b)
	if err != nil {
		tb.Fatalf("%v: %v", b, err)
	}
	if string(got) != want {
		tb.Fatalf("opened %d bytes that are not what was sealed", len(got))
	}
}

// wantClosed fails unless the value stays closed, for the reason given if one is.
func wantClosed(tb testing.TB, k *Keyset, sealed []byte, b Binding, because ...string) {
	tb.Helper()
	got, err := k.Open(sealed, b)
	if !errors.Is(err, ErrNotSealedHere) {
		tb.Fatalf("%v: got error %v, want ErrNotSealedHere", b, err)
	}
	if got != nil {
		tb.Fatalf("%v: got %d bytes besides the error", b, len(got))
	}
	for _, reason := range because {
		if !strings.Contains(err.Error(), reason) {
			tb.Errorf("got %q, want it to contain %q", err, reason)
		}
	}
}

// Values sealed by an earlier release must open in every later one: key format, sealed format and the
// encoding of the binding cannot change unnoticed.
func TestOpensWhatEarlierReleasesSealed(t *testing.T) {
	sealed, err := hex.DecodeString(fixedSealed)
	if err != nil {
		t.Fatal(err)
	}
	k := keysetOf(t, fixedKeyset)
	wantOpen(t, k, sealed, fixedBinding(), "s3cret")
	if !k.IsCurrent(sealed) {
		t.Error("a value of the only key is not current")
	}
}

func TestOpensWhatItSealed(t *testing.T) {
	k := newKeyset(t)
	for name, plaintext := range map[string]string{
		"nothing":      "",
		"one byte":     "\x00",
		"text":         "s3cret ✓",
		"many bytes":   strings.Repeat("0123456789abcdef", 1<<18),
		"another seal": string(mustSeal(t, k, "inner", fixedBinding())),
	} {
		t.Run(name, func(t *testing.T) {
			for _, b := range []Binding{fixedBinding(), {Entity: "e", Field: "f"}, checkBinding()} {
				sealed := mustSeal(t, k, plaintext, b)
				if len(sealed) != len(plaintext)+33 {
					t.Errorf("%d bytes became %d, want 33 more", len(plaintext), len(sealed))
				}
				if len(plaintext) > 1 && bytes.Contains(sealed, []byte(plaintext)) {
					t.Error("the sealed value contains the plaintext")
				}
				wantOpen(t, k, sealed, b, plaintext)
			}
		})
	}
}

func TestSealsTheSameDifferently(t *testing.T) {
	k := newKeyset(t)
	if bytes.Equal(mustSeal(t, k, "same", fixedBinding()), mustSeal(t, k, "same", fixedBinding())) {
		t.Error("two values of the same plaintext are equal")
	}
}

func TestSealNeedsAPlace(t *testing.T) {
	k := newKeyset(t)
	for _, b := range []Binding{{}, {Tenant: "t"}, {Tenant: "t", Entity: "e"}, {Tenant: "t", Field: "f"}} {
		if _, err := k.Seal([]byte("s3cret"), b); err == nil {
			t.Errorf("%+v: sealed without an entity or a field", b)
		}
	}
}

// Each of these differs from each other, so none may open what is sealed for another.
func TestBindingsAreApart(t *testing.T) {
	bindings := []Binding{
		{"t", "e", "f"},
		{"", "e", "f"},
		{"T", "e", "f"},
		{"t2", "e", "f"},
		{"t", "E", "f"},
		{"t", "e2", "f"},
		{"t", "e", "F"},
		{"t", "e", "f2"},
		{"e", "t", "f"},
		{"t", "f", "e"},
		// The same bytes with the boundaries moved.
		{"a", "bc", "d"},
		{"ab", "c", "d"},
		{"a", "b", "cd"},
		{"", "abc", "d"},
		{"", "a", "bcd"},
		// What looks like the encoding of other parts.
		{"a\x01b", "c", "d"},
		{"a", "\x01b\x01c", "d"},
		{"a", "b/c", "d"},
		{"a", "b", "c/d"},
		{"a", "b\x00", "c"},
		{"a", "b", "\x00c"},
		// Lengths of one and two bytes, and text that is not UTF-8.
		{"a", strings.Repeat("b", 127), "c"},
		{"a", strings.Repeat("b", 128), "c"},
		{"a", "\xff", "c"},
		{"a", "\ufffd", "c"},
		checkBinding(),
	}
	k := newKeyset(t)
	for i, sealedFor := range bindings {
		sealed := mustSeal(t, k, "s3cret", sealedFor)
		for j, openedFor := range bindings {
			if i == j {
				wantOpen(t, k, sealed, openedFor, "s3cret")
				continue
			}
			wantClosed(t, k, sealed, openedFor)
		}
		wantClosed(t, k, sealed, Binding{})
	}
}

func TestDamagedValuesStayClosed(t *testing.T) {
	k := newKeyset(t)
	sealed := mustSeal(t, k, "s3cret", fixedBinding())
	for i := range sealed {
		for bit := range 8 {
			damaged := bytes.Clone(sealed)
			damaged[i] ^= 1 << bit
			wantClosed(t, k, damaged, fixedBinding())
		}
	}
	for n := range sealed {
		wantClosed(t, k, sealed[:n], fixedBinding())
	}
	wantClosed(t, k, nil, fixedBinding())
	wantClosed(t, k, append(bytes.Clone(sealed), 0), fixedBinding())
	wantClosed(t, k, append([]byte{0}, sealed...), fixedBinding())
	wantClosed(t, k, []byte("s3cret"), fixedBinding())
	wantOpen(t, k, sealed, fixedBinding(), "s3cret")
}

func TestAnotherKeysetDoesNotOpen(t *testing.T) {
	k, other := newKeyset(t), newKeyset(t)
	sealed := mustSeal(t, k, "s3cret", fixedBinding())
	wantClosed(t, other, sealed, fixedBinding(), other.path+" does not hold key")
	if other.IsCurrent(sealed) {
		t.Error("the value of another keyset is current")
	}
	for _, short := range [][]byte{nil, {1}, sealed[:4], {0, 0, 0, 0, 1}} {
		if k.IsCurrent(short) {
			t.Errorf("%x is current", short)
		}
	}
}

func TestCheckFindsTheWrongKeyset(t *testing.T) {
	k, other := newKeyset(t), newKeyset(t)
	check, err := k.SealCheck()
	if err != nil {
		t.Fatal(err)
	}
	if err := k.OpenCheck(check); err != nil {
		t.Errorf("the keyset of the check value: %v", err)
	}
	err = other.OpenCheck(check)
	if !errors.Is(err, ErrNotSealedHere) || !strings.Contains(err.Error(), "the keyset does not open what is stored") {
		t.Errorf("another keyset: got %v", err)
	}
	if err := k.OpenCheck(mustSeal(t, k, "gatehouse", fixedBinding())); err == nil {
		t.Error("a value of another place passes for the check value")
	}
}

func BenchmarkSeal(b *testing.B) {
	k := newKeyset(b)
	secret := bytes.Repeat([]byte{'x'}, 43)
	for b.Loop() {
		if _, err := k.Seal(secret, fixedBinding()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	k := newKeyset(b)
	sealed := mustSeal(b, k, strings.Repeat("x", 43), fixedBinding())
	for b.Loop() {
		if _, err := k.Open(sealed, fixedBinding()); err != nil {
			b.Fatal(err)
		}
	}
}
