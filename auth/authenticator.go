package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
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
	// Principal finds whose a token is, and when the token expires. It fails with ErrInvalidToken when it
	// is nobody's, and with UNAVAILABLE when that cannot be found out.
	Principal(ctx context.Context, token string) (p *Principal, expires time.Time, err error)
}

// AuthenticatorOptions are what an Authenticator needs.
type AuthenticatorOptions struct {
	Store *store.Store
	// Now is the clock. Where its times have a monotonic reading, as those of time.Now have, setting the
	// clock does not make anything known for longer.
	Now func() time.Time
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
	// configured is the digest of the key that the operator gave by configuration; nil if none.
	configured *digest
	known      *acquaintances
}

// NewAuthenticator makes an authenticator over the keys in the store, and what else options name.
func NewAuthenticator(options AuthenticatorOptions) *Authenticator {
	a := &Authenticator{options: options, known: newAcquaintances()}
	if options.ConfiguredKey != "" {
		d := digest(sha256.Sum256([]byte(options.ConfiguredKey)))
		a.configured = &d
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

// principal is the caller with a credential: as it was found out within the last second if nothing has
// happened since, or else found out now. What is found out to be no good is not remembered: guessing is
// slowed down elsewhere, and a credential may become good.
func (a *Authenticator) principal(ctx context.Context, credential string) (Kind, *Principal, error) {
	d := digest(sha256.Sum256([]byte(credential)))
	if a.configured != nil && subtle.ConstantTimeCompare(d[:], a.configured[:]) == 1 {
		return KindConfiguredKey, &Principal{
			TenantID:    a.options.TenantID,
			Actor:       model.Actor{Type: model.ActorTypeAdminKey, ID: "configuration", Name: "GATEHOUSE_ADMIN_KEY"},
			Permissions: model.AllPermission,
		}, nil
	}
	now := a.options.Now()
	k := a.known.find(d)
	if k != nil && !a.stands(ctx, k, now) {
		k = nil
	}
	if k != nil && !k.toRenew(now) {
		return k.kind, a.admitted(ctx, k, now), nil
	}
	kind, fresh, err := a.findOut(ctx, credential, d, now)
	switch {
	case err == nil:
		// By the time that it is now: others may have begun to look after this one and be done before it.
		a.known.add(d, fresh, a.options.Now())
		return kind, a.admitted(ctx, fresh, now), nil
	case !isUnavailable(err):
		a.known.forget(d)
	case k != nil && a.stands(ctx, k, a.options.Now()): // the others go on with it for as long
		return k.kind, a.admitted(ctx, k, now), nil
	}
	return kind, nil, err
}

// stands says whether what is known may be used at this instant. The key that signed a token is looked
// at each time, since what is known of the keys is of an age of its own.
func (a *Authenticator) stands(ctx context.Context, k *known, now time.Time) bool {
	if !k.valid(now, a.changes(k.kind)) {
		return false
	}
	if k.signedWith == "" {
		return true
	}
	_, err := a.options.Tokens.keys.verifying(ctx, k.signedWith)
	return err == nil
}

// changes counts what this process has changed of that on which a kind of credentials rests. Counts only
// grow, so that their sum is the same exactly when each of them is.
func (a *Authenticator) changes(kind Kind) uint64 {
	switch s := a.options.Store; kind {
	case KindAdminKey:
		return s.AdminKeys.Changes()
	case KindAccessToken:
		return s.RevokedTokens.Changes() + s.ManagementApplications.Changes() + s.RoleAssignments.Changes() + s.Roles.Changes()
	default:
		return 0
	}
}

// admitted is the principal of a request, which is the request's to change, and notes the use.
func (a *Authenticator) admitted(ctx context.Context, k *known, now time.Time) *Principal {
	if k.adminKey {
		a.noteUse(ctx, k, now)
	}
	p := k.principal
	return &p
}

// findOut tries what the credential may be: a token if it looks like one, or else an admin key. The
// keys that we make have no dots.
func (a *Authenticator) findOut(ctx context.Context, credential string, d digest, now time.Time) (Kind, *known, error) {
	if strings.Count(credential, ".") == 2 {
		return a.byToken(ctx, credential, now)
	}
	k, err := a.byKey(ctx, d, now)
	return KindAdminKey, k, err
}

// byToken asks whoever says that they know the token's issuer. What the token says is believed by
// nobody before its signature is verified; it only chooses who verifies it.
func (a *Authenticator) byToken(ctx context.Context, token string, now time.Time) (Kind, *known, error) {
	issuer := claimedIssuer(token)
	switch {
	case issuer == "":
	case a.options.Tokens != nil && issuer == a.options.Tokens.Issuer():
		k, err := a.byAccessToken(ctx, token, now)
		return KindAccessToken, k, err
	case a.options.People != nil && issuer == a.options.People.Issuer():
		principal, expires, err := a.options.People.Principal(ctx, token)
		if err != nil {
			return KindPerson, nil, err
		}
		return KindPerson, &known{kind: KindPerson, principal: principal.alone(), expires: expires, asked: now}, nil
	}
	return KindUnknownToken, nil, ErrInvalidToken
}

// byAccessToken verifies an access token and finds out what it allows.
func (a *Authenticator) byAccessToken(ctx context.Context, token string, now time.Time) (*known, error) {
	changes := a.changes(KindAccessToken) // before anything is read
	parsed, key, err := a.options.Tokens.parse(ctx, token)
	if err != nil {
		return nil, err
	}
	principal, err := a.options.Tokens.Standing(ctx, parsed)
	if err != nil {
		return nil, err
	}
	return &known{
		kind: KindAccessToken, principal: principal.alone(), expires: parsed.ExpiresAt, asked: now, changes: changes, signedWith: key,
	}, nil
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
func (a *Authenticator) byKey(ctx context.Context, d digest, now time.Time) (*known, error) {
	changes := a.changes(KindAdminKey) // before anything is read
	hash := hex.EncodeToString(d[:])
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
	principal := &Principal{
		TenantID:    key.TenantID,
		Actor:       model.Actor{Type: model.ActorTypeAdminKey, ID: key.ID, Name: key.Name},
		Permissions: intersection(model.AllPermission, key.Permissions),
	}
	k := &known{kind: KindAdminKey, asked: now, changes: changes, adminKey: true, principal: principal.alone()}
	if key.ExpiresAt != nil {
		k.expires = *key.ExpiresAt
	}
	k.noted.Store(minuteOf(key))
	return k, nil
}

// noteUse writes down the minute in which a key was used. Only the first request of a minute writes.
// It is part of the request, which it may delay by lastUsedTimeout at most, and ends with it; the
// caller is let in even when it fails, since a request later in the same minute tries again.
func (a *Authenticator) noteUse(ctx context.Context, k *known, now time.Time) {
	minute := now.UTC().Truncate(time.Minute)
	before := k.noted.Load()
	if before >= minute.Unix() || !k.noted.CompareAndSwap(before, minute.Unix()) {
		return
	}
	if !a.writeUse(ctx, k, minute) {
		k.noted.Store(before)
	}
}

// writeUse writes down the minute in which a key was used, and reports whether that is settled.
func (a *Authenticator) writeUse(ctx context.Context, k *known, minute time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, lastUsedTimeout)
	defer cancel()
	err := a.options.Store.AdminKeys.Amend(ctx, k.principal.TenantID, k.principal.Actor.ID, func(key *model.AdminKey) (bool, error) {
		if key.LastUsedAt != nil && !key.LastUsedAt.Before(minute) { // another request was faster
			return false, nil
		}
		key.LastUsedAt = &minute
		return true, nil
	})
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return true
	}
	a.options.Log.WarnContext(ctx, "the last use of an admin key could not be written down",
		slog.String("adminKeyId", k.principal.Actor.ID), slog.Any("error", err))
	return false
}
