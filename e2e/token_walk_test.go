package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatehouse/admin"
	"gatehouse/model"
)

// TestPermissionWalkWithTokens sends the request of every operation as management applications whose
// roles allow just what is needed, everything else, or nothing.
func TestPermissionWalkWithTokens(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		w := newWalk(t, d)
		holding := w.tokenHolders(w.administrator(t, admin.DefaultTenantID))
		walkPermissions(t, w, holding)
		walkNodes(t, w, holding)
		walkOpenFields(t, w, holding)
	})
}

// tokenHolders returns a function that finds callers with exactly some permissions in the tenant of
// maker, each made once: management applications with an access token, and two roles that share them.
func (w *walk) tokenHolders(maker caller) func(t *testing.T, permissions []model.Permission) caller {
	known := map[string]caller{}
	return func(t *testing.T, permissions []model.Permission) caller {
		t.Helper()
		name := fmt.Sprint(permissions)
		if _, ok := known[name]; !ok {
			known[name] = w.tokenHolder(t, maker, fmt.Sprintf("token holder %d", len(known)), permissions)
		}
		return known[name]
	}
}

func (w *walk) tokenHolder(t *testing.T, maker caller, name string, permissions []model.Permission) caller {
	t.Helper()
	a := w.must(t, maker, fixtureRequestID, `mutation {
		createManagementApplication(input: {name: "`+name+`"}) { managementApplication { id } clientSecret { clientId value } }
	}`)
	id := a.text(t, "data.createManagementApplication.managementApplication.id")
	client := a.text(t, "data.createManagementApplication.clientSecret.clientId")
	secret := a.text(t, "data.createManagementApplication.clientSecret.value")
	// Two roles, so that the permissions are the union of both.
	for i, part := range [][]model.Permission{permissions[:len(permissions)/2], permissions[len(permissions)/2:]} {
		role := w.must(t, maker, fixtureRequestID, fmt.Sprintf(`mutation { createRole(input: {name: "%s, %d", permissions: [%s]}) { role { id } } }`, name, i, words(part))).text(t, "data.createRole.role.id")
		w.must(t, maker, fixtureRequestID, `mutation { assignRole(roleId: "`+role+`", entityType: APPLICATION, entityIds: ["`+id+`"]) { roleAssignments { id } } }`)
	}
	// RFC 6749 §2.3.1: both halves are form-encoded before they go into the header.
	request := request{path: "/oauth2/token", body: strings.NewReader("grant_type=client_credentials"), header: contentType("application/x-www-form-urlencoded")}
	request.header["Authorization"] = "Basic " + basic(url.QueryEscape(client), url.QueryEscape(secret))
	issued := w.send(t, request)
	if issued.status != http.StatusOK {
		t.Fatalf("the token endpoint answered %d %s", issued.status, issued.body)
	}
	token := issued.text(t, "access_token")
	w.secrets = append(w.secrets, secret, token)
	return caller{
		credential: token, tenant: maker.tenant,
		actor: model.Actor{Type: model.ActorTypeManagementApplication, ID: id, Name: name},
	}
}

// words are permissions as the elements of a list in a request.
func words(permissions []model.Permission) string {
	list := []string{}
	for _, permission := range slices.Sorted(slices.Values(permissions)) {
		list = append(list, permission.String())
	}
	return strings.Join(list, ", ")
}

func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}
