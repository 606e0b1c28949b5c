package auth_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store/storetest"
)

// counting lets every access to the store through and counts the readings.
func counting(reads *atomic.Int32) storetest.Fault {
	return func(_ context.Context, _ string, write bool) error {
		if !write {
			reads.Add(1)
		}
		return nil
	}
}

// TestKnownForASecond calls again and again, with each kind of credential: the store is asked once in a
// second, and before it is over by one request alone.
func TestKnownForASecond(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.assign(t, s.app, model.PermissionAppsRead)
	key, _ := s.adminKey(t, nil)
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	callers := s.authenticator(s.process)
	for name, c := range map[string]struct {
		credential string
		reads      int32 // of finding out; all keys that sign are read once in a second besides
	}{"an admin key": {key, 1}, "a token": {token, 5}} {
		var reads atomic.Int32
		s.clock.advance(time.Minute)
		call := func() {
			t.Helper()
			if _, err := callers.Authenticate(t.Context(), "Bearer "+c.credential); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		call() // and notes the use
		s.faults.On(counting(&reads))
		for _, step := range []struct {
			wait time.Duration
			most int32
		}{{0, 0}, {740 * time.Millisecond, 0}, {20 * time.Millisecond, c.reads}, {200 * time.Millisecond, 0}, {time.Second, c.reads}} {
			s.clock.advance(step.wait)
			reads.Store(0)
			for range 10 {
				call()
			}
			if got := reads.Load(); got > step.most || (step.most > 0 && got == 0) {
				t.Errorf("%s, another %s later: %d readings, want %d", name, step.wait, got, step.most)
			}
		}
		s.faults.On(nil)
	}
}

// TestThePrincipalIsTheRequests changes what one request got.
func TestThePrincipalIsTheRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, _ := w.adminKey(t, nil)
	callers := w.authenticator(w.process())
	for range 3 {
		p, err := callers.Authenticate(t.Context(), "Bearer "+key)
		if err != nil || p.RequestID != "" || p.TenantID != tenant {
			t.Fatalf("got %+v, %v", p, err)
		}
		p.RequestID, p.TenantID = "mine", "mine"
	}
}

// TestTakenAwayWhileKnown takes something away from a caller whom other requests keep known all the time,
// on a clock that stands still: the next request finds it so, and each one after it.
func TestTakenAwayWhileKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		key  bool // it is about an admin key, and otherwise about a token
		do   func(t *testing.T, s *stage, credential string, key *model.AdminKey, role *model.Role)
	}{
		{"the key is revoked", true, func(t *testing.T, s *stage, _ string, key *model.AdminKey, _ *model.Role) {
			t.Helper()
			remove(t, s.AdminKeys, key.ID, s.event())
		}},
		{"the key loses its permissions", true, func(t *testing.T, s *stage, _ string, key *model.AdminKey, _ *model.Role) {
			t.Helper()
			change(t, s.AdminKeys, key.ID, s.event(), func(key *model.AdminKey) { key.Permissions = nil })
		}},
		{"the key expires", true, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, _ *model.Role) {
			t.Helper()
			s.clock.advance(500 * time.Millisecond)
		}},
		{"the application is deactivated", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, _ *model.Role) {
			t.Helper()
			change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) { app.IsActive = false })
		}},
		{"the application is deleted", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, _ *model.Role) {
			t.Helper()
			remove(t, s.ManagementApplications, s.app.ID, s.event())
		}},
		{"the client is removed", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, _ *model.Role) {
			t.Helper()
			change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) {
				app.StoredClients = app.StoredClients[1:]
				app.Normalize()
			})
		}},
		{"the token is revoked", false, func(t *testing.T, s *stage, token string, _ *model.AdminKey, _ *model.Role) {
			t.Helper()
			parsed, err := s.Parse(t.Context(), token)
			if err == nil {
				err = s.Revoke(t.Context(), parsed)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"the role changes", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, role *model.Role) {
			t.Helper()
			change(t, s.Roles, role.ID, s.event(), func(role *model.Role) { role.Permissions = nil })
		}},
		{"the role is deleted", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, role *model.Role) {
			t.Helper()
			remove(t, s.Roles, role.ID, s.event())
		}},
		{"the role is taken away", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, role *model.Role) {
			t.Helper()
			assignment, err := s.RoleAssignments.One(t.Context(), tenant, "role_entity", role.ID, s.app.ID)
			if err != nil {
				t.Fatal(err)
			}
			remove(t, s.RoleAssignments, assignment.ID, s.event())
		}},
		{"the signing keys are replaced", false, func(t *testing.T, s *stage, _ string, _ *model.AdminKey, _ *model.Role) {
			t.Helper()
			if err := s.Replace(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			role := s.assign(t, s.app, model.PermissionAppsRead)
			credential, doc := s.adminKey(t, new(s.clock.now().Add(500*time.Millisecond)))
			if !c.key {
				credential = issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
			}
			callers := s.authenticator(s.process)
			may := func() bool {
				p, err := callers.Authenticate(t.Context(), "Bearer "+credential)
				if err != nil && !is(err, model.Unauthenticated) {
					t.Errorf("Authenticate: %v", err)
				}
				return err == nil && slices.Contains(p.Permissions, model.PermissionAppsRead)
			}
			if !may() {
				t.Fatal("the caller is not let in at first")
			}
			var others sync.WaitGroup
			done := make(chan struct{})
			for range 4 {
				others.Go(func() {
					for {
						select {
						case <-done:
							return
						default:
							_ = may()
						}
					}
				})
			}
			c.do(t, s, credential, doc, role)
			for i := range 100 {
				if may() {
					t.Errorf("request %d after it still may", i+1)
					break
				}
			}
			close(done)
			others.Wait()
			if may() {
				t.Error("at last, it may again")
			}
		})
	}
}

// TestTakenAwayWhileFindingOut deactivates an application between what one request reads of it and what
// it reads next. That request came before; the one after it is refused.
func TestTakenAwayWhileFindingOut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	callers := s.authenticator(s.process)
	token := "Bearer " + issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	arrived, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.faults.On(func(_ context.Context, collection string, _ bool) error {
		if collection == "roleAssignments" { // the application has been read
			once.Do(func() {
				close(arrived)
				<-goOn
			})
		}
		return nil
	})
	var first error
	var asking sync.WaitGroup
	asking.Go(func() { _, first = callers.Authenticate(t.Context(), token) })
	<-arrived
	change(t, s.ManagementApplications, s.app.ID, s.event(), func(app *model.ManagementApplication) { app.IsActive = false })
	if _, err := callers.Authenticate(t.Context(), token); !is(err, model.Unauthenticated) {
		t.Errorf("while the first request waits: %v", err)
	}
	close(goOn)
	asking.Wait()
	if first != nil {
		t.Errorf("the request that came before was answered %v", first)
	}
	if _, err := callers.Authenticate(t.Context(), token); !is(err, model.Unauthenticated) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTakenAwayElsewhere has another process revoke a key while this one is asked all the time: it is
// refused a second later at the latest, and from then on.
func TestTakenAwayElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, doc := w.adminKey(t, nil)
	callers := w.authenticator(w.process())
	admits := func() bool {
		_, err := callers.Authenticate(t.Context(), "Bearer "+key)
		if err != nil && !is(err, model.Unauthenticated) {
			t.Errorf("Authenticate: %v", err)
		}
		return err == nil
	}
	if !admits() {
		t.Fatal("the key is not let in at first")
	}
	elsewhere := w.again(t)
	remove(t, elsewhere.AdminKeys, doc.ID, w.event())
	refused := time.Duration(-1)
	for waited := time.Duration(0); waited <= 3*time.Second; waited += 50 * time.Millisecond {
		switch admitted := admits(); {
		case admitted && (refused >= 0 || waited >= time.Second):
			t.Errorf("%s after its revocation the key is let in; it was first refused after %s", waited, refused)
		case !admitted && refused < 0:
			refused = waited
		}
		w.clock.advance(50 * time.Millisecond)
	}
	// And what comes back is let in at once: that a credential was no good is not remembered.
	if err := elsewhere.AdminKeys.Insert(t.Context(), doc, nil); err != nil {
		t.Fatal(err)
	}
	if !admits() {
		t.Error("a key that another process has made is refused")
	}
}

// TestKnownWithoutAStore takes the store away from callers who are known: for the rest of their second
// they are let in, and after it nobody is.
func TestKnownWithoutAStore(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key, _ := s.adminKey(t, nil)
	person := unverified(`{"iss":"https://login.example.com","sub":"anna"}`)
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: s.Store, Now: s.clock.now, Log: slog.New(slog.DiscardHandler), Tokens: s.Tokens, People: people{person},
	})
	s.clock.advance(2 * time.Second) // so that the signing keys are read when the first caller comes
	credentials := []string{key, token, person}
	for _, credential := range credentials {
		if _, err := callers.Authenticate(t.Context(), "Bearer "+credential); err != nil {
			t.Fatal(err)
		}
	}
	s.faults.On(func(ctx context.Context, collection string, write bool) error {
		return failing(collection)(ctx, collection, write)
	})
	for _, waited := range []time.Duration{0, 500, 800, 999, 1000, 5000} {
		at := s.clock.now()
		s.clock.advance(waited * time.Millisecond)
		for i, credential := range credentials {
			_, err := callers.Authenticate(t.Context(), "Bearer "+credential)
			inStore := i < 2
			switch {
			case (waited < 1000 || !inStore) && err != nil:
				t.Errorf("caller %d after %d ms: %v", i, waited, err)
			case waited >= 1000 && inStore && !is(err, model.Unavailable):
				t.Errorf("caller %d after %d ms: %v; want UNAVAILABLE", i, waited, err)
			}
		}
		s.clock.set(at)
	}
	s.faults.On(nil)
	s.clock.advance(5 * time.Second)
	for i, credential := range credentials {
		if _, err := callers.Authenticate(t.Context(), "Bearer "+credential); err != nil {
			t.Errorf("caller %d when the store is back: %v", i, err)
		}
	}
}

// TestWhatDoesNotCount changes what no caller rests on: nobody is looked up anew for it.
func TestWhatDoesNotCount(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key, doc := s.adminKey(t, nil)
	callers := s.authenticator(s.process)
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	call := func() {
		t.Helper()
		for _, credential := range []string{key, token} {
			if _, err := callers.Authenticate(t.Context(), "Bearer "+credential); err != nil {
				t.Fatal(err)
			}
		}
	}
	call()
	if err := s.AdminKeys.Amend(t.Context(), tenant, doc.ID, func(key *model.AdminKey) (bool, error) {
		key.LastUsedAt = new(s.clock.now())
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.ManagementApplications.Amend(t.Context(), tenant, s.app.ID, func(*model.ManagementApplication) (bool, error) {
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	user := &model.User{Entity: s.entity(), Username: "steve", UsernameKey: "steve"}
	if err := s.Users.Insert(t.Context(), user, nil); err != nil {
		t.Fatal(err)
	}
	var reads atomic.Int32
	s.faults.On(counting(&reads))
	call()
	if n := reads.Load(); n != 0 {
		t.Errorf("the store was read %d times", n)
	}
}

// TestAllocationsOfAKnownCaller bounds what a request of a caller who is known allocates: the principal,
// which is the request's own, and the credential as what is hashed.
func TestAllocationsOfAKnownCaller(t *testing.T) {
	s := newStage(t)
	s.assign(t, s.app, model.PermissionAppsRead)
	key, _ := s.adminKey(t, nil)
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	person := unverified(`{"iss":"https://login.example.com","sub":"anna"}`)
	configured := strings.Repeat("configured", 4)
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: s.Store, Now: s.clock.now, Log: slog.New(slog.DiscardHandler), Tokens: s.Tokens, People: people{person},
		ConfiguredKey: configured, TenantID: tenant, Observe: func(auth.Kind, error) {},
	})
	for name, credential := range map[string]string{"an admin key": key, "a token": token, "a person": person, "the configured key": configured} {
		ctx, authorization := t.Context(), "Bearer "+credential
		got := testing.AllocsPerRun(100, func() {
			if _, err := callers.Authenticate(ctx, authorization); err != nil {
				t.Fatal(err)
			}
		})
		if got > 2 {
			t.Errorf("%s takes %v allocations", name, got)
		}
	}
}
