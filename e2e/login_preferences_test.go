package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
)

const (
	messageFields = ` message { primaryColor from subject }`
	socialFields  = `{ isActive clientId hasClientSecret redirectUris }`
	codeFields    = `isActive expiresIn lockoutDuration maxFailures codeLength`
	// methodFields are the settings of all login methods, without their secrets.
	methodFields = `authMethods {
		google ` + socialFields + ` facebook ` + socialFields + ` line ` + socialFields + `
		apple { isActive clientId hasClientSecret appleTeamId keyId redirectUris }
		email { isActive expiresIn` + messageFields + ` } emailOtp { ` + codeFields + messageFields + ` } sms { ` + codeFields + ` }
		webauthnApi { isActive rpId rpOrigin rpOrigins }
		password { isActive resetValidityMinutes passwordComplexity passwordMinLength blockPreviousPasswords passwordExpiresIn ignoreExpiration
			maxPasswordFailures passwordSuspensionDuration failuresExpireIn tempPasswordValidityHours requireMFA codeLength` + messageFields + ` }
		totp { isActive algorithm digits period window issuer maxFailures lockoutDuration }
	}`
	// secretFields are the secrets of all login methods.
	secretFields = `authMethods { google { clientSecret } facebook { clientSecret } apple { clientSecret } line { clientSecret } }`
	loginFields  = `loginPreferences { ` + methodFields + ` ` + secretFields + ` }`

	updateLogin = `mutation ($id: ID!, $methods: AuthMethodsInput!, $expected: Int) {
		updateLoginPreferences(applicationId: $id, input: {authMethods: $methods}, expectedRevision: $expected) {
			application { __typename id name isActive } loginPreferences { ` + methodFields + ` }
		}
	}`
	setMethodStatus = `mutation ($id: ID!, $method: LoginMethodName!, $status: Boolean!) {
		setLoginMethodStatus(applicationId: $id, method: $method, status: $status) { status application { id } loginPreferences { ` + methodFields + ` } }
	}`
	revealMethods = `query ($id: ID!) { node(id: $id) { ... on Application { loginPreferences { ` + secretFields + ` } } } }`
)

// appleKey makes an EC private key in PEM.
func appleKey(t testing.TB) string {
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

// quoted writes a text as JSON.
func quoted(t testing.TB, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tenMethods is a LoginPreferencesInput with every method, in the reference's values where these are
// within the bounds.
func tenMethods(t testing.TB) string {
	t.Helper()
	return `{"authMethods": {
		"google": {"clientId": "1-a.apps.googleusercontent.com", "clientSecret": "google-secret", "redirectUris": ["https://myapp.com/google"]},
		"facebook": {"clientId": "12345", "clientSecret": "facebook-secret"},
		"email": {"expiresIn": 15, "message": {"primaryColor": "#1A73E8", "from": "My App <login@myapp.com>", "subject": "string"}},
		"emailOtp": {"lockoutDuration": 15, "maxFailures": 3, "codeLength": 6, "message": {"primaryColor": "#FFF", "from": "login@myapp.com", "subject": "string"}},
		"apple": {"clientId": "string", "clientSecret": ` + quoted(t, appleKey(t)) + `, "appleTeamId": "ABCDE12345", "keyId": "12345ABCDE"},
		"sms": {"lockoutDuration": 15, "maxFailures": 3, "codeLength": 6},
		"webauthnApi": {"rpId": "myapp.com", "rpOrigin": "https://myapp.com", "rpOrigins": ["https://login.myapp.com"]},
		"line": {"clientId": "1234567890", "clientSecret": "line-secret"},
		"password": {"resetValidityMinutes": 5, "passwordComplexity": 5, "passwordMinLength": 14, "blockPreviousPasswords": 0, "passwordExpiresIn": 90,
			"ignoreExpiration": false, "maxPasswordFailures": 5, "passwordSuspensionDuration": 15, "failuresExpireIn": 15, "tempPasswordValidityHours": 24,
			"message": {}, "requireMFA": false, "codeLength": 6},
		"totp": {"algorithm": "SHA1", "digits": 6, "period": 30, "window": 2, "issuer": "My Company", "maxFailures": 3, "lockoutDuration": 15}
	}}`
}

// onEachApplication repeats steps for an app and for a management application. In them, {{id}} is the
// application, {{subject}} its word in the audit trail, and {{typename}} its type.
func onEachApplication(steps []step) []step {
	all := twoUsers([]step{
		{
			name: "an app", query: createApp, variables: `{"input": {"userId": "steve", "name": "my-app"}}`,
			save: map[string]string{"app": "data.createApp.app.id"}, events: []string{"app.create {{app}} *"},
		},
		{
			name: "a management application", query: createService, variables: `{"input": {"name": "service"}}`,
			save: map[string]string{"service": "data.createManagementApplication.managementApplication.id"}, events: []string{"managementApplication.create {{service}} *"},
		},
	})
	for _, kind := range []struct{ name, id, subject, typename string }{
		{"app", "{{app}}", "app", "App"}, {"management application", "{{service}}", "managementApplication", "ManagementApplication"},
	} {
		replacer := strings.NewReplacer("{{id}}", kind.id, "{{subject}}", kind.subject, "{{typename}}", kind.typename)
		each := func(texts []string) []string {
			var replaced []string
			for _, text := range texts {
				replaced = append(replaced, replacer.Replace(text))
			}
			return replaced
		}
		for _, s := range steps {
			s.name = kind.name + ": " + s.name
			s.variables, s.want, s.not, s.events = replacer.Replace(s.variables), each(s.want), each(s.not), each(s.events)
			all = append(all, s)
		}
	}
	return all
}

// TestLoginPreferences configures, replaces, toggles and removes login methods of both kinds of
// application.
func TestLoginPreferences(t *testing.T) {
	const allNull = `{"google":null,"facebook":null,"line":null,"apple":null,"email":null,"emailOtp":null,"sms":null,"webauthnApi":null,"password":null,"totp":null}`
	methods := strings.TrimSuffix(strings.TrimPrefix(tenMethods(t), `{"authMethods": `), `}`)
	const prefix = "loginPreferences.authMethods."
	play(t, onEachApplication([]step{
		{name: "nothing is configured", query: `query ($id: ID!) { node(id: $id) { ... on Application { loginPreferences { ` + methodFields + ` } } } }`, variables: `{"id": "{{id}}"}`, want: []string{allNull}},
		{name: "toggle what is not configured", query: setMethodStatus, variables: `{"id": "{{id}}", "method": "TOTP", "status": true}`, want: []string{`"code":"NOT_FOUND"`, `"status":404`}},
		{
			name: "ten methods", query: updateLogin, variables: `{"id": "{{id}}", "expected": 1, "methods": ` + methods + `}`,
			want: []string{
				`"application":{"__typename":"{{typename}}","id":"{{id}}"`,
				`"google":{"isActive":true,"clientId":"1-a.apps.googleusercontent.com","hasClientSecret":true,"redirectUris":["https://myapp.com/google"]}`,
				`"facebook":{"isActive":true,"clientId":"12345","hasClientSecret":true,"redirectUris":[]}`,
				`"line":{"isActive":true,"clientId":"1234567890","hasClientSecret":true,"redirectUris":[]}`,
				`"apple":{"isActive":true,"clientId":"string","hasClientSecret":true,"appleTeamId":"ABCDE12345","keyId":"12345ABCDE","redirectUris":[]}`,
				`"email":{"isActive":true,"expiresIn":15,"message":{"primaryColor":"#1A73E8","from":"My App \u003clogin@myapp.com\u003e","subject":"string"}}`,
				`"emailOtp":{"isActive":true,"expiresIn":5,"lockoutDuration":15,"maxFailures":3,"codeLength":6,"message":{"primaryColor":"#FFF","from":"login@myapp.com","subject":"string"}}`,
				`"sms":{"isActive":true,"expiresIn":5,"lockoutDuration":15,"maxFailures":3,"codeLength":6}`,
				`"webauthnApi":{"isActive":true,"rpId":"myapp.com","rpOrigin":"https://myapp.com","rpOrigins":["https://login.myapp.com"]}`,
				`"password":{"isActive":true,"resetValidityMinutes":5,"passwordComplexity":5,"passwordMinLength":14,"blockPreviousPasswords":0,"passwordExpiresIn":90,"ignoreExpiration":false,"maxPasswordFailures":5,"passwordSuspensionDuration":15,"failuresExpireIn":15,"tempPasswordValidityHours":24,"requireMFA":false,"codeLength":6,"message":{"primaryColor":"#1A73E8","from":null,"subject":null}}`,
				`"totp":{"isActive":true,"algorithm":"SHA1","digits":6,"period":30,"window":2,"issuer":"My Company","maxFailures":3,"lockoutDuration":15}`,
			},
			events: []string{"{{subject}}.updateLoginPreferences {{id}} *"},
		},
		{
			name: "a method is replaced whole, one left out stays, null removes, and a secret left out is kept", query: updateLogin,
			variables: `{"id": "{{id}}", "methods": {"google": {"clientId": "2.apps.googleusercontent.com"}, "email": {"expiresIn": 1440}, "sms": null, "totp": {"digits": 8}}}`,
			want: []string{
				`"google":{"isActive":true,"clientId":"2.apps.googleusercontent.com","hasClientSecret":true,"redirectUris":[]}`, `"email":{"isActive":true,"expiresIn":1440,"message":null}`, `"sms":null`,
				`"totp":{"isActive":true,"algorithm":"SHA1","digits":8,"period":30,"window":1,"issuer":null,"maxFailures":5,"lockoutDuration":15}`, `"facebook":{"isActive":true,"clientId":"12345","hasClientSecret":true`,
			},
			events: []string{"{{subject}}.updateLoginPreferences {{id}} " + prefix + "google.clientId " + prefix + "google.redirectUris *"},
		},
		{
			name: "the secret that was left out", query: revealMethods, variables: `{"id": "{{id}}"}`,
			want: []string{`"google":{"clientSecret":"google-secret"}`, `"facebook":{"clientSecret":"facebook-secret"}`, `"apple":{"clientSecret":"-----BEGIN PRIVATE KEY`, `"line":{"clientSecret":"line-secret"}`},
			events: []string{
				"{{subject}}.revealSecret {{id}} " + prefix + "google.clientSecret", "{{subject}}.revealSecret {{id}} " + prefix + "facebook.clientSecret",
				"{{subject}}.revealSecret {{id}} " + prefix + "apple.clientSecret", "{{subject}}.revealSecret {{id}} " + prefix + "line.clientSecret",
			},
		},
		{
			name: "null clears a secret, and another replaces it", query: updateLogin,
			variables: `{"id": "{{id}}", "methods": {"google": {"clientId": "2.apps.googleusercontent.com", "clientSecret": null}, "line": {"clientId": "1234567890", "clientSecret": "new"}}}`,
			want:      []string{`"google":{"isActive":true,"clientId":"2.apps.googleusercontent.com","hasClientSecret":false`},
			events:    []string{"{{subject}}.updateLoginPreferences {{id}} " + prefix + "line.clientSecret " + prefix + "google.clientSecret"},
		},
		{
			name: "what became of them", query: revealMethods, variables: `{"id": "{{id}}"}`,
			want: []string{`"google":{"clientSecret":null}`, `"line":{"clientSecret":"new"}`},
			events: []string{
				"{{subject}}.revealSecret {{id}} " + prefix + "facebook.clientSecret", "{{subject}}.revealSecret {{id}} " + prefix + "apple.clientSecret", "{{subject}}.revealSecret {{id}} " + prefix + "line.clientSecret",
			},
		},
		{
			name: "off", query: setMethodStatus, variables: `{"id": "{{id}}", "method": "WEBAUTHN_API", "status": false}`,
			want:   []string{`"status":"DEACTIVATED"`, `"webauthnApi":{"isActive":false,"rpId":"myapp.com","rpOrigin":"https://myapp.com","rpOrigins":["https://login.myapp.com"]}`},
			events: []string{"{{subject}}.deactivateLoginMethod {{id}} " + prefix + "webauthnApi.isActive"},
		},
		{name: "off again", query: setMethodStatus, variables: `{"id": "{{id}}", "method": "WEBAUTHN_API", "status": false}`, want: []string{`"status":"INACTIVE"`}},
		{name: "on", query: setMethodStatus, variables: `{"id": "{{id}}", "method": "WEBAUTHN_API", "status": true}`, want: []string{`"status":"ACTIVATED"`}, events: []string{"{{subject}}.activateLoginMethod {{id}} " + prefix + "webauthnApi.isActive"}},
		{name: "on again", query: setMethodStatus, variables: `{"id": "{{id}}", "method": "WEBAUTHN_API", "status": true}`, want: []string{`"status":"ACTIVE"`}},
		{name: "toggle what was removed", query: setMethodStatus, variables: `{"id": "{{id}}", "method": "SMS", "status": true}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "an old revision", query: updateLogin, variables: `{"id": "{{id}}", "expected": 1, "methods": {"sms": {}}}`, want: []string{`"code":"CONFLICT"`, `"currentRevision":6`}},
		{name: "nothing to change", query: updateLogin, variables: `{"id": "{{id}}", "expected": 6, "methods": {"facebook": {"clientId": "12345"}, "sms": null}}`, want: []string{`"sms":null`}},
		{
			name: "every violation at once", query: updateLogin,
			variables: `{"id": "{{id}}", "methods": {
				"google": {"clientId": "google", "clientSecret": "", "redirectUris": ["http://myapp.com"]}, "facebook": {"clientId": "1234"}, "line": {"clientId": "123456789"},
				"apple": {"clientId": "a b", "clientSecret": "no key", "appleTeamId": "abcde12345", "keyId": "A"},
				"email": {"expiresIn": 0, "message": {"primaryColor": "red", "from": "nobody", "subject": "a\nb"}}, "emailOtp": {"expiresIn": 1441, "lockoutDuration": 525601, "maxFailures": 21, "codeLength": 3},
				"sms": {"expiresIn": 0, "lockoutDuration": 0, "maxFailures": 0, "codeLength": 9}, "webauthnApi": {"rpId": "co.uk", "rpOrigins": ["https://other.example"]},
				"password": {"resetValidityMinutes": 4, "passwordComplexity": 6, "passwordMinLength": 15, "blockPreviousPasswords": 21, "passwordExpiresIn": 1097, "maxPasswordFailures": 0,
					"passwordSuspensionDuration": 0, "failuresExpireIn": 525601, "tempPasswordValidityHours": 8761, "codeLength": 9},
				"totp": {"digits": 7, "period": 14, "window": 11, "issuer": "a:b", "maxFailures": 0, "lockoutDuration": 0}
			}}`,
			want: append(violationsAt(`google","clientId`, `google","clientSecret`, `google","redirectUris",0`, `facebook","clientId`, `line","clientId`, `apple","clientId`, `apple","clientSecret`, `apple","appleTeamId`, `apple","keyId`,
				`email","expiresIn`, `email","message","primaryColor`, `email","message","from`, `email","message","subject`, `emailOtp","expiresIn`, `emailOtp","lockoutDuration`, `emailOtp","maxFailures`, `emailOtp","codeLength`,
				`sms","expiresIn`, `sms","lockoutDuration`, `sms","maxFailures`, `sms","codeLength`, `webauthnApi","rpId`, `webauthnApi","rpOrigins",0`, `password","resetValidityMinutes`, `password","passwordComplexity`,
				`password","passwordMinLength`, `password","blockPreviousPasswords`, `password","passwordExpiresIn`, `password","maxPasswordFailures`, `password","passwordSuspensionDuration`, `password","failuresExpireIn`,
				`password","tempPasswordValidityHours`, `password","codeLength`, `totp","digits`, `totp","period`, `totp","window`, `totp","issuer`, `totp","maxFailures`, `totp","lockoutDuration`), `"code":"BAD_USER_INPUT"`),
		},
		{
			name: "remove the rest", query: updateLogin,
			variables: `{"id": "{{id}}", "expected": 6, "methods": {"google": null, "facebook": null, "apple": null, "line": null, "email": null, "emailOtp": null, "webauthnApi": null, "password": null, "totp": null}}`,
			want:      []string{allNull}, events: []string{"{{subject}}.updateLoginPreferences {{id}} *"},
		},
		{name: "of an unknown application", query: updateLogin, variables: `{"id": "unknown", "methods": {"sms": {}}}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "a method of an unknown application", query: setMethodStatus, variables: `{"id": "unknown", "method": "SMS", "status": true}`, want: []string{`"code":"NOT_FOUND"`}},
	}))
}

// violationsAt are the beginnings of violations at paths below the login methods. A path that ends in
// a number has no quotation mark behind it.
func violationsAt(paths ...string) []string {
	found := make([]string, len(paths))
	for i, path := range paths {
		if !strings.HasSuffix(path, ",0") {
			path += `"`
		}
		found[i] = `"path":["input","authMethods","` + path + `],"code":"`
	}
	return found
}
