package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	oidcFields = `clientGroupId clientType redirectUris resources responseTypes tokenEndpointAuthMethod jwks
		deviceAuthorization { enabled approvalUri successUri inputUri } pkce supportedPrompts secrets { id hint expiresAt lastUsedAt }`
	serviceFields = `id name description logo isActive loginUri pkce serviceProviders
		authenticatorPreferences { isCentralized loginUri } allowPublicSignup passwordSharingGroupId
		subdomain inviteMemberUri inviteMemberEmailExpirationMinutes customDomain { domain status error }
		externalCommunication { language }
		refreshTokenInvalidation { onMemberSuspension onMemberPasswordReset onMemberRoleUpdate } revision`
	createService = `mutation ($input: CreateManagementApplicationInput!) { createManagementApplication(input: $input) {
		managementApplication { ` + serviceFields + ` updatedAt tenantId createdBy { type } defaultClient { __typename id name description ... on OidcClient { ` + oidcFields + ` } } clients { id } }
		clientSecret { id clientId value expiresAt }
	} }`
	updateService = `mutation ($id: ID!, $input: UpdateManagementApplicationInput!, $expected: Int) {
		updateManagementApplication(id: $id, input: $input, expectedRevision: $expected) { managementApplication { ` + serviceFields + ` updatedAt } }
	}`
	setServiceStatus = `mutation ($id: ID!, $status: Boolean!) {
		setManagementApplicationStatus(id: $id, status: $status) { status managementApplication { isActive updatedAt revision } }
	}`
	deleteService = `mutation ($id: ID!) { deleteManagementApplication(id: $id) { deletedId removedRoleAssignments } }`

	// referenceService is the create request of the reference, value by value.
	referenceService = `{"input": {
		"name": "My App", "description": "string",
		"firstClient": {"oidc": {
			"name": "My Client", "description": "string", "resources": ["string"], "clientGroupId": "string", "clientType": "WEB",
			"responseTypes": ["CODE"], "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC", "deviceAuthorization": {"enabled": false},
			"pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS", "supportedPrompts": ["LOGIN", "CONSENT", "NONE"]
		}},
		"subdomain": "myapp", "inviteMemberEmailExpirationMinutes": 2880, "customDomain": "myapp.com",
		"pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS"
	}}`
)

// TestReferenceManagementApplication sends the requests of the reference in its order: create, list,
// update, and delete.
func TestReferenceManagementApplication(t *testing.T) {
	const unchanged = `{"id": "{{app}}", "expected": 1, "input": {
		"name": "My App", "description": "string", "subdomain": "myapp", "inviteMemberEmailExpirationMinutes": 2880,
		"customDomain": "myapp.com", "pkce": "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS"
	}}`
	play(t, []step{
		{
			name: "create", query: createService, variables: referenceService,
			want: []string{
				`"name":"My App","description":"string","logo":null,"isActive":true,"loginUri":null,"pkce":"ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS","serviceProviders":[]`,
				`"authenticatorPreferences":{"isCentralized":false,"loginUri":null},"allowPublicSignup":false,"passwordSharingGroupId":null`,
				`"subdomain":"myapp","inviteMemberUri":null,"inviteMemberEmailExpirationMinutes":2880,"customDomain":{"domain":"myapp.com","status":"PENDING","error":null}`,
				`"externalCommunication":{"language":"EN"},"refreshTokenInvalidation":{"onMemberSuspension":true,"onMemberPasswordReset":true,"onMemberRoleUpdate":true},"revision":1`,
				`"name":"My Client","description":"string","clientGroupId":"string","clientType":"WEB","redirectUris":[],"resources":["string"],"responseTypes":["CODE"],"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`,
				`"deviceAuthorization":{"enabled":false,"approvalUri":null,"successUri":null,"inputUri":null},"pkce":"ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS","supportedPrompts":["LOGIN","CONSENT","NONE"]`,
			},
			save: map[string]string{
				"app":      "data.createManagementApplication.managementApplication.id",
				"made":     "data.createManagementApplication.managementApplication.updatedAt",
				"client":   "data.createManagementApplication.managementApplication.defaultClient.id",
				"secret":   "data.createManagementApplication.clientSecret.value",
				"secretId": "data.createManagementApplication.clientSecret.id",
			},
			events: []string{"managementApplication.create {{app}} name description isActive *"},
		},
		{
			name:  "list",
			query: `{ managementApplications { nodes { id name defaultClient { id } clients { id name managementApplication { id } } } totalCount pageInfo { hasNextPage } } }`,
			want: []string{
				`"nodes":[{"id":"{{app}}","name":"My App","defaultClient":{"id":"{{client}}"},"clients":[{"id":"{{client}}","name":"My Client","managementApplication":{"id":"{{app}}"}}]}],"totalCount":1`,
			},
		},
		{
			name:  "the secret, once more",
			query: `query ($id: ID!) { managementApplication(id: $id) { defaultClient { ... on OidcClient { secrets { id value } } } } }`, variables: `{"id": "{{app}}"}`,
			want:   []string{`"secrets":[{"id":"{{secretId}}","value":"{{secret}}"}]`},
			events: []string{"managementApplication.revealSecret {{app}} clients.{{client}}.secrets.{{secretId}}.value"},
		},
		{
			name: "update to what it is", query: updateService, variables: unchanged,
			want: []string{`"revision":1,"updatedAt":"{{made}}"`, `"customDomain":{"domain":"myapp.com","status":"PENDING","error":null}`},
		},
		{
			name: "delete", query: deleteService, variables: `{"id": "{{app}}"}`,
			want:   []string{`{"data":{"deleteManagementApplication":{"deletedId":"{{app}}","removedRoleAssignments":0}}}`},
			events: []string{"managementApplication.delete {{app}} name *"},
		},
		{
			name:  "it is gone with its client",
			query: `query ($id: ID!, $client: ID!) { managementApplication(id: $id) { id } app: node(id: $id) { id } client: node(id: $client) { id } managementApplications { totalCount } }`, variables: `{"id": "{{app}}", "client": "{{client}}"}`,
			want: []string{`{"data":{"managementApplication":null,"app":null,"client":null,"managementApplications":{"totalCount":0}}}`},
		},
		{name: "delete what is gone", query: deleteService, variables: `{"id": "{{app}}"}`, want: []string{`"code":"NOT_FOUND"`, `"status":404`}},
		{name: "update what is gone", query: updateService, variables: `{"id": "{{app}}", "input": {"name": "x"}}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "toggle what is gone", query: setServiceStatus, variables: `{"id": "{{app}}", "status": true}`, want: []string{`"code":"NOT_FOUND"`}},
		{
			name: "everything that was unique is free", query: createService, variables: referenceService,
			want:   []string{`"name":"My App"`, `"subdomain":"myapp"`, `"domain":"myapp.com"`},
			save:   map[string]string{"again": "data.createManagementApplication.managementApplication.id"},
			events: []string{"managementApplication.create {{again}} *"},
		},
	})
}

// TestManagementApplications goes through defaults, updates, toggles and uniqueness.
func TestManagementApplications(t *testing.T) {
	const filled = `{"input": {
		"name": " Filled ", "description": "d", "logo": "https://a.example/l.png", "loginUri": "https://a.example/login", "pkce": "ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS",
		"serviceProviders": ["sp-1", "sp-2"], "authenticatorPreferences": {"isCentralized": true, "loginUri": "http://localhost:8080/hub"},
		"allowPublicSignup": true, "passwordSharingGroupId": "group", "subdomain": "Filled", "inviteMemberUri": "https://a.example/invite",
		"inviteMemberEmailExpirationMinutes": 525600, "customDomain": "Bücher.Example", "externalCommunication": {"language": "FR_CA"},
		"refreshTokenInvalidation": {"onMemberSuspension": false}
	}}`
	play(t, []step{
		{
			name: "nothing but a name", query: createService, variables: `{"input": {"name": "Bare"}}`,
			want: []string{
				`"name":"Bare","description":null`, `"pkce":null,"serviceProviders":[]`, `"inviteMemberEmailExpirationMinutes":2880,"customDomain":null`, `"createdBy":{"type":"ADMIN_KEY"}`,
				`"__typename":"OidcClient"`, `"name":"Bare","description":null,"clientGroupId":null,"clientType":"WEB","redirectUris":[],"resources":[],"responseTypes":["CODE"],"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC","jwks":null`,
				`"supportedPrompts":["LOGIN","CONSENT","NONE"],"secrets":[{"id":"`,
			},
			save: map[string]string{
				"bare":   "data.createManagementApplication.managementApplication.id",
				"client": "data.createManagementApplication.managementApplication.defaultClient.id",
				"made":   "data.createManagementApplication.managementApplication.updatedAt",
			},
			events: []string{"managementApplication.create {{bare}} name isActive *"},
		},
		{
			name: "everything", query: createService, variables: filled,
			want: []string{
				`"name":"Filled","description":"d","logo":"https://a.example/l.png","isActive":true,"loginUri":"https://a.example/login","pkce":"ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS","serviceProviders":["sp-1","sp-2"]`,
				`"authenticatorPreferences":{"isCentralized":true,"loginUri":"http://localhost:8080/hub"},"allowPublicSignup":true,"passwordSharingGroupId":"group"`,
				`"subdomain":"filled","inviteMemberUri":"https://a.example/invite","inviteMemberEmailExpirationMinutes":525600,"customDomain":{"domain":"xn--bcher-kva.example","status":"PENDING","error":null}`,
				`"externalCommunication":{"language":"FR_CA"},"refreshTokenInvalidation":{"onMemberSuspension":false,"onMemberPasswordReset":true,"onMemberRoleUpdate":true}`,
			},
			save:   map[string]string{"filled": "data.createManagementApplication.managementApplication.id"},
			events: []string{"managementApplication.create {{filled}} *"},
		},
		{
			name: "every violation at once", query: createService,
			variables: `{"input": {
				"name": " ", "description": "` + strings.Repeat("d", 1025) + `", "logo": "http://a.example", "loginUri": "javascript:alert(1)", "inviteMemberUri": "//a.example",
				"inviteMemberEmailExpirationMinutes": 525601, "subdomain": "xn--a", "customDomain": "192.168.0.1", "authenticatorPreferences": {"isCentralized": true},
				"firstClient": {"oidc": {"name": "", "redirectUris": ["https://a.example", "http://a.example"]}},
				"loginPreferences": {"authMethods": {"sms": {"codeLength": 9}}}
			}}`,
			want: []string{
				`"code":"BAD_USER_INPUT","status":400`, `"path":["input","name"],"code":"REQUIRED"`, `"path":["input","description"],"code":"TOO_LONG"`,
				`"path":["input","logo"],"code":"INVALID_URI"`, `"path":["input","loginUri"],"code":"INVALID_URI"`, `"path":["input","inviteMemberUri"],"code":"INVALID_URI"`,
				`"path":["input","inviteMemberEmailExpirationMinutes"],"code":"OUT_OF_RANGE"`, `"path":["input","subdomain"],"code":"INVALID_SUBDOMAIN"`,
				`"path":["input","customDomain"],"code":"INVALID_DOMAIN"`, `"path":["input","authenticatorPreferences","loginUri"],"code":"REQUIRED"`,
				`"path":["input","firstClient","oidc","name"],"code":"REQUIRED"`, `"path":["input","firstClient","oidc","redirectUris",1],"code":"INVALID_URI"`,
				`"path":["input","loginPreferences","authMethods","sms","codeLength"],"code":"OUT_OF_RANGE"`,
			},
			not: []string{`"managementApplication":`},
		},
		{name: "a reserved subdomain", query: updateService, variables: `{"id": "{{bare}}", "input": {"subdomain": "WWW"}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","subdomain"],"code":"RESERVED"`}},
		{name: "a taken name, spelt otherwise", query: createService, variables: `{"input": {"name": "ＦILLED"}}`, want: []string{`"code":"CONFLICT"`, `"field":"name"`, `"status":409`}},
		{name: "a taken name on update", query: updateService, variables: `{"id": "{{bare}}", "input": {"name": "filled"}}`, want: []string{`"code":"CONFLICT"`, `"field":"name"`}},
		{name: "a taken subdomain", query: updateService, variables: `{"id": "{{bare}}", "input": {"subdomain": "FILLED"}}`, want: []string{`"code":"CONFLICT"`, `"field":"subdomain"`}},
		{name: "a taken domain", query: updateService, variables: `{"id": "{{bare}}", "input": {"customDomain": "BÜCHER.example"}}`, want: []string{`"code":"CONFLICT"`, `"field":"customDomain"`}},
		{name: "a second hub", query: updateService, variables: `{"id": "{{bare}}", "input": {"authenticatorPreferences": {"isCentralized": true, "loginUri": "https://b.example"}}}`, want: []string{`"code":"CONFLICT"`, `"field":"authenticatorPreferences.isCentralized"`}},
		{name: "null for what cannot be cleared", query: updateService, variables: `{"id": "{{bare}}", "input": {"name": null, "serviceProviders": null, "externalCommunication": null, "allowPublicSignup": null, "inviteMemberEmailExpirationMinutes": null, "authenticatorPreferences": null, "refreshTokenInvalidation": null}}`, want: []string{
			`"code":"BAD_USER_INPUT"`, `"path":["input","name"]`, `"path":["input","serviceProviders"]`, `"path":["input","externalCommunication"]`, `"path":["input","allowPublicSignup"]`,
			`"path":["input","inviteMemberEmailExpirationMinutes"]`, `"path":["input","authenticatorPreferences"]`, `"path":["input","refreshTokenInvalidation"]`,
		}},
		{name: "an old revision", query: updateService, variables: `{"id": "{{bare}}", "expected": 7, "input": {"name": "Other"}}`, want: []string{`"code":"CONFLICT"`, `"currentRevision":1`}},
		{
			name: "nothing to change", query: updateService, variables: `{"id": "{{bare}}", "expected": 1, "input": {"name": " Bare ", "externalCommunication": {}, "serviceProviders": []}}`,
			want: []string{`"revision":1,"updatedAt":"{{made}}"`},
		},
		{
			name: "objects are replaced whole", query: updateService,
			variables: `{"id": "{{filled}}", "input": {"externalCommunication": {}, "refreshTokenInvalidation": {"onMemberRoleUpdate": false}, "authenticatorPreferences": {}, "serviceProviders": ["sp-3"]}}`,
			want: []string{
				`"authenticatorPreferences":{"isCentralized":false,"loginUri":null}`, `"externalCommunication":{"language":"EN"}`, `"serviceProviders":["sp-3"]`,
				`"refreshTokenInvalidation":{"onMemberSuspension":true,"onMemberPasswordReset":true,"onMemberRoleUpdate":false}`, `"description":"d"`, `"subdomain":"filled"`, `"revision":2`,
			},
			events: []string{"managementApplication.update {{filled}} serviceProviders authenticatorPreferences.isCentralized externalCommunication.language refreshTokenInvalidation.onMemberSuspension refreshTokenInvalidation.onMemberRoleUpdate authenticatorPreferences.loginUri"},
		},
		{
			name: "null clears", query: updateService,
			variables: `{"id": "{{filled}}", "input": {"name": "Emptied", "description": null, "logo": null, "loginUri": null, "pkce": null, "passwordSharingGroupId": null, "subdomain": null, "inviteMemberUri": null, "customDomain": null}}`,
			want: []string{
				`"name":"Emptied","description":null,"logo":null,"isActive":true,"loginUri":null,"pkce":null`, `"passwordSharingGroupId":null,"subdomain":null,"inviteMemberUri":null`, `"customDomain":null`, `"revision":3`,
			},
			events: []string{"managementApplication.update {{filled}} name *"},
		},
		{
			name: "what was given up is free", query: updateService,
			variables: `{"id": "{{bare}}", "input": {"name": "Filled", "subdomain": "filled", "customDomain": "bücher.example", "authenticatorPreferences": {"isCentralized": true, "loginUri": "https://b.example"}}}`,
			want:      []string{`"name":"Filled"`, `"isCentralized":true`, `"subdomain":"filled"`, `"domain":"xn--bcher-kva.example"`, `"revision":2`},
			save:      map[string]string{"changed": "data.updateManagementApplication.managementApplication.updatedAt"},
			events:    []string{"managementApplication.update {{bare}} *"},
		},
		{name: "activate what is active", query: setServiceStatus, variables: `{"id": "{{bare}}", "status": true}`, want: []string{`"status":"ACTIVE"`, `"isActive":true,"updatedAt":"{{changed}}","revision":2`}},
		{name: "deactivate", query: setServiceStatus, variables: `{"id": "{{bare}}", "status": false}`, want: []string{`"status":"DEACTIVATED"`, `"isActive":false`, `"revision":3`}, events: []string{"managementApplication.deactivate {{bare}} isActive"}},
		{name: "deactivate what is inactive", query: setServiceStatus, variables: `{"id": "{{bare}}", "status": false}`, want: []string{`"status":"INACTIVE"`, `"revision":3`}},
		{name: "list the inactive", query: `{ managementApplications(filter: {isActive: false}) { nodes { id } totalCount } }`, want: []string{`{"nodes":[{"id":"{{bare}}"}],"totalCount":1}`}},
		{name: "activate", query: setServiceStatus, variables: `{"id": "{{bare}}", "status": true}`, want: []string{`"status":"ACTIVATED"`, `"revision":4`}, events: []string{"managementApplication.activate {{bare}} isActive"}},
		{name: "by client", query: `query ($c: ID!) { managementApplications(filter: {clientId: $c}) { nodes { id } totalCount } }`, variables: `{"c": "{{client}}"}`, want: []string{`{"nodes":[{"id":"{{bare}}"}],"totalCount":1}`}},
		{name: "by a client that nobody has", query: `{ managementApplications(filter: {clientId: "nobody"}) { nodes { id } totalCount } }`, want: []string{`{"nodes":[],"totalCount":0}`}},
		{name: "by the beginning of the name", query: `{ managementApplications(filter: {nameStartsWith: "EMP"}) { nodes { id } totalCount } }`, want: []string{`{"nodes":[{"id":"{{filled}}"}],"totalCount":1}`}},
		{name: "by name", query: `{ managementApplications(orderBy: {field: NAME}) { nodes { name } } }`, want: []string{`[{"name":"Emptied"},{"name":"Filled"}]`}},
		{name: "by name, backwards", query: `{ managementApplications(orderBy: {field: NAME, direction: DESC}) { nodes { name } } }`, want: []string{`[{"name":"Filled"},{"name":"Emptied"}]`}},
		{name: "by creation", query: `{ managementApplications(orderBy: {}) { nodes { id } } }`, want: []string{`[{"id":"{{bare}}"},{"id":"{{filled}}"}]`}},
		{name: "by change, backwards", query: `{ managementApplications(orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { id } } }`, want: []string{`[{"id":"{{bare}}"},{"id":"{{filled}}"}]`}},
		{name: "since", query: `query ($t: DateTime) { managementApplications(filter: {updatedSince: $t}) { nodes { id } } }`, variables: `{"t": "{{changed}}"}`, want: []string{`"nodes":[{"id":"{{bare}}"}]`}},
	})
}

// TestReferenceFields finds a place for every field of the reference's answer.
func TestReferenceFields(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		variables := strings.Replace(referenceService, `"subdomain"`, `"loginPreferences": `+tenMethods(t)+`, "subdomain"`, 1)
		made := p.ask(t, createService, variables)
		const root = "data.createManagementApplication."
		a := p.ask(t, `query ($id: ID!) { managementApplication(id: $id) { tenantId createdAt createdBy { id } updatedAt `+serviceFields+`
			customDomain { updatedAt } defaultClient { id name description ... on OidcClient { `+oidcFields+` secrets { value } } } `+loginFields+` } }`,
			fmt.Sprintf(`{"id": %q}`, made.text(t, root+"managementApplication.id")))
		if strings.Contains(a.body, `"errors"`) {
			t.Fatal(a.body)
		}
		for _, place := range referencePlaces() {
			got := a.at(t, "data.managementApplication."+place.path)
			want := place.want
			if want == anything {
				if got == nil || got == "" {
					t.Errorf("%s: there is nothing at %s", place.reference, place.path)
				}
				continue
			}
			if fmt.Sprint(got) != want {
				t.Errorf("%s: %s is %v, want %v", place.reference, place.path, got, want)
			}
		}
		if got, want := a.text(t, "data.managementApplication.defaultClient.secrets.0.value"), made.text(t, root+"clientSecret.value"); got != want {
			t.Error("the secret that was handed out is not the one that is revealed")
		}
	})
}

// anything stands for a value that the server makes up.
const anything = "*"

// place says where a field of the reference's answer is in ours, and what is there.
type place struct{ reference, path, want string }

func referencePlaces() []place {
	const methods = "loginPreferences.authMethods."
	return []place{
		{"app_id", "id", anything},
		{"tenant_id", "tenantId", anything},
		{"app_name", "name", "My App"},
		{"app_description", "description", "string"},
		{"client_type", "defaultClient.clientType", "WEB"},
		{"logo", "logo", "<nil>"},
		{"client_id", "defaultClient.id", anything},
		{"client_display_name", "defaultClient.name", "My Client"},
		{"client_description", "defaultClient.description", "string"},
		{"client_secret", "defaultClient.secrets.0.value", anything},
		{"redirect_uris", "defaultClient.redirectUris", "[]"},
		{"google.clientId", methods + "google.clientId", "1-a.apps.googleusercontent.com"},
		{"google.clientSecret", methods + "google.clientSecret", "google-secret"},
		{"facebook.clientId", methods + "facebook.clientId", "12345"},
		{"facebook.clientSecret", methods + "facebook.clientSecret", "facebook-secret"},
		{"email.expiresIn", methods + "email.expiresIn", "15"},
		{"email.message.primaryColor", methods + "email.message.primaryColor", "#1A73E8"},
		{"email.message.from", methods + "email.message.from", "My App <login@myapp.com>"},
		{"email.message.subject", methods + "email.message.subject", "string"},
		{"email_otp.expiresIn", methods + "emailOtp.expiresIn", "5"},
		{"email_otp.lockoutDuration", methods + "emailOtp.lockoutDuration", "15"},
		{"email_otp.maxFailures", methods + "emailOtp.maxFailures", "3"},
		{"email_otp.codeLength", methods + "emailOtp.codeLength", "6"},
		{"email_otp.message.primaryColor", methods + "emailOtp.message.primaryColor", "#FFF"},
		{"email_otp.message.from", methods + "emailOtp.message.from", "login@myapp.com"},
		{"email_otp.message.subject", methods + "emailOtp.message.subject", "string"},
		{"apple.clientId", methods + "apple.clientId", "string"},
		{"apple.clientSecret", methods + "apple.clientSecret", anything},
		{"apple.appleTeamId", methods + "apple.appleTeamId", "ABCDE12345"},
		{"apple.keyId", methods + "apple.keyId", "12345ABCDE"},
		{"sms.expiresIn", methods + "sms.expiresIn", "5"},
		{"sms.lockoutDuration", methods + "sms.lockoutDuration", "15"},
		{"sms.maxFailures", methods + "sms.maxFailures", "3"},
		{"sms.codeLength", methods + "sms.codeLength", "6"},
		{"webauthn_api.rpId", methods + "webauthnApi.rpId", "myapp.com"},
		{"webauthn_api.rpOrigin", methods + "webauthnApi.rpOrigin", "https://myapp.com"},
		{"webauthn_api.rpOrigins", methods + "webauthnApi.rpOrigins", "[https://login.myapp.com]"},
		{"line.clientId", methods + "line.clientId", "1234567890"},
		{"line.clientSecret", methods + "line.clientSecret", "line-secret"},
		{"password.resetValidityMinutes", methods + "password.resetValidityMinutes", "5"},
		{"password.passwordComplexity", methods + "password.passwordComplexity", "5"},
		{"password.passwordMinLength", methods + "password.passwordMinLength", "14"},
		{"password.blockPreviousPasswords", methods + "password.blockPreviousPasswords", "0"},
		{"password.passwordExpiresIn", methods + "password.passwordExpiresIn", "90"},
		{"password.ignoreExpiration", methods + "password.ignoreExpiration", "false"},
		{"password.maxPasswordFailures", methods + "password.maxPasswordFailures", "5"},
		{"password.passwordSuspensionDuration", methods + "password.passwordSuspensionDuration", "15"},
		{"password.failuresExpireIn", methods + "password.failuresExpireIn", "15"},
		{"password.tempPasswordValidityHours", methods + "password.tempPasswordValidityHours", "24"},
		{"password.message.primaryColor", methods + "password.message.primaryColor", "#1A73E8"},
		{"password.message.from", methods + "password.message.from", "<nil>"},
		{"password.message.subject", methods + "password.message.subject", "<nil>"},
		{"password.requireMFA", methods + "password.requireMFA", "false"},
		{"password.codeLength", methods + "password.codeLength", "6"},
		{"totp.algorithm", methods + "totp.algorithm", "SHA1"},
		{"totp.digits", methods + "totp.digits", "6"},
		{"totp.period", methods + "totp.period", "30"},
		{"totp.window", methods + "totp.window", "2"},
		{"totp.issuer", methods + "totp.issuer", "My Company"},
		{"totp.maxFailures", methods + "totp.maxFailures", "3"},
		{"totp.lockoutDuration", methods + "totp.lockoutDuration", "15"},
		{"created_at", "createdAt", anything},
		{"created_by", "createdBy.id", anything},
		{"updated_at", "updatedAt", anything},
		{"resources", "defaultClient.resources", "[string]"},
		{"service_providers", "serviceProviders", "[]"},
		{"authenticator_preferences.is_centralized", "authenticatorPreferences.isCentralized", "false"},
		{"allow_public_signup", "allowPublicSignup", "false"},
		{"client_auth_method", "defaultClient.tokenEndpointAuthMethod", "CLIENT_SECRET_BASIC"},
		{"pkce", "pkce", "ENFORCE_PKCE_INSTEAD_OF_CLIENT_CREDENTIALS"},
		{"device_authorization.enabled", "defaultClient.deviceAuthorization.enabled", "false"},
		{"password_sharing_group_id", "passwordSharingGroupId", "<nil>"},
		{"subdomain", "subdomain", "myapp"},
		{"invite_member_email_expiration_minutes", "inviteMemberEmailExpirationMinutes", "2880"},
		{"custom_domain.domain", "customDomain.domain", "myapp.com"},
		{"custom_domain.updated_at", "customDomain.updatedAt", anything},
		{"custom_domain.status", "customDomain.status", "PENDING"},
		{"custom_domain.error", "customDomain.error", "<nil>"},
		{"external_communication.language", "externalCommunication.language", "EN"},
	}
}
