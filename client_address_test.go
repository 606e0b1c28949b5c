package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	const proxies = "10.0.0.0/8 192.0.2.1 2001:db8:1::/48"
	for _, c := range []struct {
		name, trusted, peer string
		forwarded           []string
		want                string
	}{
		{"nobody is trusted", "", "10.0.0.1:5", []string{"198.51.100.7"}, "10.0.0.1"},
		{"the header of a stranger", proxies, "198.51.100.7:5", []string{"203.0.113.9"}, "198.51.100.7"},
		{"a trusted network", proxies, "10.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"a trusted address", proxies, "192.0.2.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"the neighbour of a trusted address", proxies, "192.0.2.2:5", []string{"198.51.100.7"}, "192.0.2.2"},
		{"no header", proxies, "10.0.0.1:5", nil, "10.0.0.1"},
		{"an empty header", proxies, "10.0.0.1:5", []string{""}, "10.0.0.1"},
		{"what the caller wrote is to the left", proxies, "10.0.0.1:5", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"several proxies", proxies, "10.0.0.1:5", []string{"203.0.113.9, 198.51.100.7, 10.1.1.1, 192.0.2.1"}, "198.51.100.7"},
		{"several headers are one list", proxies, "10.0.0.1:5", []string{"203.0.113.9", "198.51.100.7, 10.1.1.1"}, "198.51.100.7"},
		{"a caller that claims to be a proxy", proxies, "198.51.100.7:5", []string{"203.0.113.9, 10.1.1.1"}, "198.51.100.7"},
		{"a caller that names a proxy", proxies, "10.0.0.1:5", []string{"10.9.9.9, 198.51.100.7"}, "198.51.100.7"},
		{"all are proxies", proxies, "10.0.0.1:5", []string{"10.2.2.2, 10.3.3.3"}, "10.2.2.2"},
		{"garbage to the right", proxies, "10.0.0.1:5", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		{"garbage behind a proxy", proxies, "10.0.0.1:5", []string{"198.51.100.7, ' OR 1=1 --, 10.3.3.3"}, "10.3.3.3"},
		{"with a port", proxies, "10.0.0.1:5", []string{"198.51.100.7:4711"}, "198.51.100.7"},
		{"IPv6", proxies, "[2001:db8:1::5]:5", []string{"2001:db8:2::7"}, "2001:db8:2::7"},
		{"IPv6 in brackets with a port", proxies, "10.0.0.1:5", []string{"[2001:db8:2::7]:443"}, "2001:db8:2::7"},
		{"IPv6 in brackets", proxies, "10.0.0.1:5", []string{"[2001:db8:2::7]"}, "2001:db8:2::7"},
		{"IPv4 in IPv6 is IPv4", proxies, "[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"a zone is left out", "", "[fe80::1%eth0]:5", nil, "fe80::1"},
		{"a peer without an address", proxies, "@", []string{"198.51.100.7"}, "invalid IP"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			trusted, err := parseNetworks(strings.Fields(c.trusted))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth2/token", http.NoBody)
			r.RemoteAddr = c.peer
			for _, value := range c.forwarded {
				r.Header.Add(forwardedFor, value)
			}
			if got := clientAddress(trusted)(r).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestParseNetworks(t *testing.T) {
	t.Parallel()
	networks, err := parseNetworks([]string{"10.1.2.3/8", " ::1 ", "::ffff:192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, network := range networks {
		got = append(got, network.String())
	}
	if want := "10.0.0.0/8 ::1/128 192.0.2.1/32"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	_, err = parseNetworks([]string{"10.0.0.1", "proxy.example", "10.0.0.0/33", ""})
	if err == nil || !strings.HasPrefix(err.Error(), `"proxy.example", "10.0.0.0/33", "": `) {
		t.Errorf("got %v, which does not list every problem", err)
	}
}

func TestTrustedProxiesAreConfigured(t *testing.T) {
	t.Parallel()
	line, err := parseCommandLine(nil, environmentOf("GATEHOUSE_TRUSTED_PROXIES=10.0.0.0/8,::1"), io.Discard, io.Discard)
	if err != nil || strings.Join(line.TrustedProxies, " ") != "10.0.0.0/8 ::1" {
		t.Errorf("got %v, %v", line.TrustedProxies, err)
	}
	_, err = parseCommandLine([]string{"--trusted-proxies=proxy.example"}, environmentOf(), io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), `GATEHOUSE_TRUSTED_PROXIES (--trusted-proxies): "proxy.example"`) {
		t.Errorf("got %v", err)
	}
}
