package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/store"
)

// cascadeWidth is how many dependents of a kind a scene has.
const cascadeWidth = 3

// cascades is the table of changes that others must follow.
func cascades() []cascade {
	return []cascade{
		{"deactivation of a user", deactivatedUser},
		{"deletion of a user", deletedUser},
		{"deletion of a management application", deletedApplication},
		{"deletion of a role", deletedRole},
	}
}

func deactivatedUser(t *testing.T, d *director) scene {
	t.Helper()
	user := d.user(t, "steve")
	inactive := func(app *model.App) bool { return app != nil && !app.IsActive }
	return scene{
		change: func(ctx context.Context, a *admin.Admin) (int, error) {
			payload, err := a.SetUserStatus(ctx, user, false)
			if err != nil {
				return 0, err
			}
			return len(payload.DeactivatedAppIds), nil
		},
		changed: func(ctx context.Context, s *store.Store) (bool, error) {
			doc, err := s.Users.Get(ctx, d.tenant, user)
			return doc != nil && !doc.IsActive, err
		},
		subject:    extra{id: user, made: "user.create", followed: "user.deactivate"},
		dependents: d.apps(t, user, "app.deactivate", inactive),
		bystanders: d.apps(t, d.user(t, "ada"), "app.deactivate", inactive),
	}
}

func deletedUser(t *testing.T, d *director) scene {
	t.Helper()
	user, other, apps := d.user(t, "steve"), d.user(t, "ada"), 0
	first, second := d.role(t, "first"), d.role(t, "second")
	gone := func(app *model.App) bool { return app == nil }
	sc := scene{
		change: func(ctx context.Context, a *admin.Admin) (int, error) {
			payload, err := a.DeleteUser(ctx, user)
			if err != nil {
				return 0, err
			}
			if len(payload.DeletedAppIds) != apps {
				t.Errorf("the deletion took %d apps along; want %d", len(payload.DeletedAppIds), apps)
			}
			return len(payload.DeletedAppIds) + 2, nil // the schema does not count a user's assignments
		},
		changed:    isGone(d.tenant, user, func(s *store.Store) *store.Collection[model.User] { return s.Users }),
		subject:    extra{id: user, made: "user.create", followed: "user.delete"},
		dependents: d.apps(t, user, "app.delete", gone),
		bystanders: d.apps(t, other, "app.delete", gone),
	}
	apps = len(sc.dependents)
	for _, role := range []string{first, second} {
		of := d.assign(t, role, model.RoleEntityTypeUser, user, other)
		sc.dependents, sc.bystanders = append(sc.dependents, of[0]), append(sc.bystanders, of[1])
	}
	return sc
}

func deletedApplication(t *testing.T, d *director) scene {
	t.Helper()
	app, other := d.application(t, "billing"), d.application(t, "support")
	sc := scene{
		change: func(ctx context.Context, a *admin.Admin) (int, error) {
			payload, err := a.DeleteManagementApplication(ctx, app)
			if err != nil {
				return 0, err
			}
			return int(payload.RemovedRoleAssignments), nil
		},
		changed: isGone(d.tenant, app, func(s *store.Store) *store.Collection[model.ManagementApplication] {
			return s.ManagementApplications
		}),
		subject: extra{id: app, made: "managementApplication.create", followed: "managementApplication.delete"},
	}
	for i := range cascadeWidth {
		of := d.assign(t, d.role(t, fmt.Sprintf("role %d", i)), model.RoleEntityTypeApplication, app, other)
		sc.dependents, sc.bystanders = append(sc.dependents, of[0]), append(sc.bystanders, of[1])
	}
	return sc
}

func deletedRole(t *testing.T, d *director) scene {
	t.Helper()
	role, other := d.role(t, "reader"), d.role(t, "writer")
	user, app := d.user(t, "steve"), d.application(t, "billing")
	sc := scene{
		change: func(ctx context.Context, a *admin.Admin) (int, error) {
			payload, err := a.DeleteRole(ctx, role)
			if err != nil {
				return 0, err
			}
			return int(payload.RemovedRoleAssignments), nil
		},
		changed: isGone(d.tenant, role, func(s *store.Store) *store.Collection[model.Role] { return s.Roles }),
		subject: extra{id: role, made: "role.create", followed: "role.delete"},
	}
	for _, of := range []struct {
		role string
		list *[]extra
	}{{role, &sc.dependents}, {other, &sc.bystanders}} {
		*of.list = append(*of.list, d.assign(t, of.role, model.RoleEntityTypeUser, user)...)
		*of.list = append(*of.list, d.assign(t, of.role, model.RoleEntityTypeApplication, app)...)
	}
	return sc
}

// director makes the documents of a scene.
type director struct {
	ctx    context.Context //nolint:containedctx // of the one test that the scene is for
	tenant string
	admin  *admin.Admin
}

func (d *director) user(t *testing.T, name string) string {
	t.Helper()
	payload, err := d.admin.CreateUser(d.ctx, model.CreateUserInput{Username: name})
	if err != nil {
		t.Fatal(err)
	}
	return payload.User.ID
}

// apps makes apps of a user, which are done when is holds; of nil if they are gone.
func (d *director) apps(t *testing.T, userID, followed string, is func(*model.App) bool) []extra {
	t.Helper()
	all := make([]extra, cascadeWidth)
	for i := range all {
		payload, err := d.admin.CreateApp(d.ctx, model.CreateAppInput{UserID: userID, Name: fmt.Sprintf("app %d", i)})
		if err != nil {
			t.Fatal(err)
		}
		all[i] = extra{
			id: payload.App.ID, made: "app.create", followed: followed,
			is: func(ctx context.Context, s *store.Store) (bool, error) {
				app, err := s.Apps.Get(ctx, d.tenant, payload.App.ID)
				if errors.Is(err, store.ErrNotFound) {
					err = nil
				}
				return is(app), err
			},
		}
	}
	return all
}

func (d *director) application(t *testing.T, name string) string {
	t.Helper()
	payload, err := d.admin.CreateManagementApplication(d.ctx, model.CreateManagementApplicationInput{
		Name: name, InviteMemberEmailExpirationMinutes: 60,
		ExternalCommunication: &model.ExternalCommunication{Language: model.CommunicationLanguageEn},
		FirstClient: &model.ClientInput{Oidc: graphql.OmittableOf(&model.OidcClientInput{
			Name: name, ClientType: model.ClientTypeWeb, ResponseTypes: []model.ResponseType{model.ResponseTypeCode},
			TokenEndpointAuthMethod: model.TokenEndpointAuthMethodClientSecretBasic,
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return payload.ManagementApplication.ID
}

func (d *director) role(t *testing.T, name string) string {
	t.Helper()
	payload, err := d.admin.CreateRole(d.ctx, model.CreateRoleInput{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return payload.Role.ID
}

// assign gives a role to entities, in one assignment each.
func (d *director) assign(t *testing.T, roleID string, entityType model.RoleEntityType, entityIDs ...string) []extra {
	t.Helper()
	payload, err := d.admin.AssignRole(d.ctx, roleID, entityType, entityIDs)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]extra, len(entityIDs))
	for i, assignment := range payload.RoleAssignments {
		all[i] = extra{
			id: assignment.ID, made: "roleAssignment.create", followed: "roleAssignment.delete",
			is: isGone(d.tenant, assignment.ID, func(s *store.Store) *store.Collection[model.RoleAssignment] { return s.RoleAssignments }),
		}
	}
	return all
}

// isGone says whether a document is gone.
func isGone[T any](tenant, id string, door func(*store.Store) *store.Collection[T]) func(context.Context, *store.Store) (bool, error) {
	return func(ctx context.Context, s *store.Store) (bool, error) {
		_, err := door(s).Get(ctx, tenant, id)
		if errors.Is(err, store.ErrNotFound) {
			return true, nil
		}
		return false, err
	}
}
