package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// growth is by how many bytes the memory in use may grow at least before garbage is collected. A server
	// has some two megabytes in use: with Go's own bound, which is to double them, it would collect every 150
	// requests, which took about a fifth of its processor time.
	growth = 16 << 20
	// leastPercent is Go's own bound, by how many percent memory may grow: that of a server which has more than
	// growth in use, so that many large requests take as much memory as they always did.
	leastPercent = 100
	// mostPercent does for a server that has next to nothing in use: Go takes four megabytes for the least.
	mostPercent = 400
)

// tuneCollector sees to it that garbage is collected as the constants above say, unless the environment
// says how often (GOGC). GOMEMLIMIT is in force all the same.
func tuneCollector(getenv func(string) string) {
	if getenv("GOGC") != "" {
		return
	}
	set := 0
	afterCollections(func() bool {
		if percent := collectPercent(inUse()); percent != set { // setting it stops the world for a moment
			debug.SetGCPercent(percent)
			set = percent
		}
		return true
	})
}

// collectPercent is by how many percent memory may grow of which so many bytes are in use.
func collectPercent(inUse uint64) int {
	if inUse <= growth*100/mostPercent {
		return mostPercent
	}
	return max(leastPercent, int(growth*100/inUse))
}

// inUse is how many bytes of the heap were in use at the last collection.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// afterCollections calls do now and after each collection of garbage, until it returns false. The runtime
// has nothing to ask for that, but it tells of an object that nobody refers to any more.
func afterCollections(do func() bool) {
	type collected struct{ _ [16]byte } // smaller ones share their memory with others
	if do() {
		runtime.AddCleanup(new(collected), afterCollections, do)
	}
}
