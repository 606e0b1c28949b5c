package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

const (
	sqliteStore  = "sqlite"
	mongoDBStore = "mongodb"
	databaseFile = "gatehouse.db"

	pageSize = 50
	// owners is how many users share the apps, and services how many management applications there are,
	// each with all that one can have.
	owners   = 20
	services = 20
	// tenants is how many others there are beside the one that everything else is measured in, each with
	// a page of apps and one more.
	tenants = 400
)

// location is where a server has its data: a folder, or the URI of a database.
type location struct{ folder, uri, keyset string }

// seeded is a store that both sides start from, and what is in it.
type seeded struct {
	location
	// key is an admin key with every permission.
	key string
	// IDs in the order of creation.
	users, apps, services []string
	// tenants are the IDs of the other tenants.
	tenants []string
}

// seed makes a store in a folder. What has secrets the real program makes; the apps, of which there
// are many, are loaded past it.
func seed(ctx context.Context, s settings, folder string) (base *seeded, err error) {
	base = &seeded{location: location{folder: folder, keyset: filepath.Join(folder, "keyset.json")}}
	if err := base.fillServices(ctx, s); err != nil {
		return nil, err
	}
	opened, err := openStore(ctx, base.location)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	total := s.apps + depthWindow + 1
	start := time.Now().Add(-time.Duration(total+owners+tenants*(pageSize+1)) * time.Millisecond)
	users := make([]*model.User, owners)
	for i := range users {
		users[i] = &model.User{Entity: base.entity(&start), Username: fmt.Sprintf("user-%d", i), IsActive: true}
		users[i].Normalize()
		base.users = append(base.users, users[i].ID)
	}
	if err := opened.Users.Load(ctx, users); err != nil {
		return nil, err
	}
	load := loader(ctx, opened)
	for i := range total {
		app := newApp(base.entity(&start), base.users[i%owners], i)
		base.apps = append(base.apps, app.ID)
		if err := load(app); err != nil {
			return nil, err
		}
	}
	for range tenants {
		tenant, owner := model.NewID(start), model.NewID(start)
		base.tenants = append(base.tenants, tenant)
		for i := range pageSize + 1 {
			app := newApp(base.entity(&start), owner, i)
			app.TenantID = tenant
			if err := load(app); err != nil {
				return nil, err
			}
		}
	}
	return base, load(nil)
}

// loader loads apps many at once; nil loads what is left.
func loader(ctx context.Context, s *store.Store) func(*model.App) error {
	const batch = 5000
	var waiting []*model.App
	return func(app *model.App) error {
		if app != nil {
			waiting = append(waiting, app)
		}
		if app != nil && len(waiting) < batch {
			return nil
		}
		load := waiting
		waiting = nil
		return s.Apps.Load(ctx, load)
	}
}

func newApp(entity model.Entity, owner string, number int) *model.App {
	uri := "https://example.com/callback"
	app := &model.App{Entity: entity, UserID: owner, Name: fmt.Sprintf("app %07d", number), RedirectURI: &uri, IsActive: true}
	app.Normalize()
	return app
}

// entity is a new document, a millisecond younger than the one before.
func (*seeded) entity(at *time.Time) model.Entity {
	*at = at.Add(time.Millisecond)
	return model.NewEntity(admin.DefaultTenantID, model.SystemActor(), *at)
}

// fillServices has the real program make the admin key and the management applications, in an empty
// folder, so that secrets are sealed and defaults filled in as they always are.
func (base *seeded) fillServices(ctx context.Context, s settings) (err error) {
	if err := os.Mkdir(base.folder, 0o700); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if _, err := secret.Create(base.keyset); err != nil {
		return err
	}
	p, err := startGatehouse(ctx, s.program, filepath.Join(filepath.Dir(base.folder), "seed.log"), base.location)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	base.key = p.firstKey
	c, err := dial(ctx, p.address, "/graphql", base.key)
	if err != nil {
		return err
	}
	defer c.close()
	for i := range services {
		id, err := makeService(c, i)
		if err != nil {
			return fmt.Errorf("make a management application: %w", err)
		}
		base.services = append(base.services, id)
	}
	return nil
}

// makeService makes a management application that has everything, and two clients beside its first.
func makeService(c *client, i int) (string, error) {
	var made struct {
		CreateManagementApplication struct{ ManagementApplication struct{ ID string } }
	}
	number := strconv.Itoa(i)
	err := mutate(c, `mutation ($input: CreateManagementApplicationInput!) { createManagementApplication(input: $input) { managementApplication { id } } }`,
		map[string]any{"input": service(number)}, &made)
	if err != nil {
		return "", err
	}
	id := made.CreateManagementApplication.ManagementApplication.ID
	for _, input := range []map[string]any{{"oidc": nativeClient()}, {"saml": samlClient(number)}} {
		err := mutate(c, `mutation ($id: ID!, $input: ClientInput!) { addClient(managementApplicationId: $id, input: $input) { client { id } } }`,
			map[string]any{"id": id, "input": input}, &struct{}{})
		if err != nil {
			return "", err
		}
	}
	return id, nil
}

func mutate(c *client, query string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	text, err := c.ask(body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &struct{ Data any }{into})
}

func service(number string) map[string]any {
	uris := []string{"https://service.example.com/callback", "https://service.example.com/silent"}
	return map[string]any{
		"name": "Service " + number, "description": "Administers users, apps and roles for team " + number + ".",
		"logo": "https://service.example.com/logo.png", "loginUri": "https://service.example.com/login",
		"pkce": "ALLOW_PKCE_ALONGSIDE_CLIENT_CREDENTIALS", "serviceProviders": []string{"billing", "support"},
		"allowPublicSignup": true, "passwordSharingGroupId": "group-" + number, "subdomain": "service-" + number,
		"inviteMemberUri": "https://service.example.com/invite", "customDomain": "service-" + number + ".example.com",
		"externalCommunication": map[string]any{"language": "FR_CA"}, "refreshTokenInvalidation": map[string]any{"onMemberSuspension": false},
		"firstClient": map[string]any{"oidc": map[string]any{
			"name": "Backend", "description": "Runs on the team's servers.", "clientGroupId": "group-" + number, "redirectUris": uris,
			"resources": []string{"https://api.example.com"}, "responseTypes": []string{"CODE", "ID_TOKEN"},
			"deviceAuthorization": map[string]any{
				"enabled": true, "approvalUri": "https://service.example.com/approve", "successUri": "https://service.example.com/done", "inputUri": "https://service.example.com/code",
			},
		}},
		"loginPreferences": map[string]any{"authMethods": map[string]any{
			"google":      map[string]any{"clientId": "1-a.apps.googleusercontent.com", "clientSecret": "google", "redirectUris": uris},
			"facebook":    map[string]any{"clientId": "12345", "clientSecret": "facebook", "redirectUris": uris},
			"apple":       map[string]any{"clientId": "com.example.service", "appleTeamId": "ABCDE12345", "keyId": "12345ABCDE", "redirectUris": uris},
			"line":        map[string]any{"clientId": "1234567890", "clientSecret": "line"},
			"email":       map[string]any{"message": map[string]any{"from": "Service <login@example.com>", "subject": "Your link"}},
			"emailOtp":    map[string]any{"message": map[string]any{"from": "login@example.com", "subject": "Your code"}},
			"sms":         map[string]any{},
			"webauthnApi": map[string]any{"rpId": "example.com", "rpOrigin": "https://example.com", "rpOrigins": []string{"https://login.example.com"}},
			"password":    map[string]any{"message": map[string]any{"from": "login@example.com", "subject": "Your password"}},
			"totp":        map[string]any{"issuer": "Service " + number},
		}},
	}
}

func nativeClient() map[string]any {
	return map[string]any{
		"name": "Desktop", "clientType": "NATIVE", "redirectUris": []string{"http://127.0.0.1/callback", "com.example.desktop:/callback"},
		"tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "pkce": "ENFORCE_PKCE_ALONGSIDE_CLIENT_CREDENTIALS",
		"jwks": map[string]any{"keys": []any{map[string]any{ // the example of RFC 8037, appendix A.2
			"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
		}}},
	}
}

func samlClient(number string) map[string]any {
	return map[string]any{
		"name": "Intranet", "spEntityId": "https://intranet.example.com/" + number, "spAcsUrl": "https://intranet.example.com/acs",
		"spNameIdType": "USERNAME",
	}
}

// copyFor gives a side a copy of the data. The keyset stays where it is and opens the secrets of all.
func (base *seeded) copyFor(ctx context.Context, s settings, name, side, folder string) (at location, drop func(context.Context) error, err error) {
	if name == sqliteStore {
		at := location{folder: filepath.Join(folder, name+"-"+side), keyset: base.keyset}
		if err := os.CopyFS(at.folder, os.DirFS(base.folder)); err != nil {
			return at, nil, fmt.Errorf("copy the data folder: %w", err)
		}
		return at, func(context.Context) error { return os.RemoveAll(at.folder) }, nil
	}
	database := "gatehouse_bench_" + strconv.Itoa(os.Getpid()) + "_" + side
	uri, err := storetest.MongoDBNamed(s.mongoDB, database)
	if err != nil {
		return at, nil, fmt.Errorf("-mongodb-uri: %w", err)
	}
	from, err := sqlite.Open(ctx, filepath.Join(base.folder, databaseFile))
	if err != nil {
		return at, nil, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := mongodb.Open(ctx, uri)
	if err != nil {
		return at, nil, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	drop = func(ctx context.Context) error { return storetest.DropMongoDB(ctx, uri, database) }
	if _, err := store.Copy(ctx, from, to, false, func(string, int, bool) {}); err != nil {
		return at, nil, errors.Join(err, drop(context.WithoutCancel(ctx)))
	}
	return location{uri: uri, keyset: base.keyset}, drop, nil
}

// openStore opens a copy in this process.
func openStore(ctx context.Context, at location) (*store.Store, error) {
	var backend store.Backend
	var err error
	if at.uri != "" {
		backend, err = mongodb.Open(ctx, at.uri)
	} else {
		backend, err = sqlite.Open(ctx, filepath.Join(at.folder, databaseFile))
	}
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, backend, store.Options{})
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	return s, nil
}
