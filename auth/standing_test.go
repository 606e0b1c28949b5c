package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/auth"
	"gatehouse/model"
)

// TestWhatEndsAToken does to a token's application, or to the token, what must end it, and looks at
// once, in the same process and in another.
func TestWhatEndsAToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*testing.T, *stage, string)
		ends bool
	}{
		{"nothing", func(*testing.T, *stage, string) {}, false},
		{"the application is renamed", func(t *testing.T, s *stage, _ string) {
			t.Helper()
			change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) { app.Name = "renamed" })
		}, false},
		{"the other client is removed", func(t *testing.T, s *stage, _ string) {
			t.Helper()
			change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) {
				app.StoredClients = app.StoredClients[:1]
				app.Normalize()
			})
		}, false},
		{"the client is removed", func(t *testing.T, s *stage, _ string) {
			t.Helper()
			change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) {
				app.StoredClients = app.StoredClients[1:]
				app.Normalize()
			})
		}, true},
		{"the application is deactivated", func(t *testing.T, s *stage, _ string) {
			t.Helper()
			change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) { app.IsActive = false })
		}, true},
		{"the application is deleted", func(t *testing.T, s *stage, _ string) {
			t.Helper()
			remove(t, s.ManagementApplications, s.app.ID, s.event())
		}, true},
		{"the token is revoked", func(t *testing.T, s *stage, token string) {
			t.Helper()
			parsed, err := s.Parse(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // it is no error to do it again
				if err := s.Revoke(t.Context(), parsed); err != nil {
					t.Errorf("Revoke: %v", err)
				}
			}
		}, true},
		{"another token is revoked", func(t *testing.T, s *stage, _ string) {
			t.Helper()
			other := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
			parsed, err := s.Parse(t.Context(), other)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Revoke(t.Context(), parsed); err != nil {
				t.Errorf("Revoke: %v", err)
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
			callers := map[string]*auth.Authenticator{"the process": s.authenticator(s.process), "another process": s.authenticator(s.world.process())}
			for where, caller := range callers {
				if _, err := caller.Authenticate(t.Context(), "Bearer "+token); err != nil {
					t.Fatalf("before, %s: %v", where, err)
				}
			}
			c.do(t, s, token)
			for where, caller := range callers {
				principal, err := caller.Authenticate(t.Context(), "Bearer "+token)
				if ended := is(err, model.Unauthenticated) && principal == nil; ended != c.ends || (err != nil) != c.ends {
					t.Errorf("afterwards, %s: %v %v", where, principal, err)
				}
			}
		})
	}
}

// TestTokensOfAnotherTenant shows tokens that say another tenant than their application's.
func TestTokensOfAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	parsed, err := s.Parse(t.Context(), forge(t, s.header.text(t), s.payload.with("tenant_id", "another").text(t), by(t, s.key.Key)))
	if err != nil {
		t.Fatal(err)
	}
	if principal, err := s.Standing(t.Context(), parsed); principal != nil || !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("Standing = %v, %v; want ErrInvalidToken", principal, err)
	}
	if permissions, err := auth.PermissionsOf(t.Context(), s.Store, "another", s.app.ID); err != nil || len(permissions) != 0 {
		t.Errorf("PermissionsOf, asked for another tenant = %v, %v", permissions, err)
	}
}

// TestPermissionsFollowTheRoles uses one token with a scope and one without while the roles change.
func TestPermissionsFollowTheRoles(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	callers := s.authenticator(s.process)
	whole := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	narrow := issue(t, s.process, auth.Grant{
		Application: s.app, ClientID: s.app.ClientIDs[0], Scope: []model.Permission{model.PermissionRolesRead, model.PermissionAppsRead},
	})
	expect := func(when string, wholly, narrowly []model.Permission) {
		t.Helper()
		for token, want := range map[string][]model.Permission{whole: wholly, narrow: narrowly} {
			principal, err := callers.Authenticate(t.Context(), "Bearer "+token)
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if diff := cmp.Diff(&auth.Principal{
				TenantID: tenant, Permissions: want,
				Actor: model.Actor{Type: model.ActorTypeManagementApplication, ID: s.app.ID, Name: "billing"},
			}, principal); diff != "" {
				t.Errorf("%s: the principal:\n%s", when, diff)
			}
		}
	}
	none := []model.Permission{}
	expect("without a role", none, none)
	appsRole := s.assign(t, s.app, model.PermissionAuditRead, model.PermissionAppsRead)
	expect("with one role", []model.Permission{model.PermissionAppsRead, model.PermissionAuditRead}, []model.Permission{model.PermissionAppsRead})
	rolesRole := s.assign(t, s.app, model.PermissionRolesRead, model.PermissionAppsRead)
	expect("with two roles",
		[]model.Permission{model.PermissionAppsRead, model.PermissionRolesRead, model.PermissionAuditRead},
		[]model.Permission{model.PermissionAppsRead, model.PermissionRolesRead})
	change(t, s.Roles, appsRole.ID, s.event(), func(role *model.Role) {
		role.Permissions = []model.Permission{model.PermissionUsersDelete}
	})
	expect("with a role that changed",
		[]model.Permission{model.PermissionUsersDelete, model.PermissionAppsRead, model.PermissionRolesRead},
		[]model.Permission{model.PermissionAppsRead, model.PermissionRolesRead})
	remove(t, s.Roles, rolesRole.ID, s.event()) // its assignment is still there
	expect("with a role that was deleted", []model.Permission{model.PermissionUsersDelete}, none)
	assignment, err := s.RoleAssignments.One(t.Context(), tenant, "role_entity", appsRole.ID, s.app.ID)
	if err != nil {
		t.Fatal(err)
	}
	remove(t, s.RoleAssignments, assignment.ID, s.event())
	expect("with a role taken away", none, none)

	// A role of a user whose ID is the application's gives it nothing.
	role := s.assign(t, s.application(t, "another"), model.PermissionAppsRead)
	users := &model.RoleAssignment{Entity: s.entity(), RoleID: role.ID, EntityType: model.RoleEntityTypeUser, EntityID: s.app.ID}
	if err := s.RoleAssignments.Insert(t.Context(), users, nil); err != nil {
		t.Fatal(err)
	}
	expect("with a role as a user", none, none)
}

// TestManyRoles has an application hold more roles than are read at once.
func TestManyRoles(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for range 200 {
		s.assign(t, s.app, model.PermissionUsersRead)
	}
	s.assign(t, s.app, model.PermissionAuditRead)
	for range 99 {
		s.assign(t, s.app)
	}
	got, err := auth.PermissionsOf(t.Context(), s.Store, tenant, s.app.ID)
	if err != nil || !slices.Equal(got, []model.Permission{model.PermissionUsersRead, model.PermissionAuditRead}) {
		t.Errorf("PermissionsOf = %v, %v", got, err)
	}
}

// TestAStoreThatFails has one collection after the other fail. Nobody is let in then, and nobody is
// told that their token is not valid.
func TestAStoreThatFails(t *testing.T) {
	t.Parallel()
	for _, collection := range []string{"signingKeys", "revokedTokens", "managementApplications", "roleAssignments", "roles"} {
		t.Run(collection, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.assign(t, s.app, model.PermissionAppsRead)
			callers := s.authenticator(s.process)
			token := "Bearer " + issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
			s.clock.advance(2 * time.Second) // whatever is known of the keys is too old now
			s.faults.On(failing(collection))
			principal, err := callers.Authenticate(t.Context(), token)
			if principal != nil || !is(err, model.Unavailable) {
				t.Errorf("Authenticate = %v, %v; want UNAVAILABLE", principal, err)
			}
			var public *model.Error
			if errors.As(err, &public) && strings.Contains(public.Message, "hunter2") {
				t.Errorf("the caller is told %q", public.Message)
			}
			s.faults.On(nil)
			if _, err := callers.Authenticate(t.Context(), token); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
	t.Run("what else needs it", func(t *testing.T) {
		t.Parallel()
		s := newStage(t)
		grant := auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]}
		token := issue(t, s.process, grant)
		parsed, err := s.Parse(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		s.clock.advance(2 * time.Second)
		s.faults.On(failing("signingKeys"))
		for name, try := range map[string]func() error{
			"Issue":   func() error { _, err := s.Issue(t.Context(), grant); return err },
			"Public":  func() error { _, err := s.Public(t.Context()); return err },
			"Parse":   func() error { _, err := s.Parse(t.Context(), token); return err },
			"Prepare": func() error { return s.Prepare(t.Context()) },
			"Replace": func() error { return s.Replace(t.Context()) },
		} {
			if err := try(); !is(err, model.Unavailable) {
				t.Errorf("%s: %v; want UNAVAILABLE", name, err)
			}
		}
		s.faults.On(failing("revokedTokens"))
		if err := s.Revoke(t.Context(), parsed); !is(err, model.Unavailable) {
			t.Errorf("Revoke: %v; want UNAVAILABLE", err)
		}
		s.faults.On(nil)
		if err := s.Replace(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Parse(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("after a replacement that first failed: %v", err)
		}
	})
}
