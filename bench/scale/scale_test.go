package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestFew measures few apps, which compares every page that is timed with what must be in it, and then
// once more what is filled already.
func TestFew(t *testing.T) {
	folder := t.TempDir()
	for _, first := range []bool{true, false} {
		var stdout, stderr bytes.Buffer
		args := []string{"-apps", "5000", "-data", folder, "-conditions", "1"}
		if code := run(t.Context(), args, &stdout, &stderr); code != 0 {
			t.Fatalf("ended with code %d: %s\n%s", code, &stderr, &stdout)
		}
		for _, list := range []string{"apps CREATED_AT ", "apps UPDATED_AT ", "apps NAME ", "nameStartsWith", "auditEvents newest first actorId", "at depth 3999: "} {
			if !strings.Contains(stdout.String(), list) {
				t.Errorf("there is no %q in\n%s", list, &stdout)
			}
		}
		if strings.Contains(stdout.String(), "seeded before: 5000 apps") == first {
			t.Errorf("for the first time: %t\n%s", first, &stdout)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-apps", "0"}, &stdout, &stderr); code != 2 || stderr.Len() == 0 {
		t.Errorf("of no apps: code %d, %s", code, &stderr)
	}
}
