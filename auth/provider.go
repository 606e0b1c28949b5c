package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	// providerTimeout bounds one attempt to learn a provider's keys: two requests.
	providerTimeout = 5 * time.Second
	// providerPause is the least time from the end of one attempt to the next, however many tokens ask
	// for it.
	providerPause = time.Second
	// keysFresh is how long a provider's keys are used without asking for them again. A key that the
	// provider withdraws is refused after this time at the latest.
	keysFresh = 5 * time.Minute
	// staleKeysPause is how long keys that are no longer fresh go on being used without another look
	// after it failed, so that a provider that hangs does not make everybody wait.
	staleKeysPause = time.Minute
	// maxProviderAnswer bounds an answer of the provider, in bytes.
	maxProviderAnswer = 512 << 10
	// maxProviderProblem bounds what the log says of a failure, in bytes: the provider's answer is in it.
	maxProviderProblem = 500
)

// providerKeys are what a provider signs with.
type providerKeys struct {
	// algorithms are asymmetric ones, at least one.
	algorithms []string
	keys       []jose.JSONWebKey
	fetched    time.Time
}

// provider learns the keys of an OpenID provider, when they are first asked for, and keeps them. All
// its requests together are bounded, whatever tokens are shown: at most one attempt runs at a time,
// and who comes meanwhile shares its result.
type provider struct {
	issuer string
	client *http.Client
	now    func() time.Time

	mu sync.Mutex
	// known is nil until an attempt has succeeded.
	known *providerKeys
	// failed is when an attempt last failed; zero if none has.
	failed time.Time
	// last is the running attempt or the last one; nil before the first.
	last *attempt
}

// attempt is one attempt to learn the keys.
type attempt struct {
	// done is closed at its end; the other fields are valid only then.
	done  chan struct{}
	ended time.Time
	keys  *providerKeys
	err   error
}

// newProvider makes a provider that is asked through transport; nil is a transport of its own.
func newProvider(issuer string, transport http.RoundTripper, now func() time.Time) *provider {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: providerTimeout}).DialContext,
			TLSHandshakeTimeout:    providerTimeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           2,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return &provider{issuer: issuer, now: now, client: &http.Client{
		Transport: boundedTransport{transport},
		Timeout:   providerTimeout,
		// Discovery answers 200 where the issuer says (OpenID Connect Discovery 1.0 §4.2). A redirection
		// could lead to where nobody has allowed us to look for keys.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// current is the keys as far as they need not be asked for.
func (p *provider) current(ctx context.Context) (*providerKeys, error) {
	p.mu.Lock()
	known, failed := p.known, p.failed
	p.mu.Unlock()
	if known != nil && (p.now().Sub(known.fetched) < keysFresh || p.now().Sub(failed) < staleKeysPause) {
		return known, nil
	}
	renewed, err := p.renewed(ctx)
	if err != nil && known != nil {
		return known, nil
	}
	return renewed, err
}

// renewed is what the provider says now, or said if it was last asked less than providerPause ago.
func (p *provider) renewed(ctx context.Context) (*providerKeys, error) {
	a := p.attempt(ctx)
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the identity provider: %w", ctx.Err())
	case <-a.done:
		return a.keys, a.err
	}
}

// attempt is the running attempt, the last one if it ended less than providerPause ago, or else a
// new one.
func (p *provider) attempt(ctx context.Context) *attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil {
		select {
		case <-p.last.done:
			if p.now().Sub(p.last.ended) < providerPause {
				return p.last
			}
		default:
			return p.last
		}
	}
	a := &attempt{done: make(chan struct{})}
	p.last = a
	// Others may be waiting for it when the request that began it is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), providerTimeout)
	go func() {
		defer cancel()
		a.keys, a.err = p.fetch(ctx)
		a.ended = p.now()
		p.mu.Lock()
		defer p.mu.Unlock()
		if a.err == nil {
			p.known = a.keys
		} else {
			p.failed = a.ended
		}
		close(a.done)
	}()
	return a
}

// fetch asks the provider for its metadata and its keys.
func (p *provider) fetch(ctx context.Context) (*providerKeys, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.issuer)
	if err != nil {
		return nil, providerProblem("discovery", err)
	}
	var metadata struct {
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := found.Claims(&metadata); err != nil {
		return nil, providerProblem("discovery", err)
	}
	if err := checkProviderURL(metadata.Keys); err != nil {
		return nil, providerProblem("jwks_uri", err)
	}
	keys, err := p.fetchKeys(ctx, metadata.Keys)
	if err != nil {
		return nil, providerProblem("keys", err)
	}
	return &providerKeys{algorithms: asymmetric(metadata.Algorithms), keys: keys, fetched: p.now()}, nil
}

func (p *provider) fetchKeys(ctx context.Context, at string) ([]jose.JSONWebKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Cache-Control", "no-cache")
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, err
	}
	keys := make([]jose.JSONWebKey, 0, len(set.Keys))
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// A key that is not understood is as if it were not there (RFC 7517 §5).
		if json.Unmarshal(raw, &key) == nil && (key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// asymmetric leaves of what a provider says it signs with the algorithms whose keys are not secret. A
// provider that names none is left the one that all must have (OpenID Connect Discovery 1.0 §3).
func asymmetric(algorithms []string) []string {
	kept := slices.DeleteFunc(slices.Clone(algorithms), func(name string) bool {
		switch name {
		case oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA:
			return false
		}
		return true
	})
	if len(kept) == 0 {
		return []string{oidc.RS256}
	}
	return kept
}

// verify returns the payload of a token, which has one signature, if one of the keys has made that.
func (k *providerKeys) verify(token *jose.JSONWebSignature) ([]byte, bool) {
	header := token.Signatures[0].Protected
	for i := range k.keys {
		key := &k.keys[i]
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := token.Verify(key.Public()); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// tokenKeys is the oidc.KeySet for one token.
type tokenKeys struct {
	provider *provider
	keys     *providerKeys
	// unavailable is set when no key at hand has signed the token and the provider could not be asked
	// for others. The verifier's own error does not say which it was.
	unavailable error
}

// VerifySignature checks the signature with the keys at hand, then with those that the provider
// shows now: that is how a provider changes its keys (OpenID Connect Core 1.0 §10.1.1).
func (t *tokenKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	algorithms := make([]jose.SignatureAlgorithm, len(t.keys.algorithms))
	for i, name := range t.keys.algorithms {
		algorithms[i] = jose.SignatureAlgorithm(name)
	}
	parsed, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, err
	}
	if len(parsed.Signatures) != 1 || !isSignInType(parsed.Signatures[0].Protected) {
		return nil, errors.New("it is no token to sign in with")
	}
	if payload, ok := t.keys.verify(parsed); ok {
		return payload, nil
	}
	renewed, err := t.provider.renewed(ctx)
	if err != nil {
		t.unavailable = err
		return nil, err
	}
	if payload, ok := renewed.verify(parsed); ok {
		return payload, nil
	}
	return nil, errors.New("no key of the provider has signed it")
}

// CheckIssuer says what is wrong with the URL of a provider, or nil: it must be https, or http on a
// loopback host, without user information, query or fragment (OpenID Connect Discovery 1.0 §3).
func CheckIssuer(text string) error {
	if strings.ContainsAny(text, "?#@") {
		return errors.New("must have no user information, query or fragment")
	}
	return checkProviderURL(text)
}

func checkProviderURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("is not an absolute URL")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("must be an https URL")
	}
	address := net.ParseIP(u.Hostname())
	if !strings.EqualFold(u.Hostname(), "localhost") && (address == nil || !address.IsLoopback()) {
		return errors.New("must be an https URL: http is for loopback hosts only")
	}
	return nil
}

// providerProblem is an error for the log, short even where it quotes the provider.
func providerProblem(step string, err error) error {
	text := err.Error()
	if len(text) > maxProviderProblem {
		text = strings.ToValidUTF8(text[:maxProviderProblem], "") + "…"
	}
	return fmt.Errorf("%s of the identity provider: %s", step, text)
}

// boundedTransport bounds the answers that come through another transport.
type boundedTransport struct{ base http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{http.MaxBytesReader(nil, response.Body, maxProviderAnswer), response.Body}
	return response, nil
}
