package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

const (
	// MaxAssertionLife is how far in the future an assertion may expire. RFC 7523 §3 lets a server
	// refuse what lives unreasonably long, and for as long as it lives its jti is kept.
	MaxAssertionLife = 10 * time.Minute
	// ClockSkew is by how much the clock of a client may differ.
	ClockSkew = 30 * time.Second
	// maxJTI bounds the ID of an assertion, in characters.
	maxJTI = 256
)

// assertionAlgorithms is what assertions may be signed with (RFC 7518 §3.1, RFC 8037 §3.1): signatures
// only. HMAC is none of them, since a client's keys are public, and neither is "none".
func assertionAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// assertion is a JWT that was read, and of which nothing is believed yet.
type assertion struct {
	token     *jwt.JSONWebToken
	algorithm jose.SignatureAlgorithm
	// keyID is the kid of the header; empty where there is none.
	keyID  string
	claims jwt.Claims
}

// readAssertion reads a JWT in the compact serialization. The type in its header, if there is one,
// must not be that of a JWT for another purpose (RFC 8725 §3.11).
func readAssertion(text string) (*assertion, error) {
	token, err := jwt.ParseSigned(text, assertionAlgorithms())
	if err != nil || len(token.Headers) != 1 {
		return nil, invalidClient("the assertion is not a JWT with an algorithm that is allowed")
	}
	read := &assertion{
		token: token, algorithm: jose.SignatureAlgorithm(token.Headers[0].Algorithm), keyID: token.Headers[0].KeyID,
	}
	if kind, given := token.Headers[0].ExtraHeaders[jose.HeaderType]; given {
		text, _ := kind.(string)
		if !strings.EqualFold(text, "JWT") && !strings.EqualFold(text, "client-authentication+jwt") {
			return nil, invalidClient("the assertion is a JWT for another purpose")
		}
	}
	if err := token.UnsafeClaimsWithoutVerification(&read.claims); err != nil {
		return nil, invalidClient("the claims of the assertion cannot be read")
	}
	return read, nil
}

// assertionCheck checks what clients sign (RFC 7523 §3).
type assertionCheck struct {
	store  *store.Store
	decoys *decoyKeys
	// verify checks the signature of a JWT. Tests count its calls.
	verify func(token *jwt.JSONWebToken, key any) error
}

func newAssertionCheck(o Options) (*assertionCheck, error) {
	decoys, err := newDecoyKeys()
	if err != nil {
		return nil, err
	}
	return &assertionCheck{
		store: o.Store, decoys: decoys,
		verify: func(token *jwt.JSONWebToken, key any) error { return token.Claims(key) },
	}, nil
}

// check says whether the assertion proves to be of the client; known is nil where there is none, and
// the same work is done. audiences are the names that this server has for the request. why says what
// is wrong, for the log; an error is one of the store.
func (c *assertionCheck) check(ctx context.Context, known *client, a *assertion, audiences []string, at time.Time) (why string, err error) {
	var keys []any
	if known != nil {
		keys = candidates(known.stored.OIDC.Jwks, a)
	}
	signed := false
	for i := range a.checks() {
		key := c.decoys.fitting(a.algorithm)
		if i < len(keys) {
			key = keys[i]
		}
		if c.verify(a.token, key) == nil && i < len(keys) {
			signed = true
		}
	}
	if !signed {
		return "no key of the client has signed the assertion", nil
	}
	if why := a.claimsProblem(known.stored.ID, audiences, at); why != "" {
		return why, nil
	}
	return c.remember(ctx, known, a, at)
}

// claimsProblem says what is wrong with the claims of an assertion whose signature is good; empty
// where nothing is.
func (a *assertion) claimsProblem(clientID string, audiences []string, at time.Time) string {
	claims, now, skew := &a.claims, at.Unix(), int64(ClockSkew/time.Second)
	foreign := func(audience string) bool { return !slices.Contains(audiences, audience) }
	// Claims are compared and never calculated with: they may be as large as they like.
	switch {
	case claims.Issuer != clientID || claims.Subject != clientID:
		return "iss and sub are not the client"
	case len(claims.Audience) == 0 || slices.ContainsFunc(claims.Audience, foreign):
		return "aud has another audience, or none"
	case claims.Expiry == nil:
		return "there is no exp"
	case int64(*claims.Expiry) <= now-skew:
		return "the assertion has expired"
	case int64(*claims.Expiry) > now+int64(MaxAssertionLife/time.Second)+skew:
		return "exp is too far ahead"
	case claims.NotBefore != nil && int64(*claims.NotBefore) > now+skew:
		return "nbf is in the future"
	case claims.IssuedAt != nil && int64(*claims.IssuedAt) > now+skew:
		return "iat is in the future"
	case claims.ID == "" || len(claims.ID) > maxJTI:
		return "there is no jti, or it is too long"
	}
	return ""
}

// remember uses the assertion up. Whoever comes second, in this process or in another on the same
// store, finds it used: the uniqueness of the ID decides.
func (c *assertionCheck) remember(ctx context.Context, known *client, a *assertion, at time.Time) (why string, err error) {
	used := &model.UsedAssertion{
		Entity:    model.NewEntity(known.app.TenantID, known.actor(), at),
		ExpiresAt: model.Instant(a.claims.Expiry.Time().Add(ClockSkew + auth.ClockLeeway)),
	}
	used.ID = assertionID(known.stored.ID, a.claims.ID)
	err = c.store.UsedAssertions.Insert(ctx, used, nil)
	if duplicate := (*store.DuplicateError)(nil); errors.As(err, &duplicate) {
		return "the assertion has been used before", nil
	}
	return "", err
}

// assertionID is a hash of the client and the jti, in hexadecimal digits. The length keeps a part of
// the one from being taken for a part of the other.
func assertionID(clientID, jti string) string {
	text := binary.AppendUvarint(nil, uint64(len(clientID)))
	sum := sha256.Sum256(append(append(text, clientID...), jti...))
	return hex.EncodeToString(sum[:])
}
