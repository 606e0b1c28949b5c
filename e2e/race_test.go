//go:build race

package e2e_test

// raceDetector says that the tests run with the race detector; the program then does, too.
const raceDetector = true
