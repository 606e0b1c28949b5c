package model

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of texts, in characters unless they say bytes.
const (
	maxName       = 128
	maxPersonName = 256
	maxEmail      = 254 // RFC 5321 §4.5.3.1.3 as corrected by erratum 1690
	maxURIBytes   = 2048
)

// Codes of violations.
const (
	codeRequired     = "REQUIRED"
	codeTooLong      = "TOO_LONG"
	codeInvalidChars = "INVALID_CHARACTERS"
	codeInvalidEmail = "INVALID_EMAIL"
	codeInvalidURI   = "INVALID_URI"
	codeOutOfRange   = "OUT_OF_RANGE"
	codeTooMany      = "TOO_MANY"
	codeDuplicate    = "DUPLICATE"
	codeInvalidJWKS  = "INVALID_JWKS"

	codeInvalidClientID = "INVALID_CLIENT_ID"
)

// name is the rule of names: 1 to 128 characters, at least one of them visible, no control
// characters. The name is expected to be trimmed.
func (v *Violations) name(field, s string) {
	if !strings.ContainsFunc(s, visible) {
		v.Add(codeRequired, "must not be blank", field)
		return
	}
	v.text(field, &s, maxName)
}

// visible holds for what leaves ink: format characters such as U+200B do not.
func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// required is the rule of texts that say something: at least one visible character.
func (v *Violations) required(field, s string, index ...any) {
	if !strings.ContainsFunc(s, visible) {
		v.Add(codeRequired, "must not be blank", append([]any{field}, index...)...)
	}
}

// text is the rule of one-line texts: at most limit characters, no control characters, no line ends.
func (v *Violations) text(field string, s *string, limit int) {
	if s != nil {
		v.textAt(*s, limit, field)
	}
}

func (v *Violations) textAt(s string, limit int, path ...any) {
	v.length(s, limit, path...)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, breaksLine) {
		v.Add(codeInvalidChars, "must not contain control characters or line ends", path...)
	}
}

// prose is the rule of descriptions: as that of texts, but with lines and tabs, and 1024 characters.
func (v *Violations) prose(field string, s *string) {
	if s == nil {
		return
	}
	v.length(*s, maxDescription, field)
	if !utf8.ValidString(*s) || strings.ContainsFunc(*s, func(r rune) bool { return unicode.Is(unicode.Cc, r) && !strings.ContainsRune("\t\r\n", r) }) {
		v.Add(codeInvalidChars, "must not contain control characters", field)
	}
}

func (v *Violations) length(s string, limit int, path ...any) {
	if n := utf8.RuneCountInString(s); n > limit {
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d characters, not %d", limit, n), path...)
	}
}

// between is the rule of numbers with bounds, which belong to what is allowed.
func (v *Violations) between(field string, n, least, most int32) {
	if n < least || n > most {
		v.Add(codeOutOfRange, fmt.Sprintf("must be from %d to %d", least, most), field)
	}
}

// nest records the violations of a part, with every path below prefix.
func (v *Violations) nest(part Violations, prefix ...any) {
	for _, x := range part {
		v.Add(x.Code, x.Message, append(append([]any{}, prefix...), x.Path...)...)
	}
}

// unique is the rule of lists without duplicates: each repetition is reported.
func unique[T comparable](v *Violations, field string, values []T) {
	seen := make(map[T]bool, len(values))
	for i, value := range values {
		if seen[value] {
			v.Add(codeDuplicate, "must not be in the list twice", field, i)
		}
		seen[value] = true
	}
}

// permissions is the rule of what a role or a key may do: permissions of the schema, none twice.
func (v *Violations) permissions(permissions []Permission) {
	for i, p := range permissions {
		if !p.IsValid() {
			v.Add("UNKNOWN_PERMISSION", "must be a permission", "permissions", i)
		}
	}
	unique(v, "permissions", permissions)
}

// future is the rule of expiries of what is made at the instant now.
func (v *Violations) future(field string, at *time.Time, now time.Time) {
	if at != nil && !at.After(now) {
		v.Add("NOT_IN_FUTURE", "must be in the future", field)
	}
}

func breaksLine(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// email is the rule of addresses: an addr-spec of RFC 5322 §3.4.1 without a display name.
func (v *Violations) email(field string, s *string) {
	if s == nil {
		return
	}
	address, err := mail.ParseAddress(*s)
	switch {
	case err != nil || address.Name != "" || (address.Address != *s && !isQuoted(*s)):
		v.Add(codeInvalidEmail, "must be an address such as steve@example.com, without a display name", field)
	case len(*s) > maxEmail:
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxEmail, len(*s)), field)
	}
}

// isQuoted holds for an address whose local part is quoted, which parsing takes off.
func isQuoted(s string) bool { return strings.HasPrefix(s, `"`) && !strings.HasSuffix(s, ">") }

// redirectURI is the rule of the redirect URIs of users and apps: an absolute URI with a host, or of
// a private-use scheme with a dot (RFC 8252 §7.1); no fragment, no user information.
func (v *Violations) redirectURI(field string, s *string) {
	if s == nil {
		return
	}
	if len(*s) > maxURIBytes {
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxURIBytes, len(*s)), field)
		return
	}
	if problem := redirectURIProblem(*s); problem != "" {
		v.Add(codeInvalidURI, problem, field)
	}
}

func redirectURIProblem(s string) string {
	const absolute = "must be an absolute URI with a host, or of a private-use scheme with a dot such as com.example.app:/callback"
	if strings.ContainsFunc(s, notInURI) {
		return "must contain only the characters of a URI (RFC 3986 §2): ASCII without spaces, others percent-encoded"
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" {
		return absolute
	}
	switch u.Scheme {
	case "javascript", "vbscript", "data", "blob", "file", "about":
		return "must not have the scheme " + u.Scheme
	}
	switch {
	case strings.Contains(s, "#"):
		return "must not have a fragment"
	case u.User != nil:
		return "must not have user information"
	case strings.Contains(u.Scheme, ".") && u.Host == "" && (u.Opaque != "" || u.Path != ""):
		return ""
	case !hasHost(u):
		return absolute
	}
	return ""
}

// notInURI holds for what RFC 3986 §2 allows nowhere in a URI.
func notInURI(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r)
}

// trimmed is s without space around it; nil stays nil.
func trimmed(s *string) *string {
	if s == nil {
		return nil
	}
	t := strings.TrimSpace(*s)
	return &t
}
