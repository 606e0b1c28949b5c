package model

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestClientRedirectURIs(t *testing.T) {
	for _, c := range []struct {
		name, uri                string
		web, webToken, nativeApp bool
	}{
		{"https", "https://app.example.com/cb", true, true, true},
		{"https with port and query", "https://app.example.com:8443/cb?x=1", true, true, true},
		{"https without a path", "https://app.example.com", true, true, true},
		{"https on localhost", "https://localhost/cb", true, true, true},
		{"https by address", "https://192.0.2.1/cb", true, true, true},
		{"https by IPv6 address", "https://[2001:db8::1]:8443/cb", true, true, true},
		{"https in capitals", "HTTPS://APP.EXAMPLE.COM/cb", true, true, true},
		{"percent-encoded path", "https://app.example.com/%C3%A9", true, true, true},

		{"http", "http://app.example.com/cb", false, false, false},
		{"http on localhost", "http://localhost/cb", true, false, false},
		{"http on localhost with a port", "http://localhost:3000/cb", true, false, false},
		{"http on 127.0.0.1", "http://127.0.0.1/cb", true, false, true},
		{"http on 127.0.0.1 with a port", "http://127.0.0.1:51004/cb", true, false, true},
		{"http on [::1]", "http://[::1]/cb", true, false, true},
		{"http on [::1] with a port", "http://[::1]:51004/cb", true, false, true},
		{"http on another loopback address", "http://127.0.0.2/cb", true, false, false},
		{"http on a name that begins like loopback", "http://127.0.0.1.example.com/cb", false, false, false},
		{"http on a name that begins like localhost", "http://localhost.example.com/cb", false, false, false},
		{"http on all addresses", "http://0.0.0.0/cb", false, false, false},

		{"private-use scheme", "com.example.app:/cb", false, false, true},
		{"private-use scheme with an authority", "com.example.app://cb", false, false, true},
		{"private-use scheme without a slash", "com.example.app:cb", false, false, true},
		{"private-use scheme alone", "com.example.app:", false, false, false},
		{"scheme without a dot", "myapp:/cb", false, false, false},
		{"javascript", "javascript:alert(1)", false, false, false},
		{"data", "data:text/html,x", false, false, false},
		{"file", "file:///etc/passwd", false, false, false},
		{"ftp", "ftp://app.example.com/cb", false, false, false},
		{"urn", "urn:ietf:wg:oauth:2.0:oob", false, false, false},

		{"fragment", "https://app.example.com/cb#x", false, false, false},
		{"empty fragment", "https://app.example.com/cb#", false, false, false},
		{"fragment of a private-use scheme", "com.example.app:/cb#x", false, false, false},
		{"user", "https://user@app.example.com/cb", false, false, false},
		{"user and password", "https://user:pw@app.example.com/cb", false, false, false},
		{"empty user", "https://@app.example.com/cb", false, false, false},
		{"wildcard host", "https://*.example.com/cb", false, false, false},
		{"wildcard path", "https://app.example.com/*", false, false, false},
		{"wildcard query", "https://app.example.com/cb?x=*", false, false, false},
		{"wildcard of a private-use scheme", "com.example.app:/*", false, false, false},

		{"empty", "", false, false, false},
		{"relative", "/cb", false, false, false},
		{"no scheme", "app.example.com/cb", false, false, false},
		{"another authority than it seems", "//app.example.com/cb", false, false, false},
		{"no host", "https:///cb", false, false, false},
		{"no authority", "https:/cb", false, false, false},
		{"opaque", "https:cb", false, false, false},
		{"port alone", "https://:443/cb", false, false, false},
		{"empty port", "https://app.example.com:/cb", false, false, false},
		{"port 0", "https://app.example.com:0/cb", false, false, false},
		{"port 65535", "https://app.example.com:65535/cb", true, true, true},
		{"port 65536", "https://app.example.com:65536/cb", false, false, false},
		{"port of letters", "https://app.example.com:x/cb", false, false, false},
		{"empty label", "https://app..example.com/cb", false, false, false},
		{"trailing dot", "https://app.example.com./cb", false, false, false},
		{"underscore", "https://my_app.example.com/cb", false, false, false},
		{"encoded host", "https://%61pp.example.com/cb", false, false, false},
		{"half an address", "https://127.1/cb", false, false, false},
		{"address as a number", "https://2130706433/cb", false, false, false},
		{"address in hexadecimal", "https://0x7f000001/cb", false, false, false},
		{"IPv6 zone", "https://[fe80::1%25eth0]/cb", false, false, false},
		{"IPv4 in brackets", "https://[127.0.0.1]/cb", false, false, false},
		{"space", "https://app.example.com/a b", false, false, false},
		{"line end", "https://app.example.com/cb\r\nX: y", false, false, false},
		{"null", "https://app.example.com/\x00", false, false, false},
		{"backslash", `https://app.example.com\@evil.example/cb`, false, false, false},
		{"not ASCII", "https://app.example.com/é", false, false, false},
		{"broken percent-encoding", "https://app.example.com/%zz", false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for kind, want := range map[redirectKind]bool{webRedirect: c.web, webTokenRedirect: c.webToken, nativeRedirect: c.nativeApp} {
				problem := clientRedirectProblem(c.uri, kind)
				if (problem == "") != want {
					t.Errorf("kind %d: accepted is %t, want %t (%s)", kind, problem == "", want, problem)
				}
			}
		})
	}
}

func TestHTTPSURLs(t *testing.T) {
	for _, c := range []struct {
		url             string
		https, loopback bool
	}{
		{"https://example.com", true, true},
		{"https://example.com/a?b=c#d", true, true},
		{"http://localhost:8080/x", false, true},
		{"http://LOCALHOST/x", false, true},
		{"http://127.0.0.1", false, true},
		{"http://[::1]", false, true},
		{"http://example.com", false, false},
		{"http://10.0.0.1", false, false},
		{"https://user@example.com", false, false},
		{"https:///x", false, false},
		{"//example.com", false, false},
		{"example.com", false, false},
		{"javascript:alert(1)", false, false},
		{"https://exa mple.com", false, false},
		{"https://example.com/<script>", false, false},
		{"", false, false},
	} {
		if got := httpsProblem(c.url, false) == ""; got != c.https {
			t.Errorf("%q: accepted is %t, want %t", c.url, got, c.https)
		}
		if got := httpsProblem(c.url, true) == ""; got != c.loopback {
			t.Errorf("%q where loopback is allowed: accepted is %t, want %t", c.url, got, c.loopback)
		}
	}
}

func FuzzClientRedirectURI(f *testing.F) {
	for _, seed := range []string{"https://a.example/cb", "http://127.0.0.1:1/x", "http://[::1]", "com.example.app:/cb", "https://[::1%25a]/", "https://a:b@c/#", "%", "a.b:c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []redirectKind{webRedirect, webTokenRedirect, nativeRedirect} {
			if clientRedirectProblem(s, kind) != "" {
				continue
			}
			u, err := url.Parse(s)
			if err != nil {
				t.Fatalf("%q is accepted and does not parse: %v", s, err)
			}
			if !u.IsAbs() || u.User != nil || u.Fragment != "" || strings.ContainsAny(s, "#*\\ \t\r\n\x00") || strings.ContainsFunc(s, notInURI) {
				t.Errorf("%q is accepted", s)
			}
			switch u.Scheme {
			case "https":
			case "http":
				address, err := netip.ParseAddr(u.Hostname())
				if kind == webTokenRedirect || !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !address.IsLoopback()) {
					t.Errorf("kind %d accepts %q", kind, s)
				}
			default:
				if kind != nativeRedirect || !strings.Contains(u.Scheme, ".") {
					t.Errorf("kind %d accepts the scheme of %q", kind, s)
				}
			}
			again, err := url.Parse(u.String())
			if err != nil || again.Host != u.Host || again.Scheme != u.Scheme {
				t.Errorf("%q reads as %q, and that as %q", s, u, again)
			}
		}
	})
}
