package model_test

import (
	"strings"
	"testing"

	"gatehouse/model"
)

func TestAnAppHasLoginPreferences(t *testing.T) {
	app := &model.App{Entity: base(), Name: "N"}
	if err := app.Validate(); err != nil {
		t.Errorf("none configured: %v", err)
	}
	app.Login.Apply(loginInput(t, `{"line": {"clientId": "1"}}`))
	if got := broken(t, app.Validate()); got != "loginPreferences.authMethods.line.clientId INVALID_CLIENT_ID" {
		t.Errorf("got %q", got)
	}
}

func TestOriginsAreBounded(t *testing.T) {
	// No host is that long, so that a longer origin differs in its code alone.
	for n, want := range map[int]string{2048: "INVALID_ORIGIN", 2049: "TOO_LONG"} {
		origin := "https://" + strings.Repeat("a", n-len("https://.example.com")) + ".example.com"
		var p model.LoginPreferences
		p.Apply(loginInput(t, `{"webauthnApi": {"rpId": "example.com", "rpOrigin": "`+origin+`"}}`))
		if got := broken(t, p.Validate()); got != "authMethods.webauthnApi.rpOrigin "+want {
			t.Errorf("%d bytes: got %q", n, got)
		}
	}
}

func TestADocumentKeepsTheNumberOfSecrets(t *testing.T) {
	for _, c := range []struct {
		method  model.TokenEndpointAuthMethod
		secrets int
		want    string
	}{
		{model.TokenEndpointAuthMethodClientSecretBasic, 0, "secrets REQUIRED"},
		{model.TokenEndpointAuthMethodClientSecretBasic, 1, ""},
		{model.TokenEndpointAuthMethodClientSecretPost, 2, ""},
		{model.TokenEndpointAuthMethodClientSecretPost, 3, "secrets TOO_MANY"},
		{model.TokenEndpointAuthMethodTLSClientAuth, 0, ""},
		{model.TokenEndpointAuthMethodTLSClientAuth, 1, "secrets TOO_MANY"},
	} {
		client := newClient(t, "c1", `{"oidc": {"name": "N"}}`)
		client.OIDC.TokenEndpointAuthMethod = c.method
		client.OIDC.Secrets = make([]model.ClientSecret, c.secrets)
		if got := broken(t, client.Validate(nil)); got != c.want {
			t.Errorf("%s with %d secrets: got %q, want %q", c.method, c.secrets, got, c.want)
		}
	}
	both := model.StoredClient{Name: "N", OIDC: &model.OidcSettings{}, SAML: &model.SamlSettings{}}
	for _, c := range []model.StoredClient{both, {Name: "N"}} {
		if got := broken(t, c.Validate(nil)); got != "REQUIRED" {
			t.Errorf("a client of two protocols or none: got %q", got)
		}
	}
}

func TestTheDefaultsNeedAnOperation(t *testing.T) {
	if in, err := model.DefaultFirstClient(t.Context(), "N"); err == nil {
		t.Errorf("outside of an operation the defaults are %+v", in)
	}
}
