package main

import (
	"runtime"
	"testing"
	"time"
)

func TestCollectPercent(t *testing.T) {
	t.Parallel()
	for inUse, want := range map[uint64]int{
		0: 400, 2 << 20: 400, 4 << 20: 400, 5 << 20: 320, 8 << 20: 200, 12 << 20: 133, 16 << 20: 100, 1 << 40: 100,
	} {
		if got := collectPercent(inUse); got != want {
			t.Errorf("%d MiB in use: %d percent, want %d", inUse>>20, got, want)
		}
	}
}

func TestAfterCollections(t *testing.T) {
	t.Parallel()
	const times = 3
	calls, done := 0, make(chan struct{})
	afterCollections(func() bool {
		if calls++; calls < times {
			return true
		}
		close(done)
		return false
	})
	for deadline := time.After(10 * time.Second); ; {
		runtime.GC()
		select {
		case <-done:
			return
		case <-deadline:
			t.Fatal("the collections are not told of")
		default:
		}
	}
}

// TestInUse: what is held counts.
func TestInUse(t *testing.T) {
	t.Parallel()
	held := make([]byte, 64<<20)
	runtime.GC()
	if got := inUse(); got < uint64(len(held)) {
		t.Errorf("%d bytes are in use, of which %d are held", got, len(held))
	}
	runtime.KeepAlive(held)
}
