package model

import (
	"fmt"
	"slices"
)

// Bounds of management applications.
const (
	maxServiceProviders    = 100
	maxServiceProvider     = 256
	maxDescription         = 1024
	maxInvitationExpiryMin = 525600 // a year, in minutes
)

// Validate reports every rule that the document breaks, as an *Error with code BAD_USER_INPUT. The
// application's own fields have the paths of its inputs; a client's begin with "clients" and its
// index, those of login methods with "loginPreferences". To report the last two where an input has
// them, call ValidateSettings, StoredClient.Validate and LoginPreferences.Validate instead.
func (a *ManagementApplication) Validate() error {
	var v Violations
	v.nest(a.violations())
	if a.lacksPkce() {
		v.Add(codeRequired, "must be set, because a client without a policy of its own authenticates with NONE", "pkce")
	}
	for i := range a.StoredClients {
		c := &a.StoredClients[i]
		// A missing PKCE policy is reported once, as the application's own.
		policy := a.Pkce
		if c.lacksPkce(policy) {
			policy = new(PkcePolicy)
		}
		if err := v.Merge(c.Validate(policy), "clients", i); err != nil {
			return err
		}
	}
	return v.And(a.Login.Validate(), "loginPreferences")
}

func (a *ManagementApplication) lacksPkce() bool {
	return slices.ContainsFunc(a.StoredClients, func(c StoredClient) bool { return c.lacksPkce(a.Pkce) })
}

// ValidateSettings reports every rule that the application's own fields break, leaving out those of
// its clients and login methods, as an *Error with code BAD_USER_INPUT.
func (a *ManagementApplication) ValidateSettings() error { return a.violations().Err() }

func (a *ManagementApplication) violations() Violations {
	var v Violations
	v.name("name", a.Name)
	v.prose("description", a.Description)
	v.httpsURL("logo", a.Logo, true)
	v.httpsURL("loginUri", a.LoginURI, true)
	v.serviceProviders("serviceProviders", a.ServiceProviders)
	v.nest(a.AuthenticatorPreferences.violations(), "authenticatorPreferences")
	v.identifier("passwordSharingGroupId", a.PasswordSharingGroupID, maxGroupID)
	if a.Subdomain != nil {
		if code, problem := subdomainProblem(*a.Subdomain); problem != "" {
			v.Add(code, problem, "subdomain")
		}
	}
	v.httpsURL("inviteMemberUri", a.InviteMemberURI, true)
	v.between("inviteMemberEmailExpirationMinutes", a.InviteMemberEmailExpirationMinutes, 1, maxInvitationExpiryMin)
	v.customDomain("customDomain", a.CustomDomain)
	switch n := len(a.StoredClients); {
	case n == 0:
		v.Add(codeRequired, "must have at least one element", "clients")
	case n > maxClients:
		v.Add(codeTooMany, tooMany(maxClients, "elements"), "clients")
	}
	unique(&v, "clientIds", a.ClientIDs)
	if len(a.StoredClients) > 0 && a.StoredClient(a.DefaultClientID) == nil {
		v.Add("UNKNOWN_CLIENT", "must be a client of the application", "defaultClientId")
	}
	return v
}

func (p *AuthenticatorPreferences) violations() Violations {
	var v Violations
	if p.IsCentralized && p.LoginURI == nil {
		v.Add(codeRequired, "must be given when isCentralized is true", "loginUri")
	}
	v.httpsURL("loginUri", p.LoginURI, true)
	return v
}

func (v *Violations) serviceProviders(field string, providers []string) {
	if len(providers) > maxServiceProviders {
		v.Add(codeTooMany, tooMany(maxServiceProviders, "elements"), field)
		return
	}
	for i, p := range providers {
		v.required(field, p, i)
		v.textAt(p, maxServiceProvider, field, i)
	}
	unique(v, field, providers)
}

// customDomain reports at the field itself: an input has the domain there as a text.
func (v *Violations) customDomain(field string, d *CustomDomain) {
	if d == nil {
		return
	}
	if !isCustomDomain(d.Domain) {
		v.Add("INVALID_DOMAIN", fmt.Sprintf("must be a fully qualified domain name such as login.example.com, at most %d bytes", maxDomainBytes), field)
	}
	if (d.Status == CustomDomainStatusError) != (d.Error != nil) {
		v.Add(codeRequired, "must have an error exactly when its status is ERROR", field)
	}
}
