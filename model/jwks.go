package model

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Bounds of key sets. RFC 7518 §3.3 asks for 2048 bits of RSA; with more than 4096 the parser refuses
// the key, because a verification becomes slow without need.
const (
	maxJWKSBytes = 64 << 10
	minRSABits   = 2048
	maxRSABits   = 4096
)

// jwks is the rule of key sets (RFC 7517 §5): at least one key, and public keys only. No message
// repeats anything of a key, since it may be a private one.
func (v *Violations) jwks(field string, set *JSON) {
	if set == nil {
		return
	}
	if len(*set) > maxJWKSBytes {
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxJWKSBytes, len(*set)), field)
		return
	}
	// Maps, because the fields of structs match members of any case.
	var parsed map[string]json.RawMessage
	var keys []json.RawMessage
	err := json.Unmarshal([]byte(*set), &parsed)
	if err == nil {
		err = json.Unmarshal(parsed["keys"], &keys)
	}
	if err != nil || len(keys) == 0 {
		v.Add(codeInvalidJWKS, "must be a JWK Set: an object whose keys are a list of at least one", field)
		return
	}
	found := len(*v)
	for i, key := range keys {
		if code, problem := publicKeyProblem(key); problem != "" {
			v.Add(code, problem, field, "keys", i)
		}
	}
	// Members that nobody knows are kept, as the RFC wants it, but must not hide a private key either.
	var everything any
	if err := json.Unmarshal([]byte(*set), &everything); len(*v) == found && (err != nil || hasPrivateKey(everything)) {
		v.Add("PRIVATE_KEY", "must not have members of a private key anywhere", field)
	}
}

// privateMembers are the members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4).
func privateMembers() []string { return []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} }

// hasPrivateKey looks for private keys at any depth, as JWK or as PEM.
func hasPrivateKey(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.Contains(value, "PRIVATE KEY")
	case []any:
		return slices.ContainsFunc(value, hasPrivateKey)
	case map[string]any:
		for member, inner := range value {
			if slices.Contains(privateMembers(), strings.ToLower(member)) || hasPrivateKey(inner) {
				return true
			}
		}
	}
	return false
}

func publicKeyProblem(text json.RawMessage) (code, problem string) {
	const invalid = "must be a public key of type RSA, EC or OKP (RFC 7517, RFC 8037)"
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return codeInvalidJWKS, invalid
	}
	for _, private := range privateMembers() {
		if _, there := members[private]; there {
			return "PRIVATE_KEY", "must be a public key, without the member " + private
		}
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil || !key.Valid() || !key.IsPublic() {
		return codeInvalidJWKS, invalid
	}
	if rsaKey, ok := key.Key.(*rsa.PublicKey); ok {
		if bits := rsaKey.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return codeInvalidJWKS, fmt.Sprintf("must have %d to %d bits", minRSABits, maxRSABits)
		}
	}
	return "", ""
}
