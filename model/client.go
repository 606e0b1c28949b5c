package model

import (
	"reflect"
	"strings"
	"time"
)

// StoredClient is a client of a management application as its document holds it: what all clients
// have, and the settings of the one protocol that it speaks. Exactly one of OIDC and SAML is there.
type StoredClient struct {
	// ID is the client_id of the protocol; it never changes.
	ID          string        `bson:"id"`
	Name        string        `bson:"name"`
	Description *string       `bson:"description,omitempty"`
	OIDC        *OidcSettings `bson:"oidc,omitempty" audit:"inline"`
	SAML        *SamlSettings `bson:"saml,omitempty" audit:"inline"`
	CreatedAt   time.Time     `bson:"createdAt" audit:"-"`
	UpdatedAt   time.Time     `bson:"updatedAt" audit:"-"`
}

// OidcSettings is what a client has that speaks OpenID Connect.
type OidcSettings struct {
	ClientGroupID           *string                 `bson:"clientGroupId,omitempty"`
	ClientType              ClientType              `bson:"clientType"`
	RedirectUris            []string                `bson:"redirectUris"`
	Resources               []string                `bson:"resources"`
	ResponseTypes           []ResponseType          `bson:"responseTypes"`
	TokenEndpointAuthMethod TokenEndpointAuthMethod `bson:"tokenEndpointAuthMethod"`
	// Jwks holds public keys only (RFC 7517).
	Jwks                *JSON               `bson:"jwks,omitempty"`
	DeviceAuthorization DeviceAuthorization `bson:"deviceAuthorization"`
	// Pkce is the client's own policy; nil where the application's holds.
	Pkce             *PkcePolicy `bson:"pkce,omitempty"`
	SupportedPrompts []Prompt    `bson:"supportedPrompts"`
	// Secrets are one or two, the oldest first; none where TokenEndpointAuthMethod uses none.
	Secrets []ClientSecret `bson:"secrets"`
}

// DeviceAuthorization is the device authorization grant (RFC 8628) of a client.
type DeviceAuthorization struct {
	Enabled     bool    `bson:"enabled"`
	ApprovalURI *string `bson:"approvalUri,omitempty"`
	SuccessURI  *string `bson:"successUri,omitempty"`
	InputURI    *string `bson:"inputUri,omitempty"`
}

// SamlSettings is what a client has that speaks SAML 2.0.
type SamlSettings struct {
	SpEntityID    string         `bson:"spEntityId"`
	SpAcsURL      *string        `bson:"spAcsUrl,omitempty"`
	SpNameIDType  SamlNameIDType `bson:"spNameIdType"`
	SignAssertion bool           `bson:"signAssertion"`
}

// Branch is the name of the client's branch in ClientInput: where violations of its rules belong.
func (c *StoredClient) Branch() string {
	if c.SAML != nil {
		return branchSAML
	}
	return branchOIDC
}

// UsesSecrets says whether the client proves who it is with a secret.
func (c *StoredClient) UsesSecrets() bool {
	return c.OIDC != nil && c.OIDC.TokenEndpointAuthMethod.usesSecret()
}

// NeedsSecret says whether the client uses secrets and has none: GenerateSecret must follow before
// it can be stored.
func (c *StoredClient) NeedsSecret() bool { return c.UsesSecrets() && len(c.OIDC.Secrets) == 0 }

func (m TokenEndpointAuthMethod) usesSecret() bool {
	return m == TokenEndpointAuthMethodClientSecretBasic || m == TokenEndpointAuthMethodClientSecretPost
}

func (m TokenEndpointAuthMethod) usesKeys() bool {
	return m == TokenEndpointAuthMethodPrivateKeyJwt || m == TokenEndpointAuthMethodSelfSignedTLSClientAuth
}

// ProvesOtherwise says whether a client with these settings proves who it is in another way, or with
// other keys, than with those it had before. Secrets are not compared. Both are nil for SAML.
func (o *OidcSettings) ProvesOtherwise(before *OidcSettings) bool {
	if o == nil || before == nil {
		return o != before
	}
	return o.TokenEndpointAuthMethod != before.TokenEndpointAuthMethod || !reflect.DeepEqual(o.Jwks, before.Jwks)
}

// normalize brings the client into the form that is stored.
func (c *StoredClient) normalize() {
	c.Name = strings.TrimSpace(c.Name)
	c.Description = trimmed(c.Description)
	if o := c.OIDC; o != nil {
		o.ClientGroupID = trimmed(o.ClientGroupID)
		o.RedirectUris, o.Resources = list(o.RedirectUris), list(o.Resources)
		o.ResponseTypes, o.SupportedPrompts = list(o.ResponseTypes), list(o.SupportedPrompts)
		o.Secrets = list(o.Secrets)
	}
}

// secretPath is where a secret of the client is, from the document of its application.
func (c *StoredClient) secretPath(secretID string) string {
	return "clients." + c.ID + ".secrets." + secretID + ".value"
}

// OidcClient is a client as the schema shows it, when it speaks OpenID Connect.
type OidcClient struct {
	*StoredClient
	*OidcSettings
	ManagementApplication *ManagementApplication
}

// SamlClient is a client as the schema shows it, when it speaks SAML 2.0.
type SamlClient struct {
	*StoredClient
	*SamlSettings
	ManagementApplication *ManagementApplication
}

// Secrets are the client's secrets, each knowing where it belongs.
func (c *OidcClient) Secrets() []*ClientSecret {
	secrets := make([]*ClientSecret, len(c.OidcSettings.Secrets))
	for i := range secrets {
		secrets[i] = c.ManagementApplication.placed(c.StoredClient, &c.OidcSettings.Secrets[i])
	}
	return secrets
}

// IsNode marks the client as a Node of the schema.
func (OidcClient) IsNode() {}

// IsClient marks the client as a Client of the schema.
func (OidcClient) IsClient() {}

// IsNode marks the client as a Node of the schema.
func (SamlClient) IsNode() {}

// IsClient marks the client as a Client of the schema.
func (SamlClient) IsClient() {}

// list is s, never nil: BSON stores nil as null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
