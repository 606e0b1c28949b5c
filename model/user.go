package model

import "strings"

// User is the main consumer of the gateway's API, and the owner of apps.
type User struct {
	Entity `bson:",inline" audit:"-"`
	// Username never changes; UsernameKey is what makes it unique in its tenant.
	Username    string  `bson:"username"`
	UsernameKey string  `bson:"usernameKey" audit:"-"`
	FirstName   *string `bson:"firstName,omitempty"`
	LastName    *string `bson:"lastName,omitempty"`
	Email       *string `bson:"email,omitempty"`
	RedirectURI *string `bson:"redirectUri,omitempty"`
	IsActive    bool    `bson:"isActive"`
}

// Apply changes what is given; null clears.
func (u *User) Apply(in UpdateUserInput) error {
	set(&u.FirstName, in.FirstName)
	set(&u.LastName, in.LastName)
	set(&u.Email, in.Email)
	set(&u.RedirectURI, in.RedirectURI)
	return nil
}

// Normalize trims the texts and folds the username.
func (u *User) Normalize() {
	u.Username = strings.TrimSpace(u.Username)
	u.UsernameKey = Fold(u.Username)
	u.FirstName = trimmed(u.FirstName)
	u.LastName = trimmed(u.LastName)
	u.Email = trimmed(u.Email)
}

// Validate reports every rule that the user breaks, as an *Error with code BAD_USER_INPUT.
func (u *User) Validate() error {
	var v Violations
	v.name("username", u.Username)
	v.text("firstName", u.FirstName, maxPersonName)
	v.text("lastName", u.LastName, maxPersonName)
	v.email("email", u.Email)
	v.redirectURI("redirectUri", u.RedirectURI)
	return v.Err()
}
