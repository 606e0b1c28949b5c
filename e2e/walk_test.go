package e2e_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

// otherTenantID is a tenant beside the first one.
const otherTenantID = "00000000-0000-7000-8000-0000000000b2"

// walk is one server, and beside it its data, for a suite that follows the table of operations.
type walk struct {
	*program
	schema  *ast.Schema
	backend store.Backend
	store   *store.Store
	// fixtures is how many were made; their names carry their number.
	fixtures int
	// secrets are those that the fixtures hold.
	secrets []string
}

func newWalk(t *testing.T, d *data) *walk {
	t.Helper()
	w := &walk{program: d.start(t), schema: loadSchema(t), backend: d.backend(t)}
	var err error
	if w.store, err = store.Open(t.Context(), w.backend, store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closing(t, w.store) })
	return w
}

// caller is somebody with a credential.
type caller struct {
	credential string
	tenant     string
	actor      model.Actor
}

// keyHolder puts an admin key into the store and returns who calls with it. It works until expiresAt,
// unless that is nil.
func (w *walk) keyHolder(t *testing.T, tenant string, expiresAt *time.Time, permissions ...model.Permission) caller {
	t.Helper()
	key := auth.NewKey()
	doc := &model.AdminKey{
		Entity: model.NewEntity(tenant, model.Actor{Type: model.ActorTypeSystem, ID: "test", Name: "test"}, time.Now()),
		Name:   fmt.Sprintf("key with %d permissions", len(permissions)),
		Hint:   auth.HintOf(key), Hash: auth.HashKey(key), Permissions: permissions, ExpiresAt: expiresAt,
	}
	if err := w.store.AdminKeys.Insert(t.Context(), doc, nil); err != nil {
		t.Fatal(err)
	}
	w.secrets = append(w.secrets, key)
	return caller{credential: key, tenant: tenant, actor: model.Actor{Type: model.ActorTypeAdminKey, ID: doc.ID, Name: doc.Name}}
}

// administrator holds every permission in a tenant.
func (w *walk) administrator(t *testing.T, tenant string) caller {
	t.Helper()
	return w.keyHolder(t, tenant, nil, model.AllPermission...)
}

// as sends a GraphQL request with somebody's credential and this request ID.
func (w *walk) as(t testing.TB, who caller, requestID, query string) answer {
	t.Helper()
	credential := ""
	if who.credential != "" {
		credential = "Bearer " + who.credential
	}
	return w.send(t, request{
		body:   requestBody(t, query, ""),
		header: map[string]string{"Authorization": credential, "X-Request-Id": requestID},
	})
}

// must sends a request that has to succeed.
func (w *walk) must(t *testing.T, who caller, requestID, query string) answer {
	t.Helper()
	a := w.as(t, who, requestID, query)
	if a.status != 200 || strings.Contains(a.body, `"errors":`) {
		t.Fatalf("%s was answered %d %s", query, a.status, a.body)
	}
	return a
}

// fixtureRequestID is the request ID of what makes fixtures.
const fixtureRequestID = "fixture"

// furnish makes one of everything in the tenant of who, and returns the IDs and names by which the
// requests of the table call them: a user with two apps and another user without, a management
// application with two OIDC clients, of which the default one has two secrets, and a SAML client, an
// admin key, and a role of the user and the management application, which allows nothing: what it allowed, callers
// would need who hand out credentials of the application. Further the audit event of the user, and who
// did all that.
func (w *walk) furnish(t *testing.T, who caller) map[string]string {
	t.Helper()
	w.fixtures++
	n := strconv.Itoa(w.fixtures)
	made := map[string]string{"n": n, "username": "user-" + n + "-steve", "loginSecret": "facebook-" + n, "actor": who.actor.ID}
	take := func(a answer, paths map[string]string) {
		for name, path := range paths {
			made[name] = a.text(t, "data."+path)
		}
	}
	take(w.must(t, who, fixtureRequestID, expand(t, `mutation {
		user: createUser(input: {username: "{{username}}", firstName: "Steve", email: "steve@example.com"}) { user { id } }
		other: createUser(input: {username: "other-{{n}}"}) { user { id } }
		role: createRole(input: {name: "role-{{n}}", permissions: []}) { role { id } }
		service: createManagementApplication(input: {
			name: "service-{{n}}", subdomain: "service-{{n}}", customDomain: "service-{{n}}.example.com"
			loginPreferences: {authMethods: {facebook: {clientId: "12345", clientSecret: "{{loginSecret}}"}}}
		}) { managementApplication { id } clientSecret { id clientId value } }
		key: createAdminKey(input: {name: "key-{{n}}", permissions: []}) { adminKey { id } key }
	}`, made)), map[string]string{
		"user": "user.user.id", "other": "other.user.id", "role": "role.role.id", "service": "service.managementApplication.id",
		"client": "service.clientSecret.clientId", "secret": "service.clientSecret.id", "secretValue": "service.clientSecret.value",
		"adminKey": "key.adminKey.id", "adminKeyValue": "key.key",
	})
	apple := ecKey(t)
	take(w.must(t, who, fixtureRequestID, expand(t, `mutation {
		app: createApp(input: {userId: "{{user}}", name: "app", redirectUri: "https://example.com/"}) { app { id } }
		app2: createApp(input: {userId: "{{user}}", name: "app 2"}) { app { id } }
		spare: addClient(managementApplicationId: "{{service}}", input: {oidc: {name: "spare"}}) { client { id } clientSecret { value } }
		saml: addClient(managementApplicationId: "{{service}}", input: {saml: {name: "saml", spEntityId: "urn:example"}}) { client { id } }
		second: generateClientSecret(clientId: "{{client}}") { clientSecret { value } }
		user: assignRole(roleId: "{{role}}", entityType: USER, entityIds: ["{{user}}"]) { roleAssignments { id } }
		service: assignRole(roleId: "{{role}}", entityType: APPLICATION, entityIds: ["{{service}}"]) { roleAssignments { id } }
	}`, made)), map[string]string{
		"app": "app.app.id", "app2": "app2.app.id", "spare": "spare.client.id", "saml": "saml.client.id",
		"spareValue": "spare.clientSecret.value", "secondValue": "second.clientSecret.value",
		"assignment": "user.roleAssignments.0.id", "serviceAssignment": "service.roleAssignments.0.id",
	})
	w.must(t, who, fixtureRequestID, expand(t, `mutation { updateLoginPreferences(applicationId: "{{app}}", input: {authMethods: {
		line: {clientId: "1234567890", clientSecret: "line-{{n}}"}
		apple: {clientId: "com.example", appleTeamId: "ABCDE12345", keyId: "12345ABCDE", clientSecret: `+strconv.Quote(apple)+`}
	}}) { application { id } } }`, made))
	take(w.must(t, who, fixtureRequestID, expand(t, `{ auditEvents(filter: {entityId: "{{user}}"}) { nodes { id } } }`, made)), map[string]string{"event": "auditEvents.nodes.0.id"})
	for _, name := range []string{"adminKeyValue", "loginSecret", "secretValue", "spareValue", "secondValue"} {
		w.secrets = append(w.secrets, made[name])
	}
	w.secrets = append(w.secrets, "line-"+n, strings.Split(apple, "\n")[1])
	return made
}

// placesIn are the names in a request that stand for something of a fixture's tenant.
func placesIn(request string) []string {
	var places []string
	for _, place := range regexp.MustCompile(`{{\w+}}`).FindAllString(request, -1) {
		if name := strings.Trim(place, "{}"); name != "n" && !slices.Contains(places, name) {
			places = append(places, name)
		}
	}
	return places
}

// dump is every document of a tenant, audit events included, by collection and ID. What processes
// keep for themselves is left out: when a key was last used, and the outboxes, which are emptied
// before.
func (w *walk) dump(t *testing.T, tenant string) map[string]string {
	t.Helper()
	// Another process may still have to deliver the events of a change that it has answered.
	if err := w.store.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	const size = 500
	lastUse := regexp.MustCompile(`"lastUsedAt": ?\{"\$date": ?\{[^}]*\}\},?`)
	documents := map[string]string{}
	for _, schema := range store.Catalogue() {
		for after := ""; ; {
			page, err := w.backend.All(t.Context(), schema, after, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, doc := range page {
				header, err := store.ParseHeader(doc)
				if err != nil {
					t.Fatal(err)
				}
				after = header.ID
				if header.TenantID == tenant {
					documents[schema.Name+" "+header.ID] = lastUse.ReplaceAllString(doc.String(), "")
				}
			}
			if len(page) < size {
				break
			}
		}
	}
	return documents
}

// eventsOf reads the audit events of a tenant, in the order in which they happened.
func (w *walk) eventsOf(t *testing.T, tenant string) []*model.AuditEvent {
	t.Helper()
	if err := w.store.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	events, err := w.store.AuditEvents.Find(t.Context(), tenant, store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// keyHolders returns a function that finds callers with exactly some permissions in the first tenant, each
// made once.
func (w *walk) keyHolders() func(t *testing.T, permissions []model.Permission) caller {
	known := map[string]caller{}
	return func(t *testing.T, permissions []model.Permission) caller {
		t.Helper()
		name := fmt.Sprint(permissions)
		if _, ok := known[name]; !ok {
			known[name] = w.keyHolder(t, admin.DefaultTenantID, nil, permissions...)
		}
		return known[name]
	}
}

// with is made with some of its values replaced.
func with(made, others map[string]string) map[string]string {
	mixed := maps.Clone(made)
	maps.Copy(mixed, others)
	return mixed
}
