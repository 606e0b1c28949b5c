package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

// Authenticator knows the credentials of callers.
type Authenticator struct {
	store *store.Store
	now   func() time.Time
	// configuredHash is the hash of the key that the operator gave by configuration; empty if none.
	configuredHash string
	tenantID       string
}

// NewAuthenticator makes an authenticator over the keys in s. configuredKey, unless empty, is valid
// besides them, with every permission in the tenant, for as long as it is configured.
func NewAuthenticator(s *store.Store, now func() time.Time, configuredKey, tenantID string) *Authenticator {
	a := &Authenticator{store: s, now: now, tenantID: tenantID}
	if configuredKey != "" {
		a.configuredHash = HashKey(configuredKey)
	}
	return a
}

// Authenticate finds the caller by the value of the Authorization header. It fails with
// UNAUTHENTICATED for a credential that is missing, malformed, unknown or expired, without saying
// which, and with UNAVAILABLE when the store does not answer.
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (*Principal, error) {
	scheme, credential, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || credential == "" {
		return nil, unauthenticated()
	}
	hash := HashKey(credential)
	if subtle.ConstantTimeCompare([]byte(hash), []byte(a.configuredHash)) == 1 {
		return &Principal{
			TenantID:    a.tenantID,
			Actor:       model.Actor{Type: model.ActorTypeAdminKey, ID: "configuration", Name: "GATEHOUSE_ADMIN_KEY"},
			Permissions: model.AllPermission,
		}, nil
	}
	key, err := a.store.AdminKeys.One(ctx, "", "hash", hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, unauthenticated()
	case err != nil:
		return nil, &model.Error{Code: model.Unavailable, Message: "The credential cannot be checked at the moment.", Cause: err}
	case subtle.ConstantTimeCompare([]byte(hash), []byte(key.Hash)) != 1:
		return nil, unauthenticated()
	case key.ExpiresAt != nil && !a.now().Before(*key.ExpiresAt):
		return nil, unauthenticated()
	}
	return &Principal{
		TenantID:    key.TenantID,
		Actor:       model.Actor{Type: model.ActorTypeAdminKey, ID: key.ID, Name: key.Name},
		Permissions: key.Permissions,
	}, nil
}
