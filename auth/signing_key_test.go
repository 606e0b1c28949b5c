package auth_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

func prepare(t *testing.T, processes ...*process) {
	t.Helper()
	for _, p := range processes {
		if err := p.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func issue(t *testing.T, p *process, g auth.Grant) string {
	t.Helper()
	issued, err := p.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	return issued.Token
}

// kid is the ID of the key that a token says has signed it.
func kid(t *testing.T, token string) string {
	t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return signed.Signatures[0].Protected.KeyID
}

// published is the IDs of the keys that a process publishes.
func published(t *testing.T, p *process) []string {
	t.Helper()
	set, err := p.Public(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(set.Keys))
	for i, key := range set.Keys {
		if !key.IsPublic() || key.Algorithm != "ES256" || key.Use != "sig" || key.KeyID == "" {
			t.Errorf("a key is published as %+v", key)
		}
		ids[i] = key.KeyID
	}
	return ids
}

// stored is all signing keys in the store, the first to sign first.
func (w *world) stored(t *testing.T) []*model.SigningKey {
	t.Helper()
	keys, err := w.SigningKeys.Find(t.Context(), "", store.Query{OrderBy: "signsFrom"})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestRotation has two processes go through a rotation; each must accept the tokens of the other
// whenever it is.
func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.process(), w.process()
	grant := auth.Grant{Application: w.application(t, "billing"), ClientID: "client"}
	boundary := w.clock.now().Truncate(lifetime).Add(lifetime)
	prepare(t, a, b)

	var signers []string
	for _, step := range []struct {
		at   time.Duration // from the boundary
		keys int           // published
		kid  int           // which of the keys signs, in the order of signing
	}{
		{-50 * time.Minute, 1, 0},
		{-a.Overlap() - time.Millisecond, 1, 0},
		{-a.Overlap(), 2, 0},
		{-time.Millisecond, 2, 0},
		{0, 2, 1},
		{time.Millisecond, 2, 1},
		{5 * time.Minute, 2, 1},
		{auth.TokenLifetime + time.Minute - time.Millisecond, 2, 1},
		{auth.TokenLifetime + time.Minute, 1, 1},
		{lifetime - a.Overlap(), 2, 1},
		{lifetime, 2, 2},
	} {
		w.clock.set(boundary.Add(step.at))
		// One process looks after the keys, and the other has not noticed anything of it.
		prepare(t, a)
		tokens := map[string]string{"a": issue(t, a, grant), "b": issue(t, b, grant)}
		for of, token := range tokens {
			for by, p := range map[string]*process{"a": a, "b": b} {
				if _, err := p.Parse(t.Context(), token); err != nil {
					t.Errorf("at %s the token of %s is refused by %s: %v", step.at, of, by, err)
				}
			}
			id := kid(t, token)
			if len(signers) == step.kid {
				signers = append(signers, id)
			}
			if id != signers[step.kid] {
				t.Errorf("at %s another key signs for %s", step.at, of)
			}
		}
		for name, p := range map[string]*process{"a": a, "b": b} {
			if ids := published(t, p); len(ids) != step.keys {
				t.Errorf("at %s %s publishes %d keys, want %d", step.at, name, len(ids), step.keys)
			}
		}
	}
	if keys := w.stored(t); len(keys) != 3 {
		t.Errorf("%d keys were made, want 3", len(keys))
	}
}

// TestTokensOutliveTheirKey uses a token up to its end, which is after its key has ceased to sign.
func TestTokensOutliveTheirKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.process(), w.process()
	w.clock.set(w.clock.now().Truncate(lifetime).Add(lifetime - time.Second))
	prepare(t, a)
	token := issue(t, a, auth.Grant{Application: w.application(t, "billing"), ClientID: "client"})
	w.clock.advance(auth.TokenLifetime - time.Millisecond)
	prepare(t, a, b)
	for _, p := range []*process{a, b} {
		if _, err := p.Parse(t.Context(), token); err != nil {
			t.Errorf("just before its end: %v", err)
		}
	}
	w.clock.advance(time.Millisecond)
	for _, p := range []*process{a, b} {
		if _, err := p.Parse(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("at its end: %v", err)
		}
	}
}

// TestRacingProcesses has many processes make the keys of a slot, and of the next, at once.
func TestRacingProcesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want := 1; want <= 2; want++ {
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 16 {
			p := w.process()
			all.Go(func() {
				<-start
				if err := p.Prepare(context.WithoutCancel(t.Context())); err != nil {
					t.Errorf("Prepare: %v", err)
				}
			})
		}
		close(start)
		all.Wait()
		if keys := w.stored(t); len(keys) != want {
			t.Errorf("%d keys were made, want %d", len(keys), want)
		}
		w.clock.set(w.clock.now().Truncate(lifetime).Add(lifetime - time.Minute)) // in the overlap
	}
	keys := w.stored(t)
	if !keys[0].SignsUntil.Equal(keys[1].SignsFrom) || !keys[0].SignsFrom.Equal(w.clock.now().Truncate(lifetime)) {
		t.Errorf("the keys sign from %s to %s and from %s", keys[0].SignsFrom, keys[0].SignsUntil, keys[1].SignsFrom)
	}
}

// TestIssuingAfterAnOutage issues a token when no key has been made for days.
func TestIssuingAfterAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.process()
	prepare(t, p)
	w.clock.advance(30 * 24 * time.Hour)
	token := issue(t, p, auth.Grant{Application: w.application(t, "billing"), ClientID: "client"})
	if _, err := w.process().Parse(t.Context(), token); err != nil {
		t.Error(err)
	}
	if ids := published(t, p); len(ids) != 1 || ids[0] != kid(t, token) {
		t.Errorf("published are %v", ids)
	}
}

// TestAnotherLifetime starts a process that is configured with another lifetime than the one before.
func TestAnotherLifetime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.process()
	prepare(t, a)
	grant := auth.Grant{Application: w.application(t, "billing"), ClientID: "client"}
	keys := auth.NewSigningKeys(w.Store, w.keyset, w.clock.now, 40*time.Minute)
	b := &process{SigningKeys: keys, Tokens: auth.NewTokens(w.Store, keys, w.clock.now, publicURL)}
	for range 40 {
		w.clock.advance(5 * time.Minute)
		before := published(t, a)
		prepare(t, b, a)
		token := issue(t, b, grant)
		if _, err := a.Parse(t.Context(), token); err != nil {
			t.Fatalf("at %s: %v", w.clock.now(), err)
		}
		known := false
		for _, id := range before {
			known = known || id == kid(t, token)
		}
		if !known {
			t.Fatalf("at %s a key signs that was not published before", w.clock.now())
		}
	}
}

// TestReplace ends all keys in an emergency.
func TestReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.process(), w.process()
	w.clock.set(w.clock.now().Truncate(lifetime).Add(lifetime - 5*time.Minute)) // the next key is there, too
	prepare(t, a, b)
	grant := auth.Grant{Application: w.application(t, "billing"), ClientID: "client"}
	old := w.stored(t)
	for round := range 3 {
		before := map[*process]string{a: issue(t, a, grant), b: issue(t, b, grant)}
		for _, p := range []*process{a, b} {
			if _, err := p.Parse(t.Context(), before[p]); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Replace(t.Context()); err != nil {
			t.Fatal(err)
		}
		for of, token := range before {
			if _, err := a.Parse(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("round %d: the token of %p is accepted where the keys were replaced: %v", round, of, err)
			}
		}
		after := issue(t, b, grant) // at once, whatever b remembers
		for _, p := range []*process{a, b} {
			if _, err := p.Parse(t.Context(), after); err != nil {
				t.Errorf("round %d: a token issued afterwards: %v", round, err)
			}
		}
		w.clock.advance(time.Second)
		for of, token := range before {
			if _, err := b.Parse(t.Context(), token); !errors.Is(err, auth.ErrInvalidToken) {
				t.Errorf("round %d: the token of %p is accepted elsewhere: %v", round, of, err)
			}
		}
	}
	for _, id := range published(t, b) {
		for _, key := range old {
			if id == key.ID {
				t.Errorf("the key that signs from %s is still published", key.SignsFrom)
			}
		}
	}
	w.clock.advance(lifetime)
	token := issue(t, a, grant)
	for _, key := range old {
		if kid(t, token) == key.ID {
			t.Error("a key that was replaced before it signed does sign")
		}
	}
	events, err := w.AuditEvents.Find(t.Context(), "", store.Query{})
	if err != nil || len(events) != 6 || events[0].Action != "signingKey.replace" {
		t.Fatalf("%d events tell of six keys that were replaced: %v", len(events), err)
	}
	var paths []string
	for _, change := range events[0].Changes {
		paths = append(paths, change.Path)
	}
	if !slices.Equal(paths, []string{"signsUntil", "expiresAt"}) {
		t.Errorf("the trail says that a key that was replaced has other %v", paths)
	}
}

// TestPrivateKeysAreSealed looks at what is stored of a key, and puts another key in its place.
func TestPrivateKeysAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.set(w.clock.now().Truncate(lifetime).Add(lifetime - time.Minute))
	p := w.process()
	prepare(t, p)
	keys := w.stored(t)
	for _, key := range keys {
		if !w.keyset.IsCurrent(key.PrivateKey.Sealed()) || key.TenantID != "" {
			t.Errorf("the private key of %q is not sealed", key.TenantID)
		}
		var public jose.JSONWebKey
		if err := public.UnmarshalJSON([]byte(key.PublicKey)); err != nil || !public.IsPublic() {
			t.Errorf("the public key is no public key: %v", err)
		}
	}
	app := w.application(t, "billing")
	// Moved from one document to another a private key does not open.
	if err := w.SigningKeys.Amend(t.Context(), "", keys[0].ID, func(key *model.SigningKey) (bool, error) {
		key.PrivateKey = keys[1].PrivateKey
		return true, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Issue(t.Context(), auth.Grant{Application: app, ClientID: "client"}); !errors.Is(err, secret.ErrNotSealedHere) {
		t.Errorf("Issue with a key that was moved here: %v", err)
	}
	// Nor does one sign that does not belong to what is published.
	other := opened(t, w, keys[1])
	if err := w.SigningKeys.Amend(t.Context(), "", keys[0].ID, func(key *model.SigningKey) (bool, error) {
		text, err := other.MarshalJSON()
		if err != nil {
			return false, err
		}
		key.PrivateKey = *model.NewSecret(string(text))
		return true, key.PrivateKey.SealWith(func(plain []byte) ([]byte, error) {
			return w.keyset.Seal(plain, secret.BindingOf("signingKey", &key.Entity, "privateKey"))
		})
	}); err != nil {
		t.Fatal(err)
	}
	if issued, err := p.Issue(t.Context(), auth.Grant{Application: app, ClientID: "client"}); err == nil {
		t.Errorf("a key signs that does not belong to its public half: %s", issued.Token)
	}
}

// opened is the private key of a document.
func opened(t *testing.T, w *world, key *model.SigningKey) *jose.JSONWebKey {
	t.Helper()
	plain, err := w.keyset.Open(key.PrivateKey.Sealed(), secret.BindingOf("signingKey", &key.Entity, "privateKey"))
	if err != nil {
		t.Fatal(err)
	}
	jwk := &jose.JSONWebKey{}
	if err := jwk.UnmarshalJSON(plain); err != nil {
		t.Fatal(err)
	}
	return jwk
}

// TestOverlap looks at how long before it signs a key is there, for every kind of lifetime.
func TestOverlap(t *testing.T) {
	t.Parallel()
	for lifetime, want := range map[time.Duration][2]time.Duration{
		auth.MinSigningKeyLifetime: {5 * time.Second, 2500 * time.Millisecond},
		10 * time.Minute:           {5 * time.Minute, 150 * time.Second},
		time.Hour:                  {10 * time.Minute, 5 * time.Minute},
		50 * time.Hour:             {5 * time.Hour, 5 * time.Minute},
		720 * time.Hour:            {24 * time.Hour, 5 * time.Minute},
	} {
		keys := auth.NewSigningKeys(nil, nil, time.Now, lifetime)
		if got := [2]time.Duration{keys.Overlap(), keys.CacheFor()}; got != want {
			t.Errorf("lifetime %s: overlap and cache are %v, want %v", lifetime, got, want)
		}
	}
}
