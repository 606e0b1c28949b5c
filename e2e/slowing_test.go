package e2e_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"gatehouse/oauth"
)

// guess sends a wrong secret for a client, with an X-Forwarded-For unless that is empty.
func guess(t testing.TB, p *program, clientID, forwarded string) answer {
	t.Helper()
	return claim(t, p, machineClient{ID: clientID, Secret: "wrong"}, forwarded)
}

// claim asks for a token with what a client has, as guess does.
func claim(t testing.TB, p *program, c machineClient, forwarded string) answer {
	t.Helper()
	header := contentType("application/x-www-form-urlencoded")
	header["Authorization"] = "Basic " + basic(url.QueryEscape(c.ID), url.QueryEscape(c.Secret))
	header["X-Forwarded-For"] = forwarded
	return p.send(t, request{path: "/oauth2/token", body: formBody(url.Values{"grant_type": {"client_credentials"}}), header: header})
}

// guessUntilSlowed guesses until it is told to wait. Time goes by meanwhile, which gives one attempt
// more for each second.
func guessUntilSlowed(t *testing.T, do func(i int) answer) answer {
	t.Helper()
	start := time.Now()
	for i := 0; ; i++ {
		a := do(i)
		if a.status == http.StatusTooManyRequests {
			if i < oauth.FailuresAtOnce {
				t.Errorf("the guess %d is held back already", i)
			}
			return a
		}
		if a.status != http.StatusUnauthorized {
			t.Fatalf("a wrong secret was answered %d %s", a.status, a.body)
		}
		if most := oauth.FailuresAtOnce + oauth.FailuresPerSecond*int(time.Since(start)/time.Second) + 1; i > most {
			t.Fatalf("%d guesses in %s were looked at", i, time.Since(start))
		}
	}
}

// heldBack checks that an attempt is held back while an account is used up. The account has something in
// it again after a second, which a slow machine may take between two requests, hence the repetition.
func heldBack(t *testing.T, what string, useUp func(i int) answer, try func() answer) {
	t.Helper()
	var a answer
	for range 5 {
		for i := 0; useUp(i).status != http.StatusTooManyRequests; i++ {
			if i == 2*oauth.FailuresAtOnce {
				t.Fatalf("%d guesses were looked at", i)
			}
		}
		if a = try(); a.status == http.StatusTooManyRequests {
			return
		}
	}
	t.Errorf("%s was answered %d %s", what, a.status, a.body)
}

// TestGuessesAreSlowed guesses the secrets of clients, directly and with addresses that are made up.
func TestGuessesAreSlowed(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		m := newMachine(t, p, "a machine")
		victim := m.clients[0]
		// Whoever sends it is no trusted proxy, so that another address each time is the same address. And it
		// is another client each time, so that it is the address that has to wait.
		guesses := func(i int) answer { return guess(t, p, "client-"+strconv.Itoa(i), "198.51.100."+strconv.Itoa(i)) }
		a := guessUntilSlowed(t, guesses)
		seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil || seconds < 1 || seconds > 2 || a.text(t, "error") != "slow_down" {
			t.Errorf("too many guesses were answered %s with Retry-After %q", a.body, a.header.Get("Retry-After"))
		}
		heldBack(t, "a guess at another client from the same address", guesses, func() answer { return guess(t, p, m.clients[1].ID, "") })
		wrong := victim
		wrong.Secret = "wrong"
		for _, path := range []string{"/oauth2/introspect", "/oauth2/revoke"} {
			heldBack(t, path, guesses, func() answer { return wrong.form(t, p, p.base, path, url.Values{"token": {"x"}}) })
		}
		if !p.admits(t, p.key) {
			t.Error("an admin key has to wait, too")
		}
		until(t, "the right secret works when the address has waited", func() bool { return claim(t, p, victim, "").status == http.StatusOK })
		p.stop(t)
	})
}

// TestGuessesBehindAProxy guesses from the addresses that a trusted proxy names, and is not taken in by
// those that the guesser has put before.
func TestGuessesBehindAProxy(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t, "GATEHOUSE_TRUSTED_PROXIES=127.0.0.0/8, 10.0.0.1")
	m := newMachine(t, p, "a machine")
	one, other := m.clients[0], m.clients[1]
	const owner = "203.0.113.7"
	if a := claim(t, p, one, owner); a.status != http.StatusOK {
		t.Fatalf("the owner was answered %d %s", a.status, a.body)
	}
	guesses := func(i int) answer {
		return guess(t, p, one.ID, "192.0.2."+strconv.Itoa(i)+", 198.51.100.1, 10.0.0.1")
	}
	guessUntilSlowed(t, guesses)
	const unknown = "00000000-0000-7000-8000-00000000000f"
	heldBack(t, "the guesser for another client", guesses, func() answer { return guess(t, p, unknown, "198.51.100.1") })
	heldBack(t, "a stranger for the client that is guessed at", guesses, func() answer { return guess(t, p, one.ID, "198.51.100.3") })
	if a := guess(t, p, unknown, "198.51.100.2"); a.status != http.StatusUnauthorized {
		t.Errorf("somebody with another address was answered %d for another client", a.status)
	}
	if a := claim(t, p, one, owner); a.status != http.StatusOK {
		t.Errorf("the owner was answered %d %s while others guess", a.status, a.body)
	}
	// An IPv6 address stands for its network.
	guessUntilSlowed(t, func(i int) answer {
		return guess(t, p, unknown+strconv.Itoa(i), "2001:db8::"+strconv.FormatInt(int64(i+1), 16))
	})
	if a := guess(t, p, other.ID, "2001:db8:0:1::1"); a.status != http.StatusUnauthorized {
		t.Errorf("another network was answered %d", a.status)
	}
	p.stop(t)
}
