// Package e2e_test runs Gatehouse as its users do: it builds the program, starts it as a process of
// its own, and talks to it over HTTP, on each store.
//
// Most of what is here are tables of steps (scenario_test.go): requests in the order in which one
// server gets them, each with what must be in its answer, what must not, and the audit events that
// must have followed. What takes more than a request and its answer — races, crashes, paging through
// everything — is written with the typed client of package client.
//
// SQLite needs nothing. For MongoDB, TEST_MONGODB_URI names a server, on which every test makes a
// database of its own; without it that half is left out, which GATEHOUSE_TEST_REQUIRE_MONGODB turns
// into a failure. Likewise GATEHOUSE_TEST_REQUIRE_BROWSER for what needs Node.js, npm modules,
// Chromium or curl.
package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// programVariable is the environment variable in which TestMain leaves the path of the program.
const programVariable = "GATEHOUSE_E2E_PROGRAM"

func TestMain(m *testing.M) {
	code, err := runWithProgram(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runWithProgram builds the program once for all tests.
func runWithProgram(m *testing.M) (code int, err error) {
	folder, err := os.MkdirTemp("", "gatehouse-e2e-")
	if err != nil {
		return 0, err
	}
	defer func() {
		if removed := os.RemoveAll(folder); err == nil {
			err = removed
		}
	}()
	program := filepath.Join(folder, "gatehouse")
	arguments := []string{"build", "-o", program}
	if raceDetector {
		arguments = append(arguments, "-race")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	output, err := exec.CommandContext(ctx, "go", append(arguments, "gatehouse")...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("build the program: %w\n%s", err, output)
	}
	if err := os.Setenv(programVariable, program); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
