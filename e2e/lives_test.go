package e2e_test

import (
	"testing"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/store"
)

// life is what the audit events tell of one entity.
type life struct{ created, changed, deleted int }

// checkLives compares the users and apps in the data with what the audit events tell: every one was
// created once, has the revision that its changes make, and is there unless it was deleted, once. It
// returns the IDs of those that are there.
func (d *data) checkLives(t testing.TB) map[string]bool {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	lives := map[string]*life{}
	for _, event := range allOf(t, s.AuditEvents) {
		if event.EntityType != "USER" && event.EntityType != "APP" {
			continue
		}
		l := lives[event.EntityID]
		if l == nil {
			l = &life{}
			lives[event.EntityID] = l
		}
		switch event.Action {
		case "user.create", "app.create":
			l.created++
		case "user.delete", "app.delete":
			l.deleted++
		default:
			l.changed++
		}
	}
	there := map[string]bool{}
	check := func(e *model.Entity) {
		there[e.ID] = true
		l := lives[e.ID]
		if l == nil {
			t.Errorf("%s is there without an audit event", e.ID)
			return
		}
		if l.deleted != 0 {
			t.Errorf("%s is there although it was deleted", e.ID)
		}
		if int(e.Revision) != 1+l.changed {
			t.Errorf("%s has revision %d after %d changes", e.ID, e.Revision, l.changed)
		}
	}
	owners := map[string]*model.User{}
	for _, user := range allOf(t, s.Users) {
		owners[user.ID] = user
		check(user.Base())
	}
	for _, app := range allOf(t, s.Apps) {
		check(app.Base())
		if owner := owners[app.UserID]; owner == nil || (app.IsActive && !owner.IsActive) {
			t.Errorf("the app %s (active: %v) belongs to %+v", app.ID, app.IsActive, owner)
		}
	}
	for id, l := range lives {
		if l.created != 1 || l.deleted > 1 {
			t.Errorf("%s has %+v audit events", id, *l)
		}
		if l.deleted == 0 && !there[id] {
			t.Errorf("%s is missing although it was not deleted", id)
		}
	}
	return there
}

// allOf reads a collection of the tenant, in the order of creation.
func allOf[T any](t testing.TB, c *store.Collection[T]) []*T {
	t.Helper()
	docs, err := c.Find(t.Context(), admin.DefaultTenantID, store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}
