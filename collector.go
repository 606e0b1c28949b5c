package main

import "runtime/debug"

// collectPercent is by how many percent the memory in use may grow before garbage is collected. A
// server has some two megabytes in use, so with Go's own 100 it would collect every 150 requests, which
// took about a fifth of its processor time; with 400 it grows by 16 MiB, as much as it has at the start
// anyway. GOMEMLIMIT bounds what that comes to when caches are full.
const collectPercent = 400

// tuneCollector sets how often garbage is collected, unless the environment does (GOGC).
func tuneCollector(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
}
