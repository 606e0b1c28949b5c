package model

// PasswordLogin is login with a username and a password.
type PasswordLogin struct {
	IsActive bool `bson:"isActive"`
	// ResetValidityMinutes is 5 to 60.
	ResetValidityMinutes int32 `bson:"resetValidityMinutes"`
	// PasswordComplexity is 1 (lax) to 5 (strict): how many kinds of character a password must mix.
	PasswordComplexity int32 `bson:"passwordComplexity"`
	// PasswordMinLength is 5 to 14 characters.
	PasswordMinLength int32 `bson:"passwordMinLength"`
	// BlockPreviousPasswords is how many former passwords may not be used again, 0 to 20.
	BlockPreviousPasswords int32 `bson:"blockPreviousPasswords"`
	// PasswordExpiresIn is in days, 1 to 1096.
	PasswordExpiresIn int32 `bson:"passwordExpiresIn"`
	IgnoreExpiration  bool  `bson:"ignoreExpiration"`
	// MaxPasswordFailures is 1 to 20.
	MaxPasswordFailures int32 `bson:"maxPasswordFailures"`
	// PasswordSuspensionDuration and FailuresExpireIn are in minutes, 1 to 525600.
	PasswordSuspensionDuration int32 `bson:"passwordSuspensionDuration"`
	FailuresExpireIn           int32 `bson:"failuresExpireIn"`
	// TempPasswordValidityHours is 1 to 8760, a year.
	TempPasswordValidityHours int32 `bson:"tempPasswordValidityHours"`
	RequireMFA                bool  `bson:"requireMFA"`
	// CodeLength is in digits, 4 to 8.
	CodeLength int32         `bson:"codeLength"`
	Message    *EmailMessage `bson:"message,omitempty"`
}

// IsLoginMethod marks it as a LoginMethod of the schema.
func (PasswordLogin) IsLoginMethod() {}

func (l *PasswordLogin) normalized() *PasswordLogin {
	c := *l
	c.Message = l.Message.normalized()
	return &c
}

func (l *PasswordLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	v.between("resetValidityMinutes", l.ResetValidityMinutes, 5, 60)
	v.between("passwordComplexity", l.PasswordComplexity, 1, 5)
	v.between("passwordMinLength", l.PasswordMinLength, 5, 14)
	v.between("blockPreviousPasswords", l.BlockPreviousPasswords, 0, 20)
	v.between("passwordExpiresIn", l.PasswordExpiresIn, 1, 1096)
	v.between("maxPasswordFailures", l.MaxPasswordFailures, 1, maxFailures)
	v.between("passwordSuspensionDuration", l.PasswordSuspensionDuration, 1, maxMinutes)
	v.between("failuresExpireIn", l.FailuresExpireIn, 1, maxMinutes)
	v.between("tempPasswordValidityHours", l.TempPasswordValidityHours, 1, 8760)
	v.between("codeLength", l.CodeLength, minCodeLength, maxCodeLength)
	v.nest(l.Message.violations(), "message")
	return v
}
