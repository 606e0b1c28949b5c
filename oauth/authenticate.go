package oauth

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

// client is a client of a management application.
type client struct {
	app    *model.ManagementApplication
	stored *model.StoredClient
}

// actor is the application, in whose name its client acts.
func (c *client) actor() model.Actor {
	return model.Actor{Type: model.ActorTypeManagementApplication, ID: c.app.ID, Name: c.app.Name}
}

// hindrance says why a client, or nil for none, cannot be let in by a method whatever it shows; empty
// where it can.
func (c *client) hindrance(method model.TokenEndpointAuthMethod) string {
	switch {
	case c == nil:
		return "unknown client"
	case c.stored.OIDC == nil || c.stored.OIDC.TokenEndpointAuthMethod != method:
		return "the client is registered with another method"
	case !c.app.IsActive:
		return "the application is inactive"
	}
	return ""
}

// authenticate finds out whether a request proves to be of the client that it names. It fails with
// invalid_client whatever the reason, with slow_down when too many attempts have failed, and with the
// error of a store that does not answer.
func (s *server) authenticate(r *http.Request, shown *credentials, path string, at time.Time) (*client, error) {
	ctx, from := r.Context(), s.address(r)
	if wait := s.slowDown.Wait(at, from, shown.clientID); wait > 0 {
		return nil, tooManyFailures(wait)
	}
	named, err := s.find(ctx, shown.clientID)
	if err != nil {
		return nil, err
	}
	// A client that cannot be let in is as good as none: what follows then compares with decoys.
	known, why := named, named.hindrance(shown.method)
	if why != "" {
		known = nil
	}
	secretID, problem, err := s.prove(ctx, known, shown, path, at)
	if err != nil {
		return nil, err
	}
	if known == nil || problem != "" {
		s.slowDown.Failed(at, from, shown.clientID)
		refused := invalidClient(cmp.Or(why, problem))
		if named != nil {
			refused.clientID = named.stored.ID
		}
		return nil, refused
	}
	s.slowDown.Succeeded(from, shown.clientID)
	if secretID != "" {
		s.secrets.used(ctx, known, secretID, at)
	}
	return known, nil
}

// find looks up the client with an ID; nil where there is none.
func (s *server) find(ctx context.Context, clientID string) (*client, error) {
	app, err := s.store.ManagementApplications.One(ctx, "", "client", clientID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // that there is none is an answer, and the caller goes on with it
	}
	if err != nil {
		return nil, err
	}
	stored := app.StoredClient(clientID)
	if stored == nil {
		return nil, nil //nolint:nilnil // the same
	}
	return &client{app: app, stored: stored}, nil
}

// prove compares the credentials with what the client has; known is nil where there is none, and then
// there is always a problem. secretID is the secret that was used, if it was one.
func (s *server) prove(ctx context.Context, known *client, shown *credentials, path string, at time.Time) (secretID, problem string, err error) {
	if shown.assertion != nil {
		// Libraries name the token endpoint at the other endpoints, too (RFC 7523 §3).
		audiences := []string{s.issuer, s.url(TokenPath), s.url(path)}
		problem, err = s.assertions.check(ctx, known, shown.assertion, audiences, at)
		return "", problem, err
	}
	secretID, err = s.secrets.check(known, shown.secret, at)
	if secretID == "" {
		problem = "no secret of the client is the one given"
	}
	return secretID, problem, err
}
