package admin_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"gatehouse/auth"
	"gatehouse/model"
)

// TestCredentialsOfAnApplication has somebody ask for credentials of an application that may do more
// than they may.
func TestCredentialsOfAnApplication(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		t.Helper()
		ctx := caller(t.Context(), "tenant")
		made := create(ctx, t, w.admin, application("billing"))
		app := made.ManagementApplication
		if _, err := w.admin.UpdateLoginPreferences(ctx, app.ID, google("provided"), nil); err != nil {
			t.Fatal(err)
		}
		role, err := w.admin.CreateRole(ctx, model.CreateRoleInput{
			Name: "reader", Permissions: []model.Permission{model.PermissionAppsRead, model.PermissionUsersDelete},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.admin.AssignRole(ctx, role.Role.ID, model.RoleEntityTypeApplication, []string{app.ID}); err != nil {
			t.Fatal(err)
		}
		lesser := without(ctx, t, model.PermissionUsersDelete)
		clientID := app.ClientIDs[0]

		for _, c := range []struct {
			name string
			try  func(ctx context.Context) error
			// credential says that it hands one out.
			credential bool
		}{
			{"add a client", func(ctx context.Context) error {
				_, err := w.admin.AddClient(ctx, app.ID, oidc("another"))
				return err
			}, true},
			{"generate a secret", func(ctx context.Context) error {
				_, err := w.admin.GenerateClientSecret(ctx, clientID, nil)
				return err
			}, true},
			{"reveal a secret", func(ctx context.Context) error {
				_, err := w.admin.Reveal(ctx, first(t, app))
				return err
			}, true},
			{"reveal the secret of another party", func(ctx context.Context) error {
				_, err := w.admin.Reveal(ctx, read(ctx, t, w.admin, app.ID).LoginPreferences().AuthMethods.Google.ClientSecret)
				return err
			}, false},
			{"rename a client", func(ctx context.Context) error {
				_, err := w.admin.UpdateClient(ctx, clientID, oidc("renamed"), nil)
				return err
			}, false},
			{"have the client prove who it is in another way", func(ctx context.Context) error {
				in := oidc("renamed")
				in.Oidc.Value().TokenEndpointAuthMethod = model.TokenEndpointAuthMethodClientSecretPost
				_, err := w.admin.UpdateClient(ctx, clientID, in, nil)
				return err
			}, true},
			{"have the client prove who it is with a key", func(ctx context.Context) error {
				in := oidc("renamed")
				in.Oidc.Value().TokenEndpointAuthMethod, in.Oidc.Value().Jwks = model.TokenEndpointAuthMethodPrivateKeyJwt, jwks(t, 1)
				_, err := w.admin.UpdateClient(ctx, clientID, in, nil)
				return err
			}, true},
			{"have the client prove who it is with another key", func(ctx context.Context) error {
				in := oidc("renamed")
				in.Oidc.Value().TokenEndpointAuthMethod, in.Oidc.Value().Jwks = model.TokenEndpointAuthMethodPrivateKeyJwt, jwks(t, 2)
				_, err := w.admin.UpdateClient(ctx, clientID, in, nil)
				return err
			}, true},
			{"rename a client that has a key", func(ctx context.Context) error {
				in := oidc("renamed again")
				in.Oidc.Value().TokenEndpointAuthMethod, in.Oidc.Value().Jwks = model.TokenEndpointAuthMethodPrivateKeyJwt, jwks(t, 2)
				_, err := w.admin.UpdateClient(ctx, clientID, in, nil)
				return err
			}, false},
		} {
			before := read(ctx, t, w.admin, app.ID).Revision
			err := c.try(lesser)
			kind, _ := code(err)
			switch {
			case !c.credential && err != nil:
				t.Errorf("%s: %v", c.name, err)
			case c.credential && (kind != model.Forbidden || !strings.Contains(err.Error(), "USERS_DELETE")):
				t.Errorf("%s, lacking a permission: %v; want FORBIDDEN, and which it is", c.name, err)
			case c.credential && read(ctx, t, w.admin, app.ID).Revision != before:
				t.Errorf("%s: is refused and done", c.name)
			}
			if err := c.try(ctx); err != nil {
				t.Errorf("%s, holding everything: %v", c.name, err)
			}
		}
	})
}

// without is the caller of ctx, who lacks one permission.
func without(ctx context.Context, t *testing.T, lacking model.Permission) context.Context {
	t.Helper()
	principal, err := auth.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	lesser := *principal
	lesser.Permissions = nil
	for _, p := range principal.Permissions {
		if p != lacking {
			lesser.Permissions = append(lesser.Permissions, p)
		}
	}
	return auth.With(ctx, &lesser)
}

// jwks is a set of one public key, another for each seed.
func jwks(t *testing.T, seed byte) *model.JSON {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	set, err := model.NewJSON(map[string]any{"keys": []any{map[string]any{
		"kty": "OKP", "crv": "Ed25519", "kid": "key", "x": base64.RawURLEncoding.EncodeToString(private[ed25519.SeedSize:]),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return &set
}
