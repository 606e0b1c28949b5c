package model

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Bounds of domain names, in bytes (RFC 1035 §2.3.4; 255 on the wire are 253 in text).
const (
	maxLabelBytes  = 63
	maxDomainBytes = 253
)

// asciiDomain is a fully qualified domain name in the form that is stored: ASCII and lower case, by
// UTS #46 as for a look-up. A name that needs no mapping has the same form. ok is false for what is
// no such name, or has a single label, or could be taken for an IP address.
func asciiDomain(name string) (ascii string, ok bool) {
	if len(name) > 4*maxDomainBytes || !utf8.ValidString(name) { // no name that long becomes short enough
		return "", false
	}
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.CheckHyphens(true))
	ascii, err := profile.ToASCII(name)
	if err != nil || !isDomain(ascii) || !strings.Contains(ascii, ".") {
		return "", false
	}
	return ascii, true
}

// isDomain holds for a domain name in ASCII and lower case (RFC 1123 §2.1): no port, no trailing dot,
// no wildcard, and no number as its last label, which would make it an IP address to some.
func isDomain(name string) bool {
	if len(name) > maxDomainBytes {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if len(label) < 1 || len(label) > maxLabelBytes || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, notInLabel) {
			return false
		}
		last = label
	}
	return !isNumber(last)
}

// isNumber holds for labels that the URL standard takes for a part of an IPv4 address.
func isNumber(label string) bool {
	hex, found := strings.CutPrefix(label, "0x")
	return !strings.ContainsFunc(label, notDigit) ||
		found && !strings.ContainsFunc(hex, func(r rune) bool { return !isDigit(r) && (r < 'a' || r > 'f') })
}

// isCustomDomain holds for a custom domain in the form that is stored.
func isCustomDomain(name string) bool {
	ascii, ok := asciiDomain(name)
	return ok && ascii == name
}

// isRelyingPartyID holds for the domains that a browser takes as a relying party ID: registrable, so
// that it belongs to one organisation, or below a registrable one.
func isRelyingPartyID(id string) bool {
	if id == localhost {
		return true
	}
	if !isCustomDomain(id) {
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(id)
	return suffix != id
}

// subdomainProblem says what is wrong with a subdomain in lower case; empty when nothing is.
func subdomainProblem(s string) (code, problem string) {
	switch {
	case len(s) < 1 || len(s) > maxLabelBytes || !isLower(rune(s[0])) || s[len(s)-1] == '-' || strings.ContainsFunc(s, notInLabel):
		return "INVALID_SUBDOMAIN", "must be one label of a domain: a letter, then letters, digits and hyphens, at most 63, no hyphen at the end"
	case strings.HasPrefix(s, "xn--"):
		return "INVALID_SUBDOMAIN", "must not begin with xn--"
	case isReserved(s):
		return "RESERVED", "must not be a reserved name"
	}
	return "", ""
}

// isReserved holds for the subdomains that belong to the platform itself.
func isReserved(subdomain string) bool {
	switch subdomain {
	case "www", "api", "admin", "mail", "ns1", "ns2", "portal", "auth", "login", "sso", "status",
		"docs", "cdn", "static", "support", "sbx", "eu", "ca", "au":
		return true
	}
	return false
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func notDigit(r rune) bool { return !isDigit(r) }

func isLower(r rune) bool { return r >= 'a' && r <= 'z' }

func isUpper(r rune) bool { return r >= 'A' && r <= 'Z' }

func notInLabel(r rune) bool { return !isLower(r) && !isDigit(r) && r != '-' }
