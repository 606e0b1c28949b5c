package model_test

import (
	"strings"
	"testing"
	"time"

	"gatehouse/model"
)

// clientWith is a client whose secrets expire at these times after now; 0 is never.
func clientWith(t *testing.T, expiries ...time.Duration) *model.StoredClient {
	t.Helper()
	c := model.NewClient("c1", clientInput(t, `{"oidc": {"name": "N"}}`), now())
	for i, d := range expiries {
		s := model.ClientSecret{ID: string(rune('a' + i)), Value: *model.SealedSecret([]byte{1})}
		if d != 0 {
			s.ExpiresAt = ptr(model.Instant(now()).Add(d))
		}
		c.OIDC.Secrets = append(c.OIDC.Secrets, s)
	}
	return &c
}

func ids(c *model.StoredClient) string {
	var all strings.Builder
	for _, s := range c.OIDC.Secrets {
		all.WriteString(s.ID)
	}
	return all.String()
}

func TestGenerateSecret(t *testing.T) {
	const past, future = -time.Hour, time.Hour
	at := func(d time.Duration) *time.Time { return ptr(now().Add(d)) }
	for _, c := range []struct {
		name      string
		have      []time.Duration
		expiresAt *time.Time
		want, ids string
	}{
		{"the first", nil, nil, "", "n"},
		{"a second", []time.Duration{0}, nil, "", "an"},
		{"a third", []time.Duration{0, 0}, nil, "clientId TOO_MANY_SECRETS", "ab"},
		{"a third beside one that will expire", []time.Duration{0, future}, nil, "clientId TOO_MANY_SECRETS", "ab"},
		{"one expired, one working", []time.Duration{past, 0}, nil, "", "bn"},
		{"both expired", []time.Duration{past, past}, nil, "", "n"},
		{"expiry in the future", nil, at(time.Millisecond), "", "n"},
		{"expiry now", nil, at(0), "expiresAt NOT_IN_FUTURE", ""},
		{"expiry in the past", nil, at(-time.Millisecond), "expiresAt NOT_IN_FUTURE", ""},
		{"both rules", []time.Duration{0, 0}, at(-time.Hour), "expiresAt NOT_IN_FUTURE, clientId TOO_MANY_SECRETS", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := clientWith(t, c.have...)
			made, err := client.GenerateSecret("n", strings.Repeat("s", 39)+"last", c.expiresAt, now())
			if got := broken(t, err); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			if got := ids(client); got != c.ids {
				t.Errorf("the client has %q, want %q", got, c.ids)
			}
			if err != nil {
				return
			}
			if made.ClientID != "c1" || made.Value() != strings.Repeat("s", 39)+"last" {
				t.Errorf("made %q for %s", made.Value(), made.ClientID)
			}
			if hint := client.OIDC.Secrets[len(client.OIDC.Secrets)-1].Hint; hint != "last" {
				t.Errorf("the hint is %q", hint)
			}
		})
	}
}

func TestASecretIsHandedOutAfterItWasSealed(t *testing.T) {
	client := clientWith(t)
	made, err := client.GenerateSecret("n", "plain text of the secret", nil, now())
	if err != nil {
		t.Fatal(err)
	}
	if err := client.OIDC.Secrets[0].Value.SealWith(func([]byte) ([]byte, error) { return []byte("sealed"), nil }); err != nil {
		t.Fatal(err)
	}
	if made.Value() != "plain text of the secret" {
		t.Errorf("sealing the stored one left %q of the answer", made.Value())
	}
}

func TestAClientWithoutSecretsGetsNone(t *testing.T) {
	saml := newClient(t, "c1", `{"saml": {"name": "S", "spEntityId": "x"}}`)
	public := newClient(t, "c1", `{"oidc": {"name": "S", "tokenEndpointAuthMethod": "NONE"}}`)
	for _, c := range []model.StoredClient{saml, public} {
		_, err := c.GenerateSecret("n", a(43), nil, now())
		if got := broken(t, err); got != "clientId NO_SECRETS" {
			t.Errorf("got %q", got)
		}
	}
	if got := broken(t, saml.RevokeSecret("n", now())); got != "NOT_FOUND" {
		t.Errorf("got %q", got)
	}
}

func TestRevokeSecret(t *testing.T) {
	const past, future = -time.Hour, time.Hour
	for _, c := range []struct {
		name            string
		have            []time.Duration
		id, want, after string
	}{
		{"one of two", []time.Duration{0, 0}, "a", "", "b"},
		{"the last", []time.Duration{0}, "a", "secretId LAST_SECRET", "a"},
		{"the last, expired", []time.Duration{past}, "a", "secretId LAST_SECRET", "a"},
		{"the last that works", []time.Duration{0, past}, "a", "secretId LAST_SECRET", "ab"},
		{"an expired one", []time.Duration{0, past}, "b", "", "a"},
		{"an expired one beside another", []time.Duration{past, past}, "b", "", "a"},
		{"one that another outlives for a while", []time.Duration{0, future}, "a", "", "b"},
		{"an unknown one", []time.Duration{0, 0}, "x", "NOT_FOUND", "ab"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := clientWith(t, c.have...)
			if got := broken(t, client.RevokeSecret(c.id, now())); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := ids(client); got != c.after {
				t.Errorf("the client has %q, want %q", got, c.after)
			}
		})
	}
}

func TestASecretWorksUntilTheInstantOfItsExpiry(t *testing.T) {
	at := now()
	s := model.ClientSecret{ExpiresAt: &at}
	if !s.Works(at.Add(-1)) || s.Works(at) {
		t.Error("expiresAt is the first instant at which it does not work")
	}
	if s.ExpiresAt = nil; !s.Works(at) {
		t.Error("without expiresAt it works until it is revoked")
	}
}
