package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// TestInspect looks at a file before it is built, while it is open, and after it was closed.
func TestInspect(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "gatehouse.db")
	if _, err := sqlite.Inspect(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("of no file: %v", err)
	}
	unbuilt := func(catalogue []*store.Schema) []string {
		t.Helper()
		b, err := sqlite.Inspect(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		names, err := b.Unbuilt(t.Context(), catalogue)
		if err := errors.Join(err, b.Close()); err != nil {
			t.Fatal(err)
		}
		return names
	}
	opened, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	catalogue := store.Catalogue()
	if names := unbuilt(catalogue); len(names) != len(catalogue) || names[0] != "users" {
		t.Errorf("of an empty file: %v", names)
	}
	if err := opened.Build(t.Context(), catalogue); err != nil {
		t.Fatal(err)
	}
	if names := unbuilt(catalogue); len(names) > 0 {
		t.Errorf("of what was built: %v", names)
	}
	if pools := opened.Pools(); len(pools) != 2 || pools[1].Max != 1 || pools[0].Max < 4 {
		t.Errorf("the pools are %v", pools)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	users := *catalogue[0]
	users.Fields = append(slices.Clone(users.Fields), store.Field{Name: "later", Kind: store.String})
	users.Indexes = append(slices.Clone(users.Indexes), store.Index{Name: "later", Order: "later"})
	if names := unbuilt([]*store.Schema{&users}); !slices.Equal(names, []string{"users", "users.later"}) {
		t.Errorf("of a later catalogue: %v", names)
	}
	b, err := sqlite.Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Build(t.Context(), []*store.Schema{&users}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("built with %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v %v", left, err)
	}
}
