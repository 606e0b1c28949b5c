package model

import (
	"iter"

	"github.com/99designs/gqlgen/graphql"
)

// LoginPreferences is how people log in to an application.
type LoginPreferences struct {
	AuthMethods AuthMethods `bson:"authMethods"`
}

// AuthMethods are the ten login methods. One that is nil is not configured.
type AuthMethods struct {
	Google      *SocialLogin   `bson:"google,omitempty"`
	Facebook    *SocialLogin   `bson:"facebook,omitempty"`
	Apple       *AppleLogin    `bson:"apple,omitempty"`
	Line        *SocialLogin   `bson:"line,omitempty"`
	Email       *EmailLogin    `bson:"email,omitempty"`
	EmailOtp    *EmailOtpLogin `bson:"emailOtp,omitempty"`
	Sms         *SmsLogin      `bson:"sms,omitempty"`
	WebauthnAPI *WebauthnLogin `bson:"webauthnApi,omitempty"`
	Password    *PasswordLogin `bson:"password,omitempty"`
	Totp        *TotpLogin     `bson:"totp,omitempty"`
}

// Apply changes what is given: a method is replaced whole, null removes it, and one left out stays.
// Only a secret left out of a method that is given is kept.
func (p *LoginPreferences) Apply(in LoginPreferencesInput) {
	if in.AuthMethods == nil {
		return
	}
	m := &p.AuthMethods
	applySocial(&m.Google, in.AuthMethods.Google)
	applySocial(&m.Facebook, in.AuthMethods.Facebook)
	applySocial(&m.Line, in.AuthMethods.Line)
	if given, ok := in.AuthMethods.Apple.ValueOK(); ok {
		m.Apple = given.replace(m.Apple)
	}
	replace(&m.Email, in.AuthMethods.Email)
	replace(&m.EmailOtp, in.AuthMethods.EmailOtp)
	replace(&m.Sms, in.AuthMethods.Sms)
	replace(&m.WebauthnAPI, in.AuthMethods.WebauthnAPI)
	replace(&m.Password, in.AuthMethods.Password)
	replace(&m.Totp, in.AuthMethods.Totp)
}

// method is a login method without a secret: its input is what is stored.
type method[T any] interface {
	*T
	// normalized is a copy in the form that is stored, sharing nothing that is changed later.
	normalized() *T
}

func replace[T any, P method[T]](field *P, in graphql.Omittable[P]) {
	switch given, ok := in.ValueOK(); {
	case !ok:
	case given == nil:
		*field = nil
	default:
		*field = given.normalized()
	}
}

func applySocial(field **SocialLogin, in graphql.Omittable[*SocialLoginInput]) {
	if given, ok := in.ValueOK(); ok {
		*field = given.replace(*field)
	}
}

// Status gives access to the switch of a configured method; nil for one that is not configured.
func (p *LoginPreferences) Status(name LoginMethodName) *bool {
	m := &p.AuthMethods
	switch {
	case name == LoginMethodNameGoogle && m.Google != nil:
		return &m.Google.IsActive
	case name == LoginMethodNameFacebook && m.Facebook != nil:
		return &m.Facebook.IsActive
	case name == LoginMethodNameApple && m.Apple != nil:
		return &m.Apple.IsActive
	case name == LoginMethodNameLine && m.Line != nil:
		return &m.Line.IsActive
	case name == LoginMethodNameEmail && m.Email != nil:
		return &m.Email.IsActive
	case name == LoginMethodNameEmailOtp && m.EmailOtp != nil:
		return &m.EmailOtp.IsActive
	case name == LoginMethodNameSms && m.Sms != nil:
		return &m.Sms.IsActive
	case name == LoginMethodNameWebauthnAPI && m.WebauthnAPI != nil:
		return &m.WebauthnAPI.IsActive
	case name == LoginMethodNamePassword && m.Password != nil:
		return &m.Password.IsActive
	case name == LoginMethodNameTotp && m.Totp != nil:
		return &m.Totp.IsActive
	}
	return nil
}

// Validate reports every rule that a configured method breaks, as an *Error with code
// BAD_USER_INPUT. The paths are those of LoginPreferencesInput.
func (p *LoginPreferences) Validate() error {
	m := &p.AuthMethods
	var v Violations
	under := func(name string, rules func() Violations) {
		v.nest(rules(), "authMethods", name)
	}
	under("google", func() Violations { return m.Google.violations(googleClientID) })
	under("facebook", func() Violations { return m.Facebook.violations(facebookClientID) })
	under("apple", m.Apple.violations)
	under("line", func() Violations { return m.Line.violations(lineClientID) })
	under("email", m.Email.violations)
	under("emailOtp", m.EmailOtp.violations)
	under("sms", m.Sms.violations)
	under("webauthnApi", m.WebauthnAPI.violations)
	under("password", m.Password.violations)
	under("totp", m.Totp.violations)
	return v.Err()
}

// secretField is where the secret of a login method is kept.
type secretField struct {
	path   string
	secret **Secret
}

func (m *AuthMethods) secretFields() []secretField {
	const prefix, suffix = "loginPreferences.authMethods.", ".clientSecret"
	fields := []secretField{}
	for _, social := range []struct {
		name  string
		login *SocialLogin
	}{{"google", m.Google}, {"facebook", m.Facebook}, {"line", m.Line}} {
		if social.login != nil {
			fields = append(fields, secretField{prefix + social.name + suffix, &social.login.ClientSecret})
		}
	}
	if m.Apple != nil {
		fields = append(fields, secretField{prefix + "apple" + suffix, &m.Apple.ClientSecret})
	}
	return fields
}

// secrets lists the secrets that there are, by their path from the document.
func (p *LoginPreferences) secrets() iter.Seq2[string, *Secret] {
	return func(yield func(string, *Secret) bool) {
		for _, f := range p.AuthMethods.secretFields() {
			if *f.secret != nil && !yield(f.path, *f.secret) {
				return
			}
		}
	}
}

// placed is a copy for readers, in which each secret knows where it belongs.
func (p *LoginPreferences) placed(owner Application) *LoginPreferences {
	shown := *p
	m := &shown.AuthMethods
	for _, social := range []**SocialLogin{&m.Google, &m.Facebook, &m.Line} {
		*social = shallow(*social)
	}
	m.Apple = shallow(m.Apple)
	for _, f := range m.secretFields() {
		*f.secret = (*f.secret).at(owner, f.path)
	}
	return &shown
}

// shallow is a copy of what p points to; nil stays nil.
func shallow[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}
