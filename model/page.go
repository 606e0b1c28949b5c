package model

import "context"

// PageArgs are the arguments of every list (Relay cursor connections): First with After walks
// forward, Last with Before walks backward.
type PageArgs struct {
	First  *int32
	After  *string
	Last   *int32
	Before *string
}

// Page is one page of a list. The counts and looks beyond the page cost a query each, so they are
// functions, called only when the request selects them.
type Page[T any] struct {
	Edges []*Edge[T]
	Nodes []*T
	// Siblings are the nodes, for what is looked up for all of them; nil where nothing is.
	Siblings *Siblings[T]
	// Info says where the page stands.
	Info *PageInfo
	// Count counts what is on all pages.
	Count func(ctx context.Context) (int32, error)
}

// AllNodes are the nodes, for what is looked up for all of them.
func (p *Page[T]) AllNodes() *Siblings[T] { return p.Siblings }

// PageInfo is the page's pageInfo.
func (p *Page[T]) PageInfo() *PageInfo { return p.Info }

// TotalCount counts what is on all pages.
func (p *Page[T]) TotalCount(ctx context.Context) (int32, error) { return p.Count(ctx) }

// Edge is one element of a page.
type Edge[T any] struct {
	Cursor string
	Node   *T
}

// PageInfo says where a page stands in the whole list. Whether there is more in the direction of
// the walk is known from the page's own query; the other side is looked at only when selected.
type PageInfo struct {
	StartCursor *string
	EndCursor   *string
	// Next and Previous say whether there is more after and before the page.
	Next, Previous func(ctx context.Context) (bool, error)
}

// HasNextPage says whether there is more after the page.
func (p *PageInfo) HasNextPage(ctx context.Context) (bool, error) { return p.Next(ctx) }

// HasPreviousPage says whether there is more before the page.
func (p *PageInfo) HasPreviousPage(ctx context.Context) (bool, error) { return p.Previous(ctx) }

// UserConnection is a page of users.
type UserConnection struct{ Page[User] }

// UserEdge is one user in a page.
type UserEdge = Edge[User]

// AppConnection is a page of apps.
type AppConnection struct{ Page[App] }

// AppEdge is one app in a page.
type AppEdge = Edge[App]

// ManagementApplicationConnection is a page of management applications.
type ManagementApplicationConnection struct{ Page[ManagementApplication] }

// ManagementApplicationEdge is one management application in a page.
type ManagementApplicationEdge = Edge[ManagementApplication]

// RoleConnection is a page of roles.
type RoleConnection struct{ Page[Role] }

// RoleEdge is one role in a page.
type RoleEdge = Edge[Role]

// RoleAssignmentConnection is a page of role assignments.
type RoleAssignmentConnection struct{ Page[RoleAssignment] }

// RoleAssignmentEdge is one role assignment in a page.
type RoleAssignmentEdge = Edge[RoleAssignment]

// AdminKeyConnection is a page of admin keys.
type AdminKeyConnection struct{ Page[AdminKey] }

// AdminKeyEdge is one admin key in a page.
type AdminKeyEdge = Edge[AdminKey]

// AuditEventConnection is a page of audit events.
type AuditEventConnection struct{ Page[AuditEvent] }

// AuditEventEdge is one audit event in a page.
type AuditEventEdge = Edge[AuditEvent]
