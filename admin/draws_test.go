package admin_test

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"pgregory.net/rapid"

	"gatehouse/model"
)

// omitted leaves a field out, or draws what it is set to.
func omitted[T any](r *rapid.T, name string, values ...T) graphql.Omittable[T] {
	if rapid.IntRange(0, 3).Draw(r, name+" is given") > 0 {
		return graphql.Omittable[T]{}
	}
	return graphql.OmittableOf(rapid.SampledFrom(values).Draw(r, name))
}

// number draws one from a range, and now and then one beside it.
func (l *life) number(least, most int32) int32 {
	return rapid.OneOf(rapid.Int32Range(least, most), rapid.Int32Range(least, most), rapid.SampledFrom([]int32{least - 1, least, most, most + 1})).Draw(l.T, "number")
}

// revision draws an expectedRevision: none, the right one or a wrong one.
func (l *life) revision() *int32 {
	return rapid.SampledFrom([]*int32{nil, nil, nil, new(l.app.Revision), new(l.app.Revision + 1)}).Draw(l.T, "expected revision")
}

// secretOf draws the ID of a secret of a client, or of none.
func (l *life) secretOf(client string) string {
	ids := []string{"unknown"}
	if c := l.app.StoredClient(client); c != nil && c.OIDC != nil {
		for _, s := range c.OIDC.Secrets {
			ids = append(ids, s.ID)
		}
	}
	return rapid.SampledFrom(ids).Draw(l.T, "secret")
}

// settings draws an update of the application's own fields.
func (l *life) settings() model.UpdateManagementApplicationInput {
	r, uri := l.T, "https://example.com"
	return model.UpdateManagementApplicationInput{
		Name:             omitted(r, "name", new("Billing"), new(" Áccounts "), new(""), nil),
		Description:      omitted(r, "description", new(" What it is for\nand why "), new(" "), nil),
		Logo:             omitted(r, "logo", &uri, new("http://example.com"), nil),
		LoginURI:         omitted(r, "login URI", &uri, new("example.com"), nil),
		Pkce:             omitted(r, "PKCE", new(model.PkcePolicyAllowPkceAlongsideClientCredentials), nil),
		ServiceProviders: omitted(r, "service providers", []string{"a", "b"}, []string{"a", "a"}, []string{}, nil),
		AuthenticatorPreferences: omitted(r, "authenticator", &model.AuthenticatorPreferences{IsCentralized: true, LoginURI: &uri},
			&model.AuthenticatorPreferences{IsCentralized: true}, &model.AuthenticatorPreferences{}, nil),
		AllowPublicSignup:                  omitted(r, "signup", new(true), new(false), nil),
		PasswordSharingGroupID:             omitted(r, "group", new("group"), new("two words"), nil),
		Subdomain:                          omitted(r, "subdomain", new("Sub-"+l.tenant), new("-"), nil),
		InviteMemberURI:                    omitted(r, "invitations", &uri, nil),
		InviteMemberEmailExpirationMinutes: omitted(r, "minutes", new(int32(0)), new(int32(1)), new(int32(525600)), new(int32(525601)), nil),
		CustomDomain:                       omitted(r, "domain", new(l.tenant+".Example.com"), new("bücher-"+l.tenant+".example.com"), new("no domain"), nil),
		ExternalCommunication:              omitted(r, "language", &model.ExternalCommunication{Language: model.CommunicationLanguageJa}, nil),
		RefreshTokenInvalidation:           omitted(r, "tokens", &model.RefreshTokenInvalidation{OnMemberRoleUpdate: true}, nil),
	}
}

// client draws a client of either protocol, or the mistake of both.
func (l *life) client() model.ClientInput {
	r, in := l.T, model.ClientInput{}
	name := rapid.SampledFrom([]string{"Client", " Kunde ", ""}).Draw(r, "name")
	protocol := rapid.SampledFrom([]string{"oidc", "oidc", "oidc", "saml", "both"}).Draw(r, "protocol")
	if protocol != "saml" {
		in = oidc(name)
		settings := in.Oidc.Value()
		settings.TokenEndpointAuthMethod = rapid.SampledFrom(model.AllTokenEndpointAuthMethod).Draw(r, "authentication")
		settings.ResponseTypes = rapid.SliceOfN(rapid.SampledFrom(model.AllResponseType), 0, 2).Draw(r, "response types")
		settings.Description = rapid.SampledFrom([]*string{nil, new(" What it is for ")}).Draw(r, "description")
		if rapid.Bool().Draw(r, "policy of its own") {
			settings.Pkce = new(model.PkcePolicyEnforcePkceAlongsideClientCredentials)
		}
		for i := range rapid.IntRange(0, 3).Draw(r, "redirect URIs") {
			settings.RedirectUris = append(settings.RedirectUris, fmt.Sprintf("https://example.com/%d", i))
		}
		if rapid.Bool().Draw(r, "keys") {
			settings.Jwks = new(model.JSON(`{"keys":[{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`))
		}
	}
	if protocol != "oidc" {
		in.Saml = graphql.OmittableOf(&model.SamlClientInput{
			Name: name, SpEntityID: rapid.SampledFrom([]string{"urn:sp", "two words"}).Draw(r, "entity"),
			SpNameIDType: rapid.SampledFrom(model.AllSamlNameIDType).Draw(r, "name ID"), SignAssertion: rapid.Bool().Draw(r, "signs"),
		})
	}
	return in
}
