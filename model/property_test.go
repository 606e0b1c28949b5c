package model_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson" //nolint:depguard // what is tested is how stores encode the model
	"pgregory.net/rapid"

	"gatehouse/model"
)

// some draws one of the texts, each a JSON value or a list of members.
func some(t *rapid.T, label string, texts ...string) string {
	return rapid.SampledFrom(texts).Draw(t, label)
}

// drawMethods draws what a caller may send as login methods: valid, invalid, null, or nothing.
func drawMethods(t *rapid.T) string {
	social := func(id string) []string {
		return []string{
			`null`, `{"clientId": "` + id + `"}`, `{"clientId": "` + id + `", "isActive": false, "clientSecret": "s"}`,
			`{"clientId": "` + id + `", "clientSecret": null, "redirectUris": ["https://a.example"]}`, `{"clientId": "?"}`,
			`{"clientId": "` + id + `", "clientSecret": ""}`,
		}
	}
	message := `"message": {"from": " A <a@example.com> ", "subject": "S"}`
	methods := []string{}
	for _, m := range []struct {
		name  string
		texts []string
	}{
		{"google", social("1.apps.googleusercontent.com")},
		{"facebook", social("12345")},
		{"line", social("1234567890")},
		{"apple", []string{`null`, `{"clientId": "c", "appleTeamId": "ABCDE12345", "keyId": "ABCDE12345"}`, `{"clientId": "", "appleTeamId": "", "keyId": ""}`}},
		{"email", []string{`null`, `{}`, `{` + message + `}`, `{"expiresIn": 0}`}},
		{"emailOtp", []string{`null`, `{}`, `{"codeLength": 8, ` + message + `}`, `{"codeLength": 9}`}},
		{"sms", []string{`null`, `{}`, `{"maxFailures": 20}`, `{"maxFailures": 21}`}},
		{"webauthnApi", []string{`null`, `{"rpId": "localhost", "rpOrigin": "http://localhost"}`, `{"rpId": "a.example", "rpOrigins": ["https://b.a.example"]}`, `{"rpId": "com"}`}},
		{"password", []string{`null`, `{}`, `{"requireMFA": true, ` + message + `}`, `{"passwordMinLength": 4}`}},
		{"totp", []string{`null`, `{}`, `{"issuer": " I ", "digits": 8}`, `{"digits": 7}`}},
	} {
		if text := some(t, m.name, append(m.texts, "", "", "")...); text != "" {
			methods = append(methods, `"`+m.name+`": `+text)
		}
	}
	return "{" + strings.Join(methods, ", ") + "}"
}

func drawClient(t *rapid.T) string {
	if rapid.IntRange(0, 3).Draw(t, "protocol") == 0 {
		return `{"saml": {"name": "S", "spEntityId": ` + some(t, "entity", `"urn:sp"`, `"sp"`, `""`) + `}}`
	}
	fields := []string{`"name": ` + some(t, "name", `"A"`, `" B "`, `""`)}
	for _, f := range []struct {
		name  string
		texts []string
	}{
		{"tokenEndpointAuthMethod", []string{`"CLIENT_SECRET_POST"`, `"NONE"`, `"TLS_CLIENT_AUTH"`, `"PRIVATE_KEY_JWT"`}},
		{"pkce", []string{`null`, `"ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS"`}},
		{"clientType", []string{`"NATIVE"`, `"WEB"`}},
		{"redirectUris", []string{`[]`, `["https://a.example"]`, `["com.example:/a", "http://127.0.0.1"]`}},
		{"responseTypes", []string{`["CODE", "ID_TOKEN"]`, `[]`}},
		{"resources", []string{`["urn:a", "b"]`}},
		{"supportedPrompts", []string{`[]`}},
		{"description", []string{`null`, `" d "`}},
		{"deviceAuthorization", []string{`{}`, `{"enabled": true}`, `{"enabled": true, "approvalUri": "https://a.example", "successUri": "https://a.example", "inputUri": "https://a.example"}`}},
		{"jwks", []string{`null`, `{"keys": [{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`}},
	} {
		if text := some(t, f.name, append(f.texts, "", "", "")...); text != "" {
			fields = append(fields, `"`+f.name+`": `+text)
		}
	}
	return `{"oidc": {` + strings.Join(fields, ", ") + `}}`
}

func drawUpdate(t *rapid.T) string {
	fields := []string{}
	for _, f := range []struct {
		name  string
		texts []string
	}{
		{"name", []string{`"A"`, `" B "`, `null`, `""`}},
		{"pkce", []string{`null`, `"ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS"`}},
		{"serviceProviders", []string{`[]`, `["a", "b"]`, `["a", "a"]`, `null`}},
		{"authenticatorPreferences", []string{`{}`, `{"isCentralized": true}`, `{"isCentralized": true, "loginUri": "https://a.example"}`}},
		{"subdomain", []string{`null`, `" Sub "`, `"www"`}},
		{"customDomain", []string{`null`, `"Bücher.example"`, `"a.example"`, `"a"`}},
		{"inviteMemberEmailExpirationMinutes", []string{`1`, `0`}},
		{"externalCommunication", []string{`{}`, `{"language": "JA"}`}},
		{"passwordSharingGroupId", []string{`null`, `"g"`}},
	} {
		if text := some(t, f.name, append(f.texts, "", "", "")...); text != "" {
			fields = append(fields, `"`+f.name+`": `+text)
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// seal stands in for a cipher: it cannot be mistaken for the plaintext.
func seal(plain []byte) ([]byte, error) {
	return append([]byte("sealed:"), bytes.ToUpper(plain)...), nil
}

// read is the document as it comes back from a store.
func read(t fataler, app *model.ManagementApplication) *model.ManagementApplication {
	t.Helper()
	raw, err := bson.Marshal(app)
	if err != nil {
		t.Fatalf("write the document: %v", err)
	}
	var back model.ManagementApplication
	if err := bson.Unmarshal(raw, &back); err != nil {
		t.Fatalf("read the document: %v", err)
	}
	return &back
}

// change is one thing that callers do to a management application, on a copy as stores give it.
func change(t *rapid.T, app *model.ManagementApplication, at time.Time, step int) error {
	one := func(label string) *model.StoredClient {
		return &app.StoredClients[rapid.IntRange(0, len(app.StoredClients)-1).Draw(t, label)]
	}
	switch rapid.IntRange(0, 7).Draw(t, "change") {
	case 0:
		app.Login.Apply(loginInput(t, drawMethods(t)))
	case 1:
		if status := app.Login.Status(rapid.SampledFrom(model.AllLoginMethodName).Draw(t, "method")); status != nil {
			*status = !*status
		}
	case 2:
		in := clientInput(t, drawClient(t))
		client := model.NewClient(fmt.Sprintf("n%d", step), in, at)
		giveSecret(t, &client)
		return app.AddClient(client)
	case 3:
		client := one("replaced")
		if err := client.Replace(clientInput(t, drawClient(t)), at); err != nil {
			return err
		}
		giveSecret(t, client)
	case 4:
		return app.RemoveClient(one("removed").ID)
	case 5:
		expiry := at.Add(time.Duration(rapid.IntRange(-1, 3).Draw(t, "expiry")) * time.Hour)
		_, err := one("keyed").GenerateSecret(fmt.Sprintf("s%d", step), a(43), &expiry, at)
		return err
	case 6:
		if client := one("revoked"); client.OIDC != nil && len(client.OIDC.Secrets) > 0 {
			return client.RevokeSecret(client.OIDC.Secrets[0].ID, at)
		}
	case 7:
		return app.Apply(updateInput(t, drawUpdate(t)), at)
	}
	return nil
}

func TestAnySequenceOfChangesLeavesAValidDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		app := newApplication(t, `{"name": "N"}`)
		for _, s := range app.Secrets() {
			if err := s.SealWith(seal); err != nil {
				t.Fatalf("%v", err)
			}
		}
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			next := read(t, app)
			at := now().Add(time.Duration(step) * time.Hour)
			if change(t, next, at, step) != nil {
				continue // refused: nothing is written
			}
			next.Normalize()
			if next.Validate() != nil {
				continue
			}
			sealed := map[string]bool{}
			for path, s := range next.Secrets() {
				if sealed[path] {
					t.Fatalf("two secrets have the path %s", path)
				}
				sealed[path] = true
				if err := s.SealWith(seal); err != nil {
					t.Fatalf("%v", err)
				}
			}
			back := read(t, next)
			if !reflect.DeepEqual(back, next) {
				t.Fatalf("what is stored reads back as\n%+v, not\n%+v", back, next)
			}
			if err := back.Validate(); err != nil {
				t.Fatalf("what is stored breaks its own rules: %v", err)
			}
			normal := read(t, back)
			if normal.Normalize(); !reflect.DeepEqual(normal, back) {
				t.Fatalf("what is stored is not in the form that is stored: %+v", back)
			}
			for _, c := range back.StoredClients {
				if n := len(secretsOf(c)); n > 2 || (n > 0) != c.UsesSecrets() {
					t.Fatalf("client %s has %d secrets", c.ID, n)
				}
			}
			app = next
		}
	})
}

func secretsOf(c model.StoredClient) []model.ClientSecret {
	if c.OIDC == nil {
		return nil
	}
	return c.OIDC.Secrets
}
