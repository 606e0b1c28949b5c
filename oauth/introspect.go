package oauth

import (
	"errors"
	"net/http"

	"gatehouse/auth"
)

// introspection is RFC 7662 §2.2. Of a token that is not active nothing but that is said.
type introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	// ExpiresAt and IssuedAt are in seconds since 1970.
	ExpiresAt int64  `json:"exp,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Audience  string `json:"aud,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	ID        string `json:"jti,omitempty"`
}

// introspect tells a client about a token of its own tenant: what it allows now, not when it was
// issued. Tokens of other tenants, and whatever is no token or has ceased to be one, are not active.
// token_type_hint changes nothing, because there is one type.
func (s *server) introspect(r *http.Request, c call) (any, error) {
	token, err := s.presented(r, c)
	if err != nil {
		return nil, err
	}
	if token == nil || token.TenantID != c.client.app.TenantID {
		return introspection{}, nil
	}
	principal, err := s.tokens.Standing(r.Context(), token)
	if errors.Is(err, auth.ErrInvalidToken) {
		return introspection{}, nil
	}
	if err != nil {
		return nil, err
	}
	return introspection{
		Active: true, Scope: auth.Scopes(principal.Permissions), ClientID: token.ClientID, TokenType: "Bearer",
		ExpiresAt: token.ExpiresAt.Unix(), IssuedAt: token.IssuedAt.Unix(), Subject: token.ApplicationID,
		Audience: s.audience, Issuer: s.issuer, ID: token.ID,
	}, nil
}

// presented is the token of the request; nil where it is no token of this server that is in its time.
func (s *server) presented(r *http.Request, c call) (*auth.AccessToken, error) {
	text := c.form.get(paramToken)
	if text == "" {
		return nil, invalidRequest("token is missing.")
	}
	token, err := s.tokens.Parse(r.Context(), text)
	if errors.Is(err, auth.ErrInvalidToken) {
		return nil, nil //nolint:nilnil // that there is none is an answer, and the caller goes on with it
	}
	return token, err
}
