package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatehouse/e2e/client"
)

// TestNobodyGetsInWithoutAKey sends every kind of request with every kind of bad credential.
func TestNobodyGetsInWithoutAKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		credentials := map[string]string{
			"none":               "",
			"a wrong key":        "Bearer gk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"half a key":         "Bearer " + p.key[:len(p.key)-1],
			"a key and more":     "Bearer " + p.key + "A",
			"no scheme":          p.key,
			"another scheme":     "Basic " + p.key,
			"no key":             "Bearer",
			"an empty key":       "Bearer ",
			"the hash of no key": "Bearer e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			"a query":            `Bearer {"$ne":null}`,
			"two keys":           "Bearer x, Bearer " + p.key,
		}
		bodies := map[string]string{
			"query":         `{"query": "{ viewer { tenantId } }"}`,
			"mutation":      `{"query": "mutation { createUser(input: {username: \"eve\"}) { user { id } } }"}`,
			"introspection": `{"query": "{ __schema { types { name } } }"}`,
			"type name":     `{"query": "{ __typename }"}`,
			"malformed":     `{"query": `,
		}
		for credential, value := range credentials {
			for kind, body := range bodies {
				a := p.send(t, request{body: strings.NewReader(body), header: map[string]string{"Authorization": value, "X-Request-Id": "who-knows"}})
				if a.status != http.StatusUnauthorized || a.text(t, "errors.0.extensions.code") != "UNAUTHENTICATED" || a.at(t, "data") != nil {
					t.Errorf("a %s with %s was answered %d %s", kind, credential, a.status, a.body)
				}
				if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") || a.header.Get("X-Request-Id") != "who-knows" {
					t.Errorf("a %s with %s was answered with the header %v", kind, credential, a.header)
				}
			}
		}
		for _, several := range [][]string{{"Bearer " + p.key, "Bearer x"}, {"Bearer x", "Bearer " + p.key}, {"Bearer " + p.key, ""}, {"Bearer " + p.key, "Bearer " + p.key}} {
			if status := p.asksWith(t, several); status != http.StatusUnauthorized {
				t.Errorf("several Authorization headers with the key in one were answered %d", status)
			}
		}
		if a := p.ask(t, `{ users { totalCount } }`, ""); a.body != `{"data":{"users":{"totalCount":0}}}` {
			t.Errorf("afterwards there is %s", a.body)
		}
		p.stop(t)
		for _, event := range d.events(t) {
			if event.Action != "adminKey.create" {
				t.Errorf("somebody without a key left the audit event %s", event.Action)
			}
		}
	})
}

// asksWith asks who is calling, with these Authorization headers, and returns the status.
func (p *program) asksWith(t *testing.T, authorization []string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/graphql", requestBody(t, `{ viewer { tenantId } }`, ""))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": authorization}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// TestViewer asks who is calling, with the first key and with a configured one.
func TestViewer(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		first := d.start(t)
		who, err := client.WhoAmI(t.Context(), first.client())
		if err != nil {
			t.Fatal(err)
		}
		v := who.Viewer
		if v.Actor.Type != client.ActorTypeAdminKey || v.Actor.Name != "first key" || v.TenantId == "" {
			t.Errorf("the first key is %+v", v)
		}
		if !slices.Equal(v.Permissions, client.AllPermission) {
			t.Errorf("the first key has the permissions %v", v.Permissions)
		}
		// The schemes of credentials are not case-sensitive (RFC 9110 §11.1).
		a := first.send(t, request{body: requestBody(t, `{ viewer { tenantId } }`, ""), header: map[string]string{"Authorization": "bearer " + first.key}})
		if a.status != http.StatusOK {
			t.Errorf("the scheme in lower case was answered %d %s", a.status, a.body)
		}
		first.stop(t)

		const configured = "a key that the operator has chosen, in 40"
		key := strings.ReplaceAll(configured, " ", "_")
		second := d.start(t, "GATEHOUSE_ADMIN_KEY="+key)
		for _, credential := range []string{key, d.key} {
			second.key = credential
			who, err := client.WhoAmI(t.Context(), second.client())
			if err != nil {
				t.Fatalf("beside a configured key: %v", err)
			}
			if !slices.Equal(who.Viewer.Permissions, client.AllPermission) || who.Viewer.TenantId != v.TenantId {
				t.Errorf("beside a configured key the viewer is %+v", who.Viewer)
			}
		}
		second.stop(t)

		third := d.start(t)
		third.key = key
		if a := third.ask(t, `{ viewer { tenantId } }`, ""); a.status != http.StatusUnauthorized {
			t.Errorf("a key that is no longer configured was answered %d %s", a.status, a.body)
		}
		third.stop(t)
	})
}
