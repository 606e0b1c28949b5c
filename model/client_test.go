package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
)

func TestClientInputHasExactlyOneBranch(t *testing.T) {
	const oidc, saml = `{"name": "O"}`, `{"name": "S", "spEntityId": "urn:sp"}`
	for _, c := range []struct{ name, input, want string }{
		{"one branch", `{"oidc": ` + oidc + `}`, ""},
		{"the other branch", `{"saml": ` + saml + `}`, ""},
		{"no branch", `{}`, "ONE_OF"},
		{"two branches", `{"oidc": ` + oidc + `, "saml": ` + saml + `}`, "ONE_OF"},
		{"a null branch", `{"oidc": null}`, "ONE_OF"},
		{"a null branch beside another", `{"oidc": null, "saml": ` + saml + `}`, "ONE_OF"},
		{"two null branches", `{"oidc": null, "saml": null}`, "ONE_OF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := take(`addClient(managementApplicationId: "1", input: $input) { client { id } }`, "ClientInput", c.input)
			if err != nil {
				if c.want == "" {
					t.Fatal(err)
				}
				return // refused before it could arrive
			}
			if got := broken(t, got.input.(model.ClientInput).Check()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The first client that the reference's own example makes.
func TestTheReferencesOwnClientIsAccepted(t *testing.T) {
	c := newClient(t, "c1", `{"oidc": {"name": "My Client", "description": "string", "resources": ["string"],
		"clientGroupId": "string", "clientType": "WEB", "responseTypes": ["CODE"],
		"tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "deviceAuthorization": {"enabled": false},
		"pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS", "supportedPrompts": ["LOGIN", "CONSENT", "NONE"]}}`)
	if err := c.Validate(nil); err != nil {
		t.Error(err)
	}
}

func TestAFirstClientLeftOutIsMadeOfTheSchemasDefaults(t *testing.T) {
	got, err := take("createManagementApplication(input: $input) { clientSecret { id } }", "CreateManagementApplicationInput", `{"name": "My App"}`)
	if err != nil {
		t.Fatal(err)
	}
	if want := clientInput(t, `{"oidc": {"name": "My App"}}`); !reflect.DeepEqual(got.firstClient, want) {
		t.Errorf("got %+v, want %+v", got.firstClient.Oidc.Value(), want.Oidc.Value())
	}
	if got.firstClient.Oidc.Value().ResponseTypes == nil || len(got.firstClient.Oidc.Value().SupportedPrompts) != 3 {
		t.Errorf("the defaults are not those of the schema: %+v", got.firstClient.Oidc.Value())
	}
}

func numbered(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = text(fmt.Sprintf(format, i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

func TestClientRules(t *testing.T) {
	const ec = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	uri := func(n int) string { return text("https://example.com/" + a(n-len("https://example.com/"))) }
	for _, c := range []struct{ name, fields, want string }{
		{"nothing but a name", ``, ""},

		{"name of 0 characters", `"name": ""`, "name REQUIRED"},
		{"name of 1 character", `"name": "a"`, ""},
		{"name of 128 characters", `"name": ` + text(a(128)), ""},
		{"name of 128 characters and space around it", `"name": ` + text("  "+a(128)+" "), ""},
		{"name of 129 characters", `"name": ` + text(a(129)), "name TOO_LONG"},
		{"description of 1024 characters", `"description": ` + text(a(1024)), ""},
		{"description of 1025 characters", `"description": ` + text(a(1025)), "description TOO_LONG"},
		{"description of two lines", `"description": "one\ntwo\tthree"`, ""},
		{"description with a control character", `"description": "a\u0000b"`, "description INVALID_CHARACTERS"},
		{"group of 0 characters", `"clientGroupId": ""`, "clientGroupId REQUIRED"},
		{"group of 1 character", `"clientGroupId": "a"`, ""},
		{"group of 128 characters", `"clientGroupId": ` + text(a(128)), ""},
		{"group of 129 characters", `"clientGroupId": ` + text(a(129)), "clientGroupId TOO_LONG"},
		{"group with a space", `"clientGroupId": "a b"`, "clientGroupId INVALID_CHARACTERS"},

		{"100 redirect URIs", `"redirectUris": ` + numbered(100, "https://example.com/%d"), ""},
		{"101 redirect URIs", `"redirectUris": ` + numbered(101, "https://example.com/%d"), "redirectUris TOO_MANY"},
		{"redirect URI of 2048 bytes", `"redirectUris": [` + uri(2048) + `]`, ""},
		{"redirect URI of 2049 bytes", `"redirectUris": ["https://example.com", ` + uri(2049) + `]`, "redirectUris.1 TOO_LONG"},
		{"the same redirect URI again", `"redirectUris": ["https://a.example", "https://b.example", "https://a.example"]`, "redirectUris.2 DUPLICATE"},
		{"redirect URIs that differ in a slash", `"redirectUris": ["https://a.example", "https://a.example/"]`, ""},
		{"the type decides: WEB", `"clientType": "WEB", "redirectUris": ["com.example.app:/cb"]`, "redirectUris.0 INVALID_URI"},
		{"the type decides: NATIVE", `"clientType": "NATIVE", "redirectUris": ["com.example.app:/cb"]`, ""},
		{"loopback without ID_TOKEN", `"redirectUris": ["http://localhost/cb"]`, ""},
		{"loopback with ID_TOKEN", `"redirectUris": ["http://localhost/cb"], "responseTypes": ["CODE", "ID_TOKEN"]`, "redirectUris.0 INVALID_URI"},

		{"100 resources", `"resources": ` + numbered(100, "resource-%d"), ""},
		{"101 resources", `"resources": ` + numbered(101, "resource-%d"), "resources TOO_MANY"},
		{"an empty resource", `"resources": ["a", ""]`, "resources.1 REQUIRED"},
		{"a resource of 2048 bytes", `"resources": [` + text(a(2048)) + `]`, ""},
		{"a resource of 2049 bytes", `"resources": [` + text(a(2049)) + `]`, "resources.0 TOO_LONG"},
		{"a resource that is a URI", `"resources": ["https://api.example.com/v1?x=1"]`, ""},
		{"a resource that is a URN", `"resources": ["urn:example:api"]`, ""},
		{"a resource with a fragment", `"resources": ["https://api.example.com/#x"]`, "resources.0 INVALID_URI"},
		{"a resource with a space", `"resources": ["a b"]`, "resources.0 INVALID_URI"},
		{"the same resource again", `"resources": ["a", "a"]`, "resources.1 DUPLICATE"},

		{"no response type", `"responseTypes": []`, "responseTypes REQUIRED"},
		{"ID_TOKEN alone", `"responseTypes": ["ID_TOKEN"]`, ""},
		{"the same response type again", `"responseTypes": ["CODE", "CODE"]`, "responseTypes.1 DUPLICATE"},
		{"no prompt", `"supportedPrompts": []`, ""},
		{"the same prompt again", `"supportedPrompts": ["LOGIN", "NONE", "LOGIN"]`, "supportedPrompts.2 DUPLICATE"},

		{"device authorization without URIs", `"deviceAuthorization": {"enabled": true}`, "deviceAuthorization.approvalUri REQUIRED, deviceAuthorization.successUri REQUIRED, deviceAuthorization.inputUri REQUIRED"},
		{"device authorization with all", `"deviceAuthorization": {"enabled": true, "approvalUri": "https://a.example", "successUri": "https://a.example", "inputUri": "https://a.example"}`, ""},
		{"device authorization on loopback", `"deviceAuthorization": {"approvalUri": "http://localhost"}`, "deviceAuthorization.approvalUri INVALID_URI"},

		{"private_key_jwt without keys", `"tokenEndpointAuthMethod": "PRIVATE_KEY_JWT"`, "jwks REQUIRED"},
		{"private_key_jwt with keys", `"tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": {"keys": [` + ec + `]}`, ""},
		{"self-signed TLS without keys", `"tokenEndpointAuthMethod": "SELF_SIGNED_TLS_CLIENT_AUTH"`, "jwks REQUIRED"},
		{"self-signed TLS with keys", `"tokenEndpointAuthMethod": "SELF_SIGNED_TLS_CLIENT_AUTH", "jwks": {"keys": [` + ec + `]}`, ""},
		{"TLS needs no keys", `"tokenEndpointAuthMethod": "TLS_CLIENT_AUTH"`, ""},
		{"a secret in the body", `"tokenEndpointAuthMethod": "CLIENT_SECRET_POST"`, ""},
		{"a public client without a policy", `"tokenEndpointAuthMethod": "NONE"`, "pkce REQUIRED"},
		{"a public client with a policy", `"tokenEndpointAuthMethod": "NONE", "pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS"`, ""},

		{"several at once", `"name": " ", "redirectUris": ["x"], "responseTypes": []`, "name REQUIRED, redirectUris.0 INVALID_URI, responseTypes REQUIRED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields := c.fields
			if !strings.Contains(fields, `"name"`) {
				fields = strings.TrimSuffix(`"name": "N", `+fields, ", ")
			}
			client := newClient(t, "c1", `{"oidc": {`+fields+`}}`)
			if got := broken(t, client.Validate(nil)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAPublicClientMayInheritItsPolicy(t *testing.T) {
	client := newClient(t, "c1", `{"oidc": {"name": "N", "tokenEndpointAuthMethod": "NONE"}}`)
	if err := client.Validate(ptr(model.PkcePolicyAllowPkceAlongsideClientCredentials)); err != nil {
		t.Error(err)
	}
}

func TestSamlClientRules(t *testing.T) {
	for _, c := range []struct{ name, fields, want string }{
		{"entity ID of 0 characters", `"spEntityId": ""`, "spEntityId REQUIRED"},
		{"entity ID of 1 character", `"spEntityId": "a"`, ""},
		{"entity ID of 1024 characters", `"spEntityId": ` + text(a(1024)), ""},
		{"entity ID of 1025 characters", `"spEntityId": ` + text(a(1025)), "spEntityId TOO_LONG"},
		{"entity ID with a space", `"spEntityId": "a b"`, "spEntityId INVALID_CHARACTERS"},
		{"https", `"spEntityId": "a", "spAcsUrl": "https://sp.example.com/acs"`, ""},
		{"http", `"spEntityId": "a", "spAcsUrl": "http://sp.example.com/acs"`, "spAcsUrl INVALID_URI"},
		{"http on loopback", `"spEntityId": "a", "spAcsUrl": "http://localhost/acs"`, "spAcsUrl INVALID_URI"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(t, "c1", `{"saml": {"name": "S", `+c.fields+`}}`)
			if got := broken(t, client.Validate(nil)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if client.NeedsSecret() || client.Branch() != "saml" {
				t.Errorf("a SAML client has no secrets, and its branch is saml, not %s", client.Branch())
			}
		})
	}
}

func TestReplaceAClient(t *testing.T) {
	later := now().Add(time.Hour)
	client := newClient(t, "c1", `{"oidc": {"name": "N", "redirectUris": ["https://a.example"]}}`)
	secrets := client.OIDC.Secrets

	same := client
	if err := same.Replace(clientInput(t, `{"oidc": {"name": " N ", "redirectUris": ["https://a.example"]}}`), later); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(same, client) {
		t.Errorf("what changes nothing leaves %+v", same)
	}

	if err := client.Replace(clientInput(t, `{"oidc": {"name": "M"}}`), later); err != nil {
		t.Fatal(err)
	}
	if client.Name != "M" || len(client.OIDC.RedirectUris) != 0 {
		t.Errorf("settings are replaced whole, not %+v", client.OIDC)
	}
	if client.ID != "c1" || !reflect.DeepEqual(client.OIDC.Secrets, secrets) || !client.CreatedAt.Equal(model.Instant(now())) || !client.UpdatedAt.Equal(model.Instant(later)) {
		t.Errorf("ID, secrets and creation stay: %+v", client)
	}

	if got := broken(t, client.Replace(clientInput(t, `{"saml": {"name": "S", "spEntityId": "x"}}`), later)); got != "saml WRONG_PROTOCOL" {
		t.Errorf("the protocol can be changed: %q", got)
	}

	if err := client.Replace(clientInput(t, `{"oidc": {"name": "M", "tokenEndpointAuthMethod": "TLS_CLIENT_AUTH"}}`), later); err != nil {
		t.Fatal(err)
	}
	if len(client.OIDC.Secrets) != 0 || client.NeedsSecret() {
		t.Errorf("a client that uses no secrets keeps %d", len(client.OIDC.Secrets))
	}
	if err := client.Replace(clientInput(t, `{"oidc": {"name": "M"}}`), later); err != nil {
		t.Fatal(err)
	}
	if !client.NeedsSecret() || broken(t, client.Validate(nil)) != "secrets REQUIRED" {
		t.Error("a client that begins to use secrets needs one")
	}
}
