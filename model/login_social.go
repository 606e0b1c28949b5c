package model

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of the login methods of identity providers.
const (
	maxProviderClientID = 255
	maxProviderSecret   = 255
	maxAppleKeyBytes    = 4096
	googleSuffix        = ".apps.googleusercontent.com"
)

// SocialLogin is OAuth login with Google, Facebook or LINE.
type SocialLogin struct {
	IsActive     bool     `bson:"isActive"`
	ClientID     string   `bson:"clientId"`
	ClientSecret *Secret  `bson:"clientSecret,omitempty" audit:"secret"`
	RedirectUris []string `bson:"redirectUris"`
}

// HasClientSecret says whether there is a secret, without showing it.
func (l *SocialLogin) HasClientSecret() bool { return l.ClientSecret != nil }

// IsLoginMethod marks it as a LoginMethod of the schema.
func (SocialLogin) IsLoginMethod() {}

// replace is the login that takes the place of old; nil for null. Both may be nil.
func (in *SocialLoginInput) replace(old *SocialLogin) *SocialLogin {
	if in == nil {
		return nil
	}
	l := &SocialLogin{IsActive: in.IsActive, ClientID: in.ClientID, RedirectUris: list(in.RedirectUris)}
	if old != nil {
		l.ClientSecret = old.ClientSecret
	}
	if secret, given := in.ClientSecret.ValueOK(); given {
		l.ClientSecret = secretOrNil(secret)
	}
	return l
}

func secretOrNil(plain *string) *Secret {
	if plain == nil {
		return nil
	}
	return NewSecret(*plain)
}

// violations are those of l; clientIDProblem says what the provider finds wrong with a client ID.
func (l *SocialLogin) violations(clientIDProblem func(string) string) Violations {
	var v Violations
	if l == nil {
		return v
	}
	if problem := clientIDProblem(l.ClientID); problem != "" {
		v.Add(codeInvalidClientID, problem, "clientId")
	}
	if plain, waiting := l.ClientSecret.plainOK(); waiting {
		v.required("clientSecret", plain)
		v.text("clientSecret", &plain, maxProviderSecret)
	}
	v.redirectURIs("redirectUris", l.RedirectUris, webRedirect)
	return v
}

// plainOK is Plain of a secret that may be nil.
func (s *Secret) plainOK() (plain string, waiting bool) {
	if s == nil {
		return "", false
	}
	return s.Plain()
}

func googleClientID(id string) string {
	name, found := strings.CutSuffix(id, googleSuffix)
	if !found || name == "" || len(id) > maxProviderClientID || strings.ContainsFunc(name, notInClientID) {
		return fmt.Sprintf("must be a Google client ID: at most %d characters, ending in %s", maxProviderClientID, googleSuffix)
	}
	return ""
}

func notInClientID(r rune) bool {
	return !isDigit(r) && !isLower(r) && !isUpper(r) && !strings.ContainsRune("-_.", r)
}

func facebookClientID(id string) string {
	if len(id) < 5 || len(id) > 20 || strings.ContainsFunc(id, notDigit) {
		return "must be a Facebook app ID: 5 to 20 digits"
	}
	return ""
}

func lineClientID(id string) string {
	if len(id) != 10 || strings.ContainsFunc(id, notDigit) {
		return "must be a LINE channel ID: 10 digits"
	}
	return ""
}

// AppleLogin is Sign in with Apple.
type AppleLogin struct {
	IsActive bool `bson:"isActive"`
	// ClientID is the Services ID.
	ClientID string `bson:"clientId"`
	// ClientSecret is the signing key in PEM.
	ClientSecret *Secret  `bson:"clientSecret,omitempty" audit:"secret"`
	AppleTeamID  string   `bson:"appleTeamId"`
	KeyID        string   `bson:"keyId"`
	RedirectUris []string `bson:"redirectUris"`
}

// HasClientSecret says whether there is a signing key, without showing it.
func (l *AppleLogin) HasClientSecret() bool { return l.ClientSecret != nil }

// IsLoginMethod marks it as a LoginMethod of the schema.
func (AppleLogin) IsLoginMethod() {}

// replace is the login that takes the place of old; nil for null. Both may be nil.
func (in *AppleLoginInput) replace(old *AppleLogin) *AppleLogin {
	if in == nil {
		return nil
	}
	l := &AppleLogin{
		IsActive: in.IsActive, ClientID: in.ClientID,
		AppleTeamID: in.AppleTeamID, KeyID: in.KeyID, RedirectUris: list(in.RedirectUris),
	}
	if old != nil {
		l.ClientSecret = old.ClientSecret
	}
	if secret, given := in.ClientSecret.ValueOK(); given {
		l.ClientSecret = secretOrNil(secret)
	}
	return l
}

func (l *AppleLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	if n := utf8.RuneCountInString(l.ClientID); n < 1 || n > maxProviderClientID || strings.ContainsFunc(l.ClientID, notWord) {
		v.Add(codeInvalidClientID, fmt.Sprintf("must be a Services ID: 1 to %d characters, no spaces", maxProviderClientID), "clientId")
	}
	for _, id := range []struct{ field, value string }{{"appleTeamId", l.AppleTeamID}, {"keyId", l.KeyID}} {
		if len(id.value) != 10 || strings.ContainsFunc(id.value, func(r rune) bool { return !isUpper(r) && !isDigit(r) }) {
			v.Add("INVALID_APPLE_ID", "must be ten upper-case letters and digits", id.field)
		}
	}
	if plain, waiting := l.ClientSecret.plainOK(); waiting {
		switch {
		case len(plain) > maxAppleKeyBytes:
			v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxAppleKeyBytes, len(plain)), "clientSecret")
		case !isECPrivateKey(plain):
			v.Add("INVALID_PRIVATE_KEY", "must be one EC private key in PEM, as PKCS #8 or SEC 1", "clientSecret")
		}
	}
	v.redirectURIs("redirectUris", l.RedirectUris, webRedirect)
	return v
}

// isECPrivateKey holds for one PEM block (RFC 7468) with an EC private key: PKCS #8, as Apple hands
// it out, or SEC 1.
func isECPrivateKey(text string) bool {
	block, rest := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil || len(rest) > 0 || !strings.HasPrefix(strings.TrimSpace(text), "-----BEGIN ") {
		return false
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		_, isEC := key.(*ecdsa.PrivateKey)
		return err == nil && isEC
	case "EC PRIVATE KEY":
		_, err := x509.ParseECPrivateKey(block.Bytes)
		return err == nil
	}
	return false
}
