package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/store"
)

// list is one list: a filter and an order of apps, or a filter of audit events.
type list struct {
	// entity, filter and order are its name in the tables.
	entity, filter, order string
	// conditions is how many conditions the filter has.
	conditions int
	// members are the indexes of the apps in it, in its order.
	members []int32
	// cursor is the cursor of an app in it, or of the app's event.
	cursor func(a *app) (string, error)
	// page asks for a page and returns the IDs in it.
	page func(ctx context.Context, args model.PageArgs) ([]string, error)
	// id is the ID that stands for an app in the list.
	id func(a *app) string
}

func (l list) name() string { return strings.TrimSuffix(l.entity+" "+l.order+" "+l.filter, " ") }

// condition is one condition of a filter of apps.
type condition struct {
	name  string
	holds func(a *app) bool
	set   func(f *model.AppFilter)
}

// conditions are those that AppFilter has.
func (p *population) conditions() []condition {
	active, name, prefix, since := true, commonName, servicePrefix, p.since()
	return []condition{
		{"userId", func(a *app) bool { return a.owner == 0 }, func(f *model.AppFilter) { f.UserID = &p.users[0].id }},
		{"isActive", func(a *app) bool { return a.active }, func(f *model.AppFilter) { f.IsActive = &active }},
		{"name", func(a *app) bool { return a.name == name }, func(f *model.AppFilter) { f.Name = &name }},
		{"nameStartsWith", func(a *app) bool { return strings.HasPrefix(a.key, prefix) }, func(f *model.AppFilter) { f.NameStartsWith = &prefix }},
		{"updatedSince", func(a *app) bool { return !a.updated.Before(since) }, func(f *model.AppFilter) { f.UpdatedSince = &since }},
	}
}

// since is the time that lists by updatedSince ask for: the newer half of the apps was made later.
func (p *population) since() time.Time { return p.apps[len(p.apps)/2].made }

// order is one order of apps.
type order struct {
	name    string
	field   model.AppOrderField
	orderBy string
	compare func(a, b *app) int
	value   func(a *app) any
}

// orders are those that AppOrder has.
func orders() []order {
	byID := func(a, b *app) int { return strings.Compare(a.id, b.id) }
	return []order{
		{"CREATED_AT", model.AppOrderFieldCreatedAt, "", byID, func(*app) any { return nil }},
		{
			"UPDATED_AT", model.AppOrderFieldUpdatedAt, "updatedAt",
			func(a, b *app) int { return cmp.Or(a.updated.Compare(b.updated), byID(a, b)) },
			func(a *app) any { return a.updated },
		},
		{
			"NAME", model.AppOrderFieldName, "nameKey",
			func(a, b *app) int { return cmp.Or(strings.Compare(a.key, b.key), byID(a, b)) },
			func(a *app) any { return a.key },
		},
	}
}

// appLists are the lists of apps by every order and every filter: each set of conditions.
func (p *population) appLists(a *admin.Admin) []list {
	var lists []list
	conditions := p.conditions()
	for _, o := range orders() {
		sorted := make([]int32, len(p.apps))
		for i := range sorted {
			sorted[i] = int32(i)
		}
		slices.SortFunc(sorted, func(i, j int32) int { return o.compare(&p.apps[i], &p.apps[j]) })
		for set := range 1 << len(conditions) {
			var chosen []condition
			var names []string
			var where model.AppFilter
			for i, c := range conditions {
				if set&(1<<i) != 0 {
					chosen, names = append(chosen, c), append(names, c.name)
					c.set(&where)
				}
			}
			lists = append(lists, list{
				entity: "apps", filter: strings.Join(names, "+"), order: o.name, conditions: len(chosen),
				members: p.members(sorted, chosen),
				id:      func(a *app) string { return a.id },
				cursor: func(a *app) (string, error) {
					return store.FormatCursor(o.orderBy, store.Position{Value: o.value(a), ID: a.id})
				},
				page: func(ctx context.Context, args model.PageArgs) ([]string, error) {
					found, err := a.Apps(ctx, args, &where, &model.AppOrder{Field: o.field, Direction: model.OrderDirectionAsc})
					if err != nil {
						return nil, err
					}
					return identifiers(found.Nodes, func(a *model.App) string { return a.ID }), nil
				},
			})
		}
	}
	return lists
}

// members are the apps for which the conditions hold.
func (p *population) members(sorted []int32, conditions []condition) []int32 {
	var members []int32
	for _, i := range sorted {
		if !slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(&p.apps[i]) }) {
			members = append(members, i)
		}
	}
	return members
}

// eventLists are the lists of audit events by each filter. They have one order, the newest first.
func (p *population) eventLists(a *admin.Admin) []list {
	kind, action, actor := model.AuditEntityTypeApp, "app.create", administrator(0).ID
	since, until := p.apps[len(p.apps)/10].made, p.apps[len(p.apps)*9/10].made
	var lists []list
	for _, f := range []struct {
		name  string
		where model.AuditEventFilter
		holds func(i int) bool
	}{
		{"", model.AuditEventFilter{}, func(int) bool { return true }},
		{"entityType", model.AuditEventFilter{EntityType: &kind}, func(int) bool { return true }},
		{"action", model.AuditEventFilter{Action: &action}, func(int) bool { return true }},
		{"actorId", model.AuditEventFilter{ActorID: &actor}, func(i int) bool { return administrator(i).ID == actor }},
		{"actorId+action", model.AuditEventFilter{ActorID: &actor, Action: &action}, func(i int) bool { return administrator(i).ID == actor }},
		{"since+until", model.AuditEventFilter{Since: &since, Until: &until}, func(i int) bool {
			made := p.apps[i].made
			return !made.Before(since) && made.Before(until)
		}},
	} {
		var members []int32
		for i := len(p.apps) - 1; i >= 0; i-- {
			if f.holds(i) {
				members = append(members, int32(i))
			}
		}
		lists = append(lists, list{
			entity: "auditEvents", filter: f.name, order: "newest first", members: members,
			conditions: min(len(f.name), 1),
			id:         func(a *app) string { return eventID(a.id) },
			cursor: func(a *app) (string, error) {
				return store.FormatCursor("", store.Position{ID: eventID(a.id)})
			},
			page: func(ctx context.Context, args model.PageArgs) ([]string, error) {
				found, err := a.AuditEvents(ctx, args, &f.where)
				if err != nil {
					return nil, err
				}
				return identifiers(found.Nodes, func(e *model.AuditEvent) string { return e.ID }), nil
			},
		})
	}
	return lists
}

func identifiers[T any](docs []*T, id func(*T) string) []string {
	ids := make([]string, len(docs))
	for i, doc := range docs {
		ids[i] = id(doc)
	}
	return ids
}
