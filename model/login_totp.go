package model

import "strings"

// maxIssuer bounds the issuer of a TOTP, in characters.
const maxIssuer = 128

// TotpLogin is login with time-based one-time passwords (RFC 6238).
type TotpLogin struct {
	IsActive  bool          `bson:"isActive"`
	Algorithm TotpAlgorithm `bson:"algorithm"`
	// Digits of a code: 6 or 8.
	Digits int32 `bson:"digits"`
	// Period is in seconds, 15 to 300.
	Period int32 `bson:"period"`
	// Window is how many periods before and after now are accepted, 0 to 10.
	Window int32 `bson:"window"`
	// Issuer is the name that an authenticator shows.
	Issuer *string `bson:"issuer,omitempty"`
	// MaxFailures is 1 to 20, LockoutDuration 1 to 525600 minutes.
	MaxFailures     int32 `bson:"maxFailures"`
	LockoutDuration int32 `bson:"lockoutDuration"`
}

// IsLoginMethod marks it as a LoginMethod of the schema.
func (TotpLogin) IsLoginMethod() {}

func (l *TotpLogin) normalized() *TotpLogin {
	c := *l
	c.Issuer = trimmed(l.Issuer)
	return &c
}

func (l *TotpLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	if l.Digits != 6 && l.Digits != 8 {
		v.Add(codeOutOfRange, "must be 6 or 8", "digits")
	}
	v.between("period", l.Period, 15, 300)
	v.between("window", l.Window, 0, 10)
	v.text("issuer", l.Issuer, maxIssuer)
	if l.Issuer != nil && strings.Contains(*l.Issuer, ":") {
		v.Add(codeInvalidChars, "must not contain a colon", "issuer")
	}
	v.between("maxFailures", l.MaxFailures, 1, maxFailures)
	v.between("lockoutDuration", l.LockoutDuration, 1, maxMinutes)
	return v
}
