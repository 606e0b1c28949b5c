package storetest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// spy is a backend that remembers the last scan that it was asked for.
type spy struct {
	store.Backend
	last atomic.Pointer[store.Scan]
}

func (s *spy) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	s.last.Store(scan)
	return s.Backend.Find(ctx, scan)
}

func (s *spy) Explain(ctx context.Context, scan *store.Scan) (store.Plan, error) {
	s.last.Store(scan)
	return s.Backend.Explain(ctx, scan)
}

// relayingSpy is a spy on a backend that takes part in the relay.
type relayingSpy struct {
	*spy
	store.Relayer
}

func spyOn(backend store.Backend) (store.Backend, *spy) {
	s := &spy{Backend: backend}
	if relayer, ok := backend.(store.Relayer); ok {
		return relayingSpy{s, relayer}, s
	}
	return s, s
}

// testPlans asks the database how it walks each list, with and without bounds, and how it finds the
// one document of a unique key. It must walk the index that the store chose, and not sort.
func (sh *shelf[E]) testPlans(t *testing.T, s *suite, all []list) {
	ctx := t.Context()
	backend, spy := spyOn(s.database.Open(t))
	c := sh.door(s.openOn(t, backend, store.Options{}))
	for i, l := range all {
		q := l.query()
		q.Limit = 50
		// Of each pair of lists, one ascending and one descending, one is bounded on both sides. The
		// plainest come both ways.
		bounds := []bool{i%4 == 1 || i%4 == 2}
		if len(l.filters) == len(all[0].filters) {
			bounds = []bool{false, true}
		}
		for _, bounded := range bounds {
			if want := l.of(sh.items); bounded && len(want) > 0 {
				q.After, q.Before = sh.cursor(t, l, want[0].id), sh.cursor(t, l, want[len(want)-1].id)
			}
			plan, err := c.Explain(ctx, sh.tenant, q)
			if err != nil {
				t.Errorf("%s: Explain: %v", l, err)
				continue
			}
			sh.testPlan(t, s, l.String(), plan, spy.last.Load())
			if s.database.AlwaysSorts && len(l.filters) == 0 && !bounded && !plan.Sorts {
				t.Errorf("%s: the database walks the index in order, so AlwaysSorts is not true:\n%s", l, plan.Text)
			}
		}
	}
	for _, x := range sh.collection.Schema().Indexes {
		if !x.Unique {
			continue
		}
		tenant := sh.tenant
		if x.Global {
			tenant = ""
		}
		for _, doc := range sh.docs {
			values := sh.values(t, doc, keyOf(&x))
			if slices.Contains(values, nil) {
				continue // a sparse index lacks this one
			}
			if _, err := c.One(ctx, tenant, x.Name, values...); err != nil {
				t.Errorf("One by %s: %v", x.Name, err)
			}
			break
		}
		scan := spy.last.Load()
		plan, err := spy.Backend.Explain(ctx, scan)
		if err != nil {
			t.Errorf("One by %s: Explain: %v", x.Name, err)
			continue
		}
		if scan.Index.Name != x.Name {
			t.Errorf("One by %s: the store chose the index %s", x.Name, scan.Index.Name)
		}
		sh.testPlan(t, s, "One by "+x.Name, plan, scan)
	}
}

func (sh *shelf[E]) testPlan(t *testing.T, s *suite, what string, plan store.Plan, scan *store.Scan) {
	t.Helper()
	if plan.Index == "" || plan.Index != scan.Index.Name {
		t.Errorf("%s: the database walks the index %q, the store chose %q:\n%s", what, plan.Index, scan.Index.Name, plan.Text)
	}
	if plan.Sorts && !s.database.AlwaysSorts && !single(scan) {
		t.Errorf("%s: the database sorts:\n%s", what, plan.Text)
	}
}

// single says whether a scan can find no more than one document, so that sorting is no work.
func single(scan *store.Scan) bool {
	fixed := map[string]bool{}
	for _, term := range scan.Equal {
		fixed[term.Field] = true
	}
	for _, field := range keyOf(scan.Index) {
		if !fixed[field] {
			return false
		}
	}
	return scan.Index.Unique
}
