package oauth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
)

// keysTried is how many keys of a client are tried for an assertion that names none. A client with
// more that fit its algorithm has to name the key (kid).
const keysTried = 4

// checks is how many signatures are checked for the assertion, whoever's it is.
func (a *assertion) checks() int {
	if a.keyID != "" {
		return 1
	}
	return keysTried
}

// candidates are the client's keys that may have signed the assertion: the one that it names, or else
// those that fit its algorithm (RFC 7515 §4.1.4, appendix D).
func candidates(set *model.JSON, a *assertion) []any {
	if set == nil {
		return nil
	}
	var parsed struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal([]byte(*set), &parsed); err != nil {
		return nil // model lets no such set in
	}
	var found []any
	for _, raw := range parsed.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(raw); err != nil || !key.IsPublic() {
			continue
		}
		if a.keyID != "" && key.KeyID != a.keyID || !mayVerify(raw, &key, a.algorithm) {
			continue
		}
		if found = append(found, key.Key); len(found) == a.checks() {
			break
		}
	}
	return found
}

// mayVerify says whether a key is of the kind that the algorithm needs, and meant for it: use, alg and
// key_ops bind where they are there (RFC 7517 §4.2 to §4.4).
func mayVerify(raw json.RawMessage, key *jose.JSONWebKey, algorithm jose.SignatureAlgorithm) bool {
	var members struct {
		KeyOps []string `json:"key_ops"`
	}
	if err := json.Unmarshal(raw, &members); err != nil {
		return false
	}
	return (key.Use == "" || key.Use == "sig") &&
		(key.Algorithm == "" || key.Algorithm == string(algorithm)) &&
		(members.KeyOps == nil || slices.Contains(members.KeyOps, "verify")) &&
		fits(key.Key, algorithm)
}

// fits says whether a key is of the kind that an algorithm needs, on the curve that belongs to it
// (RFC 7518 §3.4).
func fits(key any, algorithm jose.SignatureAlgorithm) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch algorithm {
		case jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512:
			return true
		default:
			return false
		}
	case *ecdsa.PublicKey:
		switch algorithm {
		case jose.ES256:
			return key.Curve == elliptic.P256()
		case jose.ES384:
			return key.Curve == elliptic.P384()
		case jose.ES512:
			return key.Curve == elliptic.P521()
		default:
			return false
		}
	case ed25519.PublicKey:
		return algorithm == jose.EdDSA
	}
	return false
}

// decoyKeys are public keys of nobody. A signature is checked with them where there is no key to check
// it with, so that an unknown client takes the time of a known one.
type decoyKeys struct{ keys []any }

// newDecoyKeys makes one key of each kind. The RSA modulus is a random odd number: nobody will ever
// sign with it, and checking a signature does not ask for its factors.
func newDecoyKeys() (*decoyKeys, error) {
	const rsaBits = 2048
	modulus := make([]byte, rsaBits/8)
	_, _ = rand.Read(modulus) // never fails, see crypto/rand
	modulus[0] |= 0x80
	modulus[len(modulus)-1] |= 1
	decoys := &decoyKeys{keys: []any{&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}}}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make a decoy key: %w", err)
		}
		decoys.keys = append(decoys.keys, &key.PublicKey)
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a decoy key: %w", err)
	}
	decoys.keys = append(decoys.keys, public)
	return decoys, nil
}

// fitting is the decoy for an algorithm, which is one of assertionAlgorithms.
func (d *decoyKeys) fitting(algorithm jose.SignatureAlgorithm) any {
	for _, key := range d.keys {
		if fits(key, algorithm) {
			return key
		}
	}
	return nil
}
