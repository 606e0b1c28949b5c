package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/admin"
	"gatehouse/admission"
	"gatehouse/model"
	"gatehouse/store"
)

// TestSlowWriters: whoever takes too long to say what it wants is cut off, and nobody waits for it.
func TestSlowWriters(t *testing.T) {
	t.Parallel()
	header, body := post("/graphql", "a", 1000), strings.Repeat("x", 1000)
	for _, c := range []struct {
		name   string
		what   string // written at once
		then   string // written a byte a second
		after  time.Duration
		status int
	}{
		{"nothing", "", "", headerTimeout, 0},
		{"half a header", header[:40], "", headerTimeout, http.StatusBadRequest},
		{"a dribbled header", "", header, headerTimeout, http.StatusBadRequest},
		{"no body", header, "", readTimeout, http.StatusRequestTimeout},
		{"a dribbled body", header, body, readTimeout, http.StatusRequestTimeout},
		{"a dribbled body that is not for callers", post("/oauth2/token", "a", 1000), body, readTimeout, http.StatusRequestTimeout},
		{"a body dribbled to nobody in particular", post("/", "a", 1000), body, readTimeout, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveGuarded(t, AdmissionConfig{MaxConcurrent: 1, MaxWait: time.Second, MaxConnections: 10, RequestTimeout: 30 * time.Second}, ok)
				start, slow := time.Now(), s.dial(t)
				slow.say(c.what)
				synctest.Wait()
				slow.dribble(t, c.then, time.Second)
				// There is one turn, and the slow one does not have it.
				quick := s.dial(t)
				quick.say(post("/graphql", "b", 0))
				if status, _, body := quick.answered(t); status != http.StatusOK || time.Since(start) > 0 {
					t.Errorf("another client was answered %d %s after %s", status, body, time.Since(start))
				}
				if status, _, body := slow.answered(t); status != c.status {
					t.Errorf("was answered %d %s, want %d", status, body, c.status)
				}
				if _, err := slow.read.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("the connection goes on with %v", err)
				}
				if took := time.Since(start); took < c.after || took > c.after+time.Second {
					t.Errorf("ended after %s, want %s", took, c.after)
				}
				s.wantGone(t, "afterwards")
			})
		})
	}
}

// TestSlowReaders: whoever does not read its answer is cut off; its turn was over before.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveGuarded(t, AdmissionConfig{MaxConcurrent: 1, MaxWait: time.Second, MaxConnections: 10, RequestTimeout: 30 * time.Second},
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1<<20)) })
		slow, quick := s.dial(t), s.dial(t)
		slow.say(post("/graphql", "a", 0))
		synctest.Wait()
		start := time.Now()
		if state := s.guard.graphql.State(); state.Inside != 1 || state.Working != 0 {
			t.Errorf("while nobody reads: %+v", state)
		}
		quick.say(post("/graphql", "b", 0))
		if status, _, body := quick.answered(t); status != http.StatusOK || len(body) != 1<<20 || time.Since(start) > 0 {
			t.Errorf("another client was answered %d with %d bytes after %s", status, len(body), time.Since(start))
		}
		time.Sleep(writeTimeout + time.Millisecond)
		s.wantGone(t, "afterwards")
		if n, err := io.Copy(io.Discard, slow.read); err == nil && n >= 1<<20 {
			t.Errorf("the whole answer came after all")
		}
	})
}

// TestIdleConnections are kept for a while.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveGuarded(t, AdmissionConfig{MaxConcurrent: 1, MaxWait: time.Second, MaxConnections: 10, RequestTimeout: 30 * time.Second}, ok)
		c := s.dial(t)
		for range 3 {
			c.say(post("/graphql", "a", 0))
			if status, _, _ := c.answered(t); status != http.StatusOK {
				t.Fatalf("answered %d", status)
			}
			time.Sleep(idleTimeout - time.Second)
		}
		time.Sleep(2 * time.Second)
		if _, err := c.read.ReadByte(); err == nil {
			t.Error("the connection is kept for ever")
		}
	})
}

// TestTimeOfARequest: it reaches the work for the request, and the deadlines for clients do not.
func TestTimeOfARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const timeout = 10 * time.Minute
		s := serveGuarded(t, AdmissionConfig{MaxConcurrent: 1, MaxWait: time.Second, MaxConnections: 10, RequestTimeout: timeout},
			func(w http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
				fmt.Fprint(w, r.Context().Err())
			})
		for _, path := range []string{"/graphql", "/oauth2/token"} {
			start, c := time.Now(), s.dial(t)
			c.say(post(path, "a", 4) + "body")
			if status, _, body := c.answered(t); status != http.StatusOK || body != "context deadline exceeded" || time.Since(start) != timeout {
				t.Errorf("%s: answered %d %q after %s", path, status, body, time.Since(start))
			}
		}
		s.wantGone(t, "afterwards")
		if got := (AdmissionConfig{RequestTimeout: timeout}).graceful(); got != timeout+writeTimeout {
			t.Errorf("a stop waits for %s", got)
		}
	})
}

// TestNoRoom: what there is no room for is refused with the time after which to come again.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		flags := AdmissionConfig{MaxConcurrent: 1, MaxQueue: 2, MaxPerCaller: 2, MaxWait: time.Second, MaxConnections: 20, RequestTimeout: 30 * time.Second}
		s := serveGuarded(t, flags, func(w http.ResponseWriter, _ *http.Request) {
			<-goOn
			fmt.Fprint(w, "done")
		})
		begin := func(path, caller string) wire {
			c := s.dial(t)
			c.say(post(path, caller, 4) + "body")
			synctest.Wait()
			return c
		}
		want := func(what string, c wire, status int, code, message string) {
			t.Helper()
			got, header, body := c.answered(t)
			if got != status || !strings.Contains(body, code) || !strings.Contains(body, message) || (status != http.StatusOK) != (header.Get("Retry-After") == "1") {
				t.Errorf("%s: answered %d %s, Retry-After %q", what, got, body, header.Get("Retry-After"))
			}
		}
		working, waiting := begin("/graphql", "a"), begin("/graphql", "a")
		want("a third of one caller", begin("/graphql", "a"), http.StatusServiceUnavailable, "UNAVAILABLE", "as many requests under way")
		gone := begin("/graphql", "b")
		want("a fourth of all", begin("/graphql", "c"), http.StatusServiceUnavailable, "UNAVAILABLE", "no room")
		if err := gone.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if state := s.guard.graphql.State(); state.Inside != 2 || state.Waiting != 1 {
			t.Errorf("when a client that waited has gone: %+v", state)
		}
		// The endpoints for clients have room of their own; nobody is known there yet, so one address is one.
		apart, second := begin("/oauth2/token", "x"), begin("/oauth2/token", "y")
		want("a third from one address", begin("/oauth2/token", "z"), http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`, "")
		want("the one that waited too long", waiting, http.StatusServiceUnavailable, "UNAVAILABLE", "did not come in time")
		want("the client that waited too long", second, http.StatusServiceUnavailable, `"error":"temporarily_unavailable"`, "")
		close(goOn)
		want("the one that was worked on", working, http.StatusOK, "done", "")
		want("the client that was worked on", apart, http.StatusOK, "done", "")
		for i, refused := range []map[string]int64{{"full": 1, "share": 1, "waited": 1}, {"full": 0, "share": 1, "waited": 1}} {
			if gate := s.guard.state().Gates[i]; !maps.Equal(gate.Refused, refused) {
				t.Errorf("the metrics show %+v, want the refusals %v", gate, refused)
			}
		}
		s.wantGone(t, "afterwards")
	})
}

// TestWhatIsCharged: a request that there was no room for costs its caller nothing, one that was refused
// before it had a cost costs what the worst of these takes, and any other its cost.
func TestWhatIsCharged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const burst = 1000
		goOn := make(chan struct{})
		var s *guarded
		s = serveGuarded(t, AdmissionConfig{
			RateLimit: 1, RateBurst: burst, MaxConcurrent: 1, MaxQueue: 1, MaxPerCaller: 2,
			MaxWait: time.Second, MaxConnections: 20, RequestTimeout: time.Minute,
		}, func(w http.ResponseWriter, r *http.Request) {
			<-goOn
			if r.URL.RawQuery == "" {
				if err := s.guard.admit(r.Context(), 7); err != nil {
					t.Error(err)
				}
			}
			fmt.Fprint(w, "done")
		})
		begin := func(path string) wire {
			c := s.dial(t)
			c.say(post(path, "a", 4) + "body")
			synctest.Wait()
			return c
		}
		answered := func(what string, c wire, want int) {
			t.Helper()
			if status, _, body := c.answered(t); status != want {
				t.Errorf("%s: answered %d %s", what, status, body)
			}
		}
		working, waiting := begin("/graphql"), begin("/graphql")
		for range 3 {
			answered("one too many", begin("/graphql"), http.StatusServiceUnavailable)
		}
		answered("one that waited too long", waiting, http.StatusServiceUnavailable)
		close(goOn)
		answered("the one that was worked on", working, http.StatusOK)
		answered("one without a cost", begin("/graphql?refused"), http.StatusOK)
		synctest.Wait()
		// A debt shows what was left: it takes a second for each, and one more to have something again.
		left := burst - 7 - unadmittedCost
		const caller = "t ADMIN_KEY a"
		s.guard.rates.Take(s.guard.now(), caller, left+9)
		if wait := s.guard.rates.Wait(s.guard.now(), caller).Round(time.Second); wait < 9*time.Second || wait > 10*time.Second {
			t.Errorf("the caller waits for %s", wait)
		}
	})
}

// TestPanicsGiveBackTheirPlaces: what a request had is free again however it ends.
func TestPanicsGiveBackTheirPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serveGuarded(t, AdmissionConfig{MaxConcurrent: 1, MaxQueue: 1, MaxWait: time.Second, MaxConnections: 10, RequestTimeout: 30 * time.Second},
			func(http.ResponseWriter, *http.Request) { panic("the work failed") })
		for range 5 {
			c := s.dial(t)
			c.say(post("/graphql", "a", 0))
			if status, _, body := c.answered(t); status != http.StatusInternalServerError || !strings.Contains(body, "INTERNAL") {
				t.Errorf("answered %d %s", status, body)
			}
			s.wantGone(t, "after a panic")
		}
	})
}

// TestShared: whoever asks while a check runs hears what that one finds, and one who goes away does not
// end it for the others.
func TestShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ran, failure := 0, errors.New("the store is away")
		check := shared(time.Minute, func(ctx context.Context) error {
			ran++
			time.Sleep(time.Second)
			return errors.Join(failure, ctx.Err())
		})
		impatient, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := check(impatient); !errors.Is(err, context.Canceled) {
				t.Errorf("who went away heard %v", err)
			}
		})
		synctest.Wait()
		for range 100 {
			all.Go(func() {
				if err := check(t.Context()); !errors.Is(err, failure) || errors.Is(err, context.Canceled) {
					t.Errorf("who stayed heard %v", err)
				}
			})
		}
		synctest.Wait()
		cancel()
		all.Wait()
		if ran != 1 {
			t.Errorf("the check ran %d times for those who asked at the same time", ran)
		}
		if err := check(t.Context()); !errors.Is(err, failure) || ran != 2 {
			t.Errorf("who came later heard %v of check %d", err, ran)
		}
	})
}

// TestChangesLendTheirTurns: while a change is written, the turn of its request belongs to others.
func TestChangesLendTheirTurns(t *testing.T) {
	t.Parallel()
	config := defaults()
	config.Data, config.Admission.MaxConcurrent = t.TempDir(), 1
	o, err := open(t.Context(), config, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.store.Close() }()
	g, err := config.guard()
	if err != nil {
		t.Fatal(err)
	}
	place, err := g.graphql.Enter("a")
	if err != nil {
		t.Fatal(err)
	}
	defer place.Leave()
	if err := place.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := func(what string, working, lent int) {
		t.Helper()
		if s := g.graphql.State(); s.Working != working || s.Lent != lent {
			t.Errorf("%s: %+v, want %d worked on and %d lent", what, s, working, lent)
		}
	}
	want("before", 1, 0)
	ctx := admission.With(t.Context(), place)
	_, err = o.store.Tenants.Update(ctx, admin.DefaultTenantID, admin.DefaultTenantID, func(c *store.Change[model.Tenant]) error {
		want("while it is written", 0, 1)
		c.Doc.Name = "another"
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	want("afterwards", 1, 0)
}
