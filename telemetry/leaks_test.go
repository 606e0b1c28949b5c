package telemetry_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leaving is how long what was told to end may take on a busy machine; goleak waits for a second or so.
const leaving = 15 * time.Second

// TestMain fails when a test leaves what sends spans behind.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections() // the connections of tests that called a server
	if code == 0 {
		began := time.Now()
		err := goleak.Find()
		for err != nil && time.Since(began) < leaving {
			err = goleak.Find()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
