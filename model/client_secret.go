package model

import (
	"fmt"
	"time"
)

// maxClientSecrets is how many secrets a client can hold at a time: one in use, and one to replace it.
const maxClientSecrets = 2

// hintLength is how many characters of a secret are shown to tell it from others.
const hintLength = 4

// ClientSecret is one secret of a client.
type ClientSecret struct {
	ID    string `bson:"id"`
	Value Secret `bson:"value"`
	// Hint is the last four characters.
	Hint      string    `bson:"hint"`
	CreatedAt time.Time `bson:"createdAt" audit:"-"`
	// ExpiresAt is the first instant at which it does not work; nil: until revoked.
	ExpiresAt *time.Time `bson:"expiresAt,omitempty"`
	// LastUsedAt is when it last got a token, to the minute.
	LastUsedAt *time.Time `bson:"lastUsedAt,omitempty" audit:"-"`
}

// Works says whether the secret is good at the instant now.
func (s *ClientSecret) Works(now time.Time) bool {
	return s.ExpiresAt == nil || now.Before(*s.ExpiresAt)
}

// NewClientSecret is a secret just made, in the one answer that hands it out.
type NewClientSecret struct {
	ID        string
	ClientID  string
	Secret    Secret
	CreatedAt time.Time
	ExpiresAt *time.Time
}

// Value is the secret itself.
func (s *NewClientSecret) Value() string {
	plain, _ := s.Secret.Plain()
	return plain
}

// GenerateSecret gives the client a new secret beside the one that it has. plain comes from the
// caller: 256 random bits in base64url. What has expired by now does not count, and is removed.
// The violations lead into the arguments of the mutation: TOO_MANY_SECRETS and NO_SECRETS at clientId,
// NOT_IN_FUTURE at expiresAt.
func (c *StoredClient) GenerateSecret(id, plain string, expiresAt *time.Time, now time.Time) (*NewClientSecret, error) {
	var v Violations
	if expiresAt != nil {
		at := Instant(*expiresAt)
		expiresAt = &at
	}
	v.future("expiresAt", expiresAt, now)
	if !c.UsesSecrets() {
		v.Add("NO_SECRETS", "must be a client that authenticates with a secret", "clientId")
		return nil, v.Err()
	}
	working := []ClientSecret{}
	for _, s := range c.OIDC.Secrets {
		if s.Works(now) {
			working = append(working, s)
		}
	}
	if len(working) >= maxClientSecrets {
		v.Add("TOO_MANY_SECRETS", fmt.Sprintf("must be a client with less than %d secrets: revoke one first", maxClientSecrets), "clientId")
	}
	if err := v.Err(); err != nil {
		return nil, err
	}
	made := ClientSecret{ID: id, Value: *NewSecret(plain), Hint: hint(plain), CreatedAt: Instant(now), ExpiresAt: expiresAt}
	working = append(working, made)
	c.OIDC.Secrets = working
	c.UpdatedAt = Instant(now)
	return &NewClientSecret{ID: id, ClientID: c.ID, Secret: made.Value, CreatedAt: made.CreatedAt, ExpiresAt: expiresAt}, nil
}

// RevokeSecret takes a secret away. It refuses, with LAST_SECRET at secretId, to take the last one,
// or the last one that works; NOT_FOUND when the client has no such secret.
func (c *StoredClient) RevokeSecret(id string, now time.Time) error {
	if c.OIDC == nil {
		return NotFoundError("client secret")
	}
	remaining, works := []ClientSecret{}, 0
	var revoked *ClientSecret
	for i := range c.OIDC.Secrets {
		s := &c.OIDC.Secrets[i]
		if s.ID == id {
			revoked = s
			continue
		}
		remaining = append(remaining, *s)
		if s.Works(now) {
			works++
		}
	}
	switch {
	case revoked == nil:
		return NotFoundError("client secret")
	case len(remaining) == 0, works == 0 && revoked.Works(now):
		return Invalid("LAST_SECRET", "must not be the client's last secret: generate another one first", "secretId")
	}
	c.OIDC.Secrets = remaining
	c.UpdatedAt = Instant(now)
	return nil
}

// hint is the end of a secret. A secret so short that it would give away too much has none.
func hint(plain string) string {
	if len(plain) < 4*hintLength {
		return ""
	}
	return plain[len(plain)-hintLength:]
}
