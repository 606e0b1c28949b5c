package model

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// centralKey is what CentralKey holds, when it holds anything.
const centralKey = "central"

// ManagementApplication is a backend service that administers the tenant. Its clients are part of its
// document, so that a change of one of them is a change of the application.
type ManagementApplication struct {
	Entity `bson:",inline" audit:"-"`
	// Name is unique in the tenant; NameKey is what makes it so.
	Name        string  `bson:"name"`
	NameKey     string  `bson:"nameKey" audit:"-"`
	Description *string `bson:"description,omitempty"`
	// Logo is the URL of a picture.
	Logo     *string `bson:"logo,omitempty"`
	IsActive bool    `bson:"isActive"`
	// StoredClients are 1 to 20, the oldest first. ClientIDs repeats their IDs, for finding the
	// application of a client in an index.
	StoredClients   []StoredClient `bson:"clients"`
	ClientIDs       []string       `bson:"clientIds" audit:"-"`
	DefaultClientID string         `bson:"defaultClientId"`
	// Login is what LoginPreferences shows.
	Login            LoginPreferences `bson:"loginPreferences"`
	LoginURI         *string          `bson:"loginUri,omitempty"`
	Pkce             *PkcePolicy      `bson:"pkce,omitempty"`
	ServiceProviders []string         `bson:"serviceProviders"`
	// AuthenticatorPreferences may make this the one authentication hub of the tenant; CentralKey, set
	// only then, is what keeps it the only one.
	AuthenticatorPreferences AuthenticatorPreferences `bson:"authenticatorPreferences"`
	CentralKey               *string                  `bson:"centralKey,omitempty" audit:"-"`
	AllowPublicSignup        bool                     `bson:"allowPublicSignup"`
	PasswordSharingGroupID   *string                  `bson:"passwordSharingGroupId,omitempty"`
	// Subdomain is in lower case, and unique across tenants.
	Subdomain                          *string                  `bson:"subdomain,omitempty"`
	InviteMemberURI                    *string                  `bson:"inviteMemberUri,omitempty"`
	InviteMemberEmailExpirationMinutes int32                    `bson:"inviteMemberEmailExpirationMinutes"`
	CustomDomain                       *CustomDomain            `bson:"customDomain,omitempty"`
	ExternalCommunication              ExternalCommunication    `bson:"externalCommunication"`
	RefreshTokenInvalidation           RefreshTokenInvalidation `bson:"refreshTokenInvalidation"`
}

// AuthenticatorPreferences is where people authenticate.
type AuthenticatorPreferences struct {
	IsCentralized bool    `bson:"isCentralized"`
	LoginURI      *string `bson:"loginUri,omitempty"`
}

// ExternalCommunication is how an application writes to people outside.
type ExternalCommunication struct {
	Language CommunicationLanguage `bson:"language"`
}

// RefreshTokenInvalidation says which events of a member end the refresh tokens it holds.
type RefreshTokenInvalidation struct {
	OnMemberSuspension    bool `bson:"onMemberSuspension"`
	OnMemberPasswordReset bool `bson:"onMemberPasswordReset"`
	OnMemberRoleUpdate    bool `bson:"onMemberRoleUpdate"`
}

// CustomDomain is a domain of the organisation's own.
type CustomDomain struct {
	// Domain is in ASCII and lower case, and unique across tenants.
	Domain string             `bson:"domain"`
	Status CustomDomainStatus `bson:"status"`
	// Error is set exactly when Status is ERROR.
	Error *string `bson:"error,omitempty"`
	// UpdatedAt is when the domain or its status last changed.
	UpdatedAt time.Time `bson:"updatedAt" audit:"-"`
}

// Normalize brings the application into the form that is stored.
func (a *ManagementApplication) Normalize() {
	a.Name = strings.TrimSpace(a.Name)
	a.NameKey = Fold(a.Name)
	a.Description = trimmed(a.Description)
	a.PasswordSharingGroupID = trimmed(a.PasswordSharingGroupID)
	if a.Subdomain != nil {
		lower := strings.ToLower(strings.TrimSpace(*a.Subdomain))
		a.Subdomain = &lower
	}
	a.ServiceProviders = list(a.ServiceProviders)
	a.StoredClients = list(a.StoredClients)
	a.ClientIDs = make([]string, len(a.StoredClients))
	for i := range a.StoredClients {
		a.StoredClients[i].normalize()
		a.ClientIDs[i] = a.StoredClients[i].ID
	}
	a.CentralKey = nil
	if a.AuthenticatorPreferences.IsCentralized {
		key := centralKey
		a.CentralKey = &key
	}
}

// Clients are the clients as the schema shows them, the oldest first.
func (a *ManagementApplication) Clients() []Client {
	clients := make([]Client, len(a.StoredClients))
	for i := range clients {
		clients[i] = a.client(&a.StoredClients[i])
	}
	return clients
}

// DefaultClient is the client made first, unless another was set.
func (a *ManagementApplication) DefaultClient() Client { return a.Client(a.DefaultClientID) }

// Client is the client with this ID as the schema shows it; nil where there is none.
func (a *ManagementApplication) Client(id string) Client {
	if c := a.StoredClient(id); c != nil {
		return a.client(c)
	}
	return nil
}

// StoredClient is the client with this ID, to be edited; nil where there is none.
func (a *ManagementApplication) StoredClient(id string) *StoredClient {
	for i := range a.StoredClients {
		if a.StoredClients[i].ID == id {
			return &a.StoredClients[i]
		}
	}
	return nil
}

func (a *ManagementApplication) client(c *StoredClient) Client {
	if c.SAML != nil {
		return &SamlClient{StoredClient: c, SamlSettings: c.SAML, ManagementApplication: a}
	}
	return &OidcClient{StoredClient: c, OidcSettings: c.OIDC, ManagementApplication: a}
}

// placed is a secret of a client, knowing where it belongs.
func (a *ManagementApplication) placed(c *StoredClient, s *ClientSecret) *ClientSecret {
	placed := *s
	placed.Value = *s.Value.at(a, c.secretPath(s.ID))
	return &placed
}

// LoginSettings is how people log in, to be changed.
func (a *ManagementApplication) LoginSettings() *LoginPreferences { return &a.Login }

// LoginPreferences is how people log in, with secrets that know where they belong.
func (a *ManagementApplication) LoginPreferences() *LoginPreferences { return a.Login.placed(a) }

// Secrets lists every secret of the document: its path, which stays the same as long as the secret
// is where it is, and the secret itself, to be sealed or resealed in place.
func (a *ManagementApplication) Secrets() iter.Seq2[string, *Secret] {
	return func(yield func(string, *Secret) bool) {
		for i := range a.StoredClients {
			c := &a.StoredClients[i]
			if c.OIDC == nil {
				continue
			}
			for j := range c.OIDC.Secrets {
				s := &c.OIDC.Secrets[j]
				if !yield(c.secretPath(s.ID), &s.Value) {
					return
				}
			}
		}
		for path, secret := range a.Login.secrets() {
			if !yield(path, secret) {
				return
			}
		}
	}
}

// OwnsClientSecret says whether a path of Secrets leads to the secret of a client, with which the client
// proves who it is, rather than to one of another party.
func (a *ManagementApplication) OwnsClientSecret(path string) bool {
	for i := range a.StoredClients {
		c := &a.StoredClients[i]
		if c.OIDC != nil && slices.ContainsFunc(c.OIDC.Secrets, func(s ClientSecret) bool { return c.secretPath(s.ID) == path }) {
			return true
		}
	}
	return false
}

// IsApplication marks the management application as something people log in to.
func (*ManagementApplication) IsApplication() {}
