package model

import (
	"iter"
	"strings"
)

// App is an application of a user: the container of its credentials.
type App struct {
	Entity `bson:",inline" audit:"-"`
	// UserID is the owner's ID; it never changes.
	UserID string `bson:"userId"`
	// Name is unique among the owner's apps; NameKey is what makes it so.
	Name        string  `bson:"name"`
	NameKey     string  `bson:"nameKey" audit:"-"`
	RedirectURI *string `bson:"redirectUri,omitempty"`
	IsActive    bool    `bson:"isActive"`
	// Login is what LoginPreferences shows.
	Login LoginPreferences `bson:"loginPreferences"`
}

// Apply changes what is given. It reports null for what cannot be cleared.
func (a *App) Apply(in UpdateAppInput) error {
	var v Violations
	setRequired(&v, &a.Name, in.Name, "name")
	set(&a.RedirectURI, in.RedirectURI)
	return v.Err()
}

// Normalize trims the name and folds it.
func (a *App) Normalize() {
	a.Name = strings.TrimSpace(a.Name)
	a.NameKey = Fold(a.Name)
}

// Validate reports every rule that the app breaks, as an *Error with code BAD_USER_INPUT.
func (a *App) Validate() error {
	var v Violations
	v.name("name", a.Name)
	v.redirectURI("redirectUri", a.RedirectURI)
	return v.And(a.Login.Validate(), "loginPreferences")
}

// LoginSettings is how people log in, to be changed.
func (a *App) LoginSettings() *LoginPreferences { return &a.Login }

// LoginPreferences is how people log in, with secrets that know where they belong.
func (a *App) LoginPreferences() *LoginPreferences { return a.Login.placed(a) }

// Secrets lists every secret of the document: its path, which stays the same as long as the secret
// is where it is, and the secret itself, to be sealed or resealed in place.
func (a *App) Secrets() iter.Seq2[string, *Secret] { return a.Login.secrets() }

// IsApplication marks the app as something people log in to.
func (*App) IsApplication() {}
