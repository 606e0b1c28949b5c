package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/store"
)

func operations(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestShardedCollections compares what docs/operations.md distributes over shards with what MongoDB
// can: a unique index of a sharded collection begins with the whole shard key.
func TestShardedCollections(t *testing.T) {
	t.Parallel()
	text := operations(t)
	shown := regexp.MustCompile("(?s)<!-- test: sharding -->\\s*```js\n(.*?)```").FindStringSubmatch(text)
	if shown == nil {
		t.Fatal("there is nothing about sharding")
	}
	loops := regexp.MustCompile(`(?s)for \(const name of \[([^\]]*)\]\) \{.*?sh\.shardCollection\(.*?, \{(.*?)\}\);`).FindAllStringSubmatch(shown[1], -1)
	keys := map[string]string{}
	for _, loop := range loops {
		for _, name := range regexp.MustCompile(`\w+`).FindAllString(loop[1], -1) {
			keys[name] = loop[2]
		}
	}
	for _, schema := range store.Catalogue() {
		key := keys[schema.Name]
		delete(keys, schema.Name)
		// Every collection is spoken of, sharded or not.
		if !strings.Contains(text, "`"+schema.Name+"`") {
			t.Errorf("%s is missing", schema.Name)
		}
		if slices.ContainsFunc(schema.Indexes, func(i store.Index) bool { return i.Unique && i.Global }) && key != "" {
			t.Errorf("%s is sharded by %s and has names that are unique across tenants", schema.Name, key)
		}
		if slices.ContainsFunc(schema.Indexes, func(i store.Index) bool { return i.Unique }) && key != "" && key != "tenantId: 1" {
			t.Errorf("%s is sharded by %s, with which its unique names do not begin", schema.Name, key)
		}
	}
	if len(keys) > 0 || len(loops) != 2 {
		t.Errorf("these are no collections, or there are other commands than the test knows: %v, %d loops", keys, len(loops))
	}
}

// TestAlertedLines checks that the program writes every line that docs/operations.md alerts on.
func TestAlertedLines(t *testing.T) {
	t.Parallel()
	_, table, ok := strings.Cut(operations(t), "## What to alert on")
	lines := regexp.MustCompile("\\blog `([^`]+)`").FindAllStringSubmatch(table, -1)
	if !ok || len(lines) < 5 {
		t.Fatalf("there are %d lines to alert on", len(lines))
	}
	code := sources(t)
	for _, line := range lines {
		if !strings.Contains(code, `"`+line[1]+`"`) {
			t.Errorf("nothing writes the line %q", line[1])
		}
	}
}

// sources is the program's own code.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range []string{".", "admin", "auth", "oauth", "resolvers", "secret", "store"} {
		err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				if folder == "." && path != "." && err == nil {
					return fs.SkipDir
				}
				return err
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(filepath.Join(folder, path))
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
