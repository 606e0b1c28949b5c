package e2e_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// jwks asks a server for its public keys, and returns their IDs and the whole.
func (p *program) jwks(t testing.TB) (ids []string, text string) {
	t.Helper()
	a := p.send(t, request{method: http.MethodGet, path: "/oauth2/jwks", header: map[string]string{"Authorization": ""}})
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal([]byte(a.body), &set); err != nil || a.status != http.StatusOK {
		t.Fatalf("the key set is %d %s %v", a.status, a.body, err)
	}
	for _, key := range set.Keys {
		if key["d"] != "" {
			t.Fatal("the key set has a private key in it")
		}
		ids = append(ids, key["kid"])
	}
	return ids, a.body
}

// TestRotationInTwoProcesses lets the signing key of two processes change: what either issued before is
// good at both afterwards, and each key is published by both before it signs.
func TestRotationInTwoProcesses(t *testing.T) {
	t.Parallel()
	_, here, there := pair(t, "GATEHOUSE_SIGNING_KEY_LIFETIME=10s")
	c := newMachine(t, here, "a machine").clients[0]
	before := []string{c.token(t, here, publicURL), c.token(t, there, publicURL)}
	first := keyIDOf(t, before[1])
	var next string
	until(t, "another key signs", func() bool {
		published, _ := there.jwks(t)
		token := c.token(t, here, publicURL)
		next = keyIDOf(t, token)
		if !slices.Contains(published, next) {
			t.Errorf("the key %s signs at one process before the other has published it: %v", next, published)
		}
		if next == first {
			before = append(before, token)
		}
		return next != first
	})
	after := []string{c.token(t, here, publicURL), c.token(t, there, publicURL)}
	for name, p := range map[string]*program{"here": here, "there": there} {
		for i, token := range append(slices.Clone(before), after...) {
			if !p.admits(t, token) {
				t.Errorf("the token %d of %d is refused %s after the change of keys", i, len(before)+len(after), name)
			}
		}
	}
	until(t, "both publish the same keys, the old one and the new one among them", func() bool {
		ids, one := here.jwks(t)
		_, other := there.jwks(t)
		return one == other && slices.Contains(ids, first) && slices.Contains(ids, next)
	})
}

// TestReplacedSigningKeys ends all signing keys by the command, beside the servers that use them.
func TestReplacedSigningKeys(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		servers := []*program{d.start(t, "GATEHOUSE_PUBLIC_URL="+publicURL)}
		if d.uri != "" {
			servers = append(servers, d.start(t, "GATEHOUSE_PUBLIC_URL="+publicURL))
		}
		c := newMachine(t, servers[0], "a machine").clients[0]
		for range 2 { // the second time there are ended keys in the way
			var tokens []string
			for _, p := range servers {
				tokens = append(tokens, c.token(t, p, publicURL))
			}
			for _, p := range servers {
				for _, token := range tokens {
					if !p.admits(t, token) {
						t.Fatal("a new token is refused")
					}
				}
			}
			code, stdout, stderr := finish(t, []string{"signing-keys", "replace"}, d.variables()...)
			if code != 0 || !strings.Contains(stdout, "Every access token issued before is refused.") {
				t.Fatalf("the command ended with code %d and printed\n%s\n%s", code, stdout, stderr)
			}
			for _, p := range servers {
				withinSpread(t, "a server refuses all tokens of the old keys", func() bool {
					return !slices.ContainsFunc(tokens, func(token string) bool { return p.admits(t, token) })
				})
				if ids, _ := p.jwks(t); slices.Contains(ids, keyIDOf(t, tokens[0])) {
					t.Error("a key that was ended is still published")
				}
			}
			token := c.token(t, servers[0], publicURL)
			for _, p := range servers {
				if !p.admits(t, token) {
					t.Error("a token of the new key is refused")
				}
			}
		}
		for _, p := range servers {
			p.stop(t)
		}
		d.settled(t)
	})
}

// TestReplacingWithoutAServer checks that the command says what is wrong, and needs no server.
func TestReplacingWithoutAServer(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		if code, stdout, stderr := finish(t, []string{"signing-keys", "replace"}, d.variables()...); code != 0 {
			t.Errorf("without a server it ended with code %d and printed\n%s\n%s", code, stdout, stderr)
		}
		for _, arguments := range [][]string{{"signing-keys"}, {"signing-keys", "rotate"}, {"signing-keys", "replace", "all"}} {
			if code, stdout, stderr := finish(t, arguments, d.variables()...); code != 2 || stdout != "" || stderr == "" {
				t.Errorf("%v ended with code %d and printed\n%s\n%s", arguments, code, stdout, stderr)
			}
		}
	})
}
