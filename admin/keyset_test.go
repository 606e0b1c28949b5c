package admin_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

func TestKeysets(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		t.Run("another keyset", func(t *testing.T) { testAnotherKeyset(t, w) })
		t.Run("moved values", func(t *testing.T) { testMovedValues(t, w) })
		t.Run("reveal without audit", func(t *testing.T) { testRevealFailsClosed(t, w) })
		t.Run("rotation", func(t *testing.T) { testRotation(t, w) }) // last: it leaves another primary key
	})
}

func testAnotherKeyset(t *testing.T, w *world) {
	ctx := t.Context()
	for range 2 { // the first leaves the mark that the second finds
		if err := w.admin.CheckKeyset(ctx); err != nil {
			t.Fatalf("CheckKeyset: %v", err)
		}
	}
	path := filepath.Join(t.TempDir(), "another.json")
	another, err := secret.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = over(w.store, another).CheckKeyset(ctx)
	if !errors.Is(err, secret.ErrNotSealedHere) || !strings.Contains(err.Error(), "restore the keyset that belongs to this store to "+path) {
		t.Errorf("CheckKeyset with another keyset = %v; want an error that says what to do", err)
	}
	if err := w.admin.CheckKeyset(ctx); err != nil {
		t.Errorf("CheckKeyset after another keyset was tried: %v", err)
	}
}

// first is the first secret of an application's first client, as the schema's fields lead to it.
func first(t *testing.T, app *model.ManagementApplication) *model.Secret {
	t.Helper()
	client, ok := app.Clients()[0].(*model.OidcClient)
	if !ok {
		t.Fatal("the first client is none of OpenID Connect")
	}
	return &client.Secrets()[0].Value
}

// google sets the secret of the login with Google.
func google(plain string) model.LoginPreferencesInput {
	return model.LoginPreferencesInput{AuthMethods: &model.AuthMethodsInput{
		Google: graphql.OmittableOf(&model.SocialLoginInput{
			ClientID: "gatehouse.apps.googleusercontent.com", ClientSecret: graphql.OmittableOf(&plain),
		}),
	}}
}

// testMovedValues copies the sealed secret of one client to wherever else a secret can be. It must
// open nowhere but where it was.
func testMovedValues(t *testing.T, w *world) {
	ctx := caller(t.Context(), "moved")
	made := create(ctx, t, w.admin, application("billing"))
	plain := made.ClientSecret.Value()
	if _, err := w.admin.GenerateClientSecret(ctx, made.ManagementApplication.ClientIDs[0], nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.admin.UpdateLoginPreferences(ctx, made.ManagementApplication.ID, google("provided"), nil); err != nil {
		t.Fatal(err)
	}
	other := create(ctx, t, w.admin, application("support")).ManagementApplication
	source := read(ctx, t, w.admin, made.ManagementApplication.ID)
	stolen := *model.SealedSecret(first(t, source).Sealed())
	if got, err := w.admin.Reveal(ctx, first(t, source)); err != nil || *got != plain {
		t.Fatalf("Reveal of the secret in its place = %v", err)
	}
	for what, move := range map[string]func(*model.ManagementApplication) *model.Secret{
		"another secret of the client": func(app *model.ManagementApplication) *model.Secret {
			app.StoredClients[0].OIDC.Secrets[1].Value = stolen
			return &app.Clients()[0].(*model.OidcClient).Secrets()[1].Value
		},
		"a login method": func(app *model.ManagementApplication) *model.Secret {
			*app.Login.AuthMethods.Google.ClientSecret = stolen
			return app.LoginPreferences().AuthMethods.Google.ClientSecret
		},
		"another application": func(*model.ManagementApplication) *model.Secret {
			other.StoredClients[0].OIDC.Secrets[0].Value = stolen
			return first(t, other)
		},
		"another tenant": func(app *model.ManagementApplication) *model.Secret {
			app.TenantID = "of the thief"
			return first(t, app)
		},
	} {
		got, err := w.admin.Reveal(ctx, move(read(ctx, t, w.admin, source.ID)))
		if got != nil || !errors.Is(err, secret.ErrNotSealedHere) {
			t.Errorf("Reveal of a value copied to %s: %v; want ErrNotSealedHere", what, err)
		}
		if err != nil && strings.Contains(err.Error(), plain) {
			t.Errorf("the error about %s has the secret in it", what)
		}
	}
}

// testRevealFailsClosed reveals a secret while the audit trail cannot be written, and once it can.
func testRevealFailsClosed(t *testing.T, w *world) {
	ctx := caller(t.Context(), "reveal")
	made := create(ctx, t, w.admin, application("billing"))
	full := errors.New("the disk is full")
	var writes atomic.Bool
	failing := over(w.open(t, store.Options{Interrupt: func(string) error {
		if writes.Load() {
			return full
		}
		return nil
	}}), w.keys(t))
	writes.Store(true)
	value := first(t, made.ManagementApplication)
	if got, err := failing.Reveal(ctx, value); got != nil || !errors.Is(err, full) {
		t.Errorf("Reveal without an audit trail = %v, %v; want nothing but the error", got != nil, err)
	}
	reveals := func() int {
		if err := w.store.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		events, err := w.store.AuditEvents.Find(ctx, "reveal", store.Query{Equal: []store.Term{{Field: "entityId", Value: made.ManagementApplication.ID}}})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, event := range events {
			if event.Action == "managementApplication.revealSecret" {
				n++
			}
		}
		return n
	}
	if n := reveals(); n != 0 {
		t.Errorf("%d events tell of a reveal that failed", n)
	}
	if got, err := w.admin.Reveal(ctx, value); err != nil || *got != made.ClientSecret.Value() {
		t.Errorf("Reveal: %v", err)
	}
	if n := reveals(); n != 1 {
		t.Errorf("%d events tell of the reveal; want 1", n)
	}
	if got, err := w.admin.Reveal(t.Context(), value); got != nil || err == nil {
		t.Errorf("Reveal for nobody = %v, %v", got != nil, err)
	}
}

// testRotation rotates the keyset, and seals everything anew while updates go on.
func testRotation(t *testing.T, w *world) {
	const applications, tenants = 24, 3
	contexts := make([]context.Context, tenants)
	for i := range contexts {
		contexts[i] = caller(t.Context(), fmt.Sprintf("rotation-%d", i))
	}
	ids, plains := make([]string, applications), make([]string, applications)
	for i := range ids {
		ctx := contexts[i%tenants]
		made := create(ctx, t, w.admin, application(fmt.Sprintf("application %d", i)))
		ids[i], plains[i] = made.ManagementApplication.ID, made.ClientSecret.Value()
		if _, err := w.admin.UpdateLoginPreferences(ctx, ids[i], google("provided "+ids[i]), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.admin.CheckKeyset(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := sign(t, w)
	before, err := secret.Open(w.keyset) // as one who never follows
	if err != nil {
		t.Fatal(err)
	}
	if err := secret.Rotate(w.keyset); err != nil {
		t.Fatal(err)
	}
	keys := w.keys(t)
	rotated := over(w.store, keys)

	old := read(contexts[0], t, rotated, ids[0])
	if keys.IsCurrent(first(t, old).Sealed()) {
		t.Fatal("the rotation alone has sealed a value anew")
	}
	if got, err := rotated.Reveal(contexts[0], first(t, old)); err != nil || *got != plains[0] {
		t.Errorf("Reveal of a value sealed before the rotation: %v", err)
	}
	added := create(contexts[0], t, rotated, application("made after the rotation")).ManagementApplication
	if sealed := first(t, added).Sealed(); !keys.IsCurrent(sealed) || before.IsCurrent(sealed) {
		t.Error("a value made after the rotation is not sealed by the new key")
	}

	// Two callers go on, each with half of the applications, while everything is sealed anew.
	done := make(chan struct{})
	results := race(3, func(i int) error {
		if i == 2 {
			defer close(done)
			_, err := rotated.Reseal(t.Context())
			return err
		}
		for round := 0; ; round++ {
			for n := i; n < applications; n += 2 {
				if _, err := rotated.UpdateManagementApplication(contexts[n%tenants], ids[n], model.UpdateManagementApplicationInput{
					Description: graphql.OmittableOf(new(fmt.Sprintf("round %d", round))),
				}, nil); err != nil {
					return err
				}
				select {
				case <-done:
					return nil
				default:
				}
			}
		}
	})
	for i, err := range results {
		if err != nil {
			t.Errorf("worker %d: %v", i, err)
		}
	}
	// The updates of the last pass may have read their documents before they were sealed anew, and
	// written after it: one each of the two callers.
	again, err := rotated.Reseal(t.Context())
	if err != nil || again > 2 {
		t.Errorf("Reseal once more changed %d documents, %v; want at most the two that were being written", again, err)
	}
	if n, err := rotated.Reseal(t.Context()); err != nil || n != 0 {
		t.Errorf("Reseal of what is current changed %d documents, %v", n, err)
	}
	for i, id := range ids {
		ctx := contexts[i%tenants]
		app := read(ctx, t, rotated, id)
		for path, value := range app.Secrets() {
			if !keys.IsCurrent(value.Sealed()) {
				t.Errorf("%s of application %d is not sealed by the new key", path, i)
			}
		}
		if got, err := rotated.Reveal(ctx, first(t, app)); err != nil || *got != plains[i] {
			t.Errorf("Reveal after Reseal: %v", err)
		}
		provided := app.LoginPreferences().AuthMethods.Google.ClientSecret
		if got, err := rotated.Reveal(ctx, provided); err != nil || *got != "provided "+id {
			t.Errorf("Reveal of a provider's secret after Reseal: %v", err)
		}
	}
	signing, err := w.store.SigningKeys.Find(t.Context(), "", store.Query{OrderBy: "signsFrom"})
	if err != nil || len(signing) != 1 || !keys.IsCurrent(signing[0].PrivateKey.Sealed()) {
		t.Errorf("%d signing keys, not one that is sealed by the new key: %v", len(signing), err)
	}
	if token() != signing[0].ID {
		t.Error("the signing key that is sealed anew does not sign")
	}
	// A keyset from before the rotation no longer belongs to the store.
	check, err := w.store.KeysetChecks.Get(t.Context(), "", "00000000-0000-7000-8000-000000000003")
	if err != nil || !keys.IsCurrent(check.Sealed) {
		t.Errorf("the keyset check is not sealed by the new key: %v", err)
	}
}

// sign has the signing key of now made. What it returns issues a token as a process would that has
// just started, and returns the ID of the key that signed it.
func sign(t *testing.T, w *world) func() string {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) } // far from the end of a slot
	issue := func() string {
		signing := auth.NewSigningKeys(w.store, w.keys(t), now, 720*time.Hour)
		tokens := auth.NewTokens(w.store, signing, now, "https://admin.example.com")
		issued, err := tokens.Issue(t.Context(), auth.Grant{Application: &model.ManagementApplication{
			Entity: model.Entity{ID: "application", TenantID: "tenant"},
		}, ClientID: "client"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Parse(t.Context(), issued.Token); err != nil {
			t.Errorf("Parse: %v", err)
		}
		signed, err := jose.ParseSignedCompact(issued.Token, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		return signed.Signatures[0].Protected.KeyID
	}
	issue()
	return issue
}
