package model

import "strings"

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
	return v.Err()
}
