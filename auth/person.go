package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
)

const (
	// maxSubject bounds who somebody is, in bytes (OpenID Connect Core 1.0 §2).
	maxSubject = 255
	// maxPersonName bounds what somebody is called, in characters. A longer name is cut off.
	maxPersonName = 128
	// clockSkew is how much later than ours the provider's clock may be.
	clockSkew = time.Minute
)

// PeopleOptions say whose tokens are accepted, and what they allow.
type PeopleOptions struct {
	// Issuer is the URL of the provider, letter by letter as its tokens and its metadata have it.
	Issuer string
	// Audience must be among those of a token.
	Audience string
	// Claim names the claim that permissions come from: a list of texts, or one text of words. It may
	// be a path through objects, with dots, if no claim has the whole of it as its name.
	Claim string
	// Permissions are what each value of the claim gives. When it is empty a value is itself the scope
	// that it gives.
	Permissions map[string][]model.Permission
	// TenantID is the tenant that these people administer.
	TenantID string
	// Now is the clock; it is asked by many at once.
	Now func() time.Time
	// HTTPClient, if there is one, lends its Transport for the requests to the provider.
	HTTPClient *http.Client
}

// OIDCPeople knows people by the tokens of the operator's own OpenID provider: ID tokens, or access
// tokens that are JWTs.
//
// The provider is asked for its metadata and keys when the first token comes, and then only as the
// keys grow old or a token is signed with another. Its absence keeps nobody out whose token is
// signed with a key already known.
type OIDCPeople struct {
	options  PeopleOptions
	provider *provider
}

// NewPeople makes the People of one provider. It asks nothing of the provider yet.
func NewPeople(options PeopleOptions) *OIDCPeople {
	var transport http.RoundTripper
	if options.HTTPClient != nil {
		transport = options.HTTPClient.Transport
	}
	return &OIDCPeople{options: options, provider: newProvider(options.Issuer, transport, options.Now)}
}

// Issuer is the iss of the tokens that this is about.
func (p *OIDCPeople) Issuer() string { return p.options.Issuer }

// Check asks the provider for its metadata and keys, and fails when it does not show them or has none.
func (p *OIDCPeople) Check(ctx context.Context) error {
	keys, err := p.provider.renewed(ctx)
	if err != nil {
		return err
	}
	if len(keys.keys) == 0 {
		return errors.New("keys of the identity provider: there are none to verify with")
	}
	return nil
}

// Principal finds the person by a token, and when the token expires. It fails with ErrInvalidToken for a
// token that is not valid, and with UNAVAILABLE when that cannot be told because the provider does not
// show its keys. A person whose claims give no permission is a principal without any.
func (p *OIDCPeople) Principal(ctx context.Context, token string) (*Principal, time.Time, error) {
	if len(token) > maxCredential {
		return nil, time.Time{}, ErrInvalidToken
	}
	keys, err := p.provider.current(ctx)
	if err != nil {
		return nil, time.Time{}, providerUnavailable(err)
	}
	signers := &tokenKeys{provider: p.provider, keys: keys}
	verified, err := oidc.NewVerifier(p.options.Issuer, signers, &oidc.Config{
		ClientID: p.options.Audience, SupportedSigningAlgs: keys.algorithms, Now: p.options.Now,
	}).Verify(ctx, token)
	switch {
	case signers.unavailable != nil:
		return nil, time.Time{}, providerUnavailable(signers.unavailable)
	case err != nil || !p.isTimely(verified) || !isSubject(verified.Subject):
		return nil, time.Time{}, ErrInvalidToken
	}
	var claims map[string]any
	if err := verified.Claims(&claims); err != nil {
		return nil, time.Time{}, ErrInvalidToken
	}
	// What tells of an event is no token to sign in with (RFC 8417 §2.2, §4.5), also where the provider does
	// not say so in its type: a logout token has the same issuer, audience and subject.
	if _, ok := claims["events"]; ok {
		return nil, time.Time{}, ErrInvalidToken
	}
	return &Principal{
		TenantID:    p.options.TenantID,
		Actor:       model.Actor{Type: model.ActorTypePerson, ID: verified.Subject, Name: personName(verified.Subject, claims)},
		Permissions: p.permissions(claimValues(claimAt(claims, p.options.Claim))),
	}, verified.Expiry, nil
}

func providerUnavailable(cause error) error {
	return &model.Error{Code: model.Unavailable, Message: "The identity provider does not answer, so the token cannot be checked at the moment.", Cause: cause}
}

// isSignInType says whether people sign in with tokens of a kind (RFC 7519 §5.1, RFC 9068 §2.1). A
// provider signs others with the same key, such as logout tokens.
func isSignInType(header jose.Header) bool {
	kind, ok := header.ExtraHeaders[jose.HeaderType]
	if !ok {
		return true
	}
	name, _ := kind.(string)
	switch strings.TrimPrefix(strings.ToLower(name), "application/") {
	case "jwt", "at+jwt":
		return true
	}
	return false
}

// isTimely checks the times of a token more strictly than the verifier, which accepts one at the
// instant at which it expires, one that will be valid in five minutes, and any time of issue.
func (p *OIDCPeople) isTimely(token *oidc.IDToken) bool {
	var times struct {
		NotBefore json.Number `json:"nbf"`
	}
	now := p.options.Now()
	if err := token.Claims(&times); err != nil || !now.Before(token.Expiry) || token.IssuedAt.After(now.Add(clockSkew)) {
		return false
	}
	if times.NotBefore == "" {
		return true
	}
	seconds, err := times.NotBefore.Float64()
	return err == nil && seconds <= float64(now.Add(clockSkew).Unix())
}

func isSubject(text string) bool {
	return text != "" && len(text) <= maxSubject && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// personName is what to call a person in the audit trail.
func personName(subject string, claims map[string]any) string {
	for _, claim := range []string{"name", "preferred_username", "email"} {
		text, ok := claims[claim].(string)
		if !ok {
			continue
		}
		text = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
				return -1
			}
			return r
		}, text))
		if characters := []rune(text); len(characters) > maxPersonName {
			text = strings.TrimSpace(string(characters[:maxPersonName]))
		}
		if text != "" {
			return text
		}
	}
	return subject
}

// claimAt finds a claim: the one of that name, else the one at that path, whose parts may have dots
// in them as well; nil if there is none.
func claimAt(claims map[string]any, path string) any {
	if value, ok := claims[path]; ok {
		return value
	}
	for i, c := range path {
		if inner, ok := claims[path[:i]].(map[string]any); ok && c == '.' {
			if value := claimAt(inner, path[i+1:]); value != nil {
				return value
			}
		}
	}
	return nil
}

// claimValues reads the values of a claim. A text is taken as its words (as in scope, RFC 6749
// §3.3) and as the whole, since some providers write a list of one as a text.
func claimValues(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return append(strings.Fields(claim), claim)
	case []any:
		values := make([]string, 0, len(claim))
		for _, item := range claim {
			if text, ok := item.(string); ok {
				values = append(values, text)
			}
		}
		return values
	}
	return nil
}

// permissions is what values of the claim give, in the order of the schema.
func (p *OIDCPeople) permissions(values []string) []model.Permission {
	given := map[model.Permission]bool{}
	for _, value := range values {
		for _, permission := range p.options.Permissions[value] {
			given[permission] = true
		}
		if len(p.options.Permissions) == 0 {
			if permission, ok := ParseScope(value); ok {
				given[permission] = true
			}
		}
	}
	return inOrder(func(permission model.Permission) bool { return given[permission] })
}
