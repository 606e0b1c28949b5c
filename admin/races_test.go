package admin_test

import (
	"context"
	"testing"

	"gatehouse/model"
)

func TestRacesOfManagementApplications(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name string
			race func(context.Context, *testing.T, *world)
		}{
			{"secrets", raceSecrets},
			{"revocations", raceRevocations},
			{"removed clients", raceRemovals},
			{"authentication hubs", raceHubs},
			{"subdomains of two tenants", raceSubdomains},
		} {
			t.Run(c.name, func(t *testing.T) { c.race(caller(t.Context(), "tenant of "+c.name), t, w) })
		}
	})
}

// raceSecrets generates twenty secrets at once for a client that has one.
func raceSecrets(ctx context.Context, t *testing.T, w *world) {
	made := create(ctx, t, w.admin, application("billing"))
	client := made.ManagementApplication.ClientIDs[0]
	results := race(20, func(int) error {
		_, err := w.admin.GenerateClientSecret(ctx, client, nil)
		return err
	})
	if won := winners(t, results, model.BadUserInput, "TOO_MANY_SECRETS"); won != 1 {
		t.Errorf("%d of 20 made a second secret; want 1", won)
	}
	app := read(ctx, t, w.admin, made.ManagementApplication.ID)
	if n := len(app.StoredClients[0].OIDC.Secrets); n != 2 || app.Revision != 2 {
		t.Errorf("the client has %d secrets at revision %d; want 2 at revision 2", n, app.Revision)
	}
}

// raceRevocations revokes both secrets of a client at once.
func raceRevocations(ctx context.Context, t *testing.T, w *world) {
	made := create(ctx, t, w.admin, application("billing"))
	client := made.ManagementApplication.ClientIDs[0]
	second, err := w.admin.GenerateClientSecret(ctx, client, nil)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{made.ClientSecret.ID, second.ClientSecret.ID}
	results := race(len(ids), func(i int) error {
		_, err := w.admin.RevokeClientSecret(ctx, client, ids[i])
		return err
	})
	if won := winners(t, results, model.BadUserInput, "LAST_SECRET"); won != 1 {
		t.Errorf("%d of 2 secrets were revoked; want 1", won)
	}
}

// raceRemovals removes every client of an application at once.
func raceRemovals(ctx context.Context, t *testing.T, w *world) {
	made := create(ctx, t, w.admin, application("billing"))
	id := made.ManagementApplication.ID
	for range 7 {
		if _, err := w.admin.AddClient(ctx, id, oidc("another")); err != nil {
			t.Fatal(err)
		}
	}
	clients := read(ctx, t, w.admin, id).ClientIDs
	results := race(len(clients), func(i int) error {
		_, err := w.admin.RemoveClient(ctx, clients[i])
		return err
	})
	if won := winners(t, results, model.BadUserInput, "LAST_CLIENT"); won != len(clients)-1 {
		t.Errorf("%d of %d clients were removed; want all but one", won, len(clients))
	}
	app := read(ctx, t, w.admin, id)
	if len(app.StoredClients) != 1 || app.DefaultClientID != app.StoredClients[0].ID {
		t.Errorf("%d clients are left, and %s is the default one of %v", len(app.StoredClients), app.DefaultClientID, app.ClientIDs)
	}
}

// raceHubs makes two applications the one authentication hub of their tenant at once.
func raceHubs(ctx context.Context, t *testing.T, w *world) {
	results := race(2, func(i int) error {
		in := application([]string{"billing", "support"}[i])
		in.AuthenticatorPreferences = &model.AuthenticatorPreferences{IsCentralized: true, LoginURI: new("https://example.com")}
		_, err := w.admin.CreateManagementApplication(ctx, in)
		return err
	})
	if won := winners(t, results, model.Conflict, ""); won != 1 {
		t.Errorf("%d of 2 became the authentication hub; want 1", won)
	}
	page, err := w.admin.ManagementApplications(ctx, model.PageArgs{}, nil, nil)
	if err != nil || len(page.Nodes) != 1 {
		t.Errorf("%d applications, %v; want the hub alone", len(page.Nodes), err)
	}
}

// raceSubdomains takes one subdomain in two tenants at once.
func raceSubdomains(ctx context.Context, t *testing.T, w *world) {
	results := race(2, func(i int) error {
		in := application("billing")
		in.Subdomain = new([]string{"Billing", "billing"}[i])
		_, err := w.admin.CreateManagementApplication(caller(ctx, []string{"one", "other"}[i]), in)
		return err
	})
	if won := winners(t, results, model.Conflict, ""); won != 1 {
		t.Errorf("%d of 2 tenants have the subdomain; want 1", won)
	}
}
