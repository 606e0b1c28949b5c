package main

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a program that a test has run in this process leaves a goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(runner(func() int {
		code := m.Run()
		http.DefaultClient.CloseIdleConnections() // of the tests, not of the program
		return code
	}))
}

// runner makes tests of a function.
type runner func() int

// Run runs them.
func (r runner) Run() int { return r() }
