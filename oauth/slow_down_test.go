package oauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/oauth"
)

// attempts makes n attempts and counts the answers by status.
func attempts(t *testing.T, handler http.Handler, r request, n int) map[int]int {
	t.Helper()
	counted := map[int]int{}
	for range n {
		counted[send(t, handler, r).status]++
	}
	return counted
}

func wantAttempts(t *testing.T, what string, got map[int]int, unauthorized, tooMany int) {
	t.Helper()
	if got[http.StatusUnauthorized] != unauthorized || got[http.StatusTooManyRequests] != tooMany || len(got) > 2 {
		t.Errorf("%s: got %v, want %d refused and %d slowed down", what, got, unauthorized, tooMany)
	}
}

func TestFailuresOfAnAddressAreSlowedDown(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	guess := func(i int) request {
		return request{authorization: basicOf(fmt.Sprintf("unknown-%d", i), "x"), body: "grant_type=client_credentials"}
	}
	for i := range oauth.FailuresAtOnce {
		if got := send(t, w, guess(i)); got.status != http.StatusUnauthorized {
			t.Fatalf("failure %d: got %d", i, got.status)
		}
	}
	got := send(t, w, guess(100))
	if got.status != http.StatusTooManyRequests || got.code() != "slow_down" || got.header.Get("Retry-After") != "1" {
		t.Errorf("got %d %s, Retry-After %q", got.status, got.raw, got.header.Get("Retry-After"))
	}
	wantErrorAnswer(t, got)
	// Nothing is looked at, so the right secret does not help, and another address is not concerned.
	calls, opened := w.backend.calls.Load(), w.keyset.opened.Load()
	if got := send(t, w, tokenRequest(c)); got.status != http.StatusTooManyRequests {
		t.Errorf("the right secret: got %d", got.status)
	}
	if w.backend.calls.Load() != calls || w.keyset.opened.Load() != opened {
		t.Error("an attempt that is slowed down cost work")
	}
	elsewhere := tokenRequest(c)
	elsewhere.from = "203.0.113.9"
	if got := send(t, w, elsewhere); got.status != http.StatusOK {
		t.Errorf("another address: got %d %s", got.status, got.raw)
	}
	// One failure a second goes through.
	w.clock.advance(time.Second)
	wantAttempts(t, "a second later", attempts(t, w, guess(101), 3), 1, 2)
	w.clock.advance(time.Hour)
	wantAttempts(t, "an hour later", attempts(t, w, guess(102), 30), oauth.FailuresAtOnce, 30-oauth.FailuresAtOnce)
}

func TestSuccessesAreNotSlowedDown(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	for i := range 3 * oauth.FailuresAtOnce {
		if got := send(t, w, tokenRequest(c)); got.status != http.StatusOK {
			t.Fatalf("token %d: got %d %s", i, got.status, got.raw)
		}
	}
}

func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	counted := map[int]int{}
	for i := range 30 {
		r := request{authorization: basicOf(fmt.Sprint("unknown-", i), "x"), body: "grant_type=client_credentials", from: fmt.Sprintf("2001:db8:0:1:%x::1", i)}
		counted[send(t, w, r).status]++
	}
	wantAttempts(t, "30 addresses of one network", counted, oauth.FailuresAtOnce, 30-oauth.FailuresAtOnce)
	r := request{authorization: basicOf("unknown", "x"), body: "grant_type=client_credentials", from: "2001:db8:0:2::1"}
	wantAttempts(t, "the next network", attempts(t, w, r, 1), 1, 0)
}

// TestFailuresForAClient: guesses from everywhere are slowed down, and do not lock the owner out.
func TestFailuresForAClient(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c, other := w.basicClient(t, "basic"), w.basicClient(t, "other")
	owner := tokenRequest(c)
	owner.from = "192.0.2.1"
	mustSend := func(what string, r request, status int) {
		t.Helper()
		if got := send(t, w, r); got.status != status {
			t.Errorf("%s: got %d %s, want %d", what, got.status, got.raw, status)
		}
	}
	mustSend("the owner", owner, http.StatusOK)
	for _, id := range []string{c.id, "unknown"} {
		counted := map[int]int{}
		for i := range 40 {
			r := tokenRequest(registered{id: id, secret: "x"})
			r.from = fmt.Sprintf("198.51.100.%d", i)
			counted[send(t, w, r).status]++
		}
		wantAttempts(t, "40 addresses for "+id, counted, oauth.FailuresAtOnce, 40-oauth.FailuresAtOnce)
	}
	mustSend("the owner meanwhile", owner, http.StatusOK)
	newcomer := tokenRequest(c)
	newcomer.from = "192.0.2.99"
	mustSend("the owner from a new address", newcomer, http.StatusTooManyRequests)
	bystander := tokenRequest(other)
	bystander.from = "192.0.2.99"
	mustSend("another client from there", bystander, http.StatusOK)
	w.clock.advance(time.Second)
	mustSend("the owner from a new address, a second later", newcomer, http.StatusOK)
	mustSend("and at once again", newcomer, http.StatusOK)
}

// TestANeighbourOfAClient shares its address and nothing else.
func TestANeighbourOfAClient(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c, wrong := w.basicClient(t, "basic"), w.basicClient(t, "wrong")
	mustGetToken(t, w, c)
	neighbour := tokenRequest(registered{id: wrong.id, secret: "x"})
	wantAttempts(t, "the neighbour", attempts(t, w, neighbour, 30), oauth.FailuresAtOnce, 30-oauth.FailuresAtOnce)
	if got := send(t, w, tokenRequest(c)); got.status != http.StatusOK {
		t.Errorf("the client: got %d %s", got.status, got.raw)
	}
	// Its own failures are slowed down, too, and charged to itself alone.
	guess := tokenRequest(registered{id: c.id, secret: "x"})
	wantAttempts(t, "guesses from the address of the client", attempts(t, w, guess, 30), oauth.FailuresAtOnce, 30-oauth.FailuresAtOnce)
	guess.from = "203.0.113.9"
	wantAttempts(t, "guesses from elsewhere", attempts(t, w, guess, 1), 1, 0)
}

// TestManyAtOnce: attempts made at the same time are charged all of them.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	guess := tokenRequest(registered{id: "unknown", secret: "x"})
	var all sync.WaitGroup
	start := make(chan struct{})
	statuses := make([]int, 60)
	for i := range statuses {
		all.Go(func() {
			<-start
			statuses[i] = send(t, w, guess).status
		})
	}
	close(start)
	all.Wait()
	checked := 0
	for _, status := range statuses {
		if status == http.StatusUnauthorized {
			checked++
		}
	}
	// Whatever was checked beyond what may be at once has to be waited for.
	w.clock.advance(time.Duration(checked-oauth.FailuresAtOnce) * time.Second)
	wantAttempts(t, "after the debt is paid", attempts(t, w, guess, 1), 0, 1)
	w.clock.advance(time.Second)
	wantAttempts(t, "a second later", attempts(t, w, guess, 2), 1, 1)
}

// TestOtherRefusalsAreNotCharged: what proves nothing about a secret is not a failed authentication.
func TestOtherRefusalsAreNotCharged(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	c := w.basicClient(t, "basic")
	for _, r := range []request{
		tokenRequest(c, "scope", "unknown"),
		{authorization: basicOf(c.id, c.secret), body: "grant_type=password"},
		{authorization: basicOf(c.id, c.secret), body: strings.Repeat("x", 100<<10)},
		{body: "grant_type=client_credentials"},
	} {
		for range 2 * oauth.FailuresAtOnce {
			if got := send(t, w, r); got.status == http.StatusTooManyRequests {
				t.Fatalf("%.60s is slowed down", r.body)
			}
		}
	}
	mustGetToken(t, w, c)
}
