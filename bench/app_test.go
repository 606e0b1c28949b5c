package bench

import (
	"fmt"
	"testing"

	"gatehouse/store"
)

const fields = "{ id name userId redirectUri isActive createdAt updatedAt revision }"

// BenchmarkGetApp reads one app by ID.
func BenchmarkGetApp(b *testing.B) {
	forEachStore(b, func(b *testing.B, f *fixture) {
		f.measure(b, "query GetApp($id: ID!) { app(id: $id) "+fields+" }", "GetApp", func(i int) map[string]any {
			return map[string]any{"id": f.apps[i*7919%len(f.apps)].ID}
		})
	})
}

// BenchmarkListApps reads the page of 50 that lies behind 100,000 apps.
func BenchmarkListApps(b *testing.B) {
	forEachStore(b, func(b *testing.B, f *fixture) {
		after, err := store.FormatCursor("", f.store.Apps.Position(f.apps[depth-1], ""))
		if err != nil {
			b.Fatal(err)
		}
		variables := map[string]any{"after": after}
		f.measure(b, "query ListApps($after: String) { apps(first: 50, after: $after) { nodes "+fields+" pageInfo { hasNextPage endCursor } } }",
			"ListApps", func(int) map[string]any { return variables })
	})
}

// BenchmarkCreateApp makes apps, each durable when it is answered.
func BenchmarkCreateApp(b *testing.B) {
	forEachStore(b, func(b *testing.B, f *fixture) {
		made := 0
		f.measure(b, fmt.Sprintf("mutation CreateApp($name: String!) { createApp(input: {userId: %q, name: $name}) { app %s } }", f.user.ID, fields),
			"CreateApp", func(int) map[string]any {
				made++
				return map[string]any{"name": fmt.Sprintf("made %d", made)}
			})
	})
}

// BenchmarkUpdateApp renames apps.
func BenchmarkUpdateApp(b *testing.B) {
	forEachStore(b, func(b *testing.B, f *fixture) {
		renamed := 0
		f.measure(b, "mutation UpdateApp($id: ID!, $name: String!) { updateApp(id: $id, input: {name: $name}) { app "+fields+" } }",
			"UpdateApp", func(i int) map[string]any {
				renamed++
				return map[string]any{"id": f.apps[i*7919%len(f.apps)].ID, "name": fmt.Sprintf("renamed %d", renamed)}
			})
	})
}

// BenchmarkToggleApp turns apps off and on again.
func BenchmarkToggleApp(b *testing.B) {
	forEachStore(b, func(b *testing.B, f *fixture) {
		active := true
		f.measure(b, "mutation ToggleApp($id: ID!, $status: Boolean!) { setAppStatus(id: $id, status: $status) { app "+fields+" status } }",
			"ToggleApp", func(int) map[string]any {
				active = !active
				return map[string]any{"id": f.apps[0].ID, "status": active}
			})
	})
}
