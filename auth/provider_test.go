package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/model"
)

// wantAsked checks how often a provider was asked for its metadata and its keys, which is always
// both.
func wantAsked(t *testing.T, p *identityProvider, want int) {
	t.Helper()
	if metadata, keys := p.asked(); metadata != want || keys != want {
		t.Errorf("the provider was asked %d times for its metadata and %d times for its keys, want %d", metadata, keys, want)
	}
}

// TestProviderIsAskedOnce sends many first tokens at once, then more.
func TestProviderIsAskedOnce(t *testing.T) {
	t.Parallel()
	c, key := newClock(), newSigner(t, "first", jose.ES256)
	provider := newIdentityProvider(t, key.public())
	people, token := newPeople(provider, c), key.sign(t, claims(provider, c, nil), nil)
	wantAsked(t, provider, 0)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, _, err := people.Principal(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	wantAsked(t, provider, 1)
	c.advance(4 * time.Minute)
	if _, _, err := people.Principal(t.Context(), token); err != nil {
		t.Error(err)
	}
	wantAsked(t, provider, 1)
}

// TestFloodOfUnknownKeys checks that tokens cannot make Gatehouse flood the provider.
func TestFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	c, key := newClock(), newSigner(t, "first", jose.ES256)
	provider := newIdentityProvider(t, key.public())
	people := newPeople(provider, c)
	for seconds := range 3 {
		var group sync.WaitGroup
		for i := range 100 {
			unknown := *newSigner(t, fmt.Sprintf("unknown %d", i), jose.ES256)
			token := unknown.sign(t, claims(provider, c, nil), nil)
			group.Go(func() {
				if _, _, err := people.Principal(t.Context(), token); codeOf(t, err) != model.Unauthenticated {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		wantAsked(t, provider, seconds+1)
		if _, _, err := people.Principal(t.Context(), key.sign(t, claims(provider, c, nil), nil)); err != nil {
			t.Errorf("a good token is refused: %v", err)
		}
		c.advance(time.Second)
	}
}

// TestKeysAreFollowed lets the provider add, exchange and withdraw keys.
func TestKeysAreFollowed(t *testing.T) {
	t.Parallel()
	c := newClock()
	first, second := newSigner(t, "first", jose.RS256), newSigner(t, "second", jose.ES256)
	provider := newIdentityProvider(t, first.public())
	people := newPeople(provider, c)
	check := func(step string, s *signer, want model.Code) {
		t.Helper()
		if _, _, err := people.Principal(t.Context(), s.sign(t, claims(provider, c, nil), nil)); codeOf(t, err) != want {
			t.Errorf("%s: got %v, want %q", step, err, want)
		}
	}
	check("the first key", first, "")
	c.advance(time.Second)
	check("the second key before it is shown", second, model.Unauthenticated)
	provider.change(func(p *identityProvider) { p.keys = []any{first.public(), second.public()} })
	check("the second key within a second", second, model.Unauthenticated)
	c.advance(time.Second)
	check("the second key after a second", second, "")
	check("the first key beside it", first, "")

	// Nothing tells that a key was withdrawn, but the others are renewed now and then.
	provider.change(func(p *identityProvider) { p.keys = []any{second.public()} })
	check("the first key just withdrawn", first, "")
	c.advance(5 * time.Minute)
	check("the first key five minutes later", first, model.Unauthenticated)

	// Another key by the same name, as a provider without a memory has after a restart.
	replaced := newSigner(t, "second", jose.ES256)
	provider.change(func(p *identityProvider) { p.keys = []any{replaced.public()} })
	c.advance(time.Second)
	check("another key by the same name", replaced, "")
	check("the one that had the name before", second, model.Unauthenticated)
}

// TestProviderAway checks that a provider that is not there, or talks nonsense, refuses everybody as
// UNAVAILABLE, is asked again after a second, and is believed once it makes sense.
func TestProviderAway(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("secret of the provider ", 1000), code)
		}
	}
	answer := func(text string) func(*identityProvider) {
		return func(p *identityProvider) {
			p.intercept = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
		}
	}
	with := func(name string, value any) func(*identityProvider) {
		return func(p *identityProvider) { p.metadata = map[string]any{name: value} }
	}
	elsewhere := newIdentityProvider(t)
	for name, breakIt := range map[string]func(*identityProvider){
		"an error":  func(p *identityProvider) { p.intercept = status(http.StatusInternalServerError) },
		"not found": func(p *identityProvider) { p.intercept = status(http.StatusNotFound) },
		"a redirection": func(p *identityProvider) {
			p.intercept = http.RedirectHandler(elsewhere.URL, http.StatusFound).ServeHTTP
		},
		"no answer": func(p *identityProvider) {
			p.intercept = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		},
		"an empty answer":             answer(""),
		"garbage":                     answer("<html>"),
		"a list":                      answer("[]"),
		"an answer without an end":    answer(`{"padding": "` + strings.Repeat("x", 1<<20)),
		"a huge answer":               answer(`{"padding": "` + strings.Repeat("x", 1<<20) + `"}`),
		"another issuer":              with("issuer", elsewhere.URL),
		"no keys":                     with("jwks_uri", nil),
		"keys that are not encrypted": with("jwks_uri", "http://id.example.com/keys"),
		"keys in a file":              with("jwks_uri", "file:///etc/keys"),
		"keys elsewhere":              with("jwks_uri", elsewhere.URL+"/none"),
		"algorithms of another shape": with("id_token_signing_alg_values_supported", 7),
		"keys of another shape": func(p *identityProvider) {
			p.metadata = map[string]any{"jwks_uri": p.URL + "/.well-known/openid-configuration"}
			p.metadata["keys"] = "x"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, key := newClock(), newSigner(t, "first", jose.RS256)
			provider := newIdentityProvider(t, key.public())
			provider.change(breakIt)
			people, token := newPeople(provider, c), key.sign(t, claims(provider, c, nil), nil)
			for range 10 {
				principal, _, err := people.Principal(t.Context(), token)
				if principal != nil || codeOf(t, err) != model.Unavailable {
					t.Fatalf("got %+v %v", principal, err)
				}
				if len(err.Error()) > 1000 {
					t.Errorf("the log would get %d bytes", len(err.Error()))
				}
			}
			if metadata, _ := provider.asked(); metadata > 2 {
				t.Errorf("the provider was asked %d times", metadata)
			}
			provider.change(func(p *identityProvider) { p.intercept, p.metadata = nil, nil })
			if _, _, err := people.Principal(t.Context(), token); codeOf(t, err) != model.Unavailable {
				t.Errorf("within a second: %v", err)
			}
			c.advance(time.Second)
			if _, _, err := people.Principal(t.Context(), token); err != nil {
				t.Errorf("after a second: %v", err)
			}
			provider.Close()
			if _, _, err := people.Principal(t.Context(), token); err != nil {
				t.Errorf("with the provider away again: %v", err)
			}
		})
	}
}

// TestProviderGone checks what goes on when a provider was there: its keys, and nothing that they
// did not sign.
func TestProviderGone(t *testing.T) {
	t.Parallel()
	c, key := newClock(), newSigner(t, "first", jose.RS256)
	provider := newIdentityProvider(t, key.public())
	people := newPeople(provider, c)
	check := func(step string, s *signer, want model.Code) {
		t.Helper()
		if _, _, err := people.Principal(t.Context(), s.sign(t, claims(provider, c, nil), nil)); codeOf(t, err) != want {
			t.Errorf("%s: got %v, want %q", step, err, want)
		}
	}
	check("before", key, "")
	provider.change(func(p *identityProvider) {
		p.intercept = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	})
	c.advance(time.Hour)
	for range 5 {
		check("an hour after it went", key, "")
	}
	if metadata, _ := provider.asked(); metadata > 3 { // the transport tries once more when a kept connection breaks
		t.Errorf("it was asked %d times", metadata)
	}
	c.advance(time.Second)
	check("a key that may be a new one", newSigner(t, "second", jose.RS256), model.Unavailable)
	key.kid = "first, but in other words"
	check("a key that is not known by this name", key, model.Unavailable)
}

// TestWithoutAlgorithms is a provider that does not say what it signs with, or nothing that counts.
func TestWithoutAlgorithms(t *testing.T) {
	t.Parallel()
	for _, algorithms := range []any{nil, []string{}, []string{"none", "HS256"}} {
		c, rsa, ec := newClock(), newSigner(t, "rsa", jose.RS256), newSigner(t, "ec", jose.ES256)
		provider := newIdentityProvider(t, rsa.public(), ec.public())
		provider.metadata = map[string]any{"id_token_signing_alg_values_supported": algorithms}
		people := newPeople(provider, c)
		if _, _, err := people.Principal(t.Context(), rsa.sign(t, claims(provider, c, nil), nil)); err != nil {
			t.Errorf("%v: RS256 is refused: %v", algorithms, err)
		}
		if _, _, err := people.Principal(t.Context(), ec.sign(t, claims(provider, c, nil), nil)); codeOf(t, err) != model.Unauthenticated {
			t.Errorf("%v: ES256 got %v", algorithms, err)
		}
	}
}

// hanging is a network in which nobody answers. It counts who is waiting.
type hanging struct{ requests chan struct{} }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	h.requests <- struct{}{}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestSlowProvider checks that a provider that hangs is waited for five seconds, by everybody
// together, and that a caller who goes away takes nobody along.
func TestSlowProvider(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hanging{make(chan struct{}, 100)}
		people := auth.NewPeople(auth.PeopleOptions{
			Issuer: "https://id.example.com", Audience: audience, Claim: "permissions", TenantID: tenant, Now: time.Now,
			HTTPClient: &http.Client{Transport: network},
		})
		start := time.Now()
		impatient, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		var group sync.WaitGroup
		ask := func(ctx context.Context, want time.Duration, cause error) {
			group.Go(func() {
				_, _, err := people.Principal(ctx, "a.b.c")
				if codeOf(t, err) != model.Unavailable || time.Since(start) != want {
					t.Errorf("after %s: %v", time.Since(start), err)
				}
				if cause != nil && !errors.Is(err, cause) {
					t.Errorf("the error %v is not %v", err, cause)
				}
			})
		}
		ask(impatient, time.Second, context.DeadlineExceeded)
		synctest.Wait()
		for range 20 {
			ask(t.Context(), 5*time.Second, nil)
		}
		group.Wait()
		if asked := len(network.requests); asked != 1 {
			t.Errorf("the provider was asked %d times", asked)
		}
	})
}

func TestCheckIssuer(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]string{
		"https://id.example.com":              "",
		"https://id.example.com/realms/main/": "",
		"http://localhost:8080":               "",
		"http://127.0.0.1:8080":               "",
		"http://[::1]/x":                      "",
		"":                                    "absolute URL",
		"id.example.com":                      "absolute URL",
		"https://":                            "absolute URL",
		"https://:443":                        "absolute URL",
		"/realms/main":                        "absolute URL",
		"http://id.example.com":               "loopback hosts only",
		"http://localhost.example.com":        "loopback hosts only",
		"http://127.0.0.1.example.com":        "loopback hosts only",
		"ftp://id.example.com":                "must be an https URL",
		"https://user:hunter2@id.example.com": "no user information",
		"https://id.example.com?x":            "query",
		"https://id.example.com/#x":           "fragment",
		"https://id.example.com:port/":        "absolute URL",
		"https://id.example.com/%zz":          "absolute URL",
		"javascript:alert(1)":                 "absolute URL",
	} {
		err := auth.CheckIssuer(issuer)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", issuer, err, want)
		}
	}
}
