package auth_test

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/store"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

// TestReplacedWhileReading replaces the signing keys while somebody has read them and has not got them
// yet: nobody who comes later is to use what was read.
func TestReplacedWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	var armed atomic.Bool
	backend, err := sqlite.Open(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	held, err := store.Open(t.Context(), &storetest.Late{Backend: backend, Collection: "signingKeys", Hold: func() {
		if armed.CompareAndSwap(true, false) {
			close(arrived)
			<-goOn
		}
	}}, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := held.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	keys := auth.NewSigningKeys(held, w.keyset, w.clock.now, lifetime)
	p, app := &process{SigningKeys: keys, Tokens: auth.NewTokens(held, keys, w.clock.now, publicURL)}, w.application(t, "billing")
	prepare(t, p)
	token := issue(t, p, auth.Grant{Application: app, ClientID: app.ClientIDs[0]})
	w.clock.advance(time.Second)
	armed.Store(true)
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = p.Parse(t.Context(), token) })
	<-arrived
	if err := p.Replace(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	reading.Wait()
	if _, err := p.Parse(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("after the replacement the token was answered %v", err)
	}
}
