package auth_test

import (
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
	"gatehouse/store/sqlite"
	"gatehouse/store/storetest"
)

// TestASlowLookSendsNobodyAway has one caller be looked up so slowly that another who comes later is
// known before: he still is afterwards.
func TestASlowLookSendsNobodyAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slow, _ := w.adminKey(t, nil)
	fast, _ := w.adminKey(t, nil)
	backend, err := sqlite.Open(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	arrived, goOn := make(chan struct{}), make(chan struct{})
	var armed atomic.Bool
	var looks atomic.Int32
	armed.Store(true)
	held, err := store.Open(t.Context(), &storetest.Late{Backend: backend, Collection: "adminKeys", Hold: func() {
		looks.Add(1)
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
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{Store: held, Now: w.clock.now, Log: slog.New(slog.DiscardHandler)})
	call := func(key string) {
		if _, err := callers.Authenticate(t.Context(), "Bearer "+key); err != nil {
			t.Error(err)
		}
	}
	var looking sync.WaitGroup
	looking.Go(func() { call(slow) })
	<-arrived
	w.clock.advance(100 * time.Millisecond)
	call(fast)
	close(goOn)
	looking.Wait()
	before := looks.Load()
	call(fast)
	call(slow)
	if again := looks.Load() - before; before != 2 || again != 0 {
		t.Errorf("after %d looks there were %d more for callers who are known", before, again)
	}
}

// TestKnownCallersKeepNoDocuments has applications call that are large: what is kept of them is not.
func TestKnownCallersKeepNoDocuments(t *testing.T) {
	const applications, size = 16, 1 << 20
	w := newWorld(t)
	p := w.process()
	callers := w.authenticator(p)
	tokens := make([]string, applications)
	for i := range tokens {
		app := w.application(t, strings.Repeat("x", i+1))
		tokens[i] = issue(t, p, auth.Grant{Application: app, ClientID: app.ClientIDs[0]})
		change(t, w.ManagementApplications, app.ID, w.event(), func(app *model.ManagementApplication) {
			app.StoredClients[0].Description = new(strings.Repeat("d", size))
		})
	}
	inUse := func() uint64 {
		var m runtime.MemStats
		for range 2 { // what pools keep goes with the second
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := inUse()
	for _, token := range tokens {
		if _, err := callers.Authenticate(t.Context(), "Bearer "+token); err != nil {
			t.Fatal(err)
		}
	}
	if after := inUse(); after > before+applications*size/2 {
		t.Errorf("%d callers take %d KiB", applications, (after-before)>>10)
	}
	runtime.KeepAlive(callers)
}
