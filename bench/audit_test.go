package bench

import (
	"fmt"
	"path/filepath"
	"testing"

	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

// BenchmarkAuditEvent compares changes with their audit events and without, on each store. Each
// iteration is one pair of blocks of changes; ten or more tell something.
func BenchmarkAuditEvent(b *testing.B) {
	for _, on := range []struct {
		name string
		open func(b *testing.B) (store.Backend, error)
	}{
		{"sqlite", func(b *testing.B) (store.Backend, error) {
			return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "audit.db"))
		}},
		{"mongodb", func(b *testing.B) (store.Backend, error) {
			return mongodb.Open(b.Context(), storetest.MongoDB(b))
		}},
	} {
		b.Run(on.name, func(b *testing.B) {
			backend, err := on.open(b)
			if err != nil {
				b.Fatal(err)
			}
			s, err := store.Open(b.Context(), backend, store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			for _, writers := range []int{1, 16} {
				b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
					costs, err := AuditCosts(b.Context(), s, writers, b.N)
					if err != nil {
						b.Fatal(err)
					}
					for _, c := range costs {
						b.ReportMetric(float64(c.Without.Microseconds()), c.Change+"-µs")
						b.ReportMetric(c.Percent(), c.Change+"-event-%")
					}
				})
			}
		})
	}
}
