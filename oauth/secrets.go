package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

const (
	// secretsCompared is how many secrets are opened and compared for every attempt, whoever's it is: as
	// many as a client can have.
	secretsCompared = 2
	// applicationKind is the kind of document that the secrets of clients are bound to.
	applicationKind = "managementApplication"
	// lastUsedTimeout bounds the note of when a secret was used.
	lastUsedTimeout = 2 * time.Second
)

// secretCheck compares what a request shows with the secrets of a client.
type secretCheck struct {
	keys  Keyset
	store *store.Store
	log   *slog.Logger
	// decoy is a sealed secret of nobody.
	decoy sealedSecret
}

// sealedSecret is a secret as it is stored.
type sealedSecret struct {
	id     string
	sealed []byte
	place  secret.Binding
	// works is false for one that has expired, and for the decoy.
	works bool
}

func newSecretCheck(o Options) (*secretCheck, error) {
	place := secret.Binding{Entity: "decoy", Field: "value"}
	plain := make([]byte, 32)
	_, _ = rand.Read(plain) // never fails, see crypto/rand
	sealed, err := o.Keyset.Seal(plain, place)
	if err != nil {
		return nil, fmt.Errorf("seal a decoy: %w", err)
	}
	return &secretCheck{
		keys: o.Keyset, store: o.Store, log: o.Log,
		decoy: sealedSecret{sealed: sealed, place: place},
	}, nil
}

// check finds the secret of the client that is the one given; known is nil where there is no client to
// compare with, and the same work is done. The ID is empty when no secret that works is the one given.
// It fails when a secret could not be opened and no other was the one given.
func (c *secretCheck) check(known *client, given string, at time.Time) (id string, err error) {
	// Hashes have one length, so that comparing them takes the same time for all.
	want := sha256.Sum256([]byte(given))
	for _, s := range c.comparable(known, at) {
		plain, failed := c.keys.Open(s.sealed, s.place)
		got := sha256.Sum256(plain)
		switch equal := subtle.ConstantTimeCompare(want[:], got[:]) == 1; {
		case failed != nil && s.works:
			err = errors.Join(err, fmt.Errorf("open %s: %w", s.place.Field, failed))
		case failed == nil && equal && s.works:
			id = s.id
		}
	}
	if id != "" {
		return id, nil
	}
	return "", err
}

// comparable is exactly secretsCompared secrets: those of the client, and then the decoy.
func (c *secretCheck) comparable(known *client, at time.Time) []sealedSecret {
	all := make([]sealedSecret, 0, secretsCompared)
	if known != nil {
		if oidc, ok := known.app.Client(known.stored.ID).(*model.OidcClient); ok {
			for _, s := range oidc.Secrets() {
				all = append(all, sealedSecret{
					id: s.ID, sealed: s.Value.Sealed(), works: s.Works(at),
					place: secret.BindingOf(applicationKind, known.app.Base(), s.Value.Place().Path),
				})
			}
		}
	}
	for len(all) < secretsCompared {
		all = append(all, c.decoy)
	}
	return all
}

// used writes down, to the minute, that a secret was used. It is for people who look whether a secret
// is still in use: when it cannot be written within lastUsedTimeout, the client is served all the same.
func (c *secretCheck) used(ctx context.Context, known *client, secretID string, at time.Time) {
	minute := at.UTC().Truncate(time.Minute)
	stale := func(app *model.ManagementApplication) *model.ClientSecret {
		stored := app.StoredClient(known.stored.ID)
		if stored == nil || stored.OIDC == nil {
			return nil
		}
		for i := range stored.OIDC.Secrets {
			s := &stored.OIDC.Secrets[i]
			if s.ID == secretID && (s.LastUsedAt == nil || s.LastUsedAt.Before(minute)) {
				return s
			}
		}
		return nil
	}
	if stale(known.app) == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastUsedTimeout)
	defer cancel()
	err := c.store.ManagementApplications.Amend(ctx, known.app.TenantID, known.app.ID, func(app *model.ManagementApplication) (bool, error) {
		s := stale(app)
		if s == nil {
			return false, nil
		}
		s.LastUsedAt = &minute
		return true, nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		c.log.WarnContext(ctx, "the last use of a client secret was not recorded",
			slog.String("clientId", known.stored.ID), slog.Any("error", err))
	}
}
