package main

import "gatehouse/model"

type loginPreferences struct {
	AuthMethods authMethods `json:"authMethods"`
}

type authMethods struct {
	Google      *socialLogin   `json:"google"`
	Facebook    *socialLogin   `json:"facebook"`
	Apple       *appleLogin    `json:"apple"`
	Line        *socialLogin   `json:"line"`
	Email       *emailLogin    `json:"email"`
	EmailOtp    *emailOtpLogin `json:"emailOtp"`
	Sms         *smsLogin      `json:"sms"`
	WebauthnAPI *webauthnLogin `json:"webauthnApi"`
	Password    *passwordLogin `json:"password"`
	Totp        *totpLogin     `json:"totp"`
}

type socialLogin struct {
	IsActive        bool     `json:"isActive"`
	ClientID        string   `json:"clientId"`
	HasClientSecret bool     `json:"hasClientSecret"`
	RedirectUris    []string `json:"redirectUris"`
}

type appleLogin struct {
	IsActive        bool     `json:"isActive"`
	ClientID        string   `json:"clientId"`
	HasClientSecret bool     `json:"hasClientSecret"`
	AppleTeamID     string   `json:"appleTeamId"`
	KeyID           string   `json:"keyId"`
	RedirectUris    []string `json:"redirectUris"`
}

type emailMessage struct {
	PrimaryColor string  `json:"primaryColor"`
	From         *string `json:"from"`
	Subject      *string `json:"subject"`
}

type emailLogin struct {
	IsActive  bool          `json:"isActive"`
	ExpiresIn int32         `json:"expiresIn"`
	Message   *emailMessage `json:"message"`
}

type emailOtpLogin struct {
	IsActive        bool          `json:"isActive"`
	ExpiresIn       int32         `json:"expiresIn"`
	LockoutDuration int32         `json:"lockoutDuration"`
	MaxFailures     int32         `json:"maxFailures"`
	CodeLength      int32         `json:"codeLength"`
	Message         *emailMessage `json:"message"`
}

type smsLogin struct {
	IsActive        bool  `json:"isActive"`
	ExpiresIn       int32 `json:"expiresIn"`
	LockoutDuration int32 `json:"lockoutDuration"`
	MaxFailures     int32 `json:"maxFailures"`
	CodeLength      int32 `json:"codeLength"`
}

type webauthnLogin struct {
	IsActive  bool     `json:"isActive"`
	RpID      string   `json:"rpId"`
	RpOrigin  *string  `json:"rpOrigin"`
	RpOrigins []string `json:"rpOrigins"`
}

type passwordLogin struct {
	IsActive                   bool          `json:"isActive"`
	ResetValidityMinutes       int32         `json:"resetValidityMinutes"`
	PasswordComplexity         int32         `json:"passwordComplexity"`
	PasswordMinLength          int32         `json:"passwordMinLength"`
	BlockPreviousPasswords     int32         `json:"blockPreviousPasswords"`
	PasswordExpiresIn          int32         `json:"passwordExpiresIn"`
	IgnoreExpiration           bool          `json:"ignoreExpiration"`
	MaxPasswordFailures        int32         `json:"maxPasswordFailures"`
	PasswordSuspensionDuration int32         `json:"passwordSuspensionDuration"`
	FailuresExpireIn           int32         `json:"failuresExpireIn"`
	TempPasswordValidityHours  int32         `json:"tempPasswordValidityHours"`
	RequireMFA                 bool          `json:"requireMFA"`
	CodeLength                 int32         `json:"codeLength"`
	Message                    *emailMessage `json:"message"`
}

type totpLogin struct {
	IsActive        bool    `json:"isActive"`
	Algorithm       string  `json:"algorithm"`
	Digits          int32   `json:"digits"`
	Period          int32   `json:"period"`
	Window          int32   `json:"window"`
	Issuer          *string `json:"issuer"`
	MaxFailures     int32   `json:"maxFailures"`
	LockoutDuration int32   `json:"lockoutDuration"`
}

func newLoginPreferences(l *model.LoginPreferences) loginPreferences {
	m := &l.AuthMethods
	n := authMethods{
		Google: newSocialLogin(m.Google), Facebook: newSocialLogin(m.Facebook), Line: newSocialLogin(m.Line),
		Sms: (*smsLogin)(m.Sms), WebauthnAPI: (*webauthnLogin)(m.WebauthnAPI),
	}
	if a := m.Apple; a != nil {
		n.Apple = &appleLogin{
			IsActive: a.IsActive, ClientID: a.ClientID, HasClientSecret: a.ClientSecret != nil,
			AppleTeamID: a.AppleTeamID, KeyID: a.KeyID, RedirectUris: a.RedirectUris,
		}
	}
	if e := m.Email; e != nil {
		n.Email = &emailLogin{IsActive: e.IsActive, ExpiresIn: e.ExpiresIn, Message: (*emailMessage)(e.Message)}
	}
	if e := m.EmailOtp; e != nil {
		n.EmailOtp = &emailOtpLogin{
			IsActive: e.IsActive, ExpiresIn: e.ExpiresIn, LockoutDuration: e.LockoutDuration, MaxFailures: e.MaxFailures,
			CodeLength: e.CodeLength, Message: (*emailMessage)(e.Message),
		}
	}
	if p := m.Password; p != nil {
		n.Password = &passwordLogin{
			IsActive: p.IsActive, ResetValidityMinutes: p.ResetValidityMinutes, PasswordComplexity: p.PasswordComplexity,
			PasswordMinLength: p.PasswordMinLength, BlockPreviousPasswords: p.BlockPreviousPasswords,
			PasswordExpiresIn: p.PasswordExpiresIn, IgnoreExpiration: p.IgnoreExpiration, MaxPasswordFailures: p.MaxPasswordFailures,
			PasswordSuspensionDuration: p.PasswordSuspensionDuration, FailuresExpireIn: p.FailuresExpireIn,
			TempPasswordValidityHours: p.TempPasswordValidityHours, RequireMFA: p.RequireMFA, CodeLength: p.CodeLength,
			Message: (*emailMessage)(p.Message),
		}
	}
	if t := m.Totp; t != nil {
		n.Totp = &totpLogin{
			IsActive: t.IsActive, Algorithm: string(t.Algorithm), Digits: t.Digits, Period: t.Period, Window: t.Window,
			Issuer: t.Issuer, MaxFailures: t.MaxFailures, LockoutDuration: t.LockoutDuration,
		}
	}
	return loginPreferences{AuthMethods: n}
}

func newSocialLogin(s *model.SocialLogin) *socialLogin {
	if s == nil {
		return nil
	}
	return &socialLogin{IsActive: s.IsActive, ClientID: s.ClientID, HasClientSecret: s.ClientSecret != nil, RedirectUris: s.RedirectUris}
}
