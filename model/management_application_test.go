package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
)

func TestManagementApplicationRules(t *testing.T) {
	url := func(n int) string { return text("https://example.com/" + a(n-len("https://example.com/"))) }
	for _, c := range []struct{ name, fields, want string }{
		{"nothing but a name", ``, ""},
		{"the reference's own example", `"name": "My App", "description": "string", "subdomain": "myapp", "inviteMemberEmailExpirationMinutes": 2880,
			"customDomain": "myapp.com", "pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS"`, ""},

		{"name of 0 characters", `"name": ""`, "name REQUIRED"},
		{"name of invisible characters", `"name": " \u200b"`, "name REQUIRED"},
		{"name of 1 character", `"name": "a"`, ""},
		{"name of 128 characters", `"name": ` + text(a(128)), ""},
		{"name of 129 characters", `"name": ` + text(a(129)), "name TOO_LONG"},
		{"name of two lines", `"name": "a\nb"`, "name INVALID_CHARACTERS"},
		{"description of 1024 characters", `"description": ` + text(strings.Repeat("é", 1024)), ""},
		{"description of 1025 characters", `"description": ` + text(strings.Repeat("é", 1025)), "description TOO_LONG"},

		{"logo by https", `"logo": "https://example.com/logo.png"`, ""},
		{"logo by http", `"logo": "http://example.com/logo.png"`, "logo INVALID_URI"},
		{"logo by http on loopback", `"logo": "http://localhost:8080/logo.png"`, ""},
		{"logo that is no URL", `"logo": "logo.png"`, "logo INVALID_URI"},
		{"logo of 2048 bytes", `"logo": ` + url(2048), ""},
		{"logo of 2049 bytes", `"logo": ` + url(2049), "logo TOO_LONG"},
		{"login URI by http", `"loginUri": "http://example.com"`, "loginUri INVALID_URI"},
		{"login URI by https", `"loginUri": "https://example.com/#/login"`, ""},
		{"invite URI by http", `"inviteMemberUri": "http://example.com"`, "inviteMemberUri INVALID_URI"},
		{"invite URI by http on loopback", `"inviteMemberUri": "http://127.0.0.1/invite"`, ""},

		{"100 service providers", `"serviceProviders": ` + numbered(100, "sp-%d"), ""},
		{"101 service providers", `"serviceProviders": ` + numbered(101, "sp-%d"), "serviceProviders TOO_MANY"},
		{"service provider of 0 characters", `"serviceProviders": ["a", ""]`, "serviceProviders.1 REQUIRED"},
		{"service provider of 1 character", `"serviceProviders": ["a"]`, ""},
		{"service provider of 256 characters", `"serviceProviders": [` + text(a(256)) + `]`, ""},
		{"service provider of 257 characters", `"serviceProviders": [` + text(a(257)) + `]`, "serviceProviders.0 TOO_LONG"},
		{"service provider of two lines", `"serviceProviders": ["a\nb"]`, "serviceProviders.0 INVALID_CHARACTERS"},
		{"the same service provider again", `"serviceProviders": ["a", "b", "b"]`, "serviceProviders.2 DUPLICATE"},

		{"a hub without a login URI", `"authenticatorPreferences": {"isCentralized": true}`, "authenticatorPreferences.loginUri REQUIRED"},
		{"a hub with a login URI", `"authenticatorPreferences": {"isCentralized": true, "loginUri": "https://example.com"}`, ""},
		{"a hub by http", `"authenticatorPreferences": {"isCentralized": true, "loginUri": "http://example.com"}`, "authenticatorPreferences.loginUri INVALID_URI"},
		{"password group of 0 characters", `"passwordSharingGroupId": ""`, "passwordSharingGroupId REQUIRED"},
		{"password group of 1 character", `"passwordSharingGroupId": "1"`, ""},
		{"password group of 128 characters", `"passwordSharingGroupId": ` + text(a(128)), ""},
		{"password group of 129 characters", `"passwordSharingGroupId": ` + text(a(129)), "passwordSharingGroupId TOO_LONG"},
		{"a wrong subdomain", `"subdomain": "a.b"`, "subdomain INVALID_SUBDOMAIN"},
		{"a reserved subdomain", `"subdomain": "WWW"`, "subdomain RESERVED"},
		{"a wrong custom domain", `"customDomain": "https://example.com"`, "customDomain INVALID_DOMAIN"},
		{"an invitation of no time", `"inviteMemberEmailExpirationMinutes": 0`, "inviteMemberEmailExpirationMinutes OUT_OF_RANGE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields := c.fields
			if !strings.Contains(fields, `"name"`) {
				fields = strings.TrimSuffix(`"name": "N", `+fields, ", ")
			}
			app := newApplication(t, "{"+fields+"}")
			if got := broken(t, app.ValidateSettings()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := broken(t, app.Validate()); got != c.want {
				t.Errorf("the whole document: got %q, want %q", got, c.want)
			}
		})
	}
}

func TestANewManagementApplication(t *testing.T) {
	app := newApplication(t, `{"name": " Ｍy App ", "subdomain": " MyApp ", "customDomain": "Bücher.Example", "loginPreferences": {"authMethods": {"totp": {}}}}`)
	if !app.IsActive || app.DefaultClientID != "c1" || !reflect.DeepEqual(app.ClientIDs, []string{"c1"}) {
		t.Errorf("it starts active with one client: %+v", app)
	}
	if app.Name != "Ｍy App" || app.NameKey != "my app" || *app.Subdomain != "myapp" {
		t.Errorf("name %q, key %q, subdomain %q", app.Name, app.NameKey, *app.Subdomain)
	}
	if want := (model.CustomDomain{Domain: "xn--bcher-kva.example", Status: model.CustomDomainStatusPending, UpdatedAt: app.CreatedAt}); *app.CustomDomain != want {
		t.Errorf("domain %+v, want %+v", *app.CustomDomain, want)
	}
	if app.CentralKey != nil || app.InviteMemberEmailExpirationMinutes != 2880 || app.ExternalCommunication.Language != model.CommunicationLanguageEn {
		t.Errorf("what is left out has the schema's default: %+v", app)
	}
	if app.RefreshTokenInvalidation != (model.RefreshTokenInvalidation{OnMemberSuspension: true, OnMemberPasswordReset: true, OnMemberRoleUpdate: true}) {
		t.Errorf("invalidation %+v", app.RefreshTokenInvalidation)
	}
	if app.Login.AuthMethods.Totp == nil {
		t.Error("the login preferences are lost")
	}
	if err := app.Validate(); err != nil {
		t.Error(err)
	}
}

func TestApplyToAManagementApplication(t *testing.T) {
	const before = `{"name": "N", "description": "d", "logo": "https://a.example", "loginUri": "https://a.example", "pkce": "ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS",
		"serviceProviders": ["sp"], "authenticatorPreferences": {"isCentralized": true, "loginUri": "https://a.example"}, "allowPublicSignup": true,
		"passwordSharingGroupId": "g", "subdomain": "sub", "inviteMemberUri": "https://a.example", "inviteMemberEmailExpirationMinutes": 5,
		"customDomain": "a.example", "externalCommunication": {"language": "FR_CA"},
		"refreshTokenInvalidation": {"onMemberSuspension": false, "onMemberPasswordReset": false, "onMemberRoleUpdate": false}}`
	later := now().Add(time.Hour)
	for _, c := range []struct {
		name, input, want string
		changed           func(*model.ManagementApplication)
	}{
		{"nothing", `{}`, "", func(*model.ManagementApplication) {}},
		{"a name", `{"name": " M "}`, "", func(a *model.ManagementApplication) { a.Name, a.NameKey = "M", "m" }},
		{
			"null for all that can be cleared",
			`{"description": null, "logo": null, "loginUri": null, "pkce": null, "passwordSharingGroupId": null, "subdomain": null, "inviteMemberUri": null, "customDomain": null}`, "",
			func(a *model.ManagementApplication) {
				a.Description, a.Logo, a.LoginURI, a.Pkce, a.PasswordSharingGroupID, a.Subdomain, a.InviteMemberURI, a.CustomDomain = nil, nil, nil, nil, nil, nil, nil, nil
			},
		},
		{
			"null for all that cannot",
			`{"name": null, "serviceProviders": null, "authenticatorPreferences": null, "allowPublicSignup": null, "inviteMemberEmailExpirationMinutes": null, "externalCommunication": null, "refreshTokenInvalidation": null}`,
			"name REQUIRED, serviceProviders REQUIRED, authenticatorPreferences REQUIRED, allowPublicSignup REQUIRED, inviteMemberEmailExpirationMinutes REQUIRED, externalCommunication REQUIRED, refreshTokenInvalidation REQUIRED",
			func(*model.ManagementApplication) {},
		},
		{
			"objects are replaced whole", `{"authenticatorPreferences": {}, "externalCommunication": {}, "refreshTokenInvalidation": {"onMemberRoleUpdate": false}, "serviceProviders": []}`, "",
			func(a *model.ManagementApplication) {
				a.AuthenticatorPreferences, a.CentralKey = model.AuthenticatorPreferences{}, nil
				a.ExternalCommunication.Language = model.CommunicationLanguageEn
				a.RefreshTokenInvalidation = model.RefreshTokenInvalidation{OnMemberSuspension: true, OnMemberPasswordReset: true}
				a.ServiceProviders = []string{}
			},
		},
		{"another domain", `{"customDomain": "b.example"}`, "", func(a *model.ManagementApplication) {
			a.CustomDomain = &model.CustomDomain{Domain: "b.example", Status: model.CustomDomainStatusPending, UpdatedAt: model.Instant(later)}
		}},
		{"the same domain", `{"customDomain": "A.Example"}`, "", func(*model.ManagementApplication) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			app, want := newApplication(t, before), newApplication(t, before)
			want.Entity, want.StoredClients = app.Entity, app.StoredClients
			for _, a := range []*model.ManagementApplication{app, want} {
				a.CustomDomain.Status = model.CustomDomainStatusVerified
			}
			if got := broken(t, app.Apply(updateInput(t, c.input), later)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			c.changed(want)
			if !reflect.DeepEqual(app, want) {
				t.Errorf("got  %+v\nwant %+v", app, want)
			}
		})
	}
}

func TestAPolicyThatAClientNeedsCannotBeCleared(t *testing.T) {
	app := newApplication(t, `{"name": "N", "pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS"}`)
	if err := app.AddClient(newClient(t, "c2", `{"oidc": {"name": "N", "tokenEndpointAuthMethod": "NONE"}}`)); err != nil {
		t.Fatal(err)
	}
	if err := app.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := app.Apply(updateInput(t, `{"pkce": null}`), now()); err != nil {
		t.Fatal(err)
	}
	if got := broken(t, app.Validate()); got != "pkce REQUIRED" {
		t.Errorf("got %q", got)
	}
}

func TestClientsOfAnApplication(t *testing.T) {
	app := newApplication(t, `{"name": "N"}`)
	if got := broken(t, app.RemoveClient("c1")); got != "id LAST_CLIENT" {
		t.Errorf("the last client: %q", got)
	}
	for i := 2; i <= 20; i++ {
		if err := app.AddClient(newClient(t, fmt.Sprintf("c%d", i), `{"oidc": {"name": "N"}}`)); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
	}
	if err := app.Validate(); err != nil {
		t.Error(err)
	}
	extra := newClient(t, "c21", `{"oidc": {"name": "N"}}`)
	if got := broken(t, app.AddClient(extra)); got != "managementApplicationId TOO_MANY_CLIENTS" {
		t.Errorf("client 21: %q", got)
	}
	crowded := *app
	crowded.StoredClients = append(append([]model.StoredClient{}, app.StoredClients...), extra)
	if got := broken(t, crowded.Validate()); got != "clients TOO_MANY" {
		t.Errorf("a document with 21 clients: %q", got)
	}

	for _, id := range []string{"c21", ""} {
		if got := broken(t, app.SetDefaultClient(id)); got != "NOT_FOUND" {
			t.Errorf("default %q: %q", id, got)
		}
		if got := broken(t, app.RemoveClient(id)); got != "NOT_FOUND" {
			t.Errorf("remove %q: %q", id, got)
		}
		if app.Client(id) != nil {
			t.Errorf("there is a client %q", id)
		}
	}
	if err := app.SetDefaultClient("c3"); err != nil {
		t.Fatal(err)
	}
	if err := app.RemoveClient("c3"); err != nil {
		t.Fatal(err)
	}
	if app.DefaultClientID != "c1" || len(app.ClientIDs) != 19 {
		t.Errorf("the oldest takes the place of a default that is removed: %s of %v", app.DefaultClientID, app.ClientIDs)
	}
	if err := app.RemoveClient("c2"); err != nil || app.DefaultClientID != "c1" {
		t.Errorf("another leaves the default alone: %s, %v", app.DefaultClientID, err)
	}
	app.DefaultClientID = "c2"
	if got := broken(t, app.Validate()); got != "defaultClientId UNKNOWN_CLIENT" {
		t.Errorf("a default that is not there: %q", got)
	}
	app.StoredClients = nil
	if got := broken(t, app.Validate()); got != "clients REQUIRED" {
		t.Errorf("no clients: %q", got)
	}
}

func TestClientsAsTheSchemaShowsThem(t *testing.T) {
	app := newApplication(t, `{"name": "N"}`)
	if err := app.AddClient(newClient(t, "c2", `{"saml": {"name": "S", "spEntityId": "urn:sp"}}`)); err != nil {
		t.Fatal(err)
	}
	clients := app.Clients()
	oidc, isOIDC := clients[0].(*model.OidcClient)
	saml, isSAML := clients[1].(*model.SamlClient)
	if !isOIDC || !isSAML {
		t.Fatalf("got %T and %T", clients[0], clients[1])
	}
	if oidc.ID != "c1" || oidc.ManagementApplication != app || saml.SpEntityID != "urn:sp" || saml.ManagementApplication != app {
		t.Errorf("got %+v and %+v", oidc, saml)
	}
	if first, ok := app.DefaultClient().(*model.OidcClient); !ok || first.ID != "c1" {
		t.Errorf("the default is %+v", first)
	}
	secret := oidc.Secrets()[0]
	place := secret.Value.Place()
	if place.Owner != model.Application(app) || place.Path != "clients.c1.secrets."+secret.ID+".value" {
		t.Errorf("the secret belongs to %s", place.Path)
	}
}

func TestViolationsOfPartsStandBelowThem(t *testing.T) {
	app := newApplication(t, `{"name": "", "loginPreferences": {"authMethods": {"google": {"clientId": "x", "redirectUris": ["https://a.example", "x"]}}}}`)
	app.StoredClients[0].OIDC.RedirectUris = []string{"https://a.example", "https://b.example", "#"}
	want := "name REQUIRED, clients.0.redirectUris.2 INVALID_URI, " +
		"loginPreferences.authMethods.google.clientId INVALID_CLIENT_ID, loginPreferences.authMethods.google.redirectUris.1 INVALID_URI"
	if got := broken(t, app.Validate()); got != want {
		t.Errorf("got %q", got)
	}
}

func TestACustomDomainHasAnErrorExactlyWhenItsStatusSaysSo(t *testing.T) {
	for _, c := range []struct {
		status model.CustomDomainStatus
		err    *string
		want   string
	}{
		{model.CustomDomainStatusPending, nil, ""},
		{model.CustomDomainStatusVerified, nil, ""},
		{model.CustomDomainStatusError, ptr("no such host"), ""},
		{model.CustomDomainStatusError, nil, "customDomain REQUIRED"},
		{model.CustomDomainStatusPending, ptr("no such host"), "customDomain REQUIRED"},
	} {
		app := newApplication(t, `{"name": "N", "customDomain": "a.example"}`)
		app.CustomDomain.Status, app.CustomDomain.Error = c.status, c.err
		if got := broken(t, app.Validate()); got != c.want {
			t.Errorf("%s with error %v: got %q, want %q", c.status, c.err, got, c.want)
		}
	}
}

// TestCheckClientsSize fills clients up to the bound and beyond it.
func TestCheckClientsSize(t *testing.T) {
	t.Parallel()
	const bound = 2 << 20
	for _, c := range []struct {
		bytes   int
		refused bool
	}{{bound - 1, false}, {bound, false}, {bound + 1, true}} {
		half := strings.Repeat("x", c.bytes/2)
		app := &model.ManagementApplication{StoredClients: []model.StoredClient{
			{OIDC: &model.OidcSettings{RedirectUris: []string{half}}},
			{OIDC: &model.OidcSettings{Resources: []string{strings.Repeat("x", c.bytes-len(half))}}},
			{SAML: &model.SamlSettings{}},
		}}
		if err := app.CheckClientsSize(); (err != nil) != c.refused {
			t.Errorf("%d bytes: %v", c.bytes, err)
		}
	}
}
