package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

const (
	// maxCredential is how many characters a credential can have: the tokens of identity providers are
	// longer than ours.
	maxCredential = 16 << 10
	// lastUsedTimeout bounds the note of when a key was used.
	lastUsedTimeout = 2 * time.Second
)

// People knows the tokens of people that their own identity provider has issued.
type People interface {
	// Issuer is the iss of the tokens.
	Issuer() string
	// Principal finds whose a token is. It fails with ErrInvalidToken when it is nobody's, and with
	// UNAVAILABLE when that cannot be found out.
	Principal(ctx context.Context, token string) (*Principal, error)
}

// AuthenticatorOptions are what an Authenticator needs.
type AuthenticatorOptions struct {
	Store *store.Store
	Now   func() time.Time
	// Log takes what callers are not told.
	Log *slog.Logger
	// Tokens knows access tokens; nil when there are none.
	Tokens *Tokens
	// People knows the tokens of people; nil when there are none.
	People People
	// ConfiguredKey, unless empty, is a key with every permission in the tenant TenantID, for as long
	// as it is configured.
	ConfiguredKey, TenantID string
	// Observe, unless nil, is told of every credential that is shown: what it looked like, and the error
	// that Authenticate returns.
	Observe func(kind Kind, err error)
}

// Kind is what a credential looks like, before anybody knows whether it is good.
type Kind string

// The kinds of credentials.
const (
	KindNone          Kind = "none"
	KindMalformed     Kind = "malformed"
	KindConfiguredKey Kind = "configured_key"
	KindAdminKey      Kind = "admin_key"
	KindAccessToken   Kind = "access_token"
	KindPerson        Kind = "person"
	// KindUnknownToken is a token that says it comes from somebody whom we do not know.
	KindUnknownToken Kind = "unknown_token"
)

// Authenticator knows the credentials of callers.
type Authenticator struct {
	options AuthenticatorOptions
	// configuredHash is the hash of the key that the operator gave by configuration; empty if none.
	configuredHash string
}

// NewAuthenticator makes an authenticator over the keys in the store, and what else options name.
func NewAuthenticator(options AuthenticatorOptions) *Authenticator {
	a := &Authenticator{options: options}
	if options.ConfiguredKey != "" {
		a.configuredHash = HashKey(options.ConfiguredKey)
	}
	return a
}

// Authenticate finds the caller by the value of the Authorization header. It fails with
// UNAUTHENTICATED for a credential that is missing, malformed, unknown, expired or revoked, without
// saying which, and with UNAVAILABLE when the store does not answer.
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (*Principal, error) {
	kind, principal, err := a.authenticate(ctx, authorization)
	if errors.Is(err, ErrInvalidToken) {
		err = unauthenticated()
	}
	if a.options.Observe != nil {
		a.options.Observe(kind, err)
	}
	return principal, err
}

func (a *Authenticator) authenticate(ctx context.Context, authorization string) (Kind, *Principal, error) {
	if authorization == "" {
		return KindNone, nil, unauthenticated()
	}
	scheme, credential, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || credential == "" || len(credential) > maxCredential {
		return KindMalformed, nil, unauthenticated()
	}
	return a.principal(ctx, credential)
}

// principal tries what the credential may be: the configured key, then a token if it looks like one,
// or else an admin key. The keys that we make have no dots.
func (a *Authenticator) principal(ctx context.Context, credential string) (Kind, *Principal, error) {
	hash := HashKey(credential)
	if subtle.ConstantTimeCompare([]byte(hash), []byte(a.configuredHash)) == 1 {
		return KindConfiguredKey, &Principal{
			TenantID:    a.options.TenantID,
			Actor:       model.Actor{Type: model.ActorTypeAdminKey, ID: "configuration", Name: "GATEHOUSE_ADMIN_KEY"},
			Permissions: model.AllPermission,
		}, nil
	}
	if strings.Count(credential, ".") == 2 {
		return a.byToken(ctx, credential)
	}
	principal, err := a.byKey(ctx, hash)
	return KindAdminKey, principal, err
}

// byToken asks whoever says that they know the token's issuer. What the token says is believed by
// nobody before its signature is verified; it only chooses who verifies it.
func (a *Authenticator) byToken(ctx context.Context, token string) (Kind, *Principal, error) {
	issuer := claimedIssuer(token)
	switch {
	case issuer == "":
	case a.options.Tokens != nil && issuer == a.options.Tokens.Issuer():
		parsed, err := a.options.Tokens.Parse(ctx, token)
		if err != nil {
			return KindAccessToken, nil, err
		}
		principal, err := a.options.Tokens.Standing(ctx, parsed)
		return KindAccessToken, principal, err
	case a.options.People != nil && issuer == a.options.People.Issuer():
		principal, err := a.options.People.Principal(ctx, token)
		return KindPerson, principal, err
	}
	return KindUnknownToken, nil, ErrInvalidToken
}

// claimedIssuer is the iss of a JWT that nobody has verified; empty when it says none.
func claimedIssuer(token string) string {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		return ""
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return ""
	}
	return c.Issuer
}

// byKey finds an admin key.
func (a *Authenticator) byKey(ctx context.Context, hash string) (*Principal, error) {
	key, err := a.options.Store.AdminKeys.One(ctx, "", "hash", hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, unauthenticated()
	case err != nil:
		return nil, unavailable(err)
	case subtle.ConstantTimeCompare([]byte(hash), []byte(key.Hash)) != 1:
		return nil, unauthenticated()
	case key.ExpiresAt != nil && !a.options.Now().Before(*key.ExpiresAt):
		return nil, unauthenticated()
	}
	a.noteUse(ctx, key)
	return &Principal{
		TenantID:    key.TenantID,
		Actor:       model.Actor{Type: model.ActorTypeAdminKey, ID: key.ID, Name: key.Name},
		Permissions: intersection(model.AllPermission, key.Permissions),
	}, nil
}

// noteUse writes down the minute in which a key was used. Only the first request of a minute writes.
// It is part of the request, which it may delay by lastUsedTimeout at most, and ends with it; the
// caller is let in even when it fails, since a request later in the same minute tries again.
func (a *Authenticator) noteUse(ctx context.Context, key *model.AdminKey) {
	minute := a.options.Now().UTC().Truncate(time.Minute)
	if usedSince(key, minute) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastUsedTimeout)
	defer cancel()
	err := a.options.Store.AdminKeys.Amend(ctx, key.TenantID, key.ID, func(key *model.AdminKey) (bool, error) {
		if usedSince(key, minute) { // another request was faster
			return false, nil
		}
		key.LastUsedAt = &minute
		return true, nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		a.options.Log.WarnContext(ctx, "the last use of an admin key could not be written down", slog.String("adminKeyId", key.ID), slog.Any("error", err))
	}
}

func usedSince(key *model.AdminKey, minute time.Time) bool {
	return key.LastUsedAt != nil && !key.LastUsedAt.Before(minute)
}
