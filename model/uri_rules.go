package model

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Bounds of lists in clients and login methods.
const (
	maxURIs      = 100
	maxResources = 100
)

// redirectKind is whose redirect URIs a rule is about.
type redirectKind int

const (
	// webRedirect: https, and http for loopback hosts.
	webRedirect redirectKind = iota
	// webTokenRedirect: https alone, because a token comes back with the redirect (OpenID Connect
	// Dynamic Client Registration 1.0 §2).
	webTokenRedirect
	// nativeRedirect: https, http for loopback addresses, and private-use schemes (RFC 8252 §7).
	nativeRedirect
)

// redirectURIs is the rule of the redirect URIs of clients and login methods. They are compared
// character by character, so nothing in them stands for something else.
func (v *Violations) redirectURIs(field string, uris []string, kind redirectKind) {
	if len(uris) > maxURIs {
		v.Add(codeTooMany, tooMany(maxURIs, "elements"), field)
		return
	}
	for i, uri := range uris {
		if len(uri) > maxURIBytes {
			v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxURIBytes, len(uri)), field, i)
		} else if problem := clientRedirectProblem(uri, kind); problem != "" {
			v.Add(codeInvalidURI, problem, field, i)
		}
	}
	unique(v, field, uris)
}

func clientRedirectProblem(s string, kind redirectKind) string {
	u, problem := absoluteURI(s)
	switch {
	case problem != "":
		return problem
	case strings.Contains(s, "#"):
		return "must not have a fragment"
	case strings.Contains(s, "*"):
		return "must not have a wildcard"
	}
	host := u.Hostname()
	switch {
	case u.Scheme == "https" && hasHost(u):
		return ""
	case u.Scheme == "https":
		return "must have a host"
	case kind == webTokenRedirect:
		return "must have the scheme https, because responseTypes has ID_TOKEN"
	case kind == webRedirect && u.Scheme == "http" && hasHost(u) && isLoopback(host):
		return ""
	case kind == webRedirect:
		return "must have the scheme https; http only for loopback hosts"
	case u.Scheme == "http" && hasHost(u) && (host == "127.0.0.1" || host == "::1"):
		return ""
	case u.Scheme != "http" && strings.Contains(u.Scheme, ".") && (u.Opaque != "" || u.Host != "" || u.Path != ""):
		return ""
	}
	return "must have the scheme https, http for 127.0.0.1 or [::1], or a private-use scheme with a dot"
}

// httpsURL is the rule of URLs that people are sent to: https, and http for loopback hosts where
// loopback is true.
func (v *Violations) httpsURL(field string, s *string, loopback bool) {
	if s == nil {
		return
	}
	if len(*s) > maxURIBytes {
		v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxURIBytes, len(*s)), field)
		return
	}
	if problem := httpsProblem(*s, loopback); problem != "" {
		v.Add(codeInvalidURI, problem, field)
	}
}

func httpsProblem(s string, loopback bool) string {
	u, problem := absoluteURI(s)
	switch {
	case problem != "":
		return problem
	case !hasHost(u):
		return "must have a host"
	case u.Scheme == "https":
		return ""
	case !loopback:
		return "must have the scheme https"
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return ""
	}
	return "must have the scheme https; http only for loopback hosts"
}

// absoluteURI parses a URI with a scheme, in the characters of RFC 3986 and without user information.
func absoluteURI(s string) (u *url.URL, problem string) {
	if strings.ContainsFunc(s, notInURI) {
		return nil, "must contain only the characters of a URI (RFC 3986 §2): ASCII without spaces, others percent-encoded"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme == "":
		return nil, "must be an absolute URI"
	case u.User != nil:
		return nil, "must not have user information"
	}
	return u, ""
}

// hasHost holds for a URI whose authority is a host, by name or address, and perhaps a port.
func hasHost(u *url.URL) bool {
	host, port := u.Hostname(), u.Port()
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	}
	if strings.HasPrefix(u.Host, "[") {
		address, err := netip.ParseAddr(host)
		return err == nil && address.Is6() && address.Zone() == ""
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return isDomain(strings.ToLower(host))
}

// isLoopback holds for the names and addresses of the machine itself.
func isLoopback(host string) bool {
	if strings.EqualFold(host, localhost) {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// resources is the rule of what tokens may be for: URIs (RFC 8707 §2) or identifiers.
func (v *Violations) resources(field string, resources []string) {
	if len(resources) > maxResources {
		v.Add(codeTooMany, tooMany(maxResources, "elements"), field)
		return
	}
	for i, r := range resources {
		switch {
		case r == "":
			v.Add(codeRequired, "must not be empty", field, i)
		case len(r) > maxURIBytes:
			v.Add(codeTooLong, fmt.Sprintf("must have at most %d bytes, not %d", maxURIBytes, len(r)), field, i)
		case strings.ContainsFunc(r, notInURI):
			v.Add(codeInvalidURI, "must be a URI or an identifier in the characters of a URI", field, i)
		case strings.Contains(r, "#"):
			v.Add(codeInvalidURI, "must not have a fragment", field, i)
		}
	}
	unique(v, field, resources)
}
