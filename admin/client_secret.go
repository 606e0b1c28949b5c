package admin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
)

// secretBytes of randomness make a client secret that cannot be guessed.
const secretBytes = 32

// newSecret makes a client secret: 256 random bits in base64url.
func newSecret() string {
	random := make([]byte, secretBytes)
	_, _ = rand.Read(random) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(random)
}

func generateSecret(client *model.StoredClient, expiresAt *time.Time, call call) (*model.NewClientSecret, error) {
	return client.GenerateSecret(call.nextID(), newSecret(), expiresAt, call.now)
}

// mayHandOutCredentials refuses to hand out what a client of a management application proves with who
// it is, unless the caller holds all that the application's roles allow: whoever gets such a
// credential can do all of it. An application that is not there has no roles, and is not found later.
func (a *Admin) mayHandOutCredentials(ctx context.Context, call call, applicationID string) error {
	permissions, err := auth.PermissionsOf(ctx, a.store, call.TenantID, applicationID)
	if err != nil {
		return err
	}
	return call.mayGrant(permissions)
}

// GenerateClientSecret gives a client a second secret, handed out this once. The caller must hold what
// the application's roles allow.
func (a *Admin) GenerateClientSecret(ctx context.Context, clientID string, expiresAt *time.Time) (*model.GenerateClientSecretPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	app, err := a.findClient(ctx, call.TenantID, clientID)
	if err != nil {
		return nil, err
	}
	if err := a.mayHandOutCredentials(ctx, call, app.ID); err != nil {
		return nil, err
	}
	var made *model.NewClientSecret
	app, err = a.changeClient(ctx, call, clientID, "generateClientSecret", nil, func(_ *model.ManagementApplication, client *model.StoredClient) error {
		made, err = generateSecret(client, expiresAt, call)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &model.GenerateClientSecretPayload{Client: app.Client(clientID), ClientSecret: made}, nil
}

// RevokeClientSecret takes a secret away, unless it is the client's last.
func (a *Admin) RevokeClientSecret(ctx context.Context, clientID, secretID string) (*model.ClientPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	app, err := a.changeClient(ctx, call, clientID, "revokeClientSecret", nil, func(_ *model.ManagementApplication, client *model.StoredClient) error {
		return client.RevokeSecret(secretID, call.now)
	})
	if err != nil {
		return nil, err
	}
	return &model.ClientPayload{ManagementApplication: app, Client: app.Client(clientID)}, nil
}
