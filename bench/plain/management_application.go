package main

import (
	"encoding/json"
	"time"

	"gatehouse/model"
)

// managementApplication is a management application with every field of its document. Role assignments
// are documents of their own, and the values of secrets are not read but revealed, which writes.
type managementApplication struct {
	ID                                 string                   `json:"id"`
	TenantID                           string                   `json:"tenantId"`
	Name                               string                   `json:"name"`
	Description                        *string                  `json:"description"`
	Logo                               *string                  `json:"logo"`
	IsActive                           bool                     `json:"isActive"`
	Clients                            []client                 `json:"clients"`
	DefaultClient                      reference                `json:"defaultClient"`
	LoginPreferences                   loginPreferences         `json:"loginPreferences"`
	LoginURI                           *string                  `json:"loginUri"`
	Pkce                               *string                  `json:"pkce"`
	ServiceProviders                   []string                 `json:"serviceProviders"`
	AuthenticatorPreferences           authenticatorPreferences `json:"authenticatorPreferences"`
	AllowPublicSignup                  bool                     `json:"allowPublicSignup"`
	PasswordSharingGroupID             *string                  `json:"passwordSharingGroupId"`
	Subdomain                          *string                  `json:"subdomain"`
	InviteMemberURI                    *string                  `json:"inviteMemberUri"`
	InviteMemberEmailExpirationMinutes int32                    `json:"inviteMemberEmailExpirationMinutes"`
	CustomDomain                       *customDomain            `json:"customDomain"`
	ExternalCommunication              externalCommunication    `json:"externalCommunication"`
	RefreshTokenInvalidation           refreshTokenInvalidation `json:"refreshTokenInvalidation"`
	CreatedAt                          string                   `json:"createdAt"`
	CreatedBy                          actor                    `json:"createdBy"`
	UpdatedAt                          string                   `json:"updatedAt"`
	Revision                           int32                    `json:"revision"`
}

type reference struct {
	ID string `json:"id"`
}

type authenticatorPreferences struct {
	IsCentralized bool    `json:"isCentralized"`
	LoginURI      *string `json:"loginUri"`
}

type customDomain struct {
	Domain    string  `json:"domain"`
	Status    string  `json:"status"`
	Error     *string `json:"error"`
	UpdatedAt string  `json:"updatedAt"`
}

type externalCommunication struct {
	Language string `json:"language"`
}

type refreshTokenInvalidation struct {
	OnMemberSuspension    bool `json:"onMemberSuspension"`
	OnMemberPasswordReset bool `json:"onMemberPasswordReset"`
	OnMemberRoleUpdate    bool `json:"onMemberRoleUpdate"`
}

type actor struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// client is what all clients have; the settings of the one protocol that it speaks are beside them.
type client struct {
	Typename    string  `json:"__typename"`
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
	*oidcClient
	*samlClient
	ManagementApplication reference `json:"managementApplication"`
	CreatedAt             string    `json:"createdAt"`
	UpdatedAt             string    `json:"updatedAt"`
}

type oidcClient struct {
	ClientGroupID           *string             `json:"clientGroupId"`
	ClientType              string              `json:"clientType"`
	RedirectUris            []string            `json:"redirectUris"`
	Resources               []string            `json:"resources"`
	ResponseTypes           []string            `json:"responseTypes"`
	TokenEndpointAuthMethod string              `json:"tokenEndpointAuthMethod"`
	Jwks                    *json.RawMessage    `json:"jwks"`
	DeviceAuthorization     deviceAuthorization `json:"deviceAuthorization"`
	Pkce                    *string             `json:"pkce"`
	SupportedPrompts        []string            `json:"supportedPrompts"`
	Secrets                 []clientSecret      `json:"secrets"`
}

type samlClient struct {
	SpEntityID    string  `json:"spEntityId"`
	SpAcsURL      *string `json:"spAcsUrl"`
	SpNameIDType  string  `json:"spNameIdType"`
	SignAssertion bool    `json:"signAssertion"`
}

type deviceAuthorization struct {
	Enabled     bool    `json:"enabled"`
	ApprovalURI *string `json:"approvalUri"`
	SuccessURI  *string `json:"successUri"`
	InputURI    *string `json:"inputUri"`
}

type clientSecret struct {
	ID         string  `json:"id"`
	Hint       string  `json:"hint"`
	CreatedAt  string  `json:"createdAt"`
	ExpiresAt  *string `json:"expiresAt"`
	LastUsedAt *string `json:"lastUsedAt"`
}

func newManagementApplication(a *model.ManagementApplication) *managementApplication {
	m := &managementApplication{
		ID: a.ID, TenantID: a.TenantID, Name: a.Name, Description: a.Description, Logo: a.Logo, IsActive: a.IsActive,
		Clients: make([]client, len(a.StoredClients)), DefaultClient: reference{a.DefaultClientID},
		LoginPreferences: newLoginPreferences(&a.Login), LoginURI: a.LoginURI, Pkce: (*string)(a.Pkce), ServiceProviders: a.ServiceProviders,
		AuthenticatorPreferences: authenticatorPreferences(a.AuthenticatorPreferences),
		AllowPublicSignup:        a.AllowPublicSignup, PasswordSharingGroupID: a.PasswordSharingGroupID, Subdomain: a.Subdomain,
		InviteMemberURI: a.InviteMemberURI, InviteMemberEmailExpirationMinutes: a.InviteMemberEmailExpirationMinutes,
		ExternalCommunication:    externalCommunication{Language: string(a.ExternalCommunication.Language)},
		RefreshTokenInvalidation: refreshTokenInvalidation(a.RefreshTokenInvalidation),
		CreatedAt:                model.FormatDateTime(a.CreatedAt), UpdatedAt: model.FormatDateTime(a.UpdatedAt), Revision: a.Revision,
		CreatedBy: actor{Type: string(a.CreatedBy.Type), ID: a.CreatedBy.ID, Name: a.CreatedBy.Name},
	}
	for i := range a.StoredClients {
		m.Clients[i] = newClient(&a.StoredClients[i], a.ID)
	}
	if d := a.CustomDomain; d != nil {
		m.CustomDomain = &customDomain{Domain: d.Domain, Status: string(d.Status), Error: d.Error, UpdatedAt: model.FormatDateTime(d.UpdatedAt)}
	}
	return m
}

func newClient(c *model.StoredClient, application string) client {
	n := client{
		ID: c.ID, Name: c.Name, Description: c.Description, ManagementApplication: reference{application},
		CreatedAt: model.FormatDateTime(c.CreatedAt), UpdatedAt: model.FormatDateTime(c.UpdatedAt),
	}
	if s := c.SAML; s != nil {
		n.Typename = "SamlClient"
		n.samlClient = &samlClient{SpEntityID: s.SpEntityID, SpAcsURL: s.SpAcsURL, SpNameIDType: string(s.SpNameIDType), SignAssertion: s.SignAssertion}
		return n
	}
	o := c.OIDC
	n.Typename = "OidcClient"
	n.oidcClient = &oidcClient{
		ClientGroupID: o.ClientGroupID, ClientType: string(o.ClientType), RedirectUris: o.RedirectUris, Resources: o.Resources,
		ResponseTypes: texts(o.ResponseTypes), TokenEndpointAuthMethod: string(o.TokenEndpointAuthMethod),
		DeviceAuthorization: deviceAuthorization(o.DeviceAuthorization), Pkce: (*string)(o.Pkce), SupportedPrompts: texts(o.SupportedPrompts),
		Secrets: make([]clientSecret, len(o.Secrets)),
	}
	if o.Jwks != nil {
		raw := json.RawMessage(*o.Jwks)
		n.Jwks = &raw
	}
	for i, s := range o.Secrets {
		n.Secrets[i] = clientSecret{
			ID: s.ID, Hint: s.Hint, CreatedAt: model.FormatDateTime(s.CreatedAt), ExpiresAt: dateTime(s.ExpiresAt), LastUsedAt: dateTime(s.LastUsedAt),
		}
	}
	return n
}

func dateTime(t *time.Time) *string {
	if t == nil {
		return nil
	}
	text := model.FormatDateTime(*t)
	return &text
}

// texts are words of an enumeration as strings: the types of the words write themselves as JSON, which
// takes longer.
func texts[T ~string](words []T) []string {
	plain := make([]string, len(words))
	for i, word := range words {
		plain[i] = string(word)
	}
	return plain
}
