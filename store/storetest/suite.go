package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/store"
)

// Database is one database to test with.
type Database struct {
	// Open opens it. The suite opens one database many times, also while it is open already, and closes
	// what it opened.
	Open func(t *testing.T) store.Backend
	// AlwaysSorts says that the server behind the backend cannot walk an index in order, and sorts what
	// it finds whatever the index. It must be what a probe of the server has shown and never a constant:
	// only where it is true does the suite bear plans that sort. It then insists that the plainest list
	// there is sorts too, so that the permission goes when the server learns to walk.
	AlwaysSorts bool
}

// Run runs the whole suite. Each call of create makes another empty database, and removes it at the
// end of the test.
func Run(t *testing.T, create func(t *testing.T) Database) {
	t.Helper()
	t.Run("Table", testTable)
	// Most tests keep to tenants of their own, and so share a database.
	t.Run("Collections", func(t *testing.T) {
		t.Parallel()
		s := newSuite(t, create(t))
		for _, k := range kinds() {
			t.Run(k.name(), func(t *testing.T) {
				t.Parallel()
				k.conform(t, s)
			})
		}
	})
	// These look at all tenants as well, and share nothing.
	t.Run("Each", func(t *testing.T) {
		t.Parallel()
		s := newSuite(t, create(t))
		for _, k := range kinds() {
			t.Run(k.name(), func(t *testing.T) { k.testEach(t, s) })
		}
	})
	t.Run("Expired", func(t *testing.T) {
		t.Parallel()
		s := newSuite(t, create(t))
		for _, k := range kinds() {
			t.Run(k.name(), func(t *testing.T) { k.testExpired(t, s) })
		}
	})
	t.Run("Older", func(t *testing.T) {
		t.Parallel()
		testOlder(t, create(t))
	})
	t.Run("Copies", func(t *testing.T) {
		t.Parallel()
		testCopies(t, create)
	})
	// Recovery looks at all tenants, so that what it finds must be of one test alone. These come one
	// after the other, in a database for each collection.
	t.Run("Interrupted", func(t *testing.T) {
		t.Parallel()
		for _, k := range kinds() {
			t.Run(k.name(), func(t *testing.T) {
				t.Parallel()
				k.interrupted(t, newSuite(t, create(t)))
			})
		}
		t.Run("cascades", func(t *testing.T) {
			t.Parallel()
			testCascades(t, newSuite(t, create(t)))
		})
	})
}

// suite is what the tests in one database share.
type suite struct {
	database Database
	// backend and the store on it are open as long as the tests run, and never interrupted.
	backend store.Backend
	store   *store.Store
	tenants atomic.Int64
}

func newSuite(t *testing.T, database Database) *suite {
	t.Helper()
	s := &suite{database: database, backend: database.Open(t)}
	s.store = s.openOn(t, s.backend, store.Options{})
	return s
}

// open opens the database once more, until the end of the test.
func (s *suite) open(t *testing.T, options store.Options) *store.Store {
	t.Helper()
	return s.openOn(t, s.database.Open(t), options)
}

// openOn opens a store on a backend, until the end of the test.
func (s *suite) openOn(t *testing.T, backend store.Backend, options store.Options) *store.Store {
	t.Helper()
	opened, err := store.Open(t.Context(), backend, options)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return opened
}

// tenant names a tenant that nobody has used.
func (s *suite) tenant() string { return fmt.Sprintf("tenant-%04d", s.tenants.Add(1)) }

// atOnce runs do n times at once, with 0 to n-1, and waits for all of them.
func atOnce(n int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

// each runs do with 0 to n-1, some at once, and waits for all of them.
func each(n int, do func(i int)) {
	const workers = 8
	var next atomic.Int64
	atOnce(min(n, workers), func(int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(i)
		}
	})
}
