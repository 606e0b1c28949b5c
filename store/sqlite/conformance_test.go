package sqlite_test

import (
	"path/filepath"
	"testing"

	"gatehouse/store"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		path := filepath.Join(t.TempDir(), "gatehouse.db")
		return storetest.Database{Open: func(t *testing.T) store.Backend {
			t.Helper()
			backend, err := sqlite.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			return backend
		}}
	})
}
