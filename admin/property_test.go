package admin_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/model"
)

// TestManagementApplicationsStayValid makes any sequence of updates, most of them valid. Each must
// leave a document that keeps every rule and reads back as it was answered, or fail and leave the
// document alone.
func TestManagementApplicationsStayValid(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		var tenants atomic.Int64
		rapid.Check(t, func(r *rapid.T) {
			l := &life{
				T: r, world: w, tenant: fmt.Sprintf("life-%06d", tenants.Add(1)),
				plains: map[string]string{},
			}
			l.ctx = caller(t.Context(), l.tenant)
			l.begin()
			for range rapid.IntRange(1, 12).Draw(r, "updates") {
				l.step()
			}
		})
	})
}

// life is one management application and what is known of it.
type life struct {
	*rapid.T
	*world
	ctx    context.Context //nolint:containedctx // of the one check that the life is for
	tenant string
	// app is the application as it was last read.
	app *model.ManagementApplication
	// plains are the client secrets that were handed out, by their IDs.
	plains map[string]string
	// google is the secret of the login with Google, empty where there is none.
	google string
}

func (l *life) begin() {
	in := application("Application")
	if rapid.Bool().Draw(l.T, "first client is public") {
		in.FirstClient.Oidc.Value().TokenEndpointAuthMethod = model.TokenEndpointAuthMethodNone
		in.Pkce = new(model.PkcePolicyEnforcePkceInsteadOfClientCredentials)
	}
	made, err := l.admin.CreateManagementApplication(l.ctx, in)
	if err != nil {
		l.Fatal(err)
	}
	l.app = made.ManagementApplication
	l.knows(made.ClientSecret)
	l.look(made.ManagementApplication)
}

func (l *life) knows(made *model.NewClientSecret) {
	if made != nil {
		l.plains[made.ID] = made.Value()
	}
}

// step makes one update and looks at what it left.
func (l *life) step() {
	names := []string{"settings", "add", "add many", "replace", "remove", "default", "generate", "revoke", "login", "method", "status"}
	name := rapid.SampledFrom(names).Draw(l.T, "update")
	answered, err := l.update(name)
	if err == nil {
		l.look(answered)
		return
	}
	switch kind, _ := code(err); kind {
	case model.BadUserInput, model.Conflict, model.NotFound:
	default:
		l.Fatalf("%s: %v", name, err)
	}
	if name != "add many" { // which may have added some
		l.same(name+" failed", l.app)
	}
	l.look(nil)
}

func (l *life) update(name string) (*model.ManagementApplication, error) {
	client := rapid.SampledFrom(append(slices.Clone(l.app.ClientIDs), "unknown")).Draw(l.T, "client")
	switch name {
	case "settings":
		payload, err := l.admin.UpdateManagementApplication(l.ctx, l.app.ID, l.settings(), l.revision())
		if err != nil {
			return nil, err
		}
		return payload.ManagementApplication, nil
	case "add":
		return l.add(l.client())
	case "add many":
		in, added := l.client(), l.app
		for range 20 {
			var err error
			if added, err = l.add(in); err != nil {
				return nil, err
			}
		}
		return added, nil
	case "replace":
		payload, err := l.admin.UpdateClient(l.ctx, client, l.client(), l.revision())
		if err != nil {
			return nil, err
		}
		return payload.ManagementApplication, nil
	case "remove":
		payload, err := l.admin.RemoveClient(l.ctx, client)
		if err != nil {
			return nil, err
		}
		return payload.ManagementApplication, nil
	case "default":
		payload, err := l.admin.SetDefaultClient(l.ctx, client)
		if err != nil {
			return nil, err
		}
		return payload.ManagementApplication, nil
	case "generate":
		var expires *time.Time
		if in := rapid.SampledFrom([]time.Duration{0, -time.Hour, time.Hour}).Draw(l.T, "expires in"); in != 0 {
			expires = new(time.Now().Add(in))
		}
		payload, err := l.admin.GenerateClientSecret(l.ctx, client, expires)
		if err != nil {
			return nil, err
		}
		l.knows(payload.ClientSecret)
		return nil, nil //nolint:nilnil // the answer has the client alone
	case "revoke":
		payload, err := l.admin.RevokeClientSecret(l.ctx, client, l.secretOf(client))
		if err != nil {
			return nil, err
		}
		return payload.ManagementApplication, nil
	case "login":
		return nil, l.login()
	case "method":
		method := rapid.SampledFrom(model.AllLoginMethodName).Draw(l.T, "method")
		_, err := l.admin.SetLoginMethodStatus(l.ctx, l.app.ID, method, rapid.Bool().Draw(l.T, "active"))
		return nil, err
	default:
		payload, err := l.admin.SetManagementApplicationStatus(l.ctx, l.app.ID, rapid.Bool().Draw(l.T, "active"))
		if err != nil {
			return nil, err
		}
		return payload.ManagementApplication, nil
	}
}

func (l *life) add(in model.ClientInput) (*model.ManagementApplication, error) {
	payload, err := l.admin.AddClient(l.ctx, l.app.ID, in)
	if err != nil {
		return nil, err
	}
	l.knows(payload.ClientSecret)
	return payload.ManagementApplication, nil
}

// login changes how people log in.
func (l *life) login() error {
	before, in := l.google, &model.AuthMethodsInput{}
	secret := l.google
	switch rapid.SampledFrom([]string{"left out", "null", "kept", "taken away", "given", "too long"}).Draw(l.T, "google") {
	case "left out":
	case "null":
		in.Google, secret = graphql.OmittableOf[*model.SocialLoginInput](nil), ""
	case "kept":
		in.Google = graphql.OmittableOf(l.social(graphql.Omittable[*string]{}))
	case "taken away":
		in.Google, secret = graphql.OmittableOf(l.social(graphql.OmittableOf[*string](nil))), ""
	case "given":
		secret = rapid.StringMatching("[a-z]{1,20}").Draw(l.T, "secret")
		in.Google = graphql.OmittableOf(l.social(graphql.OmittableOf(&secret)))
	case "too long":
		in.Google = graphql.OmittableOf(l.social(graphql.OmittableOf(new(fmt.Sprintf("%0256d", 1)))))
	}
	if rapid.Bool().Draw(l.T, "a code by email") {
		in.EmailOtp = graphql.OmittableOf(&model.EmailOtpLogin{
			ExpiresIn: l.number(1, 1440), LockoutDuration: l.number(1, 525600), MaxFailures: l.number(1, 20), CodeLength: l.number(4, 8),
			Message: &model.EmailMessage{PrimaryColor: rapid.SampledFrom([]string{"#FFF", "#1a73e8", "red"}).Draw(l.T, "colour"), Subject: new(" Your code ")},
		})
	}
	_, err := l.admin.UpdateLoginPreferences(l.ctx, l.app.ID, model.LoginPreferencesInput{AuthMethods: in}, l.revision())
	if l.google = secret; err != nil {
		l.google = before
	}
	return err
}

func (l *life) social(secret graphql.Omittable[*string]) *model.SocialLoginInput {
	ids := []string{"a.apps.googleusercontent.com", "b.apps.googleusercontent.com", "not of Google"}
	return &model.SocialLoginInput{
		IsActive: rapid.Bool().Draw(l.T, "active"), ClientID: rapid.SampledFrom(ids).Draw(l.T, "client ID"), ClientSecret: secret,
	}
}

// look reads the application and checks all that is promised of it.
func (l *life) look(answered *model.ManagementApplication) {
	if answered != nil {
		l.same("what the update answered", answered)
	}
	app, err := l.store.ManagementApplications.Get(l.ctx, l.tenant, l.app.ID)
	if err != nil {
		l.Fatal(err)
	}
	l.app = app
	if err := app.Validate(); err != nil {
		l.Fatalf("the document is not valid: %v", err)
	}
	normal, err := l.store.ManagementApplications.Get(l.ctx, l.tenant, app.ID)
	if err != nil {
		l.Fatal(err)
	}
	normal.Normalize()
	l.same("normalized", normal)
	if n := len(app.StoredClients); n < 1 || n > 20 || app.DefaultClient() == nil {
		l.Fatalf("%d clients, the default one: %v", n, app.DefaultClient())
	}
	for i, c := range app.Clients() {
		if app.ClientIDs[i] != app.StoredClients[i].ID {
			l.Fatalf("client IDs %v", app.ClientIDs)
		}
		oidc, ok := c.(*model.OidcClient)
		if !ok {
			continue
		}
		secrets := oidc.Secrets()
		if n := len(secrets); app.StoredClients[i].UsesSecrets() != (n > 0) || n > 2 {
			l.Fatalf("a client with %s has %d secrets", oidc.TokenEndpointAuthMethod, n)
		}
		for _, s := range secrets {
			l.opens(&s.Value, l.plains[s.ID])
		}
	}
	google := app.LoginPreferences().AuthMethods.Google
	if (google != nil && google.HasClientSecret()) != (l.google != "") {
		l.Fatalf("the login with Google has a secret: %t", google != nil && google.HasClientSecret())
	}
	if l.google != "" {
		l.opens(google.ClientSecret, l.google)
	}
}

// opens fails the check unless a secret opens in its place; want is empty where nobody was told it.
func (l *life) opens(value *model.Secret, want string) {
	got, err := l.admin.Reveal(l.ctx, value)
	if err != nil {
		l.Fatalf("%s does not open: %v", value.Place().Path, err)
	}
	if want != "" && *got != want {
		l.Fatalf("%s is not what was handed out", value.Place().Path)
	}
}

// same fails the check unless the application reads back as want.
func (l *life) same(what string, want *model.ManagementApplication) {
	got, err := l.store.ManagementApplications.Get(l.ctx, l.tenant, want.ID)
	if err != nil {
		l.Fatal(err)
	}
	sealed := cmp.Transformer("sealed", func(s model.Secret) []byte { return s.Sealed() })
	if d := cmp.Diff(want, got, sealed); d != "" {
		l.Fatalf("%s (-want +stored):\n%s", what, d)
	}
}
