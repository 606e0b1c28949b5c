package sqlite

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind: what is closed must have ended, also after calls
// that failed or were given up.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
