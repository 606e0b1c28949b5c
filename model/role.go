package model

import (
	"fmt"
	"strings"
)

// maxRoleEntities is how many entities a role can be given to, or taken from, at once.
const maxRoleEntities = 100

// Role is a named set of permissions.
type Role struct {
	Entity `bson:",inline" audit:"-"`
	// Name is unique in the tenant; NameKey is what makes it so.
	Name        string       `bson:"name"`
	NameKey     string       `bson:"nameKey" audit:"-"`
	Description *string      `bson:"description,omitempty"`
	Permissions []Permission `bson:"permissions"`
}

// NewRole makes a role of its input.
func NewRole(base Entity, in CreateRoleInput) *Role {
	r := &Role{Entity: base, Name: in.Name, Description: in.Description, Permissions: in.Permissions}
	r.Normalize()
	return r
}

// Apply changes what is given. It reports null for what cannot be cleared.
func (r *Role) Apply(in UpdateRoleInput) error {
	var v Violations
	setRequired(&v, &r.Name, in.Name, "name")
	set(&r.Description, in.Description)
	setRequiredList(&v, &r.Permissions, in.Permissions, "permissions")
	r.Normalize()
	return v.Err()
}

// Normalize trims the texts and folds the name.
func (r *Role) Normalize() {
	r.Name = strings.TrimSpace(r.Name)
	r.NameKey = Fold(r.Name)
	r.Description = trimmed(r.Description)
	r.Permissions = list(r.Permissions)
}

// Validate reports every rule that the role breaks, as an *Error with code BAD_USER_INPUT.
func (r *Role) Validate() error {
	var v Violations
	v.name("name", r.Name)
	v.prose("description", r.Description)
	v.permissions(r.Permissions)
	return v.Err()
}

// RoleAssignment gives the permissions of a role to a user or a management application. It is never
// changed.
type RoleAssignment struct {
	Entity     `bson:",inline" audit:"-"`
	RoleID     string         `bson:"roleId"`
	EntityType RoleEntityType `bson:"entityType"`
	// EntityID is the ID of the user or management application.
	EntityID string `bson:"entityId"`
}

// Normalize does nothing: every field has one form only.
func (*RoleAssignment) Normalize() {}

// Validate reports every rule that the assignment breaks, as an *Error with code BAD_USER_INPUT.
func (a *RoleAssignment) Validate() error {
	var v Violations
	if a.RoleID == "" {
		v.Add(codeRequired, "must not be empty", "roleId")
	}
	if !a.EntityType.IsValid() {
		v.Add("UNKNOWN_ENTITY_TYPE", "must be a type of entity that can have roles", "entityType")
	}
	if a.EntityID == "" {
		v.Add(codeRequired, "must not be empty", "entityId")
	}
	return v.Err()
}

// CheckRoleEntities reports, at entityIds, more entities than can be given a role at once.
func CheckRoleEntities(ids []string) error {
	if len(ids) > maxRoleEntities {
		return Invalid(codeTooMany, fmt.Sprintf("must have at most %d elements, not %d", maxRoleEntities, len(ids)), "entityIds")
	}
	return nil
}

// IsRoleEntity marks users as what roles can be assigned to.
func (*User) IsRoleEntity() {}

// IsRoleEntity marks management applications as what roles can be assigned to.
func (*ManagementApplication) IsRoleEntity() {}
