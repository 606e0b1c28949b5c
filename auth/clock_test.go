package auth_test

import (
	"testing"
	"time"

	"gatehouse/auth"
)

// TestClockSetBack sets the clock of every process back by more than any key signs, and forward again.
// There is always a key that signs, what it signs is good, and the keys of either time verify what they
// signed.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	grant := auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]}
	first := issue(t, s.process, grant)
	s.clock.advance(-3 * lifetime)
	prepare(t, s.process)
	if _, err := s.Parse(t.Context(), first); err == nil {
		t.Error("a token of the future is good")
	}
	back := issue(t, s.process, grant)
	if kid(t, back) == kid(t, first) {
		t.Error("the key signs before its time")
	}
	if _, err := s.Parse(t.Context(), back); err != nil {
		t.Errorf("after the clock was set back a new token is refused: %v", err)
	}
	if _, err := s.world.process().Parse(t.Context(), back); err != nil {
		t.Errorf("another process refuses it: %v", err)
	}
	s.clock.advance(3 * lifetime)
	prepare(t, s.process)
	if _, err := s.Parse(t.Context(), first); err != nil {
		t.Errorf("after the clock was set right the first token is refused: %v", err)
	}
	if _, err := s.Parse(t.Context(), back); err == nil {
		t.Error("a token that expired hours ago is good")
	}
	again := issue(t, s.process, grant)
	if kid(t, again) != kid(t, first) {
		t.Error("in the same time another key signs")
	}
	s.clock.advance(365 * 24 * time.Hour)
	prepare(t, s.process)
	if _, err := s.Parse(t.Context(), issue(t, s.process, grant)); err != nil {
		t.Errorf("a year later a new token is refused: %v", err)
	}
}
