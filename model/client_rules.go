package model

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of clients.
const (
	maxClients = 20
	// maxClientsBytes bounds the lists and keys of all clients of an application.
	maxClientsBytes = 2 << 20
	maxGroupID      = 128
	maxSpEntityID   = 1024
)

// Validate reports every rule that the client breaks, as an *Error with code BAD_USER_INPUT. The
// paths are those of its branch in ClientInput: whoever calls it puts the branch's own path in front.
// inherited is the PKCE policy of the application, which holds where the client has none.
func (c *StoredClient) Validate(inherited *PkcePolicy) error {
	var v Violations
	v.name("name", c.Name)
	v.prose("description", c.Description)
	switch {
	case (c.OIDC == nil) == (c.SAML == nil):
		v.Add(codeRequired, "must have exactly one protocol")
	case c.OIDC != nil:
		v.nest(c.OIDC.violations())
		if c.lacksPkce(inherited) {
			v.Add(codeRequired, "must be set here or on the application, because tokenEndpointAuthMethod is NONE", "pkce")
		}
	default:
		v.nest(c.SAML.violations())
	}
	return v.Err()
}

// lacksPkce says whether the client is a public one that nothing obliges to use PKCE.
func (c *StoredClient) lacksPkce(inherited *PkcePolicy) bool {
	return c.OIDC != nil && c.OIDC.TokenEndpointAuthMethod == TokenEndpointAuthMethodNone &&
		c.OIDC.Pkce == nil && inherited == nil
}

func (o *OidcSettings) violations() Violations {
	var v Violations
	v.identifier("clientGroupId", o.ClientGroupID, maxGroupID)
	v.redirectURIs("redirectUris", o.RedirectUris, o.redirectKind())
	v.resources("resources", o.Resources)
	if len(o.ResponseTypes) == 0 {
		v.Add(codeRequired, "must have at least one element", "responseTypes")
	}
	unique(&v, "responseTypes", o.ResponseTypes)
	v.jwks("jwks", o.Jwks)
	if o.Jwks == nil && o.TokenEndpointAuthMethod.usesKeys() {
		v.Add(codeRequired, "must be given, because tokenEndpointAuthMethod is "+o.TokenEndpointAuthMethod.String(), "jwks")
	}
	v.nest(o.DeviceAuthorization.violations(), "deviceAuthorization")
	unique(&v, "supportedPrompts", o.SupportedPrompts)
	switch n := len(o.Secrets); {
	case n > maxClientSecrets:
		v.Add(codeTooMany, tooMany(maxClientSecrets, "elements"), "secrets")
	case n > 0 && !o.TokenEndpointAuthMethod.usesSecret():
		v.Add(codeTooMany, "must be empty, because tokenEndpointAuthMethod is "+o.TokenEndpointAuthMethod.String(), "secrets")
	case n == 0 && o.TokenEndpointAuthMethod.usesSecret():
		v.Add(codeRequired, "must have at least one element", "secrets")
	}
	return v
}

func (o *OidcSettings) redirectKind() redirectKind {
	switch {
	case o.ClientType == ClientTypeNative:
		return nativeRedirect
	case slices.Contains(o.ResponseTypes, ResponseTypeIDToken):
		return webTokenRedirect
	}
	return webRedirect
}

func (d *DeviceAuthorization) violations() Violations {
	var v Violations
	for _, uri := range []struct {
		field string
		value *string
	}{{"approvalUri", d.ApprovalURI}, {"successUri", d.SuccessURI}, {"inputUri", d.InputURI}} {
		if uri.value == nil && d.Enabled {
			v.Add(codeRequired, "must be given when the device authorization is enabled", uri.field)
		}
		v.httpsURL(uri.field, uri.value, false)
	}
	return v
}

func (s *SamlSettings) violations() Violations {
	var v Violations
	v.identifier("spEntityId", &s.SpEntityID, maxSpEntityID)
	v.httpsURL("spAcsUrl", s.SpAcsURL, false)
	return v
}

// identifier is the rule of names that other systems give: 1 to limit characters, no spaces and no
// control characters.
func (v *Violations) identifier(field string, s *string, limit int) {
	if s == nil {
		return
	}
	v.required(field, *s)
	v.text(field, s, limit)
	if strings.ContainsFunc(*s, notWord) && !strings.ContainsFunc(*s, breaksLine) {
		v.Add(codeInvalidChars, "must not contain spaces or invisible characters", field)
	}
}

func notWord(r rune) bool { return !visible(r) }

func tooMany(limit int, what string) string {
	return fmt.Sprintf("must have at most %d %s", limit, what)
}
