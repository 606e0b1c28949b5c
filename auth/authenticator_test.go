package auth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
)

// adminKey stores an admin key and returns it with its document.
func (w *world) adminKey(t *testing.T, expiresAt *time.Time) (string, *model.AdminKey) {
	t.Helper()
	key := auth.NewKey()
	doc := &model.AdminKey{
		Entity: w.entity(), Name: "script", Hint: auth.HintOf(key), Hash: auth.HashKey(key),
		Permissions: []model.Permission{model.PermissionAppsRead}, ExpiresAt: expiresAt,
	}
	if err := w.AdminKeys.Insert(t.Context(), doc, nil); err != nil {
		t.Fatal(err)
	}
	return key, doc
}

// people knows one token.
type people struct{ token string }

func (people) Issuer() string { return "https://login.example.com" }

func (p people) Principal(_ context.Context, token string) (*auth.Principal, time.Time, error) {
	if token != p.token {
		return nil, time.Time{}, auth.ErrInvalidToken
	}
	return &auth.Principal{TenantID: tenant, Actor: model.Actor{Type: model.ActorTypePerson, ID: "anna", Name: "anna"}}, time.Time{}, nil
}

// unverified is what looks like a JWT with this payload.
func unverified(payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"ES256"}`)) + "." + encode([]byte(payload)) + ".c2lnbmF0dXJl"
}

// TestWhoIsCalling shows every kind of credential.
func TestWhoIsCalling(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	now := s.clock.now()
	key, _ := s.adminKey(t, nil)
	lasting, _ := s.adminKey(t, new(now.Add(time.Millisecond)))
	expired, _ := s.adminKey(t, &now)
	revoked, doc := s.adminKey(t, nil)
	remove(t, s.AdminKeys, doc.ID, s.event())
	configured := "a.configured.key/that/has/dots/and/0123456789"
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	person := unverified(`{"iss":"https://login.example.com","sub":"anna"}`)
	options := auth.AuthenticatorOptions{
		Store: s.Store, Now: s.clock.now, Log: slog.New(slog.DiscardHandler), Tokens: s.Tokens, People: people{person},
		ConfiguredKey: configured, TenantID: "of the operator",
	}
	everybody := auth.NewAuthenticator(options)
	options.ConfiguredKey, options.People, options.Tokens = "", nil, nil
	keysOnly := auth.NewAuthenticator(options)

	var refusal string
	for _, c := range []struct {
		name, authorization string
		// actor is who calls, to everybody and where nothing but admin keys are known; empty for nobody.
		actor, actorOfKeys string
	}{
		{"an admin key", "Bearer " + key, "ADMIN_KEY script", "ADMIN_KEY script"},
		{"the scheme in small letters", "bearer " + key, "ADMIN_KEY script", "ADMIN_KEY script"},
		{"an admin key in its last millisecond", "Bearer " + lasting, "ADMIN_KEY script", "ADMIN_KEY script"},
		{"the configured key", "Bearer " + configured, "ADMIN_KEY GATEHOUSE_ADMIN_KEY", ""},
		{"a token", "Bearer " + token, "MANAGEMENT_APPLICATION billing", ""},
		{"a person's token", "Bearer " + person, "PERSON anna", ""},

		{"nothing", "", "", ""},
		{"a scheme alone", "Bearer", "", ""},
		{"no credential", "Bearer ", "", ""},
		{"another scheme", "Basic " + key, "", ""},
		{"an expired key", "Bearer " + expired, "", ""},
		{"a revoked key", "Bearer " + revoked, "", ""},
		{"an unknown key", "Bearer " + auth.NewKey(), "", ""},
		{"a key with more behind it", "Bearer " + key + " ", "", ""},
		{"the hash of a key", "Bearer " + auth.HashKey(key), "", ""},
		{"nearly the configured key", "Bearer " + configured[1:], "", ""},
		{"a changed token", "Bearer " + token[:len(token)-2] + "AA", "", ""},
		{"another person's token", "Bearer " + unverified(`{"iss":"https://login.example.com","sub":"eve"}`), "", ""},
		{"a token of a stranger", "Bearer " + unverified(`{"iss":"https://evil.example"}`), "", ""},
		{"a token of nobody", "Bearer " + unverified(`{}`), "", ""},
		{"a token of an empty issuer", "Bearer " + unverified(`{"iss":""}`), "", ""},
		{"a token whose issuer is no text", "Bearer " + unverified(`{"iss":["https://admin.example.com"]}`), "", ""},
		{"a token of ours that is none", "Bearer " + unverified(`{"iss":"https://admin.example.com"}`), "", ""},
		{"no JSON", "Bearer " + unverified(`{`), "", ""},
		{"no base64url", "Bearer a.!.b", "", ""},
		{"two dots", "Bearer ..", "", ""},
		{"too long a credential", "Bearer " + strings.Repeat("k", 1<<20), "", ""},
		{"too long a token", "Bearer " + unverified(`{"iss":"https://login.example.com","x":"`+strings.Repeat("x", 1<<20)+`"}`), "", ""},
	} {
		for callers, want := range map[*auth.Authenticator]string{everybody: c.actor, keysOnly: c.actorOfKeys} {
			principal, err := callers.Authenticate(t.Context(), c.authorization)
			if want == "" {
				if !is(err, model.Unauthenticated) || principal != nil {
					t.Errorf("%s: %v, %v; want UNAUTHENTICATED", c.name, principal, err)
					continue
				}
				if refusal == "" {
					refusal = err.Error()
				}
				if err.Error() != refusal {
					t.Errorf("%s: the answer %q differs from %q", c.name, err, refusal)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if got := principal.Actor.Type.String() + " " + principal.Actor.Name; got != want {
				t.Errorf("%s: the actor is %s, want %s", c.name, got, want)
			}
		}
	}
	principal, err := everybody.Authenticate(t.Context(), "Bearer "+configured)
	if err != nil || principal.TenantID != "of the operator" || len(principal.Permissions) != len(model.AllPermission) {
		t.Errorf("the configured key is %v, %v", principal, err)
	}
	s.faults.On(failing("adminKeys"))
	s.clock.advance(time.Second) // nothing is known any more
	if principal, err := everybody.Authenticate(t.Context(), "Bearer "+key); principal != nil || !is(err, model.Unavailable) {
		t.Errorf("an admin key without a store: %v, %v; want UNAVAILABLE", principal, err)
	}
}

// TestPermissionsOfAKey has a key list its permissions in an order of its own, among them one that the
// schema no longer has.
func TestPermissionsOfAKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, doc := w.adminKey(t, nil)
	change(t, w.AdminKeys, doc.ID, w.event(), func(doc *model.AdminKey) {
		doc.Permissions = []model.Permission{model.PermissionAppsEdit, "RETIRED", model.PermissionUsersRead}
	})
	principal, err := w.authenticator(w.process()).Authenticate(t.Context(), "Bearer "+key)
	want := []model.Permission{model.PermissionUsersRead, model.PermissionAppsEdit}
	if err != nil || !slices.Equal(principal.Permissions, want) {
		t.Errorf("got %+v, %v; want the permissions %v", principal, err, want)
	}
}

// TestLastUse uses a key over some minutes.
func TestLastUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, doc := w.adminKey(t, nil)
	var writes atomic.Int32
	w.faults.On(func(_ context.Context, _ string, write bool) error {
		if write {
			writes.Add(1)
		}
		return nil
	})
	callers := w.authenticator(w.process())
	start := w.clock.now()
	for _, step := range []struct {
		at      time.Duration // from the first use
		minutes time.Duration // what is then written down, from the first use on
		writes  int32
	}{
		{0, 0, 1},
		{time.Second, 0, 1},
		{time.Minute - time.Millisecond, 0, 1},
		{time.Minute, 1, 2},
		{90 * time.Second, 1, 2},
		{30 * time.Second, 1, 2}, // a clock that was set back takes nothing back
		{time.Hour + time.Second, 60, 3},
	} {
		w.clock.set(start.Add(step.at))
		if _, err := callers.Authenticate(t.Context(), "Bearer "+key); err != nil {
			t.Fatal(err)
		}
		after, err := w.AdminKeys.Get(t.Context(), tenant, doc.ID)
		if err != nil {
			t.Fatal(err)
		}
		if want := start.Add(step.minutes * time.Minute); after.LastUsedAt == nil || !after.LastUsedAt.Equal(want) {
			t.Errorf("after %s the last use is %v, want %s", step.at, after.LastUsedAt, want)
		}
		if after.Revision != 1 || !after.UpdatedAt.Equal(doc.UpdatedAt) {
			t.Errorf("after %s the key has changed: revision %d", step.at, after.Revision)
		}
		if got := writes.Load(); got != step.writes {
			t.Errorf("after %s there were %d writes, want %d", step.at, got, step.writes)
		}
	}
}

// TestLastUseThatCannotBeWritten has the note of a key's use fail, and wait.
func TestLastUseThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, doc := w.adminKey(t, nil)
	var log bytes.Buffer
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{Store: w.Store, Now: w.clock.now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	w.faults.On(func(ctx context.Context, collection string, write bool) error {
		if !write {
			return nil
		}
		return failing("adminKeys")(ctx, collection, write)
	})
	principal, err := callers.Authenticate(t.Context(), "Bearer "+key)
	if err != nil || principal.Actor.ID != doc.ID {
		t.Errorf("a write that fails: %v, %v", principal, err)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), doc.ID) || strings.Contains(log.String(), key) {
		t.Errorf("the log says %q", log.String())
	}

	ctx, cancel := context.WithCancel(t.Context())
	w.faults.On(func(ctx context.Context, _ string, write bool) error {
		if !write {
			return nil
		}
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 2*time.Second {
			t.Errorf("the note may take until %s", deadline)
		}
		cancel() // the client goes away
		<-ctx.Done()
		return ctx.Err()
	})
	if principal, err := callers.Authenticate(ctx, "Bearer "+key); err != nil || principal.Actor.ID != doc.ID {
		t.Errorf("a write that waits: %v, %v", principal, err)
	}
}
