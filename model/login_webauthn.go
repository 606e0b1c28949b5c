package model

import (
	"fmt"
	"net/url"
	"strings"
)

const maxOrigins = 100

// localhost is the one relying party ID and host that is no domain.
const localhost = "localhost"

// WebauthnLogin is login with passkeys.
type WebauthnLogin struct {
	IsActive bool `bson:"isActive"`
	// RpID is the relying party ID (WebAuthn §5.4.2): a domain.
	RpID      string   `bson:"rpId"`
	RpOrigin  *string  `bson:"rpOrigin,omitempty"`
	RpOrigins []string `bson:"rpOrigins"`
}

// IsLoginMethod marks it as a LoginMethod of the schema.
func (WebauthnLogin) IsLoginMethod() {}

func (l *WebauthnLogin) normalized() *WebauthnLogin {
	c := *l
	c.RpOrigins = list(l.RpOrigins)
	return &c
}

func (l *WebauthnLogin) violations() Violations {
	var v Violations
	if l == nil {
		return v
	}
	if !isRelyingPartyID(l.RpID) {
		v.Add("INVALID_RP_ID", "must be a lower-case domain that is no public suffix, or localhost", "rpId")
	}
	if l.RpOrigin == nil && len(l.RpOrigins) == 0 {
		v.Add(codeRequired, "must be given, or rpOrigins", "rpOrigin")
	}
	if l.RpOrigin != nil {
		v.origin(*l.RpOrigin, l.RpID, "rpOrigin")
	}
	if len(l.RpOrigins) > maxOrigins {
		v.Add(codeTooMany, tooMany(maxOrigins, "elements"), "rpOrigins")
		return v
	}
	for i, origin := range l.RpOrigins {
		v.origin(origin, l.RpID, "rpOrigins", i)
	}
	unique(&v, "rpOrigins", l.RpOrigins)
	return v
}

// origin is the rule of origins (RFC 6454 §6.2) from which people log in to the relying party.
func (v *Violations) origin(s, rpID string, path ...any) {
	if len(s) > maxURIBytes {
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxURIBytes, len(s)), path...)
		return
	}
	if problem := originProblem(s, rpID); problem != "" {
		v.Add("INVALID_ORIGIN", problem, path...)
	}
}

func originProblem(s, rpID string) string {
	const shape = "must be an origin such as https://login.example.com: scheme, host and port only, in lower case"
	u, err := url.Parse(s)
	if err != nil || strings.ContainsFunc(s, notInURI) || s != u.Scheme+"://"+u.Host || s != strings.ToLower(s) || !hasHost(u) {
		return shape
	}
	host := u.Hostname()
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && (host == localhost || strings.HasSuffix(host, "."+localhost)):
	default:
		return "must have the scheme https; http only for localhost"
	}
	if host != rpID && !strings.HasSuffix(host, "."+rpID) {
		return "must have a host that is equal to rpId or below it"
	}
	return ""
}
