package e2e_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/e2e/client"
	"gatehouse/model"
)

const (
	generateSecret = `mutation ($id: ID!, $at: DateTime) { generateClientSecret(clientId: $id, expiresAt: $at) { client { ... on OidcClient { secrets { id hint expiresAt } } } clientSecret { id clientId value expiresAt } } }`
	revokeSecret   = `mutation ($id: ID!, $secret: ID!) { revokeClientSecret(clientId: $id, secretId: $secret) { client { id ... on OidcClient { secrets { id } } } } }`
	revealSecrets  = `query ($id: ID!) { managementApplication(id: $id) { name defaultClient { id ... on OidcClient { secrets { id value } } } } }`
)

// TestSecrets rotates the secret of a client: for a time both are valid, and none is ever missing.
func TestSecrets(t *testing.T) {
	const path = "clients.{{client}}.secrets."
	play(t, service([]step{
		{
			name: "the last cannot be revoked", query: revokeSecret, variables: `{"id": "{{client}}", "secret": "{{secretId}}"}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `"path":["secretId"],"code":"LAST_SECRET"`},
		},
		{
			name: "a second", query: generateSecret, variables: `{"id": "{{client}}", "at": "2999-01-01T00:00:00+01:00"}`,
			want:   []string{`"secrets":[{"id":"{{secretId}}"`, `"clientId":"{{client}}"`, `"expiresAt":"2998-12-31T23:00:00.000Z"`},
			save:   map[string]string{"second": "data.generateClientSecret.clientSecret.value", "secondId": "data.generateClientSecret.clientSecret.id"},
			events: []string{"managementApplication.generateClientSecret {{app}} " + path + "{{secondId}}.id " + path + "{{secondId}}.value " + path + "{{secondId}}.hint " + path + "{{secondId}}.expiresAt"},
		},
		{name: "no third", query: generateSecret, variables: `{"id": "{{client}}"}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["clientId"],"code":"TOO_MANY_SECRETS"`}},
		{name: "both are there", query: revealSecrets, variables: `{"id": "{{app}}"}`, want: []string{`[{"id":"{{secretId}}","value":"{{secret}}"},{"id":"{{secondId}}","value":"{{second}}"}]`}, events: []string{
			"managementApplication.revealSecret {{app}} " + path + "{{secretId}}.value", "managementApplication.revealSecret {{app}} " + path + "{{secondId}}.value",
		}},
		{
			name: "the first is revoked", query: revokeSecret, variables: `{"id": "{{client}}", "secret": "{{secretId}}"}`,
			want: []string{`"client":{"id":"{{client}}","secrets":[{"id":"{{secondId}}"}]}`}, events: []string{"managementApplication.revokeClientSecret {{app}} *"},
		},
		{name: "it is gone", query: revokeSecret, variables: `{"id": "{{client}}", "secret": "{{secretId}}"}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "the second stays", query: revealSecrets, variables: `{"id": "{{app}}"}`, want: []string{`[{"id":"{{secondId}}","value":"{{second}}"}]`}, events: []string{"managementApplication.revealSecret {{app}} " + path + "{{secondId}}.value"}},
		{name: "an end in the past", query: generateSecret, variables: `{"id": "{{client}}", "at": "2019-08-24T14:15:22Z"}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["expiresAt"],"code":"NOT_IN_FUTURE"`}},
		{name: "of an unknown client", query: generateSecret, variables: `{"id": "unknown"}`, want: []string{`"code":"NOT_FOUND"`}},
		{
			name: "a client without secrets", query: updateClient, variables: `{"id": "{{client}}", "input": {"oidc": {"name": "X", "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": ` + publicKeys + `}}}`,
			want: []string{`"secrets":[]`}, events: []string{"managementApplication.updateClient {{app}} *"},
		},
		{name: "gets none", query: generateSecret, variables: `{"id": "{{client}}"}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["clientId"],"code":"NO_SECRETS"`}},
		{name: "until it uses one", query: updateClient, variables: `{"id": "{{client}}", "input": {"oidc": {"name": "X"}}}`, want: []string{`"secrets":[{"id":"`}, events: []string{"managementApplication.updateClient {{app}} *"}},
	}))
}

// TestExpiredSecrets checks that an expired secret does not count: its place is free, but not before.
func TestExpiredSecrets(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		made := mustCreateService(t, p, "service", "x")
		ends := time.Now().Add(2 * time.Second).UTC().Truncate(time.Millisecond)
		second := p.ask(t, generateSecret, `{"id": "`+made.ClientSecret.ClientId+`", "at": "`+ends.Format(time.RFC3339Nano)+`"}`)
		expiring := second.text(t, "data.generateClientSecret.clientSecret.id")
		late := time.Now().Add(patience)
		for {
			a := p.ask(t, generateSecret, `{"id": "`+made.ClientSecret.ClientId+`"}`)
			if !strings.Contains(a.body, `"errors"`) {
				if time.Now().Before(ends) {
					t.Errorf("a third secret was made before the second expired: %s", a.body)
				}
				if strings.Contains(a.body, expiring) || !strings.Contains(a.body, made.ClientSecret.Id) {
					t.Errorf("the expired secret is there, or the other is not: %s", a.body)
				}
				return
			}
			if !strings.Contains(a.body, "TOO_MANY_SECRETS") || time.Now().After(late) {
				t.Fatalf("the place of an expired secret does not become free: %s", a.body)
			}
		}
	})
}

// TestRacingSecrets checks that racing generations end with two secrets.
func TestRacingSecrets(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		made := mustCreateService(t, p, "service", "x")
		c := p.client()
		errs := race(racers, func(int) error {
			_, err := client.GenerateSecret(t.Context(), c, made.ClientSecret.ClientId)
			return err
		})
		codes := make([]string, len(errs))
		for i, err := range errs {
			codes[i] = codeOf(t, err)
		}
		if got := count(codes); got[""] != 1 || got["BAD_USER_INPUT"] != racers-1 {
			t.Errorf("%d racing generations were answered %v", racers, got)
		}
		if secrets, _ := reveal(t, p, made.ManagementApplication.Id); len(secrets) != 2 {
			t.Errorf("the client has %d secrets", len(secrets))
		}
	})
}

// TestNewSecret checks what a secret is made of, and what is shown of it to everybody.
func TestNewSecret(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		made := mustCreateService(t, p, "service", "provider-secret")
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(made.ClientSecret.Value) {
			t.Error("the secret is not 256 bits in base64url")
		}
		a := p.ask(t, `{ managementApplications { nodes { defaultClient { ... on OidcClient { secrets { hint } } } } } }`, "")
		if got := a.text(t, "data.managementApplications.nodes.0.defaultClient.secrets.0.hint"); got != auth.HintOf(made.ClientSecret.Value) {
			t.Errorf("the hint is %q, not the end of the secret", got)
		}
	})
}

// addKey puts an admin key with these permissions into the store, beside the running server.
func (d *data) addKey(t testing.TB, name string, permissions ...model.Permission) string {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	key := auth.NewKey()
	doc := &model.AdminKey{
		Entity: model.NewEntity(admin.DefaultTenantID, model.Actor{Type: model.ActorTypeSystem, ID: "test", Name: "test"}, time.Now()),
		Name:   name, Hint: auth.HintOf(key), Hash: auth.HashKey(key), Permissions: permissions,
	}
	if err := s.AdminKeys.Insert(t.Context(), doc, nil); err != nil {
		t.Fatal(err)
	}
	return key
}

// createdService is a management application just made, with the secret of its client.
type createdService = client.CreateServiceCreateManagementApplicationCreateManagementApplicationPayload

// mustCreateService creates a management application with this secret of a login method.
func mustCreateService(t testing.TB, p *program, name, secret string) *createdService {
	t.Helper()
	made, err := client.CreateService(t.Context(), p.client(), name, secret)
	if err != nil {
		t.Fatal(err)
	}
	return made.CreateManagementApplication
}

// reveal reads the secrets of a management application: those of its client, by their IDs, and that
// of its login method.
func reveal(t testing.TB, p *program, id string) (secrets map[string]string, provider string) {
	t.Helper()
	found, err := client.RevealService(t.Context(), p.client(), id)
	if err == nil {
		secrets, provider, err = revealed(found)
	}
	if err != nil {
		t.Fatal(err)
	}
	return secrets, provider
}

// revealed is what an answer of RevealService holds.
func revealed(found *client.RevealServiceResponse) (secrets map[string]string, provider string, err error) {
	oidc, ok := found.ManagementApplication.DefaultClient.(*client.RevealServiceManagementApplicationDefaultClientOidcClient)
	login := found.ManagementApplication.LoginPreferences.AuthMethods.Facebook
	if !ok || login == nil || login.ClientSecret == nil {
		return nil, "", errors.New("there is no OIDC client, or no secret of the login method")
	}
	secrets = map[string]string{}
	for _, secret := range oidc.Secrets {
		if secret.Value == nil {
			return nil, "", fmt.Errorf("the secret %s has no value", secret.Id)
		}
		secrets[secret.Id] = *secret.Value
	}
	return secrets, *login.ClientSecret, nil
}
