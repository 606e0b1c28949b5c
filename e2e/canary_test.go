package e2e_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// canaries are secrets, by what they are, that must be found nowhere.
type canaries map[string]string

// search looks for every canary, also in the encodings that logs and stores use for bytes.
func (c canaries) search(t *testing.T, where, text string) {
	t.Helper()
	for what, secret := range c {
		for encoding, form := range map[string]string{
			"as it is": secret, "in base64": base64.RawStdEncoding.EncodeToString([]byte(secret)), "in hexadecimal": hex.EncodeToString([]byte(secret)),
		} {
			if strings.Contains(text, form) {
				t.Errorf("%s is in %s, %s", what, where, encoding)
			}
		}
	}
}

// TestCanary puts a secret of its own into every field that takes one, provokes every kind of error,
// and then looks for these secrets in the log, the audit trail, the errors, the files and the documents.
func TestCanary(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		found := canaries{
			"the admin key": strings.TrimPrefix(p.key, "gk_"), "Google's secret": "canary-google", "Facebook's secret": "canary-facebook", "LINE's secret": "canary-line",
			"what was refused": "canary-refused", "what was cleared": "canary-cleared",
		}
		key := appleKey(t)
		block, _ := pem.Decode([]byte(key))
		found["Apple's key"], found["Apple's key in DER"] = strings.Split(key, "\n")[1], string(block.Bytes)
		methods := `{
			"google": {"clientId": "1.apps.googleusercontent.com", "clientSecret": "canary-google"}, "facebook": {"clientId": "12345", "clientSecret": "canary-facebook"},
			"line": {"clientId": "1234567890", "clientSecret": "canary-line"}, "apple": {"clientId": "a", "clientSecret": ` + quoted(t, key) + `, "appleTeamId": "ABCDE12345", "keyId": "12345ABCDE"}
		}`
		input := `{"input": {"name": "service", "loginPreferences": {"authMethods": ` + methods + `}}}`
		made := p.keyed(t, "canary", createService, input)
		if again := p.keyed(t, "canary", createService, input); !again.isReplay(made) {
			t.Errorf("the answer with the secret is not given again: %s", again.body)
		}
		const root = "data.createManagementApplication."
		service, client := made.text(t, root+"managementApplication.id"), made.text(t, root+"clientSecret.clientId")
		found["the first client secret"] = made.text(t, root+"clientSecret.value")
		found["the second client secret"] = p.ask(t, generateSecret, `{"id": "`+client+`"}`).text(t, "data.generateClientSecret.clientSecret.value")
		mustCreateUser(t, p, "steve")
		app := p.ask(t, createApp, `{"input": {"userId": "steve", "name": "app"}}`).text(t, "data.createApp.app.id")
		for _, id := range []string{service, app} {
			for _, change := range []string{`{"line": {"clientId": "1234567890", "clientSecret": "canary-cleared"}}`, `{"line": null}`, methods} {
				if a := p.ask(t, updateLogin, `{"id": "`+id+`", "methods": `+change+`}`); strings.Contains(a.body, `"errors"`) {
					t.Fatal(a.body)
				}
			}
			if a := p.ask(t, revealMethods, `{"id": "`+id+`"}`); !strings.Contains(a.body, "canary-google") {
				t.Fatalf("the secrets are not there: %s", a.body)
			}
		}
		for name, a := range provoke(t, p, service, client, "canary-refused") {
			if !strings.Contains(a.body, `"errors"`) {
				t.Errorf("%s was no error: %s", name, a.body)
			}
			found.search(t, "the error of "+name, a.body)
		}
		d.searchFolder(t, found) // with what is still in the write-ahead log
		p.stop(t)
		d.searchFolder(t, found)
		found.search(t, "the log", p.stderr.String())
		events, err := json.Marshal(d.events(t))
		if err != nil {
			t.Fatal(err)
		}
		found.search(t, "the audit trail", string(events))
		if !strings.Contains(string(events), "[secret]") {
			t.Error("the audit trail does not tell of secrets at all")
		}
		for collection, docs := range d.documents(t) {
			for _, doc := range docs {
				found.search(t, collection, string(doc))
			}
		}
	})
}

// provoke asks for errors in requests that hold a secret.
func provoke(t *testing.T, p *program, service, client, canary string) map[string]answer {
	t.Helper()
	methods := func(google string) string {
		return `{"id": "` + service + `", "methods": {"google": ` + google + `}}`
	}
	const google = `"clientId": "1.apps.googleusercontent.com"`
	secret := `"clientSecret": "` + canary + `"`
	return map[string]answer{
		"a secret too long":         p.ask(t, updateLogin, methods(`{`+google+`, "clientSecret": "`+strings.Repeat(canary, 50)+`"}`)),
		"a secret with a line end":  p.ask(t, updateLogin, methods(`{`+google+`, "clientSecret": "`+canary+`\n"}`)),
		"a broken client ID":        p.ask(t, updateLogin, methods(`{"clientId": "x", `+secret+`}`)),
		"a secret in a list":        p.ask(t, updateLogin, methods(`{`+google+`, "clientSecret": {"x": "`+canary+`"}}`)),
		"a secret in two":           p.ask(t, updateLogin, methods(`{`+google+`, "clientSecret": ["`+canary+`", "`+canary+`"]}`)),
		"an unknown field":          p.ask(t, updateLogin, methods(`{`+google+`, `+secret+`, "x": "`+canary+`"}`)),
		"a text for a method":       p.ask(t, updateLogin, methods(`"`+canary+`"`)),
		"a key that is none":        p.ask(t, updateLogin, `{"id": "`+service+`", "methods": {"apple": {"clientId": "a", `+secret+`, "appleTeamId": "ABCDE12345", "keyId": "12345ABCDE"}}}`),
		"an old revision":           p.ask(t, updateLogin, `{"id": "`+service+`", "expected": 1, "methods": {"google": {`+google+`, `+secret+`}}}`),
		"an unknown application":    p.ask(t, updateLogin, `{"id": "unknown", "methods": {"google": {`+google+`, `+secret+`}}}`),
		"a taken name":              p.ask(t, createService, `{"input": {"name": "service", "loginPreferences": {"authMethods": {"google": {`+google+`, `+secret+`}}}}}`),
		"a private key":             p.ask(t, addClient, `{"id": "`+service+`", "input": {"oidc": {"name": "x", "jwks": {"keys": [{"kty": "oct", "k": "`+canary+`"}]}}}}`),
		"a key set that is a text":  p.ask(t, addClient, `{"id": "`+service+`", "input": {"oidc": {"name": "x", "jwks": "`+canary+`"}}}`),
		"a literal of another type": p.ask(t, `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {google: {clientId: "x", clientSecret: ["`+canary+`"]}}}) { application { id } } }`, ""),
		"an object as a literal":    p.ask(t, `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {google: {clientId: "x", clientSecret: {a: "`+canary+`"}}}}) { application { id } } }`, ""),
		"a text in the wrong place": p.ask(t, `mutation { updateLoginPreferences(applicationId: "x" "`+canary+`") { application { id } } }`, ""),
		"a text for an object":      p.ask(t, `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {google: "`+canary+`"}}) { application { id } } }`, ""),
		"a text for a number":       p.ask(t, `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {sms: {codeLength: "`+canary+`"}}}) { application { id } } }`, ""),
		"a text for a word":         p.ask(t, `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {totp: {algorithm: "`+canary+`"}}}) { application { id } } }`, ""),
		"a number by variable":      p.ask(t, updateLogin, `{"id": "`+service+`", "methods": {"sms": {"codeLength": "`+canary+`"}}}`),
		"a word by variable":        p.ask(t, updateLogin, `{"id": "`+service+`", "methods": {"totp": {"algorithm": "`+canary+`"}}}`),
		"a document that ends":      p.ask(t, `mutation { updateLoginPreferences(applicationId: "x", input: {authMethods: {google: {clientId: "x", clientSecret: "`+canary, ""),
		"no JSON":                   p.send(t, request{body: strings.NewReader(`{"query": "{ viewer { tenantId } }", "variables": {` + secret + `,}`)}),
		"a third secret":            p.ask(t, generateSecret, `{"id": "`+client+`"}`),
		"a credential":              p.send(t, request{body: requestBody(t, `{ viewer { tenantId } }`, ""), header: map[string]string{"Authorization": "Bearer gk_" + canary}}),
	}
}

// searchFolder looks into every file of the data folder, byte by byte. The keyset is a secret of its
// own, and holds none of these.
func (d *data) searchFolder(t *testing.T, found canaries) {
	t.Helper()
	if d.folder == "" {
		return // whatever MongoDB keeps is searched as documents
	}
	entries, err := os.ReadDir(d.folder)
	if err != nil || len(entries) < 2 {
		t.Fatalf("the data folder holds %v %v", entries, err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(d.folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found.search(t, entry.Name(), string(content))
	}
}
