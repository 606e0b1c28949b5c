package model

// Bounds that several login methods share.
const (
	maxMessageMinutes = 1440   // a day
	maxMinutes        = 525600 // a year
	maxFailures       = 20
	minCodeLength     = 4
	maxCodeLength     = 8
)

// EmailLogin is a magic link by email.
type EmailLogin struct {
	IsActive bool `bson:"isActive"`
	// ExpiresIn is in minutes, 1 to 1440.
	ExpiresIn int32         `bson:"expiresIn"`
	Message   *EmailMessage `bson:"message,omitempty"`
}

// IsLoginMethod marks it as a LoginMethod of the schema.
func (EmailLogin) IsLoginMethod() {}

func (l *EmailLogin) normalized() *EmailLogin {
	c := *l
	c.Message = l.Message.normalized()
	return &c
}

func (l *EmailLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	v.between("expiresIn", l.ExpiresIn, 1, maxMessageMinutes)
	v.nest(l.Message.violations(), "message")
	return v
}

// EmailOtpLogin is a one-time code by email.
type EmailOtpLogin struct {
	IsActive bool `bson:"isActive"`
	// ExpiresIn is in minutes, 1 to 1440.
	ExpiresIn int32 `bson:"expiresIn"`
	// LockoutDuration is in minutes, 1 to 525600; it follows MaxFailures wrong codes, 1 to 20.
	LockoutDuration int32 `bson:"lockoutDuration"`
	MaxFailures     int32 `bson:"maxFailures"`
	// CodeLength is in digits, 4 to 8.
	CodeLength int32         `bson:"codeLength"`
	Message    *EmailMessage `bson:"message,omitempty"`
}

// IsLoginMethod marks it as a LoginMethod of the schema.
func (EmailOtpLogin) IsLoginMethod() {}

func (l *EmailOtpLogin) normalized() *EmailOtpLogin {
	c := *l
	c.Message = l.Message.normalized()
	return &c
}

func (l *EmailOtpLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	v.code(l.ExpiresIn, l.LockoutDuration, l.MaxFailures, l.CodeLength)
	v.nest(l.Message.violations(), "message")
	return v
}

// SmsLogin is a one-time code by text message. The bounds are those of EmailOtpLogin.
type SmsLogin struct {
	IsActive        bool  `bson:"isActive"`
	ExpiresIn       int32 `bson:"expiresIn"`
	LockoutDuration int32 `bson:"lockoutDuration"`
	MaxFailures     int32 `bson:"maxFailures"`
	CodeLength      int32 `bson:"codeLength"`
}

// IsLoginMethod marks it as a LoginMethod of the schema.
func (SmsLogin) IsLoginMethod() {}

func (l *SmsLogin) normalized() *SmsLogin { return shallow(l) }

func (l *SmsLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	v.code(l.ExpiresIn, l.LockoutDuration, l.MaxFailures, l.CodeLength)
	return v
}

// code is the rule of one-time codes, however they are sent.
func (v *Violations) code(expiresIn, lockoutDuration, failures, length int32) {
	v.between("expiresIn", expiresIn, 1, maxMessageMinutes)
	v.between("lockoutDuration", lockoutDuration, 1, maxMinutes)
	v.between("maxFailures", failures, 1, maxFailures)
	v.between("codeLength", length, minCodeLength, maxCodeLength)
}
