package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	clientFields = `__typename id name description ... on OidcClient { ` + oidcFields + ` } ... on SamlClient { spEntityId spAcsUrl spNameIdType signAssertion }`
	addClient    = `mutation ($id: ID!, $input: ClientInput!) { addClient(managementApplicationId: $id, input: $input) {
		managementApplication { revision defaultClient { id } clients { id } } client { ` + clientFields + ` } clientSecret { id clientId value expiresAt }
	} }`
	updateClient = `mutation ($id: ID!, $input: ClientInput!, $expected: Int) { updateClient(id: $id, input: $input, expectedRevision: $expected) {
		managementApplication { revision } client { ` + clientFields + ` }
	} }`
	removeClient     = `mutation ($id: ID!) { removeClient(id: $id) { removedId managementApplication { defaultClient { id } clients { id } } } }`
	setDefaultClient = `mutation ($id: ID!) { setDefaultClient(id: $id) { managementApplication { revision defaultClient { id } } } }`

	// publicKeys is the example of RFC 7517 Appendix A.1, an elliptic-curve key.
	publicKeys = `{"keys": [{"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kid": "1"}]}`
	// privateKeys is the same key from Appendix A.2, where d makes it private.
	privateKeys = `{"keys": [{"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]}`
)

// service begins a scenario with a management application of one default client.
func service(then []step) []step {
	return append([]step{{
		name: "a management application", query: createService, variables: `{"input": {"name": "service"}}`,
		save: map[string]string{
			"app":      "data.createManagementApplication.managementApplication.id",
			"client":   "data.createManagementApplication.managementApplication.defaultClient.id",
			"secret":   "data.createManagementApplication.clientSecret.value",
			"secretId": "data.createManagementApplication.clientSecret.id",
		},
		events: []string{"managementApplication.create {{app}} *"},
	}}, then...)
}

// TestClients adds, replaces, removes and chooses clients of both protocols.
func TestClients(t *testing.T) {
	play(t, service([]step{
		{
			name: "add a SAML client", query: addClient, variables: `{"id": "{{app}}", "input": {"saml": {"name": "SAML", "spEntityId": "https://sp.example/metadata", "spAcsUrl": "https://sp.example/acs"}}}`,
			want:   []string{`"revision":2`, `"defaultClient":{"id":"{{client}}"}`, `"__typename":"SamlClient"`, `"spEntityId":"https://sp.example/metadata","spAcsUrl":"https://sp.example/acs","spNameIdType":"EMAIL","signAssertion":true`, `"clientSecret":null`},
			save:   map[string]string{"saml": "data.addClient.client.id"},
			events: []string{"managementApplication.addClient {{app}} clients.{{saml}}.id *"},
		},
		{
			name: "add a native client", query: addClient,
			variables: `{"id": "{{app}}", "input": {"oidc": {"name": "Native", "clientType": "NATIVE", "tokenEndpointAuthMethod": "NONE", "pkce": "ENFORCE_PKCE_ALONGSIDE_CLIENT_CREDENTIALS", "redirectUris": ["com.example.app:/cb", "http://127.0.0.1:7000/cb", "http://[::1]/cb", "https://a.example/cb"]}}}`,
			want:      []string{`"clientType":"NATIVE","redirectUris":["com.example.app:/cb","http://127.0.0.1:7000/cb","http://[::1]/cb","https://a.example/cb"]`, `"secrets":[]`, `"clientSecret":null`},
			save:      map[string]string{"native": "data.addClient.client.id"},
			events:    []string{"managementApplication.addClient {{app}} clients.{{native}}.id *"},
		},
		{
			name: "add a client with keys", query: addClient, variables: `{"id": "{{app}}", "input": {"oidc": {"name": "Keys", "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": ` + publicKeys + `}}}`,
			want:   []string{`"jwks":{"keys":[{`, `"kid":"1"`, `"secrets":[]`, `"clientSecret":null`},
			save:   map[string]string{"keys": "data.addClient.client.id"},
			events: []string{"managementApplication.addClient {{app}} clients.{{keys}}.id *"},
		},
		{
			name: "each is a node", query: `query ($a: ID!, $b: ID!) { a: node(id: $a) { ` + asClient + ` } b: node(id: $b) { ` + asClient + ` } c: node(id: "unknown") { id } }`,
			variables: `{"a": "{{client}}", "b": "{{saml}}"}`,
			want:      []string{`"a":{"__typename":"OidcClient","id":"{{client}}","name":"service","managementApplication":{"id":"{{app}}"}}`, `"b":{"__typename":"SamlClient","id":"{{saml}}","name":"SAML","managementApplication":{"id":"{{app}}"}}`, `"c":null`},
		},
		{
			name: "replace a client whole", query: updateClient, variables: `{"id": "{{saml}}", "expected": 4, "input": {"saml": {"name": "Other", "spEntityId": "urn:sp", "signAssertion": false, "spNameIdType": "USERNAME"}}}`,
			want:   []string{`"revision":5`, `"name":"Other","description":null,"spEntityId":"urn:sp","spAcsUrl":null,"spNameIdType":"USERNAME","signAssertion":false`},
			events: []string{"managementApplication.updateClient {{app}} clients.{{saml}}.name clients.{{saml}}.spEntityId *"},
		},
		{name: "replace it by the same", query: updateClient, variables: `{"id": "{{saml}}", "input": {"saml": {"name": "Other", "spEntityId": "urn:sp", "signAssertion": false, "spNameIdType": "USERNAME"}}}`, want: []string{`"revision":5`}},
		{name: "replace a revision that is over", query: updateClient, variables: `{"id": "{{saml}}", "expected": 4, "input": {"saml": {"name": "X", "spEntityId": "urn:sp"}}}`, want: []string{`"code":"CONFLICT"`, `"currentRevision":5`}},
		{name: "the wrong protocol", query: updateClient, variables: `{"id": "{{saml}}", "input": {"oidc": {"name": "X"}}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","oidc"],"code":"WRONG_PROTOCOL"`}},
		{name: "the wrong protocol, the other way", query: updateClient, variables: `{"id": "{{client}}", "input": {"saml": {"name": "X", "spEntityId": "x"}}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","saml"],"code":"WRONG_PROTOCOL"`}},
		{
			name: "replacing keeps ID and secrets", query: updateClient, variables: `{"id": "{{client}}", "input": {"oidc": {"name": "First", "tokenEndpointAuthMethod": "CLIENT_SECRET_POST", "deviceAuthorization": {"enabled": true, "approvalUri": "https://a.example/a", "successUri": "https://a.example/s", "inputUri": "https://a.example/i"}}}}`,
			want:   []string{`"id":"{{client}}","name":"First"`, `"deviceAuthorization":{"enabled":true,"approvalUri":"https://a.example/a"`, `"secrets":[{"id":"{{secretId}}"`},
			events: []string{"managementApplication.updateClient {{app}} clients.{{client}}.name *"},
		},
		{name: "what is left out returns to its default", query: updateClient, variables: `{"id": "{{client}}", "input": {"oidc": {"name": "First"}}}`, want: []string{`"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"`, `"deviceAuthorization":{"enabled":false,"approvalUri":null,"successUri":null,"inputUri":null}`}, events: []string{"managementApplication.updateClient {{app}} *"}},
		{
			name: "another type checks the redirect URIs again", query: updateClient, variables: `{"id": "{{native}}", "input": {"oidc": {"name": "Native", "clientType": "WEB", "tokenEndpointAuthMethod": "NONE", "pkce": "ENFORCE_PKCE_ALONGSIDE_CLIENT_CREDENTIALS", "redirectUris": ["com.example.app:/cb", "http://127.0.0.1:7000/cb", "https://a.example/cb"]}}}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","oidc","redirectUris",0],"code":"INVALID_URI"`}, not: []string{`"redirectUris",1]`, `"redirectUris",2]`},
		},
		{name: "choose a default", query: setDefaultClient, variables: `{"id": "{{saml}}"}`, want: []string{`"defaultClient":{"id":"{{saml}}"}`}, events: []string{"managementApplication.setDefaultClient {{app}} defaultClientId"}},
		{name: "choose it again", query: setDefaultClient, variables: `{"id": "{{saml}}"}`, want: []string{`"revision":8,"defaultClient":{"id":"{{saml}}"}`}},
		{name: "remove the default", query: removeClient, variables: `{"id": "{{saml}}"}`, want: []string{`"removedId":"{{saml}}","managementApplication":{"defaultClient":{"id":"{{client}}"},"clients":[{"id":"{{client}}"},{"id":"{{native}}"},{"id":"{{keys}}"}]}`}, events: []string{"managementApplication.removeClient {{app}} *"}},
		{name: "remove what is gone", query: removeClient, variables: `{"id": "{{saml}}"}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "replace what is gone", query: updateClient, variables: `{"id": "{{saml}}", "input": {"saml": {"name": "X", "spEntityId": "x"}}}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "choose what is gone", query: setDefaultClient, variables: `{"id": "{{saml}}"}`, want: []string{`"code":"NOT_FOUND"`}},
		{name: "it is no node and in no filter", query: `query ($c: ID!) { node(id: $c) { id } managementApplications(filter: {clientId: $c}) { totalCount } }`, variables: `{"c": "{{saml}}"}`, want: []string{`{"data":{"node":null,"managementApplications":{"totalCount":0}}}`}},
		{name: "remove another", query: removeClient, variables: `{"id": "{{native}}"}`, want: []string{`"removedId":"{{native}}"`}, events: []string{"managementApplication.removeClient {{app}} *"}},
		{name: "remove the first", query: removeClient, variables: `{"id": "{{client}}"}`, want: []string{`"defaultClient":{"id":"{{keys}}"}`}, events: []string{"managementApplication.removeClient {{app}} *"}},
		{name: "never the last", query: removeClient, variables: `{"id": "{{keys}}"}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["id"],"code":"LAST_CLIENT"`}},
		{name: "to an unknown application", query: addClient, variables: `{"id": "unknown", "input": {"oidc": {"name": "X"}}}`, want: []string{`"code":"NOT_FOUND"`}},
	}))
}

const asClient = `__typename id ... on Client { name managementApplication { id } }`

// TestOneOf sends what @oneOf forbids, in the document and in variables.
func TestOneOf(t *testing.T) {
	const oidc, saml = `{"name": "X"}`, `{"name": "X", "spEntityId": "x"}`
	steps := service(nil)
	for _, bad := range []struct{ name, input string }{
		{"no branch", `{}`},
		{"two branches", `{"oidc": ` + oidc + `, "saml": ` + saml + `}`},
		{"a null branch", `{"oidc": null}`},
		{"a null branch beside another", `{"oidc": null, "saml": ` + saml + `}`},
		{"two null branches", `{"oidc": null, "saml": null}`},
	} {
		literal := strings.NewReplacer(`"name"`, `name`, `"spEntityId"`, `spEntityId`, `"oidc"`, `oidc`, `"saml"`, `saml`).Replace(bad.input)
		steps = append(
			steps,
			step{name: bad.name + " in addClient", query: addClient, variables: `{"id": "{{app}}", "input": ` + bad.input + `}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input"],"code":"ONE_OF"`}},
			step{name: bad.name + " in updateClient", query: updateClient, variables: `{"id": "{{client}}", "input": ` + bad.input + `}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input"],"code":"ONE_OF"`}},
			step{name: bad.name + " in firstClient", query: createService, variables: `{"input": {"name": "Y", "firstClient": ` + bad.input + `}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","firstClient"],"code":"ONE_OF"`}},
			step{name: bad.name + " as a literal", query: fmt.Sprintf(`mutation { addClient(managementApplicationId: "{{app}}", input: %s) { client { id } } }`, literal), want: []string{`"code":"`}, not: []string{`INTERNAL`}},
		)
	}
	play(t, append(
		steps,
		step{name: "a branch in a variable that is not there", query: `mutation ($id: ID!, $saml: SamlClientInput) { addClient(managementApplicationId: $id, input: {oidc: {name: "X"}, saml: $saml}) { client { id } } }`, variables: `{"id": "{{app}}"}`, want: []string{`"code":"`}, not: []string{"INTERNAL"}},
		step{name: "nothing happened", query: `{ managementApplications { nodes { revision clients { name } } } }`, want: []string{`[{"revision":1,"clients":[{"name":"service"}]}]`}},
		step{
			name: "one branch in a literal", query: `mutation ($id: ID!) { addClient(managementApplicationId: $id, input: {saml: {name: "Y", spEntityId: "y"}}) { client { id name } } }`, variables: `{"id": "{{app}}"}`,
			want: []string{`"name":"Y"`}, save: map[string]string{"added": "data.addClient.client.id"}, events: []string{"managementApplication.addClient {{app}} clients.{{added}}.id *"},
		},
	))
}

// TestClientRules sends clients that break a rule, each with the path of the violation.
func TestClientRules(t *testing.T) {
	steps := service(nil)
	for _, bad := range []struct{ name, input, path, code string }{
		{"no name", `"name": ""`, `"name"`, "REQUIRED"},
		{"http for a web client", `"redirectUris": ["https://a.example", "http://a.example"]`, `"redirectUris",1`, "INVALID_URI"},
		{"http on loopback with ID_TOKEN", `"redirectUris": ["http://localhost/cb"], "responseTypes": ["ID_TOKEN"]`, `"redirectUris",0`, "INVALID_URI"},
		{"a private-use scheme for a web client", `"redirectUris": ["com.example:/cb"]`, `"redirectUris",0`, "INVALID_URI"},
		{"a scheme without a dot for a native client", `"clientType": "NATIVE", "redirectUris": ["example:/cb"]`, `"redirectUris",0`, "INVALID_URI"},
		{"the name localhost for a native client", `"clientType": "NATIVE", "redirectUris": ["http://localhost/cb"]`, `"redirectUris",0`, "INVALID_URI"},
		{"a script", `"redirectUris": ["javascript:alert(1)"]`, `"redirectUris",0`, "INVALID_URI"},
		{"a fragment", `"redirectUris": ["https://a.example/#"]`, `"redirectUris",0`, "INVALID_URI"},
		{"user information", `"redirectUris": ["https://u:p@a.example"]`, `"redirectUris",0`, "INVALID_URI"},
		{"a wildcard", `"redirectUris": ["https://*.a.example"]`, `"redirectUris",0`, "INVALID_URI"},
		{"a relative URI", `"redirectUris": ["/cb"]`, `"redirectUris",0`, "INVALID_URI"},
		{"one twice", `"redirectUris": ["https://a.example", "https://a.example"]`, `"redirectUris",1`, "DUPLICATE"},
		{"2,049 bytes", `"redirectUris": ["https://a.example/` + strings.Repeat("p", 2049-len("https://a.example/")) + `"]`, `"redirectUris",0`, "TOO_LONG"},
		{"a resource twice", `"resources": ["a", "b", "a"]`, `"resources",2`, "DUPLICATE"},
		{"no response type", `"responseTypes": []`, `"responseTypes"`, "REQUIRED"},
		{"a prompt twice", `"supportedPrompts": ["LOGIN", "LOGIN"]`, `"supportedPrompts",1`, "DUPLICATE"},
		{"a public client without PKCE", `"tokenEndpointAuthMethod": "NONE"`, `"pkce"`, "REQUIRED"},
		{"no keys", `"tokenEndpointAuthMethod": "PRIVATE_KEY_JWT"`, `"jwks"`, "REQUIRED"},
		{"no certificate", `"tokenEndpointAuthMethod": "SELF_SIGNED_TLS_CLIENT_AUTH"`, `"jwks"`, "REQUIRED"},
		{"a private key", `"jwks": ` + privateKeys, `"jwks","keys",0`, "PRIVATE_KEY"},
		{"a symmetric key", `"jwks": {"keys": [{"kty": "oct", "k": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]}`, `"jwks","keys",0`, "PRIVATE_KEY"},
		{"no JWK Set", `"jwks": "keys"`, `"jwks"`, "INVALID_JWKS"},
		{"no approval page", `"deviceAuthorization": {"enabled": true, "successUri": "https://a.example", "inputUri": "https://a.example"}`, `"deviceAuthorization","approvalUri"`, "REQUIRED"},
		{"a success page over http", `"deviceAuthorization": {"successUri": "http://a.example"}`, `"deviceAuthorization","successUri"`, "INVALID_URI"},
	} {
		input := `{"oidc": {"name": "X", ` + bad.input + `}}`
		if strings.HasPrefix(bad.input, `"name"`) {
			input = `{"oidc": {` + bad.input + `}}`
		}
		steps = append(steps, step{
			name: bad.name, query: addClient, variables: `{"id": "{{app}}", "input": ` + input + `}`,
			want: []string{`"code":"BAD_USER_INPUT"`, `"violations":[{"path":["input","oidc",` + bad.path + `],"code":"` + bad.code + `"`}, not: []string{"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"},
		})
	}
	play(t, append(
		steps,
		step{name: "no entity ID and no https", query: addClient, variables: `{"id": "{{app}}", "input": {"saml": {"name": "X", "spEntityId": "", "spAcsUrl": "http://a.example"}}}`, want: []string{`"code":"BAD_USER_INPUT"`, `"path":["input","saml","spEntityId"],"code":"REQUIRED"`, `"path":["input","saml","spAcsUrl"],"code":"INVALID_URI"`}},
		step{name: "nothing happened", query: `{ managementApplications { nodes { revision clients { name } } } }`, want: []string{`[{"revision":1,"clients":[{"name":"service"}]}]`}},
	))
}
