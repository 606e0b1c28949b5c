package auth_test

import (
	"log/slog"
	"strings"
	"testing"

	"gatehouse/auth"
)

// TestKindsOfCredentials checks what is told of credentials to whoever counts them.
func TestKindsOfCredentials(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key, _ := s.adminKey(t, nil)
	configured := strings.Repeat("configured", 4)
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	person := unverified(`{"iss":"https://login.example.com"}`)
	type seen struct {
		kind    auth.Kind
		refused bool
	}
	var got []seen
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: s.Store, Now: s.clock.now, Log: slog.New(slog.DiscardHandler), Tokens: s.process.Tokens, People: people{person}, ConfiguredKey: configured, TenantID: tenant,
		Observe: func(kind auth.Kind, err error) { got = append(got, seen{kind, err != nil}) },
	})
	for _, c := range []struct {
		authorization string
		want          seen
	}{
		{"", seen{auth.KindNone, true}},
		{"Basic eDp5", seen{auth.KindMalformed, true}},
		{"Bearer ", seen{auth.KindMalformed, true}},
		{"Bearer " + configured, seen{auth.KindConfiguredKey, false}},
		{"Bearer " + key, seen{auth.KindAdminKey, false}},
		{"Bearer " + key + "x", seen{auth.KindAdminKey, true}},
		{"Bearer " + token, seen{auth.KindAccessToken, false}},
		{"Bearer " + person, seen{auth.KindPerson, false}},
		{"Bearer " + unverified(`{"iss":"https://elsewhere.example.com"}`), seen{auth.KindUnknownToken, true}},
		{"Bearer a.b.c", seen{auth.KindUnknownToken, true}},
	} {
		got = nil
		_, err := callers.Authenticate(t.Context(), c.authorization)
		if len(got) != 1 || got[0] != c.want || (err != nil) != c.want.refused {
			t.Errorf("%.30q was told as %v, want %v", c.authorization, got, c.want)
		}
	}
}
