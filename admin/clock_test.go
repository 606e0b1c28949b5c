package admin_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/model"
)

// TestClockSetBack makes and changes apps while the clock jumps back and forth, and stands still.
// Nothing changed seems to be older than before, no ID comes twice, and whoever pages through the
// lists meets everything once, in the order of their IDs.
func TestClockSetBack(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		const apps = 3
		now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		a := admin.New(w.store, w.keys(t), func() time.Time { return now }, slog.New(slog.DiscardHandler))
		ctx := caller(t.Context(), admin.DefaultTenantID)
		if _, err := a.CreateUser(ctx, model.CreateUserInput{Username: "steve"}); err != nil {
			t.Fatal(err)
		}
		latest, revisions := map[string]time.Time{}, map[string]int32{} // by ID of the app
		events := 1
		for step, jump := range []time.Duration{0, time.Hour, -2 * time.Hour, time.Millisecond, -26 * time.Hour, 400 * 24 * time.Hour, -time.Second, -500 * 24 * time.Hour} {
			now = now.Add(jump)
			for i := range apps {
				made, err := a.CreateApp(ctx, model.CreateAppInput{UserID: "steve", Name: fmt.Sprintf("app-%d-%d", step, i)})
				if err != nil {
					t.Fatal(err)
				}
				if _, there := latest[made.App.ID]; there {
					t.Fatalf("the ID %s came twice", made.App.ID)
				}
				if !made.App.CreatedAt.Equal(now) || !made.App.UpdatedAt.Equal(now) {
					t.Errorf("made at %s, it is said to be of %s and %s", now, made.App.CreatedAt, made.App.UpdatedAt)
				}
				latest[made.App.ID], revisions[made.App.ID] = made.App.UpdatedAt, made.App.Revision
				events++
			}
			for id, before := range latest {
				changed, err := a.SetAppStatus(ctx, id, step%2 == 1)
				if err != nil {
					t.Fatal(err)
				}
				events += int(changed.App.Revision - revisions[id])
				revisions[id] = changed.App.Revision
				if after := changed.App.UpdatedAt; after.Before(before) || after.Before(changed.App.CreatedAt) {
					t.Errorf("a change at %s took its time back from %s to %s", now, before, after)
				}
				latest[id] = changed.App.UpdatedAt
			}
		}
		if err := w.store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		met := walked(t, func(args model.PageArgs) (*model.Page[model.App], error) {
			page, err := a.Apps(ctx, args, nil, nil)
			return &page.Page, err
		}, func(app *model.App) string { return app.ID })
		if !slices.IsSorted(met) || len(met) != len(latest) {
			t.Errorf("of %d apps the pages have %d: %v", len(latest), len(met), met)
		}
		told := walked(t, func(args model.PageArgs) (*model.Page[model.AuditEvent], error) {
			page, err := a.AuditEvents(ctx, args, nil)
			return &page.Page, err
		}, func(event *model.AuditEvent) string { return event.ID })
		if len(told) != events {
			t.Errorf("of %d events the pages have %d", events, len(told))
		}
	})
}

// walked pages through a list and returns the IDs that it met, none of which came twice.
func walked[T any](t *testing.T, page func(model.PageArgs) (*model.Page[T], error), id func(*T) string) []string {
	t.Helper()
	met, seen := []string{}, map[string]bool{}
	for args := (model.PageArgs{First: new(int32(4))}); ; {
		p, err := page(args)
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range p.Nodes {
			if seen[id(node)] {
				t.Fatalf("%s comes twice", id(node))
			}
			seen[id(node)] = true
			met = append(met, id(node))
		}
		more, err := p.Info.HasNextPage(context.WithoutCancel(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return met
		}
		args.After = p.Info.EndCursor
	}
}
