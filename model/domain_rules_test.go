package model

import (
	"net/mail"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"
)

// longDomain is a domain of n bytes, up to 253.
func longDomain(n int) string {
	labels := strings.Repeat(strings.Repeat("a", 63)+".", 3)
	return labels + strings.Repeat("b", n-len(labels))
}

func TestCustomDomains(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"two labels", "example.com", "example.com"},
		{"three labels", "login.example.com", "login.example.com"},
		{"capitals", "Login.EXAMPLE.com", "login.example.com"},
		{"another script", "bücher.example", "xn--bcher-kva.example"},
		{"another script, encoded", "xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"dots of another script", "login。example。com", "login.example.com"},
		{"label of 63", strings.Repeat("a", 63) + ".com", strings.Repeat("a", 63) + ".com"},
		{"label of 64", strings.Repeat("a", 64) + ".com", ""},
		{"253 bytes", longDomain(253), longDomain(253)},
		{"254 bytes", longDomain(252) + ".c", ""},
		{"digits", "123.example.com", "123.example.com"},

		{"empty", "", ""},
		{"one label", "localhost", ""},
		{"trailing dot", "example.com.", ""},
		{"leading dot", ".example.com", ""},
		{"empty label", "login..example.com", ""},
		{"scheme", "https://example.com", ""},
		{"port", "example.com:443", ""},
		{"path", "example.com/x", ""},
		{"wildcard", "*.example.com", ""},
		{"user", "u@example.com", ""},
		{"IPv4", "192.0.2.1", ""},
		{"IPv4 with fewer parts", "127.1", ""},
		{"number as the last label", "example.123", ""},
		{"hexadecimal number as the last label", "example.0x7f", ""},
		{"IPv6", "2001:db8::1", ""},
		{"IPv6 in brackets", "[2001:db8::1]", ""},
		{"underscore", "my_app.example.com", ""},
		{"hyphen first", "-a.example.com", ""},
		{"hyphen last", "a-.example.com", ""},
		{"hyphens third and fourth", "ab--cd.example.com", ""},
		{"broken encoding", "xn--a.example.com", ""},
		{"space", "exa mple.com", ""},
		{"line end", "example.com\n", ""},
		{"null", "exam\x00ple.com", ""},
		{"not UTF-8", "\xff.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := asciiDomain(c.in)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, c.want)
			}
			if isCustomDomain(c.in) != (c.in == c.want && c.want != "") {
				t.Errorf("only what has the stored form is stored")
			}
		})
	}
}

func TestRelyingPartyIDs(t *testing.T) {
	for id, want := range map[string]bool{
		"example.com": true, "login.example.com": true, "example.co.uk": true, "someone.github.io": true,
		"localhost": true, "xn--bcher-kva.example": true,
		"com": false, "co.uk": false, "github.io": false, "intranet": false, "": false,
		"Example.com": false, "example.com.": false, "example.com:443": false, "https://example.com": false,
		"127.0.0.1": false, "[::1]": false, "*.example.com": false, "bücher.example": false, "LOCALHOST": false,
	} {
		if got := isRelyingPartyID(id); got != want {
			t.Errorf("%q: accepted is %t, want %t", id, got, want)
		}
	}
}

func TestSubdomains(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a word", "myapp", ""},
		{"one letter", "a", ""},
		{"digits and hyphens", "a1-2--b", ""},
		{"63 characters", strings.Repeat("a", 63), ""},
		{"64 characters", strings.Repeat("a", 64), "INVALID_SUBDOMAIN"},
		{"empty", "", "INVALID_SUBDOMAIN"},
		{"digit first", "1a", "INVALID_SUBDOMAIN"},
		{"hyphen first", "-a", "INVALID_SUBDOMAIN"},
		{"hyphen last", "a-", "INVALID_SUBDOMAIN"},
		{"two labels", "a.b", "INVALID_SUBDOMAIN"},
		{"underscore", "a_b", "INVALID_SUBDOMAIN"},
		{"capital", "A", "INVALID_SUBDOMAIN"},
		{"another script", "bücher", "INVALID_SUBDOMAIN"},
		{"encoded", "xn--bcher-kva", "INVALID_SUBDOMAIN"},
		{"like encoded", "xn-a", ""},
		{"begins like a reserved one", "www2", ""},
	} {
		if code, problem := subdomainProblem(c.in); code != c.want || (problem == "") != (c.want == "") {
			t.Errorf("%s: got %q, want %q", c.name, code, c.want)
		}
	}
	for reserved := range strings.FieldsSeq("www api admin mail ns1 ns2 portal auth login sso status docs cdn static support sbx eu ca au") {
		if code, _ := subdomainProblem(reserved); code != "RESERVED" {
			t.Errorf("%s: got %q", reserved, code)
		}
	}
}

func TestMailboxes(t *testing.T) {
	for s, want := range map[string]bool{
		"login@example.com":                           true,
		"Example <login@example.com>":                 true,
		`"Example, Inc." <login@example.com>`:         true,
		"Bücher <login@example.com>":                  true,
		"=?utf-8?q?B=C3=BCcher?= <login@example.com>": true,
		"<login@example.com>":                         true,
		"":                                            false,
		"Example":                                     false,
		"login@":                                      false,
		"@example.com":                                false,
		"a@example.com, b@example.com":                false,
		"Group: a@example.com;":                       false,
		"Example <login@example.com":                  false,
		"Example\r\nBcc: x@example.com <a@example.com>":   false,
		"Example\n <login@example.com>":                   false,
		"=?utf-8?q?a=0D=0ABcc:_x?= <login@example.com>":   false,
		"Example <login@example.com>\x00":                 false,
		strings.Repeat("a", 243) + "@example.com":         false,
		"Example <" + strings.Repeat("a", 60) + "@e.com>": true,
	} {
		if got := isMailbox(s); got != want {
			t.Errorf("%q: accepted is %t, want %t", s, got, want)
		}
	}
}

func FuzzDomain(f *testing.F) {
	for _, seed := range []string{"example.com", "Bücher.example", "xn--bcher-kva.example", "192.0.2.1", "a..b", "ａ。ｂ", "ß.de", "a.0x1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ascii, ok := asciiDomain(s)
		if !ok {
			return
		}
		if ascii != strings.ToLower(ascii) || len(ascii) > maxDomainBytes || !strings.Contains(ascii, ".") || strings.ContainsFunc(ascii, notInURI) {
			t.Errorf("%q becomes %q", s, ascii)
		}
		if !isCustomDomain(ascii) {
			t.Errorf("%q becomes %q, which is not accepted itself", s, ascii)
		}
		if _, err := netip.ParseAddr(ascii); err == nil {
			t.Errorf("%q becomes the address %q", s, ascii)
		}
		if problem := httpsProblem("https://"+ascii+"/", false); problem != "" {
			t.Errorf("%q is no host of a URL: %s", ascii, problem)
		}
		if isRelyingPartyID(ascii) {
			if _, err := publicsuffix.EffectiveTLDPlusOne(ascii); err != nil {
				t.Errorf("%q is a relying party and not registrable: %v", ascii, err)
			}
			if problem := originProblem("https://"+ascii, ascii); problem != "" {
				t.Errorf("%q is no origin of its own: %s", ascii, problem)
			}
		}
	})
}

func FuzzMailbox(f *testing.F) {
	for _, seed := range []string{"a@b", "A <a@b.c>", `"x\"y" <a@b>`, "=?utf-8?b?DQo=?= <a@b>", "a@[1.2.3.4]", "(c) a@b (d)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !isMailbox(s) {
			return
		}
		address, err := mail.ParseAddress(s)
		if err != nil {
			t.Fatalf("%q is accepted and does not parse: %v", s, err)
		}
		if strings.ContainsAny(s+address.Name+address.Address, "\r\n\x00") {
			t.Errorf("%q brings a line end", s)
		}
		header := address.String()
		if strings.ContainsAny(header, "\r\n\x00") {
			t.Errorf("%q is written as %q", s, header)
		}
		if again, err := mail.ParseAddress(header); err != nil || again.Address != address.Address {
			t.Errorf("%q is written as %q, which reads as %v, %v", s, header, again, err)
		}
	})
}
