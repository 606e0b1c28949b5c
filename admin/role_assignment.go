package admin

import (
	"context"
	"errors"

	"gatehouse/model"
	"gatehouse/store"
)

// RoleAssignmentsOf is a page of the assignments of a management application.
func (a *Admin) RoleAssignmentsOf(ctx context.Context, app *model.ManagementApplication, args model.PageArgs) (*model.RoleAssignmentConnection, error) {
	return a.assignments(ctx, args, store.Term{Field: "entityId", Value: app.ID})
}

// AssignmentsOf is a page of the assignments of a role, of one type of entity or of all.
func (a *Admin) AssignmentsOf(ctx context.Context, role *model.Role, args model.PageArgs, entityType *model.RoleEntityType) (*model.RoleAssignmentConnection, error) {
	terms := []store.Term{{Field: "roleId", Value: role.ID}}
	if entityType != nil {
		terms = append(terms, store.Term{Field: "entityType", Value: entityType.String()})
	}
	return a.assignments(ctx, args, terms...)
}

func (a *Admin) assignments(ctx context.Context, args model.PageArgs, terms ...store.Term) (*model.RoleAssignmentConnection, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	page, err := list(ctx, a.store.RoleAssignments, call.TenantID, args, store.Query{Equal: terms})
	if err != nil {
		return nil, err
	}
	return &model.RoleAssignmentConnection{Page: *page}, nil
}

// AssignRole gives a role to every entity, or to none when one of them is unknown. An assignment
// that is there already stays as it is.
func (a *Admin) AssignRole(ctx context.Context, roleID string, entityType model.RoleEntityType, entityIDs []string) (*model.AssignRolePayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := model.CheckRoleEntities(entityIDs); err != nil {
		return nil, err
	}
	role, err := a.mustHaveRole(ctx, call, roleID)
	if err != nil {
		return nil, err
	}
	if err := call.mayGrant(role.Permissions); err != nil {
		return nil, err
	}
	if err := a.mustHaveEntities(ctx, call, entityType, entityIDs); err != nil {
		return nil, err
	}
	payload := &model.AssignRolePayload{RoleAssignments: make([]*model.RoleAssignment, 0, len(entityIDs))}
	var made []string
	for _, id := range entityIDs {
		assignment, isNew, assignErr := a.assign(ctx, call, roleID, entityType, id)
		if assignErr != nil {
			err = assignErr
			break
		}
		payload.RoleAssignments = append(payload.RoleAssignments, assignment)
		if isNew {
			made = append(made, assignment.ID)
		}
	}
	ctx, cancel := afterwards(ctx)
	defer cancel()
	// The role or an entity may have been deleted since; whoever did that has not seen these.
	if err == nil {
		_, err = a.mustHaveRole(ctx, call, roleID)
	}
	if err == nil {
		err = a.mustHaveEntities(ctx, call, entityType, entityIDs)
	}
	if err == nil {
		return payload, nil
	}
	for _, id := range made { // all or none
		if _, undo := remove(ctx, call, a.store.RoleAssignments, subjectRoleAssignment, id, ""); undo != nil && !isNotFound(undo) {
			err = errors.Join(err, undo)
		}
	}
	return nil, err
}

func (a *Admin) mustHaveRole(ctx context.Context, call call, id string) (*model.Role, error) {
	role, err := a.store.Roles.Get(ctx, call.TenantID, id)
	return role, public(err, a.store.Roles.Schema())
}

// mustHaveEntities reports every entity that is not there, with its index.
func (a *Admin) mustHaveEntities(ctx context.Context, call call, entityType model.RoleEntityType, ids []string) error {
	var v model.Violations
	for i, id := range ids {
		found, err := a.roleEntity(ctx, call, entityType, id)
		if err != nil {
			return err
		}
		if found == nil {
			v.Add("UNKNOWN_ENTITY", "must be the ID of "+map[model.RoleEntityType]string{
				model.RoleEntityTypeUser: "a user", model.RoleEntityTypeApplication: "a management application",
			}[entityType], "entityIds", i)
		}
	}
	return v.Err()
}

// assign makes one assignment, unless it is there already.
func (a *Admin) assign(ctx context.Context, call call, roleID string, entityType model.RoleEntityType, entityID string) (assignment *model.RoleAssignment, isNew bool, err error) {
	for {
		assignment = &model.RoleAssignment{Entity: call.entity(), RoleID: roleID, EntityType: entityType, EntityID: entityID}
		err = insert(ctx, a, call, a.store.RoleAssignments, subjectRoleAssignment, assignment)
		var duplicate *store.DuplicateError
		if !errors.As(err, &duplicate) {
			return assignment, true, err
		}
		assignment, err = a.store.RoleAssignments.One(ctx, call.TenantID, "role_entity", roleID, entityID)
		if !errors.Is(err, store.ErrNotFound) {
			return assignment, false, public(err, a.store.RoleAssignments.Schema())
		}
		// Somebody took it away in between.
	}
}

// UnassignRole takes a role from entities, and says how many had it.
func (a *Admin) UnassignRole(ctx context.Context, roleID string, entityIDs []string) (*model.UnassignRolePayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := model.CheckRoleEntities(entityIDs); err != nil {
		return nil, err
	}
	if _, err := a.mustHaveRole(ctx, call, roleID); err != nil {
		return nil, err
	}
	payload := &model.UnassignRolePayload{}
	for _, id := range entityIDs {
		assignment, err := a.store.RoleAssignments.One(ctx, call.TenantID, "role_entity", roleID, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, public(err, a.store.RoleAssignments.Schema())
		}
		_, err = remove(ctx, call, a.store.RoleAssignments, subjectRoleAssignment, assignment.ID, "")
		switch {
		case err == nil:
			payload.RemovedRoleAssignments++
		case !isNotFound(err):
			return nil, err
		}
	}
	return payload, nil
}

// RolesOf are the roles of assignments, one for each.
func (a *Admin) RolesOf(ctx context.Context, assignments []*model.RoleAssignment) []Found[*model.Role] {
	call, err := a.begin(ctx)
	if err != nil {
		return none[*model.Role](len(assignments), err)
	}
	roles, err := foreach(ctx, a.store.Roles, call.TenantID, assignments, func(assignment *model.RoleAssignment) string { return assignment.RoleID })
	if err != nil {
		return none[*model.Role](len(assignments), err)
	}
	found := make([]Found[*model.Role], len(assignments))
	for i, role := range roles {
		if found[i].Value = role; role == nil {
			found[i].Err = model.NotFoundError(a.store.Roles.Schema().Singular)
		}
	}
	return found
}

// EntitiesOf are those whom assignments give their roles to, one for each. Callers who may see an
// assignment need not be those who may see users or management applications.
func (a *Admin) EntitiesOf(ctx context.Context, assignments []*model.RoleAssignment) []Found[model.RoleEntity] {
	call, err := a.begin(ctx)
	if err != nil {
		return none[model.RoleEntity](len(assignments), err)
	}
	found := none[model.RoleEntity](len(assignments), model.NotFoundError("entity"))
	entities(ctx, call, a.store.Users, found, assignments, model.RoleEntityTypeUser, model.PermissionUsersRead)
	entities(ctx, call, a.store.ManagementApplications, found, assignments, model.RoleEntityTypeApplication, model.PermissionManagementApplicationsRead)
	return found
}

// entities finds those entities of assignments that are of one type, for whoever has the permission that
// it needs.
func entities[T any, P interface {
	*T
	model.RoleEntity
}](ctx context.Context, call call, c *store.Collection[T], found []Found[model.RoleEntity], assignments []*model.RoleAssignment,
	entityType model.RoleEntityType, needed model.Permission,
) {
	var theirs []*model.RoleAssignment
	var places []int
	for i, assignment := range assignments {
		if assignment.EntityType == entityType {
			theirs, places = append(theirs, assignment), append(places, i)
		}
	}
	if len(theirs) == 0 {
		return
	}
	var docs []*T
	var err error = &model.Error{Code: model.Forbidden, Message: "This needs the permission " + needed.String() + "."}
	if call.Holds(needed) {
		docs, err = foreach(ctx, c, call.TenantID, theirs, func(assignment *model.RoleAssignment) string { return assignment.EntityID })
	}
	for i, place := range places {
		switch {
		case err != nil:
			found[place].Err = err
		case docs[i] != nil:
			found[place] = Found[model.RoleEntity]{Value: P(docs[i])}
		}
	}
}

// roleEntity is the user or management application with this ID, or nil.
func (a *Admin) roleEntity(ctx context.Context, call call, entityType model.RoleEntityType, id string) (model.RoleEntity, error) {
	if entityType == model.RoleEntityTypeUser {
		user, err := get(ctx, a.store.Users, call.TenantID, id)
		if user == nil {
			return nil, err
		}
		return user, nil
	}
	app, err := get(ctx, a.store.ManagementApplications, call.TenantID, id)
	if app == nil {
		return nil, err
	}
	return app, nil
}

// deleteAssignments deletes the assignments of a role or of an entity, and counts them.
func (a *Admin) deleteAssignments(ctx context.Context, call call, of store.Term) (int32, error) {
	var removed int32
	err := each(ctx, call, a.store.RoleAssignments, store.Query{Equal: []store.Term{of}}, func(assignment *model.RoleAssignment) error {
		removed++
		_, err := remove(ctx, call, a.store.RoleAssignments, subjectRoleAssignment, assignment.ID, "")
		return err
	})
	return removed, err
}
