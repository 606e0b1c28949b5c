package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/model"
	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// benched is an open store with 10,000 apps of one tenant.
func benched(tb testing.TB) (*store.Store, []*model.App) {
	tb.Helper()
	backend, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "gatehouse.db"))
	if err != nil {
		tb.Fatal(err)
	}
	s, err := store.Open(tb.Context(), backend, store.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	apps := make([]*model.App, 10_000)
	for i := range apps {
		apps[i] = benchedApp("steve", i)
	}
	if err := s.Apps.Load(tb.Context(), apps); err != nil {
		tb.Fatal(err)
	}
	return s, apps
}

func benchedApp(owner string, i int) *model.App {
	entity := model.NewEntity("tenant", model.SystemActor(), time.Now())
	app := &model.App{Entity: entity, UserID: owner, Name: fmt.Sprintf("App %05d", i), IsActive: true}
	app.Normalize()
	return app
}

func benchedEvent(app *model.App) *model.AuditEvent {
	return &model.AuditEvent{
		Entity: model.NewEntity(app.TenantID, app.CreatedBy, app.CreatedAt), OccurredAt: app.CreatedAt, Actor: app.CreatedBy,
		Action: "app.create", EntityType: model.AuditEntityTypeApp, EntityID: app.ID, RequestID: "request",
		Changes: []model.AuditChange{{Path: "name", After: app.Name}, {Path: "isActive", After: app.IsActive}},
	}
}

// served is a context that ends some day, as that of every request does.
func served(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Hour)
	tb.Cleanup(cancel)
	return ctx
}

// TestAllocations bounds what reading and writing allocate, from the typed door down to the driver.
// The bounds are a quarter above what was measured.
func TestAllocations(t *testing.T) {
	s, apps := benched(t)
	ctx := served(t)
	made := 0
	for name, test := range map[string]struct {
		most float64
		do   func() error
	}{
		"get": {30, func() error {
			_, err := s.Apps.Get(ctx, "tenant", apps[7].ID)
			return err
		}},
		"a page of 50": {300, func() error {
			found, err := s.Apps.Find(ctx, "tenant", store.Query{Limit: 50})
			if len(found) != 50 {
				t.Errorf("a page has %d", len(found))
			}
			return err
		}},
		"insert with its event": {180, func() error {
			made++
			app := benchedApp("kim", made)
			return s.Apps.Insert(ctx, app, benchedEvent(app))
		}},
	} {
		allocations := testing.AllocsPerRun(50, func() {
			if err := test.do(); err != nil {
				t.Error(err)
			}
		})
		if allocations > test.most {
			t.Errorf("%s: %.0f allocations; want %.0f at most", name, allocations, test.most)
		}
	}
}

// BenchmarkReads times reads, one at a time, with what a request does: a context that may end.
func BenchmarkReads(b *testing.B) {
	s, apps := benched(b)
	ctx := served(b)
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := s.Apps.Get(ctx, "tenant", apps[i%len(apps)].ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Find50", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			after := s.Apps.Position(apps[i*50%9000], "")
			found, err := s.Apps.Find(ctx, "tenant", store.Query{After: &after, Limit: 50})
			if err != nil || len(found) != 50 {
				b.Fatal(len(found), err)
			}
		}
	})
}

// BenchmarkWrites times changes with their events that are on the disk when they return.
func BenchmarkWrites(b *testing.B) {
	s, apps := benched(b)
	ctx := served(b)
	var made atomic.Int64
	for _, writers := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("Insert/writers=%d", writers), func(b *testing.B) {
			b.ReportAllocs()
			spread(b, writers, func() error {
				app := benchedApp("alex", int(made.Add(1)))
				return s.Apps.Insert(ctx, app, benchedEvent(app))
			})
		})
	}
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("Update/writers=%d", writers), func(b *testing.B) {
			b.ReportAllocs()
			spread(b, writers, func() error {
				app := apps[made.Add(1)%int64(len(apps))]
				_, err := s.Apps.Update(ctx, "tenant", app.ID, func(c *store.Change[model.App]) error {
					c.Doc.IsActive = !c.Doc.IsActive
					c.Event = benchedEvent(c.Doc)
					return nil
				})
				return err
			})
		})
	}
}

// spread has so many goroutines do b.N things together.
func spread(b *testing.B, workers int, do func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
