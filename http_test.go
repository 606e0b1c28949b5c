package main

import (
	"net/http"
	"strings"
	"testing"
)

// TestChallenges looks at what callers are told who are not let in (RFC 6750 §3), and lets none in who
// shows more than one credential: a proxy in front may have judged the other.
func TestChallenges(t *testing.T) {
	t.Parallel()
	s := start(t, "GATEHOUSE_DATA="+t.TempDir())
	const plain = `Bearer realm="gatehouse"`
	const invalid = plain + `, error="invalid_token"`
	key, wrong := "Bearer "+s.key, "Bearer "+strings.Repeat("k", 46)
	for _, c := range []struct {
		name          string
		authorization []string
		status        int
		challenge     string
	}{
		{"a key", []string{key}, 200, ""},
		{"nothing", nil, 401, plain},
		{"an empty header", []string{""}, 401, plain},
		{"a scheme alone", []string{"Bearer"}, 401, plain},
		{"another scheme", []string{"Basic " + s.key}, 401, plain},
		{"a wrong key", []string{wrong}, 401, invalid},
		{"a wrong key in small letters", []string{strings.ToLower(wrong)}, 401, invalid},
		{"a key and a wrong one", []string{key, wrong}, 401, invalid},
		{"a wrong key and a key", []string{wrong, key}, 401, invalid},
		{"a key twice", []string{key, key}, 401, invalid},
		{"a key and another scheme", []string{key, "Basic eDp5"}, 401, invalid},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+graphqlPath, strings.NewReader(`{"query":"{ viewer { tenantId } }"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		for _, value := range c.authorization {
			request.Header.Add("Authorization", value)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("WWW-Authenticate"); response.StatusCode != c.status || got != c.challenge {
			t.Errorf("%s: got %d %q, want %d %q", c.name, response.StatusCode, got, c.status, c.challenge)
		}
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("ended with code %d\n%s", code, s.stderr)
	}
}
