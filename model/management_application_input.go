package model

import (
	"fmt"
	"strings"
	"time"
)

// NewManagementApplication makes an active application of its input, with the client as its only
// one; the client's secret, if it needs one, is still to be generated.
func NewManagementApplication(base Entity, in CreateManagementApplicationInput, client StoredClient) *ManagementApplication {
	a := &ManagementApplication{
		Entity: base, Name: in.Name, Description: in.Description, Logo: in.Logo, IsActive: true,
		StoredClients: []StoredClient{client}, DefaultClientID: client.ID,
		LoginURI: in.LoginURI, Pkce: in.Pkce, ServiceProviders: in.ServiceProviders,
		AllowPublicSignup: in.AllowPublicSignup, PasswordSharingGroupID: in.PasswordSharingGroupID,
		Subdomain: in.Subdomain, InviteMemberURI: in.InviteMemberURI,
		InviteMemberEmailExpirationMinutes: in.InviteMemberEmailExpirationMinutes,
	}
	if in.LoginPreferences != nil {
		a.Login.Apply(*in.LoginPreferences)
	}
	if in.AuthenticatorPreferences != nil {
		a.AuthenticatorPreferences = *in.AuthenticatorPreferences
	}
	if in.ExternalCommunication != nil {
		a.ExternalCommunication = *in.ExternalCommunication
	}
	if in.RefreshTokenInvalidation != nil {
		a.RefreshTokenInvalidation = *in.RefreshTokenInvalidation
	}
	a.SetCustomDomain(in.CustomDomain, base.CreatedAt)
	a.Normalize()
	return a
}

// Apply changes what is given; an object is replaced whole. It reports null for what cannot be
// cleared. Validate is still to be called.
func (a *ManagementApplication) Apply(in UpdateManagementApplicationInput, now time.Time) error {
	var v Violations
	setRequired(&v, &a.Name, in.Name, "name")
	set(&a.Description, in.Description)
	set(&a.Logo, in.Logo)
	set(&a.LoginURI, in.LoginURI)
	set(&a.Pkce, in.Pkce)
	setRequiredList(&v, &a.ServiceProviders, in.ServiceProviders, "serviceProviders")
	setRequired(&v, &a.AuthenticatorPreferences, in.AuthenticatorPreferences, "authenticatorPreferences")
	setRequired(&v, &a.AllowPublicSignup, in.AllowPublicSignup, "allowPublicSignup")
	set(&a.PasswordSharingGroupID, in.PasswordSharingGroupID)
	set(&a.Subdomain, in.Subdomain)
	set(&a.InviteMemberURI, in.InviteMemberURI)
	setRequired(&v, &a.InviteMemberEmailExpirationMinutes, in.InviteMemberEmailExpirationMinutes, "inviteMemberEmailExpirationMinutes")
	if domain, given := in.CustomDomain.ValueOK(); given {
		a.SetCustomDomain(domain, now)
	}
	setRequired(&v, &a.ExternalCommunication, in.ExternalCommunication, "externalCommunication")
	setRequired(&v, &a.RefreshTokenInvalidation, in.RefreshTokenInvalidation, "refreshTokenInvalidation")
	a.Normalize()
	return v.Err()
}

// SetCustomDomain gives the application a custom domain, which starts PENDING; nil takes it away.
// Setting the domain that it has already changes nothing.
func (a *ManagementApplication) SetCustomDomain(domain *string, now time.Time) {
	if domain == nil {
		a.CustomDomain = nil
		return
	}
	name := strings.TrimSpace(*domain)
	if ascii, ok := asciiDomain(name); ok {
		name = ascii
	}
	if a.CustomDomain != nil && a.CustomDomain.Domain == name {
		return
	}
	a.CustomDomain = &CustomDomain{Domain: name, Status: CustomDomainStatusPending, UpdatedAt: Instant(now)}
}

// AddClient adds a client. It reports TOO_MANY_CLIENTS at managementApplicationId when there are 20.
func (a *ManagementApplication) AddClient(client StoredClient) error {
	if len(a.StoredClients) >= maxClients {
		return Invalid("TOO_MANY_CLIENTS", tooMany(maxClients, "clients"), "managementApplicationId")
	}
	a.StoredClients = append(a.StoredClients, client)
	a.Normalize()
	return nil
}

// CheckClientsSize reports, with an empty path, clients that are too large together. An application is
// one document, which audit events repeat, and databases bound the size of a document.
func (a *ManagementApplication) CheckClientsSize() error {
	size := 0
	for i := range a.StoredClients {
		if o := a.StoredClients[i].OIDC; o != nil {
			for _, list := range [][]string{o.RedirectUris, o.Resources} {
				for _, element := range list {
					size += len(element)
				}
			}
			if o.Jwks != nil {
				size += len(*o.Jwks)
			}
		}
	}
	if size > maxClientsBytes {
		return Invalid(codeTooLong, fmt.Sprintf("must leave the redirect URIs, resources and keys of the application's clients at %d bytes together or below", maxClientsBytes))
	}
	return nil
}

// RemoveClient removes a client; where it was the default, the oldest that remains takes its place.
// It reports LAST_CLIENT at id for the last one, and NOT_FOUND for one that is not there.
func (a *ManagementApplication) RemoveClient(id string) error {
	if a.StoredClient(id) == nil {
		return NotFoundError("client")
	}
	if len(a.StoredClients) == 1 {
		return Invalid("LAST_CLIENT", "must not be the last client of its application", "id")
	}
	remaining := make([]StoredClient, 0, len(a.StoredClients)-1)
	for _, c := range a.StoredClients {
		if c.ID != id {
			remaining = append(remaining, c)
		}
	}
	a.StoredClients = remaining
	if a.DefaultClientID == id {
		a.DefaultClientID = remaining[0].ID
	}
	a.Normalize()
	return nil
}

// SetDefaultClient makes a client the default; NOT_FOUND for one that is not there.
func (a *ManagementApplication) SetDefaultClient(id string) error {
	if a.StoredClient(id) == nil {
		return NotFoundError("client")
	}
	a.DefaultClientID = id
	return nil
}
