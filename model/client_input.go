package model

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// The branches of ClientInput.
const (
	branchOIDC = "oidc"
	branchSAML = "saml"
)

// Check reports, at the input itself, unless exactly one branch is given and is not null. A null
// branch beside another counts as given (GraphQL, OneOf Input Objects). The schema's @oneOf
// promises that; but what comes in variables is not checked against it before it arrives here.
func (in ClientInput) Check() error {
	oidc, oidcGiven := in.Oidc.ValueOK()
	saml, samlGiven := in.Saml.ValueOK()
	if oidcGiven == samlGiven || (oidc == nil && saml == nil) {
		return Invalid("ONE_OF", "must have exactly one of oidc and saml")
	}
	return nil
}

// DefaultFirstClient is the input of an application's first client when none is given: an OIDC client
// with the application's name and the defaults of the schema. It can be called where a GraphQL
// operation is executed, whose context knows the schema.
func DefaultFirstClient(ctx context.Context, name string) (ClientInput, error) {
	var in OidcClientInput
	if err := graphql.UnmarshalInputFromContext(ctx, map[string]any{"name": name}, &in); err != nil {
		return ClientInput{}, fmt.Errorf("take the defaults of a client from the schema: %w", err)
	}
	return ClientInput{Oidc: graphql.OmittableOf(&in)}, nil
}

// NewClient makes a client of an input that passed Check. It has no secrets yet; see NeedsSecret.
func NewClient(id string, in ClientInput, now time.Time) StoredClient {
	c := StoredClient{ID: id, CreatedAt: Instant(now), UpdatedAt: Instant(now)}
	c.take(in)
	return c
}

// Replace gives the client the settings of an input that passed Check, whole. ID and secrets stay;
// but a client that no longer uses secrets loses them, and one that begins to needs one, as
// NeedsSecret then says. It reports a branch that is not the client's protocol as WRONG_PROTOCOL, and
// leaves UpdatedAt alone when nothing changes.
func (c *StoredClient) Replace(in ClientInput, now time.Time) error {
	if isOIDC := in.Oidc.Value() != nil; isOIDC != (c.OIDC != nil) {
		given := branchSAML
		if isOIDC {
			given = branchOIDC
		}
		return Invalid("WRONG_PROTOCOL", "must be "+c.Branch()+", the protocol of this client", given)
	}
	next := StoredClient{ID: c.ID, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	next.take(in)
	if next.UsesSecrets() {
		next.OIDC.Secrets = append(next.OIDC.Secrets, c.OIDC.Secrets...)
	}
	if !reflect.DeepEqual(next, *c) {
		next.UpdatedAt = Instant(now)
	}
	*c = next
	return nil
}

func (c *StoredClient) take(in ClientInput) {
	oidc, saml := in.Oidc.Value(), in.Saml.Value()
	switch {
	case oidc != nil:
		c.Name, c.Description = oidc.Name, oidc.Description
		c.OIDC = &OidcSettings{
			ClientGroupID: oidc.ClientGroupID, ClientType: oidc.ClientType,
			RedirectUris: oidc.RedirectUris, Resources: oidc.Resources, ResponseTypes: oidc.ResponseTypes,
			TokenEndpointAuthMethod: oidc.TokenEndpointAuthMethod, Jwks: oidc.Jwks,
			Pkce: oidc.Pkce, SupportedPrompts: oidc.SupportedPrompts,
		}
		if oidc.DeviceAuthorization != nil {
			c.OIDC.DeviceAuthorization = *oidc.DeviceAuthorization
		}
	case saml != nil:
		c.Name, c.Description = saml.Name, saml.Description
		c.SAML = &SamlSettings{
			SpEntityID: saml.SpEntityID, SpAcsURL: saml.SpAcsURL,
			SpNameIDType: saml.SpNameIDType, SignAssertion: saml.SignAssertion,
		}
	}
	c.normalize()
}
