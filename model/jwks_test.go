package model

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func jwk(t *testing.T, key any) string {
	t.Helper()
	b, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// rsaJWK is an RSA key whose modulus has this many bits.
func rsaJWK(bits int) string {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, base64.RawURLEncoding.EncodeToString(n.SetBit(n, 0, 1).Bytes()))
}

func TestKeySets(t *testing.T) {
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	ec := map[string]*ecdsa.PrivateKey{}
	for name, curve := range curves {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		ec[name] = key
	}
	edPublic, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public := jwk(t, &ec["P-256"].PublicKey)
	with := func(member string) string { return strings.TrimSuffix(public, "}") + `,"` + member + `":"AQ"}` }
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	padded := func(n int) string {
		const open, end = `{"keys":[`, `],"x":""}`
		return open + public + `],"x":"` + strings.Repeat("x", n-len(open)-len(public)-len(end)) + `"}`
	}

	for _, c := range []struct{ name, set, want string }{
		{"EC P-256", set(public), ""},
		{"EC P-384", set(jwk(t, &ec["P-384"].PublicKey)), ""},
		{"EC P-521", set(jwk(t, &ec["P-521"].PublicKey)), ""},
		{"Ed25519", set(jwk(t, edPublic)), ""},
		{"RSA", set(jwk(t, &rsaKey.PublicKey)), ""},
		{"several", set(public, jwk(t, edPublic)), ""},
		{"unknown members", set(strings.TrimSuffix(public, "}") + `,"use":"sig","x-note":[1]}`), ""},
		{"RSA of 2047 bits", set(rsaJWK(2047)), "jwks.keys.0 INVALID_JWKS"},
		{"RSA of 2048 bits", set(rsaJWK(2048)), ""},
		{"RSA of 4096 bits", set(rsaJWK(4096)), ""},
		{"RSA of 4097 bits", set(rsaJWK(4097)), "jwks.keys.0 INVALID_JWKS"},
		{"64 KiB", padded(64 << 10), ""},
		{"64 KiB and a byte", padded(64<<10 + 1), "jwks TOO_LONG"},

		{"private EC", set(public, jwk(t, ec["P-256"])), "jwks.keys.1 PRIVATE_KEY"},
		{"private Ed25519", set(jwk(t, edPrivate)), "jwks.keys.0 PRIVATE_KEY"},
		{"private RSA", set(jwk(t, rsaKey)), "jwks.keys.0 PRIVATE_KEY"},
		{"symmetric", set(jwk(t, []byte("0123456789abcdef0123456789abcdef"))), "jwks.keys.0 PRIVATE_KEY"},
		{"symmetric without its key", set(`{"kty":"oct"}`), "jwks.keys.0 INVALID_JWKS"},
		{"member d", set(with("d")), "jwks.keys.0 PRIVATE_KEY"},
		{"member p", set(with("p")), "jwks.keys.0 PRIVATE_KEY"},
		{"member q", set(with("q")), "jwks.keys.0 PRIVATE_KEY"},
		{"member dp", set(with("dp")), "jwks.keys.0 PRIVATE_KEY"},
		{"member dq", set(with("dq")), "jwks.keys.0 PRIVATE_KEY"},
		{"member qi", set(with("qi")), "jwks.keys.0 PRIVATE_KEY"},
		{"member oth", set(with("oth")), "jwks.keys.0 PRIVATE_KEY"},
		{"member k", set(with("k")), "jwks.keys.0 PRIVATE_KEY"},
		{"member D", set(with("D")), "jwks PRIVATE_KEY"},
		{"a private key in another member", set(strings.TrimSuffix(public, "}") + `,"private":{"d":"AQ"}}`), "jwks PRIVATE_KEY"},
		{"a private key in PEM", set(strings.TrimSuffix(public, "}") + `,"pem":"-----BEGIN PRIVATE KEY-----"}`), "jwks PRIVATE_KEY"},
		{"private keys beside the keys", `{"keys":[` + public + `],"privateKeys":[{"d":"AQ"}]}`, "jwks PRIVATE_KEY"},
		{"every wrong key is named", set(with("d"), public, `{}`), "jwks.keys.0 PRIVATE_KEY, jwks.keys.2 INVALID_JWKS"},

		{"no keys", `{"keys":[]}`, "jwks INVALID_JWKS"},
		{"no member keys", `{}`, "jwks INVALID_JWKS"},
		{"keys of another case", strings.Replace(set(public), "keys", "KEYS", 1), "jwks INVALID_JWKS"},
		{"keys that are no list", `{"keys":` + public + `}`, "jwks INVALID_JWKS"},
		{"a key alone", public, "jwks INVALID_JWKS"},
		{"a list", `[` + public + `]`, "jwks INVALID_JWKS"},
		{"a text", `"` + base64.StdEncoding.EncodeToString([]byte(public)) + `"`, "jwks INVALID_JWKS"},
		{"null", `null`, "jwks INVALID_JWKS"},
		{"a key that is null", set(`null`), "jwks.keys.0 INVALID_JWKS"},
		{"a key that is a text", set(`"x"`), "jwks.keys.0 INVALID_JWKS"},
		{"an unknown type", set(`{"kty":"XYZ"}`), "jwks.keys.0 INVALID_JWKS"},
		{"no type", set(`{"crv":"P-256","x":"AQ","y":"AQ"}`), "jwks.keys.0 INVALID_JWKS"},
		{"a point that is not on the curve", set(`{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`), "jwks.keys.0 INVALID_JWKS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var v Violations
			v.jwks("jwks", ptrTo(JSON(c.set)))
			got := ""
			for _, x := range v {
				got += ", " + x.pathString() + " " + x.Code
				if strings.Contains(x.Message, "AQ") {
					t.Errorf("the message repeats the key: %s", x.Message)
				}
			}
			if got = strings.TrimPrefix(got, ", "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func ptrTo[T any](v T) *T { return &v }
