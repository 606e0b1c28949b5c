package e2e_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// cable leads to MongoDB and can be pulled out and put in again.
type cable struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	out      bool
	ends     []net.Conn
}

// cabled is the data, reached through a cable.
func (d *data) cabled(t *testing.T) (*data, *cable) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	uri, err := url.Parse(d.uri)
	if err != nil {
		t.Fatal("the URI of the test's MongoDB names more than one server")
	}
	c := &cable{listener: listener, to: uri.Host}
	uri.Host = listener.Addr().String()
	query := uri.Query()
	query.Set("directConnection", "true") // or the driver goes to where the server says that it is
	query.Set("serverSelectionTimeoutMS", "500")
	uri.RawQuery = query.Encode()
	var joined sync.WaitGroup
	joined.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			joined.Go(func() { c.join(t, near) })
		}
	})
	t.Cleanup(func() {
		closing(t, listener)
		c.pull(true)
		joined.Wait()
	})
	there := *d
	there.uri = uri.String()
	return &there, c
}

// join passes on what the two ends of a connection say, until one of them ends.
func (c *cable) join(t *testing.T, near net.Conn) {
	defer func() { _ = near.Close() }() // once more, which does no harm
	far, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", c.to)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	c.mu.Lock()
	if c.out {
		c.mu.Unlock()
		return
	}
	c.ends = append(c.ends, near, far)
	c.mu.Unlock()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far)
		_ = near.Close()
	})
	_, _ = io.Copy(far, near)
	_ = far.Close()
	back.Wait()
}

// pull pulls the cable out, which cuts every connection, or puts it in again.
func (c *cable) pull(out bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = out
	if out {
		for _, end := range c.ends {
			_ = end.Close() // one that is closed already
		}
		c.ends = nil
	}
}

// TestCallersWhileTheStoreIsAway checks that nobody is let in who was not known a moment ago, and nobody
// told that their credential is bad, while the store does not answer.
func TestCallersWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	d, c := onMongoDB(t).cabled(t)
	p := d.start(t)
	m := newMachine(t, p, "a machine")
	token := m.clients[0].token(t, p, p.base)
	credentials := map[string]string{
		"an admin key": p.key, "an access token": token, "an unknown key": "gk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	}
	c.pull(true)
	for name, credential := range credentials {
		withinSpread(t, "with the store away "+name+" is answered UNAVAILABLE", func() bool {
			a := p.who(t, credential)
			if a.status == http.StatusOK && name != "an unknown key" {
				return false // it was known a moment ago
			}
			if a.status != http.StatusServiceUnavailable || a.text(t, "errors.0.extensions.code") != "UNAVAILABLE" || a.at(t, "data") != nil {
				t.Errorf("with the store away %s was answered %d %s", name, a.status, a.body)
			}
			return true
		})
	}
	for _, known := range m.clients {
		for path, form := range map[string]url.Values{
			"/oauth2/token": {"grant_type": {"client_credentials"}}, "/oauth2/introspect": {"token": {token}}, "/oauth2/revoke": {"token": {token}},
		} {
			a := known.form(t, p, p.base, path, form)
			if a.status != http.StatusServiceUnavailable || a.text(t, "error") != "temporarily_unavailable" || a.header.Get("Retry-After") == "" {
				t.Errorf("with the store away %s by %s was answered %d %s", path, known.Method, a.status, a.body)
			}
		}
	}
	if a := p.send(t, request{method: http.MethodGet, path: "/oauth2/jwks"}); a.status != http.StatusServiceUnavailable {
		t.Errorf("with the store away the key set was answered %d %s", a.status, a.body)
	}
	if a := p.send(t, request{method: http.MethodGet, path: "/.well-known/oauth-authorization-server"}); a.status != http.StatusOK {
		t.Errorf("with the store away the metadata, which needs none, was answered %d %s", a.status, a.body)
	}

	c.pull(false)
	until(t, "the key works again", func() bool { return p.who(t, p.key).status == http.StatusOK })
	if !p.admits(t, token) {
		t.Error("the token was refused when the store was back")
	}
	for _, known := range m.clients {
		if !p.admits(t, known.token(t, p, p.base)) {
			t.Error("a new token was refused when the store was back")
		}
	}
	if log := p.stderr.String(); strings.Contains(log, token) || strings.Contains(log, p.key) {
		t.Error("a credential is in the log")
	}
}
