package e2e_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// machineClient is a client of a management application and what it proves itself with.
type machineClient struct {
	Method string           `json:"method"`
	ID     string           `json:"id"`
	Secret string           `json:"secret,omitempty"`
	JWK    *jose.JSONWebKey `json:"jwk,omitempty"`
}

// machine is a management application with a client for each way of authentication, that may read and
// create users.
type machine struct {
	id      string
	clients []machineClient
}

func newMachine(t testing.TB, p *program, name string) machine {
	t.Helper()
	made := p.mustAsk(t, `mutation ($name: String!) { createManagementApplication(input: {name: $name}) {
		managementApplication { id } clientSecret { clientId value }
	} }`, map[string]any{"name": name})
	m := machine{id: made.text(t, "data.createManagementApplication.managementApplication.id")}
	m.clients = append(m.clients, machineClient{
		Method: "client_secret_basic",
		ID:     made.text(t, "data.createManagementApplication.clientSecret.clientId"),
		Secret: made.text(t, "data.createManagementApplication.clientSecret.value"),
	})

	const addClient = `mutation ($id: ID!, $input: OidcClientInput!) { addClient(managementApplicationId: $id, input: {oidc: $input}) { client { id } clientSecret { value } } }`
	added := p.mustAsk(t, addClient, map[string]any{"id": m.id, "input": map[string]any{"name": "post", "tokenEndpointAuthMethod": "CLIENT_SECRET_POST"}})
	m.clients = append(m.clients, machineClient{
		Method: "client_secret_post", ID: added.text(t, "data.addClient.client.id"), Secret: added.text(t, "data.addClient.clientSecret.value"),
	})

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private := jose.JSONWebKey{Key: key, KeyID: "the machine's", Algorithm: string(jose.ES256), Use: "sig"}
	added = p.mustAsk(t, addClient, map[string]any{"id": m.id, "input": map[string]any{
		"name": "key", "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}},
	}})
	m.clients = append(m.clients, machineClient{Method: "private_key_jwt", ID: added.text(t, "data.addClient.client.id"), JWK: &private})

	role := p.mustAsk(t, `mutation ($name: String!) { createRole(input: {name: $name, permissions: [USERS_READ, USERS_CREATE]}) { role { id } } }`, map[string]any{"name": name})
	p.mustAsk(t, `mutation ($role: ID!, $id: ID!) { assignRole(roleId: $role, entityType: APPLICATION, entityIds: [$id]) { roleAssignments { id } } }`,
		map[string]any{"role": role.text(t, "data.createRole.role.id"), "id": m.id})
	return m
}

// mustAsk sends a GraphQL request that must be answered without errors.
func (p *program) mustAsk(t testing.TB, query string, variables map[string]any) answer {
	t.Helper()
	encoded, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	a := p.ask(t, query, string(encoded))
	if a.at(t, "errors") != nil {
		t.Fatalf("%s was answered %d %s", query, a.status, a.body)
	}
	return a
}

// TestMachines lets openid-client and oauth4webapi discover the authorization server, get tokens by
// each way of authentication, use them, look at them and revoke them.
func TestMachines(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		node := oauthNode(t)
		p := d.start(t)
		input, err := json.Marshal(map[string]any{"issuer": p.base, "clients": newMachine(t, p, "a machine").clients})
		if err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), node, filepath.Join("oauth", "machines.mjs"))
		command.Env, command.Stdin = environment(), bytes.NewReader(input)
		var problems bytes.Buffer
		command.Stderr = &problems
		output, err := command.Output()
		if err != nil {
			t.Fatalf("%v\n%s%s", err, output, &problems)
		}
		var report struct {
			OK     bool
			Grants int
		}
		if err := json.Unmarshal(output, &report); err != nil || !report.OK || report.Grants != 12 {
			t.Errorf("the clients report %s %v", output, err)
		}
		p.stop(t)
	})
}
