package e2e_test

import (
	"os"
	"os/exec"
	"testing"
)

// tool finds a program that a test needs beside Go. Where there is none the test is left out, unless
// GATEHOUSE_TEST_REQUIRE_BROWSER asks for everything.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		leaveOut(t, name+" is not installed")
	}
	return path
}

// leaveOut leaves a test out, loudly, unless it is asked for.
func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("GATEHOUSE_TEST_REQUIRE_BROWSER") != "" {
		t.Fatalf("%s, and GATEHOUSE_TEST_REQUIRE_BROWSER asks for it", why)
	}
	t.Logf("LEFT OUT: %s", why)
	t.SkipNow()
}
