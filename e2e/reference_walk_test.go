package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// walkApps does all that the gateway's reference can do with apps, and reads every field.
func walkApps(t *testing.T, c *coverage, p *program) {
	t.Helper()
	const app = `id name userId user { username } isActive redirectUri createdAt updatedAt`
	c.ask(t, p, `mutation { createUser(input: {username: "steve"}) { user { id } } }`, nil)
	made := c.ask(t, p, `mutation ($input: CreateAppInput!) { createApp(input: $input) { app { `+app+` } } }`, map[string]any{
		"input": object(t, `{"userId": "steve", "name": "my-app", "redirectUri": "http://example.com"}`),
	})
	id := dig(t, made, "createApp.app.id")
	update := object(t, `{"name": "my-app-2", "redirectUri": "http://example.com/2"}`)
	c.ask(t, p, `mutation ($id: ID!, $input: UpdateAppInput!) { updateApp(id: $id, input: $input) { app { id } } }`,
		map[string]any{"id": id, "input": update})
	read := c.ask(t, p, `query ($id: ID!) { app(id: $id) { `+app+` } apps { nodes { `+app+` } pageInfo { endCursor } } }`, map[string]any{"id": id})
	holds(t, "the app", update, dig(t, read, "app"))
	for _, status := range []bool{true, false, false, true} {
		c.ask(t, p, `mutation ($id: ID!, $status: Boolean!) { setAppStatus(id: $id, status: $status) { status } }`,
			map[string]any{"id": id, "status": status})
	}
	c.ask(t, p, `mutation ($id: ID!) { deleteApp(id: $id) { deletedId } }`, map[string]any{"id": id})
}

// walkManagementApplications makes one with every field set, reads it, changes every field, reads it
// again, and deletes it with a role assignment.
func walkManagementApplications(t *testing.T, c *coverage, p *program) {
	t.Helper()
	// The first one has a SAML client, which is the other branch of the input.
	c.ask(t, p, `mutation ($input: CreateManagementApplicationInput!) { createManagementApplication(input: $input) { clientSecret { id } } }`,
		map[string]any{"input": object(t, `{"name": "portal", "firstClient": {"saml": {"name": "Portal", "spEntityId": "urn:example:portal"}}}`)})
	input := fullApplication(t)
	made := c.ask(t, p, `mutation ($input: CreateManagementApplicationInput!) {
		createManagementApplication(input: $input) { managementApplication { `+wholeApplication+` } clientSecret { value } } }`,
		map[string]any{"input": input})
	holdsApplication(t, input, dig(t, made, "createManagementApplication.managementApplication"))
	id := dig(t, made, "createManagementApplication.managementApplication.id")
	client := dig(t, made, "createManagementApplication.managementApplication.defaultClient.id")
	shown := dig(t, made, "createManagementApplication.clientSecret.value")

	change := object(t, `{"name": "My App 2", "description": "another", "subdomain": "myapp-2", "customDomain": "login.myapp.com",
		"inviteMemberEmailExpirationMinutes": 60, "pkce": "ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS"}`)
	updated := c.ask(t, p, `mutation ($id: ID!, $input: UpdateManagementApplicationInput!) {
		updateManagementApplication(id: $id, input: $input) { managementApplication { `+wholeApplication+` } } }`,
		map[string]any{"id": id, "input": change})
	maps.Copy(input, change)
	holdsApplication(t, input, dig(t, updated, "updateManagementApplication.managementApplication"))

	replaced := object(t, `{"name": "My Client 2", "description": "another", "resources": ["orders"], "clientGroupId": "group-2",
		"clientType": "NATIVE", "redirectUris": ["com.example.app:/callback"], "responseTypes": ["CODE", "ID_TOKEN"],
		"tokenEndpointAuthMethod": "CLIENT_SECRET_POST", "deviceAuthorization": {"enabled": false},
		"pkce": "ENFORCE_PKCE_ALONGSIDE_CLIENT_CREDENTIALS", "supportedPrompts": ["LOGIN"]}`)
	c.ask(t, p, `mutation ($id: ID!, $input: ClientInput!) { updateClient(id: $id, input: $input) { client { id } } }`,
		map[string]any{"id": client, "input": map[string]any{"oidc": replaced}})
	input["firstClient"] = map[string]any{"oidc": replaced}
	listed := c.ask(t, p, `{ managementApplications(orderBy: {field: NAME}) { nodes { `+wholeApplication+` } } }`, nil)
	holdsApplication(t, input, dig(t, listed, "managementApplications.nodes.0"))
	if kept := dig(t, listed, "managementApplications.nodes.0.defaultClient.secrets.0.value"); kept != shown {
		t.Errorf("the secret was shown as %v and is %v", shown, kept)
	}
	// A SAML client is replaced by its own branch.
	saml := dig(t, listed, "managementApplications.nodes.1.defaultClient.id")
	c.ask(t, p, `mutation ($id: ID!, $input: ClientInput!) { updateClient(id: $id, input: $input) { client { name } } }`,
		map[string]any{"id": saml, "input": object(t, `{"saml": {"name": "Portal", "spEntityId": "urn:example:other"}}`)})

	role := c.ask(t, p, `mutation { createRole(input: {name: "readers", permissions: [APPS_READ]}) { role { id } } }`, nil)
	c.ask(t, p, `mutation ($role: ID!, $id: ID!) { assignRole(roleId: $role, entityType: APPLICATION, entityIds: [$id]) { roleAssignments { id } } }`,
		map[string]any{"role": dig(t, role, "createRole.role.id"), "id": id})
	deleted := c.ask(t, p, `mutation ($id: ID!) { deleteManagementApplication(id: $id) { deletedId removedRoleAssignments } }`, map[string]any{"id": id})
	if removed := dig(t, deleted, "deleteManagementApplication.removedRoleAssignments"); removed != 1.0 {
		t.Errorf("%v role assignments were removed, want 1", removed)
	}
}

// walkErrors provokes an error and notes what it consists of.
func walkErrors(t *testing.T, c *coverage, p *program) {
	t.Helper()
	a := p.ask(t, `mutation { createManagementApplication(input: {name: " "}) { clientSecret { id } } }`, "")
	var answered map[string]any
	if err := json.Unmarshal([]byte(a.body), &answered); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]any{"message": nil, "extensions.status": 400.0, "extensions.code": "BAD_USER_INPUT"} {
		got := dig(t, answered, "errors.0."+place)
		if want != nil && got != want {
			t.Errorf("the error has %v at %s, want %v", got, place, want)
		}
		c.seen[errorPlace+place] = got != nil
	}
}

// fullApplication is an input with every field set to something other than its default. It is the
// reference's own example where that has a value.
func fullApplication(t *testing.T) map[string]any {
	t.Helper()
	in := object(t, `{
		"name": "My App", "description": "string", "logo": "https://example.com/logo.png", "loginUri": "https://example.com/login",
		"pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS", "serviceProviders": ["string"],
		"authenticatorPreferences": {"isCentralized": true, "loginUri": "https://example.com/hub"}, "allowPublicSignup": true,
		"passwordSharingGroupId": "string", "subdomain": "myapp", "inviteMemberUri": "https://example.com/invite",
		"inviteMemberEmailExpirationMinutes": 2881, "customDomain": "myapp.com", "externalCommunication": {"language": "EN"},
		"refreshTokenInvalidation": {"onMemberSuspension": false, "onMemberPasswordReset": false, "onMemberRoleUpdate": false},
		"firstClient": {"oidc": {
			"name": "My Client", "description": "string", "clientGroupId": "string", "clientType": "WEB",
			"redirectUris": ["https://example.com/callback"], "resources": ["string"], "responseTypes": ["CODE"],
			"tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS",
			"deviceAuthorization": {"enabled": true, "approvalUri": "https://example.com/approve",
				"successUri": "https://example.com/done", "inputUri": "https://example.com/device"},
			"supportedPrompts": ["LOGIN", "CONSENT", "NONE"]}},
		"loginPreferences": {"authMethods": {
			"google": {"isActive": false, "clientId": "1-a.apps.googleusercontent.com", "clientSecret": "google-secret", "redirectUris": ["https://example.com/google"]},
			"facebook": {"clientId": "12345", "clientSecret": "facebook-secret", "redirectUris": ["https://example.com/facebook"]},
			"apple": {"clientId": "com.example.login", "appleTeamId": "ABCDE12345", "keyId": "12345ABCDE", "redirectUris": ["https://example.com/apple"]},
			"line": {"clientId": "1234567890", "clientSecret": "line-secret", "redirectUris": ["https://example.com/line"]},
			"email": {"expiresIn": 1, "message": {"primaryColor": "#FFF", "from": "My App <a@example.com>", "subject": "Log in"}},
			"emailOtp": {"expiresIn": 2, "lockoutDuration": 16, "maxFailures": 4, "codeLength": 7,
				"message": {"primaryColor": "#123456", "from": "b@example.com", "subject": "Your code"}},
			"sms": {"expiresIn": 3, "lockoutDuration": 17, "maxFailures": 5, "codeLength": 8},
			"webauthnApi": {"rpId": "example.com", "rpOrigin": "https://example.com", "rpOrigins": ["https://login.example.com"]},
			"password": {"resetValidityMinutes": 6, "passwordComplexity": 4, "passwordMinLength": 13, "blockPreviousPasswords": 1,
				"passwordExpiresIn": 91, "ignoreExpiration": true, "maxPasswordFailures": 6, "passwordSuspensionDuration": 16,
				"failuresExpireIn": 17, "tempPasswordValidityHours": 25, "requireMFA": true, "codeLength": 7,
				"message": {"primaryColor": "#ABCDEF", "from": "c@example.com", "subject": "Your password"}},
			"totp": {"algorithm": "SHA1", "digits": 8, "period": 60, "window": 2, "issuer": "My Company", "maxFailures": 3, "lockoutDuration": 16}
		}}
	}`)
	preferences, _ := in["loginPreferences"].(map[string]any)
	methods, _ := preferences["authMethods"].(map[string]any)
	apple, _ := methods["apple"].(map[string]any)
	apple["clientSecret"] = ecKey(t)
	return in
}

// ecKey is a signing key as Apple hands it out.
func ecKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// wholeApplication selects all that the reference answers.
const wholeApplication = `id tenantId name description logo loginUri pkce serviceProviders allowPublicSignup passwordSharingGroupId
	authenticatorPreferences { isCentralized loginUri } subdomain inviteMemberUri inviteMemberEmailExpirationMinutes
	customDomain { domain status error updatedAt } externalCommunication { language }
	refreshTokenInvalidation { onMemberSuspension onMemberPasswordReset onMemberRoleUpdate }
	createdAt createdBy { name } updatedAt
	defaultClient { id name description ... on OidcClient {
		clientGroupId clientType redirectUris resources responseTypes tokenEndpointAuthMethod pkce supportedPrompts
		deviceAuthorization { enabled approvalUri successUri inputUri } secrets { value } } }
	loginPreferences { authMethods {
		google { isActive clientId clientSecret redirectUris }
		facebook { isActive clientId clientSecret redirectUris }
		apple { isActive clientId clientSecret appleTeamId keyId redirectUris }
		line { isActive clientId clientSecret redirectUris }
		email { expiresIn message { primaryColor from subject } }
		emailOtp { expiresIn lockoutDuration maxFailures codeLength message { primaryColor from subject } }
		sms { expiresIn lockoutDuration maxFailures codeLength }
		webauthnApi { rpId rpOrigin rpOrigins }
		password { resetValidityMinutes passwordComplexity passwordMinLength blockPreviousPasswords passwordExpiresIn
			ignoreExpiration maxPasswordFailures passwordSuspensionDuration failuresExpireIn tempPasswordValidityHours
			requireMFA codeLength message { primaryColor from subject } }
		totp { algorithm digits period window issuer maxFailures lockoutDuration }
	} }`

// holdsApplication checks that an answer has all that its input gave.
func holdsApplication(t *testing.T, input map[string]any, answered any) {
	t.Helper()
	want := maps.Clone(input)
	want["defaultClient"] = dig(t, input, "firstClient.oidc")
	delete(want, "firstClient")
	want["customDomain"] = map[string]any{"domain": input["customDomain"], "status": "PENDING", "error": nil}
	holds(t, "the application", want, answered)
}

// holds checks that got has everything that want has.
func holds(t *testing.T, where string, want, got any) {
	t.Helper()
	inner, isObject := want.(map[string]any)
	if !isObject {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s was not read as it was written: %s", where, diff)
		}
		return
	}
	object, isObject := got.(map[string]any)
	if !isObject {
		t.Errorf("%s is %v, want an object", where, got)
	}
	for name, value := range inner {
		holds(t, where+"."+name, value, object[name])
	}
}

// object is a JSON object of a test's own.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	decoded := map[string]any{}
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// dig is the value at a dotted path, in which 0 is the first of a list.
func dig(t *testing.T, value any, path string) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return answer{body: string(text)}.at(t, path)
}
