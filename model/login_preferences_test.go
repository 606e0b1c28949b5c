package model_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gatehouse/model"
)

// pemKey is a private key in PEM, marshalled as its type says.
func pemKey(t *testing.T, blockType string, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if ec, ok := key.(*ecdsa.PrivateKey); ok && blockType == "EC PRIVATE KEY" {
		der, err = x509.MarshalECPrivateKey(ec)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}

func TestLoginMethodRules(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const suffix = ".apps.googleusercontent.com"
	pkcs8 := pemKey(t, "PRIVATE KEY", ec)
	google := func(fields string) string { return `{"google": {"clientId": "1-a` + suffix + `", ` + fields + `}}` }
	apple := func(id, team, key string) string {
		return fmt.Sprintf(`{"apple": {"clientId": %s, "appleTeamId": %s, "keyId": %s}}`, text(id), text(team), text(key))
	}
	appleKey := func(pem string) string {
		return `{"apple": {"clientId": "com.example", "appleTeamId": "ABCDE12345", "keyId": "ABCDE12345", "clientSecret": ` + text(pem) + `}}`
	}
	message := func(fields string) string { return `{"email": {"message": {` + fields + `}}}` }
	origin := func(rpID, origin string) string {
		return fmt.Sprintf(`{"webauthnApi": {"rpId": %s, "rpOrigin": %s}}`, text(rpID), text(origin))
	}
	for _, c := range []struct{ name, methods, want string }{
		{"none", `{}`, ""},

		{"google: an ID", google(`"isActive": false`), ""},
		{"google: of 255 characters", `{"google": {"clientId": ` + text(a(255-len(suffix))+suffix) + `}}`, ""},
		{"google: of 256 characters", `{"google": {"clientId": ` + text(a(256-len(suffix))+suffix) + `}}`, "google.clientId INVALID_CLIENT_ID"},
		{"google: the suffix alone", `{"google": {"clientId": "` + suffix + `"}}`, "google.clientId INVALID_CLIENT_ID"},
		{"google: another suffix", `{"google": {"clientId": "1` + suffix + `.evil.example"}}`, "google.clientId INVALID_CLIENT_ID"},
		{"google: a space", `{"google": {"clientId": "1 2` + suffix + `"}}`, "google.clientId INVALID_CLIENT_ID"},
		{"facebook: 4 digits", `{"facebook": {"clientId": "1234"}}`, "facebook.clientId INVALID_CLIENT_ID"},
		{"facebook: 5 digits", `{"facebook": {"clientId": "12345"}}`, ""},
		{"facebook: 20 digits", `{"facebook": {"clientId": "12345678901234567890"}}`, ""},
		{"facebook: 21 digits", `{"facebook": {"clientId": "123456789012345678901"}}`, "facebook.clientId INVALID_CLIENT_ID"},
		{"facebook: a letter", `{"facebook": {"clientId": "12345a"}}`, "facebook.clientId INVALID_CLIENT_ID"},
		{"facebook: digits of another script", `{"facebook": {"clientId": "١٢٣٤٥"}}`, "facebook.clientId INVALID_CLIENT_ID"},
		{"line: 9 digits", `{"line": {"clientId": "123456789"}}`, "line.clientId INVALID_CLIENT_ID"},
		{"line: 10 digits", `{"line": {"clientId": "1234567890"}}`, ""},
		{"line: 11 digits", `{"line": {"clientId": "12345678901"}}`, "line.clientId INVALID_CLIENT_ID"},

		{"secret of 0 characters", google(`"clientSecret": ""`), "google.clientSecret REQUIRED"},
		{"secret of 1 character", google(`"clientSecret": "s"`), ""},
		{"secret of 255 characters", google(`"clientSecret": ` + text(a(255))), ""},
		{"secret of 256 characters", google(`"clientSecret": ` + text(a(256))), "google.clientSecret TOO_LONG"},
		{"redirect by https", google(`"redirectUris": ["https://a.example"]`), ""},
		{"redirect by http", google(`"redirectUris": ["http://a.example"]`), "google.redirectUris.0 INVALID_URI"},
		{"redirect by http on loopback", google(`"redirectUris": ["http://localhost"]`), ""},
		{"redirect by a private-use scheme", google(`"redirectUris": ["com.example:/x"]`), "google.redirectUris.0 INVALID_URI"},
		{"100 redirects", google(`"redirectUris": ` + numbered(100, "https://a.example/%d")), ""},
		{"101 redirects", google(`"redirectUris": ` + numbered(101, "https://a.example/%d")), "google.redirectUris TOO_MANY"},

		{"apple: all", apple("com.example.web", "ABCDE12345", "1234567890"), ""},
		{"apple: ID of 0 characters", apple("", "ABCDE12345", "1234567890"), "apple.clientId INVALID_CLIENT_ID"},
		{"apple: ID of 1 character", apple("c", "ABCDE12345", "1234567890"), ""},
		{"apple: ID of 255 characters", apple(a(255), "ABCDE12345", "1234567890"), ""},
		{"apple: ID of 256 characters", apple(a(256), "ABCDE12345", "1234567890"), "apple.clientId INVALID_CLIENT_ID"},
		{"apple: ID with a space", apple("a b", "ABCDE12345", "1234567890"), "apple.clientId INVALID_CLIENT_ID"},
		{"apple: team of 9", apple("c", "ABCDE1234", "1234567890"), "apple.appleTeamId INVALID_APPLE_ID"},
		{"apple: team of 11", apple("c", "ABCDE123456", "1234567890"), "apple.appleTeamId INVALID_APPLE_ID"},
		{"apple: lower case", apple("c", "abcde12345", "1234567890"), "apple.appleTeamId INVALID_APPLE_ID"},
		{"apple: a hyphen", apple("c", "ABCDE12345", "123-567890"), "apple.keyId INVALID_APPLE_ID"},
		{"apple: a key in PKCS #8", appleKey(pkcs8), ""},
		{"apple: a key in SEC 1", appleKey(pemKey(t, "EC PRIVATE KEY", ec)), ""},
		{"apple: an RSA key", appleKey(pemKey(t, "PRIVATE KEY", rsaKey)), "apple.clientSecret INVALID_PRIVATE_KEY"},
		{"apple: two keys", appleKey(pkcs8 + pkcs8), "apple.clientSecret INVALID_PRIVATE_KEY"},
		{"apple: something before the key", appleKey("key:\n" + pkcs8), "apple.clientSecret INVALID_PRIVATE_KEY"},
		{"apple: no key", appleKey("secret"), "apple.clientSecret INVALID_PRIVATE_KEY"},
		{"apple: 4097 bytes", appleKey(a(4097)), "apple.clientSecret TOO_LONG"},

		{"colour of three digits", message(`"primaryColor": "#Ab9"`), ""},
		{"colour of six digits", message(`"primaryColor": "#1A73e8"`), ""},
		{"colour of four digits", message(`"primaryColor": "#1A73"`), "email.message.primaryColor INVALID_COLOR"},
		{"colour of eight digits", message(`"primaryColor": "#1A73E8FF"`), "email.message.primaryColor INVALID_COLOR"},
		{"colour without #", message(`"primaryColor": "1A73E8"`), "email.message.primaryColor INVALID_COLOR"},
		{"colour by name", message(`"primaryColor": "red"`), "email.message.primaryColor INVALID_COLOR"},
		{"colour of no digits", message(`"primaryColor": "#GGG"`), "email.message.primaryColor INVALID_COLOR"},
		{"subject of 255 characters", message(`"subject": ` + text(a(255))), ""},
		{"subject of 256 characters", message(`"subject": ` + text(a(256))), "email.message.subject TOO_LONG"},
		{"subject of two lines", message(`"subject": "a\r\nBcc: b@example.com"`), "email.message.subject INVALID_CHARACTERS"},
		{"sender", message(`"from": "a@example.com"`), ""},
		{"sender with a line end", message(`"from": "a\r\n <a@example.com>"`), "email.message.from INVALID_MAILBOX"},
		{"sender of 512 bytes", message(`"from": ` + text(a(512-len(" <a@example.com>"))+" <a@example.com>")), ""},
		{"sender of 513 bytes", message(`"from": ` + text(a(513-len(" <a@example.com>"))+" <a@example.com>")), "email.message.from TOO_LONG"},
		{"message of emailOtp", `{"emailOtp": {"message": {"primaryColor": ""}}}`, "emailOtp.message.primaryColor INVALID_COLOR"},
		{"message of password", `{"password": {"message": {"primaryColor": ""}}}`, "password.message.primaryColor INVALID_COLOR"},

		{"webauthn: a domain and its origin", origin("example.com", "https://example.com"), ""},
		{"webauthn: an origin below the domain", origin("example.com", "https://login.example.com:8443"), ""},
		{"webauthn: localhost", origin("localhost", "http://localhost:3000"), ""},
		{"webauthn: localhost by https", origin("localhost", "https://localhost"), ""},
		{"webauthn: no label boundary", origin("example.com", "https://evilexample.com"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin above the domain", origin("login.example.com", "https://example.com"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin by http", origin("example.com", "http://example.com"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin with a path", origin("example.com", "https://example.com/x"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin with a slash", origin("example.com", "https://example.com/"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin with a query", origin("example.com", "https://example.com?"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin with a fragment", origin("example.com", "https://example.com#"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin with a user", origin("example.com", "https://u@example.com"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin with an empty port", origin("example.com", "https://example.com:"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an origin in capitals", origin("example.com", "https://Example.com"), "webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: a public suffix", origin("co.uk", "https://a.co.uk"), "webauthnApi.rpId INVALID_RP_ID"},
		{"webauthn: a private public suffix", origin("github.io", "https://a.github.io"), "webauthnApi.rpId INVALID_RP_ID"},
		{"webauthn: below a public suffix", origin("a.github.io", "https://a.github.io"), ""},
		{"webauthn: a top-level domain", origin("com", "https://a.com"), "webauthnApi.rpId INVALID_RP_ID"},
		{"webauthn: a port", origin("example.com:443", "https://example.com"), "webauthnApi.rpId INVALID_RP_ID, webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: a trailing dot", origin("example.com.", "https://example.com."), "webauthnApi.rpId INVALID_RP_ID, webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: capitals", origin("Example.com", "https://example.com"), "webauthnApi.rpId INVALID_RP_ID, webauthnApi.rpOrigin INVALID_ORIGIN"},
		{"webauthn: an address", origin("127.0.0.1", "https://127.0.0.1"), "webauthnApi.rpId INVALID_RP_ID"},
		{"webauthn: no origin", `{"webauthnApi": {"rpId": "example.com"}}`, "webauthnApi.rpOrigin REQUIRED"},
		{"webauthn: origins alone", `{"webauthnApi": {"rpId": "example.com", "rpOrigins": ["https://example.com"]}}`, ""},
		{"webauthn: the same origin again", `{"webauthnApi": {"rpId": "example.com", "rpOrigins": ["https://example.com", "https://example.com"]}}`, "webauthnApi.rpOrigins.1 DUPLICATE"},
		{"webauthn: one wrong origin", `{"webauthnApi": {"rpId": "example.com", "rpOrigins": ["https://example.com", "x"]}}`, "webauthnApi.rpOrigins.1 INVALID_ORIGIN"},
		{"webauthn: 100 origins", `{"webauthnApi": {"rpId": "example.com", "rpOrigins": ` + numbered(100, "https://a%d.example.com") + `}}`, ""},
		{"webauthn: 101 origins", `{"webauthnApi": {"rpId": "example.com", "rpOrigins": ` + numbered(101, "https://a%d.example.com") + `}}`, "webauthnApi.rpOrigins TOO_MANY"},

		{"totp: issuer of 128 characters", `{"totp": {"issuer": ` + text(a(128)) + `}}`, ""},
		{"totp: issuer of 129 characters", `{"totp": {"issuer": ` + text(a(129)) + `}}`, "totp.issuer TOO_LONG"},
		{"totp: issuer with a colon", `{"totp": {"issuer": "a:b"}}`, "totp.issuer INVALID_CHARACTERS"},

		{"several methods", `{"line": {"clientId": ""}, "sms": {"codeLength": 3, "maxFailures": 0}}`, "line.clientId INVALID_CLIENT_ID, sms.maxFailures OUT_OF_RANGE, sms.codeLength OUT_OF_RANGE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p model.LoginPreferences
			p.Apply(loginInput(t, c.methods))
			got := strings.ReplaceAll(broken(t, p.Validate()), "authMethods.", "")
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// all is every method with the schema's defaults, but inactive.
const all = `{"google": {"isActive": false, "clientId": "1.apps.googleusercontent.com", "clientSecret": "g"},
	"facebook": {"isActive": false, "clientId": "12345", "clientSecret": "f"},
	"apple": {"isActive": false, "clientId": "c", "appleTeamId": "ABCDE12345", "keyId": "ABCDE12345", "clientSecret": "a"},
	"line": {"isActive": false, "clientId": "1234567890", "clientSecret": "l"}, "email": {"isActive": false, "message": {}},
	"emailOtp": {"isActive": false}, "sms": {"isActive": false}, "webauthnApi": {"isActive": false, "rpId": "localhost", "rpOrigin": "http://localhost"},
	"password": {"isActive": false}, "totp": {"isActive": false}}`

func configured(t *testing.T, methods string) *model.LoginPreferences {
	t.Helper()
	var p model.LoginPreferences
	p.Apply(loginInput(t, methods))
	return &p
}

func TestApplyLoginPreferences(t *testing.T) {
	methods := reflect.TypeFor[model.AuthMethods]()
	for i := range methods.NumField() {
		tag := methods.Field(i).Tag.Get("bson")
		name, _, _ := strings.Cut(tag, ",")
		t.Run(name, func(t *testing.T) {
			p, before := configured(t, all), configured(t, all)
			p.Apply(loginInput(t, `{}`))
			if !reflect.DeepEqual(p, before) {
				t.Error("a method left out changes")
			}
			p.Apply(loginInput(t, `{"`+name+`": null}`))
			for j := range methods.NumField() {
				gone := reflect.ValueOf(p.AuthMethods).Field(j).IsNil()
				if gone != (i == j) {
					t.Errorf("null for %s: %s is gone: %t", name, methods.Field(j).Name, gone)
				}
			}
		})
	}
}

func TestAMethodIsReplacedWhole(t *testing.T) {
	p := configured(t, `{"email": {"isActive": false, "expiresIn": 30, "message": {"subject": " Hello "}}}`)
	if *p.AuthMethods.Email.Message.Subject != "Hello" {
		t.Errorf("the subject is not trimmed: %q", *p.AuthMethods.Email.Message.Subject)
	}
	p.Apply(loginInput(t, `{"email": {}}`))
	if want := (model.EmailLogin{IsActive: true, ExpiresIn: 15}); *p.AuthMethods.Email != want {
		t.Errorf("got %+v, want the schema's defaults", *p.AuthMethods.Email)
	}
}

func TestASecretLeftOutIsKept(t *testing.T) {
	for name, rest := range map[string]string{
		"google": `"clientId": "2.apps.googleusercontent.com"`, "facebook": `"clientId": "54321"`, "line": `"clientId": "0987654321"`,
		"apple": `"clientId": "d", "appleTeamId": "ABCDE12345", "keyId": "ABCDE12345"`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct{ name, field, want string }{
				{"left out", ``, name[:1]},
				{"given", `, "clientSecret": "new"`, "new"},
				{"null", `, "clientSecret": null`, ""},
			} {
				p := configured(t, all)
				p.Apply(loginInput(t, `{"`+name+`": {`+rest+c.field+`}}`))
				app := &model.App{Login: *p}
				got := ""
				for path, secret := range app.Secrets() {
					if path == "loginPreferences.authMethods."+name+".clientSecret" {
						got, _ = secret.Plain()
					}
				}
				if got != c.want {
					t.Errorf("%s: the secret is %q, want %q", c.name, got, c.want)
				}
				if has := hasSecret(p, name); has != (c.want != "") {
					t.Errorf("%s: hasClientSecret is %t", c.name, has)
				}
			}
			fresh := configured(t, `{"`+name+`": {`+rest+`}}`)
			if hasSecret(fresh, name) {
				t.Error("a method that is new has no secret to keep")
			}
		})
	}
}

func hasSecret(p *model.LoginPreferences, name string) bool {
	m := p.AuthMethods
	if name == "apple" {
		return m.Apple.HasClientSecret()
	}
	return map[string]*model.SocialLogin{"google": m.Google, "facebook": m.Facebook, "line": m.Line}[name].HasClientSecret()
}

func TestStatusOfEachMethod(t *testing.T) {
	p, none := configured(t, all), &model.LoginPreferences{}
	on := map[*bool]bool{}
	for _, name := range model.AllLoginMethodName {
		status := p.Status(name)
		if status == nil || *status || on[status] {
			t.Fatalf("%s has the status %v", name, status)
		}
		on[status], *status = true, true
		if none.Status(name) != nil {
			t.Errorf("%s has a status without being configured", name)
		}
	}
	if p.Status("CARRIER_PIGEON") != nil {
		t.Error("a method that there is not has a status")
	}
	methods := reflect.ValueOf(p.AuthMethods)
	for i := range methods.NumField() {
		if !methods.Field(i).Elem().FieldByName("IsActive").Bool() {
			t.Errorf("no name switches %s", methods.Type().Field(i).Name)
		}
	}
}

func TestSecretsOfLoginMethodsKnowTheirPlace(t *testing.T) {
	app := &model.App{Login: *configured(t, all)}
	shown := app.LoginPreferences().AuthMethods
	places := map[string]*model.Secret{
		"google": shown.Google.ClientSecret, "facebook": shown.Facebook.ClientSecret, "apple": shown.Apple.ClientSecret, "line": shown.Line.ClientSecret,
	}
	paths := map[string]*model.Secret{}
	for path, secret := range app.Secrets() {
		paths[path] = secret
		if secret.Place().Owner != nil {
			t.Errorf("reading changes the document at %s", path)
		}
	}
	if len(paths) != len(places) {
		t.Errorf("the document has the secrets %v", slices.Sorted(maps.Keys(paths)))
	}
	for name, secret := range places {
		path := "loginPreferences.authMethods." + name + ".clientSecret"
		if place := secret.Place(); place.Path != path || place.Owner != model.Application(app) {
			t.Errorf("%s belongs to %v at %s", name, place.Owner, place.Path)
		}
		if !secret.Equal(paths[path]) {
			t.Errorf("%s is not what the document has at %s", name, path)
		}
	}
}
