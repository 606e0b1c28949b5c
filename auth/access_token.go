package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
	"gatehouse/store"
)

const (
	// TokenLifetime is for how long an access token is valid.
	TokenLifetime = 10 * time.Minute
	// MaxTokenLength is how many characters an access token can have.
	MaxTokenLength = 4096
	// tokenLeeway is by how much the clock of the process that issued a token may be ahead of this one.
	// Expiry knows no leeway: between clocks that differ a token lives a little shorter.
	tokenLeeway = 5 * time.Second
	// tokenType is the typ of an access token (RFC 9068 §2.1).
	tokenType = "at+jwt"
)

// Tokens issues the access tokens of management applications and knows them again. It is safe for
// concurrent use.
//
// They are JWTs as RFC 9068 profiles them, but what one allows is not written in it: it is looked up, so
// that a role taken away, an application deactivated, or a token revoked is so for the next request in
// the process that did it, and in every other a second later.
type Tokens struct {
	store            *store.Store
	keys             *SigningKeys
	now              func() time.Time
	issuer, audience string
}

// NewTokens makes the tokens of one server. publicURL, without a slash at its end, is where callers
// reach it; all processes that are to accept each other's tokens have the same.
func NewTokens(s *store.Store, keys *SigningKeys, now func() time.Time, publicURL string) *Tokens {
	return &Tokens{store: s, keys: keys, now: now, issuer: publicURL, audience: publicURL + "/graphql"}
}

// Issuer is the issuer of the tokens (RFC 8414 §2): the server's public URL.
func (t *Tokens) Issuer() string { return t.issuer }

// Audience is whom the tokens are for (RFC 9068 §3): the URL of the GraphQL API.
func (t *Tokens) Audience() string { return t.audience }

// Grant is what a client is to get a token for.
type Grant struct {
	Application *model.ManagementApplication
	ClientID    string
	// Scope is what the client got of the scope that it asked for; nil when it asked for none, and
	// the token carries whatever the roles of the application allow at each request.
	Scope []model.Permission
}

// IssuedToken is a token and for how long it is valid.
type IssuedToken struct {
	Token     string
	ExpiresIn time.Duration
}

// AccessToken is what a valid token says.
type AccessToken struct {
	// ID is the jti. It, and not the text, is what a token is known by: of every ECDSA signature anybody
	// can make a second one that is valid, too.
	ID            string
	ClientID      string
	ApplicationID string
	TenantID      string
	// Scope narrows what the token allows, if Scoped. It may be empty.
	Scope               []model.Permission
	Scoped              bool
	IssuedAt, ExpiresAt time.Time
}

// claims is the payload of a token (RFC 9068 §2.2). Times are in whole seconds since the epoch.
type claims struct {
	Issuer    string  `json:"iss"`
	Audience  string  `json:"aud"`
	Subject   string  `json:"sub"`
	ClientID  string  `json:"client_id"`
	TenantID  string  `json:"tenant_id"`
	IssuedAt  int64   `json:"iat"`
	NotBefore *int64  `json:"nbf,omitempty"`
	Expiry    int64   `json:"exp"`
	ID        string  `json:"jti"`
	Scope     *string `json:"scope,omitempty"`
}

// Issue makes a token. It fails with UNAVAILABLE when the store does.
func (t *Tokens) Issue(ctx context.Context, g Grant) (*IssuedToken, error) {
	key, err := t.keys.signing(ctx)
	if err != nil {
		return nil, err
	}
	now := t.now()
	c := claims{
		Issuer: t.issuer, Audience: t.audience, Subject: g.Application.ID, ClientID: g.ClientID, TenantID: g.Application.TenantID,
		IssuedAt: now.Unix(), Expiry: now.Add(TokenLifetime).Unix(), ID: model.NewID(now),
	}
	if g.Scope != nil {
		scope := Scopes(g.Scope)
		c.Scope = &scope
	}
	token, err := sign(key, c)
	if err != nil {
		return nil, err
	}
	if len(token) > MaxTokenLength {
		return nil, fmt.Errorf("issue a token: it has %d characters; %d are the most", len(token), MaxTokenLength)
	}
	return &IssuedToken{Token: token, ExpiresIn: TokenLifetime}, nil
}

func sign(key *jose.JSONWebKey, c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType(tokenType))
	if err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("issue a token: %w", err)
	}
	return signed.CompactSerialize()
}

// Parse reads a token that this server, or another process of it, has issued, and which has not
// expired. It looks at the signature and the claims alone; Standing says whether the token is still
// good. It fails with ErrInvalidToken for every token that is not so (RFC 9068 §4), and with
// UNAVAILABLE when the store does.
func (t *Tokens) Parse(ctx context.Context, token string) (*AccessToken, error) {
	parsed, _, err := t.parse(ctx, token)
	return parsed, err
}

// parse is Parse, and says with which key the token was signed.
func (t *Tokens) parse(ctx context.Context, token string) (parsed *AccessToken, keyID string, err error) {
	if len(token) > MaxTokenLength || !strictlyEncoded(token) {
		return nil, "", ErrInvalidToken
	}
	// ES256 and nothing else: neither "none" nor a MAC with the public key is even looked at.
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, "", ErrInvalidToken
	}
	header := signed.Signatures[0].Protected
	if !plainHeader(header) {
		return nil, "", ErrInvalidToken
	}
	key, err := t.keys.verifying(ctx, header.KeyID)
	if err != nil {
		return nil, "", err
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, "", ErrInvalidToken
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil || !t.accepts(c) {
		return nil, "", ErrInvalidToken
	}
	return c.token(), header.KeyID, nil
}

// strictlyEncoded says whether a text is three parts in base64url without padding (RFC 7515 §7.1),
// each written in the one way there is: no line breaks, and nothing in the bits that are left over.
func strictlyEncoded(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	for _, part := range parts {
		if part == "" || strings.ContainsAny(part, "\r\n") { // which the decoder would pass over
			return false
		}
		if _, err := base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return false
		}
	}
	return true
}

// plainHeader says whether a header has the key's ID, the type of an access token, and nothing that
// Issue does not write: no key of its own, no certificates, no nonce, nothing critical (RFC 7515
// §4.1.11).
func plainHeader(h jose.Header) bool {
	if h.KeyID == "" || h.JSONWebKey != nil || h.Nonce != "" || len(h.ExtraHeaders) != 1 {
		return false
	}
	typ, ok := h.ExtraHeaders[jose.HeaderType].(string)
	return ok && (strings.EqualFold(typ, tokenType) || strings.EqualFold(typ, "application/"+tokenType))
}

// accepts says whether the claims are those of a token of this server, at this moment.
func (t *Tokens) accepts(c claims) bool {
	now := t.now()
	latest := now.Add(tokenLeeway).Unix() // the last second that has begun, for whoever's clock is ahead
	switch {
	case c.Issuer != t.issuer, c.Audience != t.audience:
	case c.Subject == "", c.ClientID == "", c.TenantID == "", c.ID == "":
	case c.IssuedAt <= 0, c.IssuedAt > latest:
	case c.NotBefore != nil && *c.NotBefore > latest:
	case c.Expiry <= c.IssuedAt, c.Expiry-c.IssuedAt > int64(TokenLifetime/time.Second):
	default:
		return now.Before(time.Unix(c.Expiry, 0))
	}
	return false
}

func (c claims) token() *AccessToken {
	token := &AccessToken{
		ID: c.ID, ClientID: c.ClientID, ApplicationID: c.Subject, TenantID: c.TenantID, Scoped: c.Scope != nil,
		IssuedAt: time.Unix(c.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(c.Expiry, 0).UTC(),
	}
	if token.Scoped {
		for _, text := range strings.Fields(*c.Scope) {
			// A scope that is not known allows nothing.
			if permission, ok := ParseScope(text); ok {
				token.Scope = append(token.Scope, permission)
			}
		}
	}
	return token
}

// Standing says whose a token is, and what it allows now: what the roles of its application allow,
// within the scope of the token if it has one. It fails with ErrInvalidToken when the token is revoked,
// and when its application is not in its tenant, is not active, or no longer has the client; with
// UNAVAILABLE when the store fails.
func (t *Tokens) Standing(ctx context.Context, token *AccessToken) (*Principal, error) {
	_, err := t.store.RevokedTokens.Get(ctx, token.TenantID, token.ID)
	if err == nil {
		return nil, ErrInvalidToken
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, unavailable(fmt.Errorf("look up whether a token is revoked: %w", err))
	}
	app, err := t.store.ManagementApplications.Get(ctx, token.TenantID, token.ApplicationID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrInvalidToken
	}
	if err != nil {
		return nil, unavailable(fmt.Errorf("look up the application of a token: %w", err))
	}
	if !app.IsActive || app.StoredClient(token.ClientID) == nil {
		return nil, ErrInvalidToken
	}
	permissions, err := PermissionsOf(ctx, t.store, token.TenantID, token.ApplicationID)
	if err != nil {
		return nil, err
	}
	if token.Scoped {
		permissions = intersection(permissions, token.Scope)
	}
	return &Principal{
		TenantID:    token.TenantID,
		Actor:       model.Actor{Type: model.ActorTypeManagementApplication, ID: app.ID, Name: app.Name},
		Permissions: permissions,
	}, nil
}

// Revoke makes a token invalid (RFC 7009), in this process from its next request on, and in every other
// within a second. Revoking it again changes nothing. It fails with UNAVAILABLE when the store does.
func (t *Tokens) Revoke(ctx context.Context, token *AccessToken) error {
	by := model.Actor{Type: model.ActorTypeManagementApplication, ID: token.ApplicationID, Name: token.ClientID}
	revoked := &model.RevokedToken{Entity: model.NewEntity(token.TenantID, by, t.now()), ExpiresAt: token.ExpiresAt.Add(ClockLeeway)}
	revoked.ID = token.ID
	var duplicate *store.DuplicateError
	if err := t.store.RevokedTokens.Insert(ctx, revoked, nil); err != nil && !errors.As(err, &duplicate) {
		return unavailable(fmt.Errorf("revoke a token: %w", err))
	}
	return nil
}
