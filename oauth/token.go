package oauth

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
)

// grantClientCredentials is the one grant (RFC 6749 §4.4.2).
const grantClientCredentials = "client_credentials"

// tokenAnswer is RFC 6749 §5.1. There is no refresh token (§4.4.3).
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	// ExpiresIn is in seconds.
	ExpiresIn int64 `json:"expires_in"`
	// Scope is what the token allows now; left out when that is nothing.
	Scope string `json:"scope,omitempty"`
}

// token is the token endpoint.
func (s *server) token(r *http.Request, c call) (any, error) {
	switch c.form.get(paramGrantType) {
	case grantClientCredentials:
	case "":
		return nil, invalidRequest("grant_type is missing.")
	default:
		return nil, badRequest(codeUnsupportedGrantType, "The only grant_type is client_credentials.")
	}
	for _, resource := range c.form.all(paramResource) {
		if resource != s.audience {
			return nil, badRequest(codeInvalidTarget, "There are no tokens for this resource.")
		}
	}
	asked, err := parseScope(c.form.get(paramScope))
	if err != nil {
		return nil, err
	}
	granted, err := s.granted(r.Context(), c.client.app, asked)
	if err != nil {
		return nil, err
	}
	grant := auth.Grant{Application: c.client.app, ClientID: c.client.stored.ID}
	if asked != nil {
		grant.Scope = granted
	}
	issued, err := s.tokens.Issue(r.Context(), grant)
	if err != nil {
		return nil, err
	}
	return tokenAnswer{
		AccessToken: issued.Token, TokenType: "Bearer", ExpiresIn: int64(issued.ExpiresIn / time.Second),
		Scope: auth.Scopes(granted),
	}, nil
}

// granted is what the roles of an application allow, and no more than was asked for; nil asks for all
// of it. Whoever asks for something and is allowed nothing of it is told so.
func (s *server) granted(ctx context.Context, app *model.ManagementApplication, asked []model.Permission) ([]model.Permission, error) {
	held, err := auth.PermissionsOf(ctx, s.store, app.TenantID, app.ID)
	if err != nil || asked == nil {
		return held, err
	}
	granted := slices.DeleteFunc(slices.Clone(held), func(p model.Permission) bool { return !slices.Contains(asked, p) })
	if len(granted) == 0 {
		return nil, badRequest(codeInvalidScope, "The roles of the application allow nothing of the scope.")
	}
	return granted, nil
}

// parseScope reads a scope: names, with one space between two (RFC 6749 §3.3). It is nil when none is
// given.
func parseScope(text string) ([]model.Permission, error) {
	if text == "" {
		return nil, nil
	}
	names := strings.Split(text, " ")
	asked := make([]model.Permission, len(names))
	for i, name := range names {
		permission, known := auth.ParseScope(name)
		if !known {
			return nil, badRequest(codeInvalidScope, "The scope has a name that is unknown or malformed.")
		}
		asked[i] = permission
	}
	return asked, nil
}
