package admin_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
)

// TestTenants makes tenants and their keys.
func TestTenants(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		for i, err := range race(6, func(int) error { return w.admin.EnsureDefaultTenant(t.Context()) }) {
			if err != nil {
				t.Errorf("start %d: %v", i, err)
			}
		}
		results := race(6, func(int) error {
			_, _, err := w.admin.CreateTenant(t.Context(), " Acme ")
			return err
		})
		if won := winners(t, results, model.Conflict, ""); won != 1 {
			t.Errorf("%d tenants of one name were made", won)
		}
		if _, _, err := w.admin.CreateTenant(t.Context(), "ＡＣＭＥ"); err == nil {
			t.Error("a second tenant got the name in another spelling")
		}
		if _, _, err := w.admin.CreateTenant(t.Context(), "Default"); err == nil {
			t.Error("a second tenant got the name of the default one")
		}
		if kind, violation := code(lastOf(w.admin.CreateTenant(t.Context(), "\t"))); kind != model.BadUserInput || violation != "REQUIRED" {
			t.Errorf("a blank name is %s %s", kind, violation)
		}
		var names []string
		var acme *model.Tenant
		if err := w.admin.Tenants(t.Context(), func(tenant *model.Tenant) error {
			names, acme = append(names, tenant.Name), tenant
			return nil
		}); err != nil || !slices.Equal(names, []string{"default", "Acme"}) {
			t.Fatalf("the tenants are %v %v", names, err)
		}
		key, err := w.admin.TenantKey(t.Context(), acme.ID)
		if err != nil {
			t.Fatal(err)
		}
		callers := auth.NewAuthenticator(auth.AuthenticatorOptions{Store: w.store, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		principal, err := callers.Authenticate(t.Context(), "Bearer "+key)
		if err != nil || principal.TenantID != acme.ID || !slices.Equal(principal.Permissions, model.AllPermission) {
			t.Errorf("the key opens %+v %v", principal, err)
		}
		for _, unknown := range []string{"", "unknown", "Acme", model.NewID(time.Now())} {
			_, err := w.admin.TenantKey(t.Context(), unknown)
			if kind, _ := code(err); kind != model.NotFound {
				t.Errorf("a key of the tenant %q: %v", unknown, err)
			}
		}
		events := trail(caller(t.Context(), acme.ID), t, w, nil)
		if len(events) != 2 || events[0].Action != "adminKey.create" || events[0].Actor.Type != model.ActorTypeSystem || events[0].RequestID != "" {
			t.Errorf("the trail of the tenant has %+v", events)
		}
		if events := trail(caller(t.Context(), admin.DefaultTenantID), t, w, nil); len(events) != 0 {
			t.Errorf("the trail of the default tenant has %+v", events)
		}
	})
}

// lastOf is the error of a creation.
func lastOf(_ *model.Tenant, _ string, err error) error { return err }
