package storetest

import (
	"fmt"
	"slices"

	"gatehouse/model"
	"gatehouse/store"
)

func managementApplications() entity {
	return kind[model.ManagementApplication]{
		collection: "managementApplications",
		door: func(s *store.Store) *store.Collection[model.ManagementApplication] {
			return s.ManagementApplications
		},
		base: (*model.ManagementApplication).Base,
		fill: func(a *model.ManagementApplication) {
			fillZeros(a)
			a.Name, a.NameKey = "Application "+a.ID, "application "+a.ID
			a.StoredClients = slices.Concat(clients(a.ID+"-1"), clients(a.ID+"-2"))
			a.ClientIDs = nil
			for _, c := range a.StoredClients {
				a.ClientIDs = append(a.ClientIDs, c.ID)
			}
			a.Subdomain, a.CentralKey = new("sub-"+a.ID), new("central "+a.ID)
			a.CustomDomain.Domain = a.ID + ".example.com"
		},
		note: func(a *model.ManagementApplication) *string { return a.Description },
		vary: func(a *model.ManagementApplication, i int) {
			a.NameKey, a.IsActive, a.UpdatedAt = key(i), i%3 > 0, moment(i)
			// Lists read each document hundreds of times, and what they do not look at is tested elsewhere.
			a.StoredClients, a.Login = nil, model.LoginPreferences{}
			if i%5 == 0 { // a list has also those that a sparse index lacks
				a.Subdomain, a.CustomDomain, a.CentralKey = nil, nil, nil
			}
		},
		filters: []filter{
			hasPrefix("nameKey", commonPrefix),
			equal("isActive", true),
			since("updatedAt", moment(4)),
		},
		byKey:  []string{"clientIds"},
		orders: []string{"", "updatedAt", "nameKey"},
	}
}

// clients are one of each protocol.
func clients(prefix string) []model.StoredClient {
	oidc := model.StoredClient{ID: prefix + "-oidc", OIDC: new(model.OidcSettings)}
	fillZeros(oidc.OIDC)
	saml := model.StoredClient{ID: prefix + "-saml", SAML: new(model.SamlSettings)}
	fillZeros(saml.SAML)
	all := []model.StoredClient{oidc, saml}
	for i := range all {
		c := &all[i]
		c.Name, c.Description = "Client "+c.ID, new("What it is for")
		c.CreatedAt, c.UpdatedAt = moment(1), moment(2)
	}
	return all
}

func roles() entity {
	return kind[model.Role]{
		collection: "roles",
		door:       func(s *store.Store) *store.Collection[model.Role] { return s.Roles },
		base:       (*model.Role).Base,
		fill: func(r *model.Role) {
			r.Name, r.NameKey, r.Description = "Role "+r.ID, "role "+r.ID, new("What it is for")
			r.Permissions = []model.Permission{model.PermissionAppsRead, model.PermissionRolesEdit}
		},
		note:   func(r *model.Role) *string { return r.Description },
		vary:   func(r *model.Role, i int) { r.NameKey = key(i) },
		orders: []string{""},
	}
}

func roleAssignments() entity {
	role := func(i int) string { return fmt.Sprintf("role-%d", i%3) }
	holder := func(i int) string { return fmt.Sprintf("entity-%d", i/3) }
	return kind[model.RoleAssignment]{
		collection: "roleAssignments",
		door:       func(s *store.Store) *store.Collection[model.RoleAssignment] { return s.RoleAssignments },
		base:       (*model.RoleAssignment).Base,
		fill: func(a *model.RoleAssignment) {
			a.RoleID, a.EntityType, a.EntityID = "role-of-"+a.ID, model.RoleEntityTypeApplication, "entity-of-"+a.ID
		},
		note: func(a *model.RoleAssignment) *string { return &a.CreatedBy.Name },
		vary: func(a *model.RoleAssignment, i int) {
			// Each entity has three roles, and each role entities of both types.
			a.RoleID, a.EntityID = role(i), holder(i)
			if i%4 > 0 {
				a.EntityType = model.RoleEntityTypeUser
			}
		},
		filters: []filter{
			equal("roleId", role(1)),
			equal("entityType", model.RoleEntityTypeUser.String()),
			equal("entityId", holder(4)),
		},
		narrowed: [][]string{{"roleId"}, {"roleId", "entityType"}, {"entityId"}},
		orders:   []string{""},
	}
}

// keysetChecks are read by their ID alone.
func keysetChecks() entity {
	return kind[model.KeysetCheck]{
		collection: "keysetChecks",
		door:       func(s *store.Store) *store.Collection[model.KeysetCheck] { return s.KeysetChecks },
		base:       (*model.KeysetCheck).Base,
		fill:       func(c *model.KeysetCheck) { c.Sealed = []byte("\x00sealed\xff" + c.ID) },
		note:       func(c *model.KeysetCheck) *string { return &c.CreatedBy.Name },
		vary:       func(*model.KeysetCheck, int) {},
	}
}
