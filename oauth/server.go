package oauth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"gatehouse/admission"
	"gatehouse/auth"
	"gatehouse/secret"
	"gatehouse/store"
)

// The paths of the endpoints, below the issuer's URL.
const (
	TokenPath         = "/oauth2/token"
	IntrospectionPath = "/oauth2/introspect"
	RevocationPath    = "/oauth2/revoke"
	JWKSPath          = "/oauth2/jwks"
	// MetadataPath is where RFC 8414 §3 has the metadata of an issuer without a path. The path of one
	// that has one follows it.
	MetadataPath = "/.well-known/oauth-authorization-server"
)

const (
	// FailuresAtOnce is how many authentications may fail before the next one has to wait; see
	// admission.Failures.
	FailuresAtOnce = 20
	// FailuresPerSecond is how many may fail from then on.
	FailuresPerSecond = 1
	// maxRemembered bounds how many addresses, clients and pairs of both are remembered, each.
	maxRemembered = 10_000
)

// Keyset opens the secrets of clients, and seals the decoy that is opened where there is no client.
type Keyset interface {
	Seal(plaintext []byte, b secret.Binding) ([]byte, error)
	Open(sealed []byte, b secret.Binding) ([]byte, error)
}

// Options are what the endpoints work with. All are needed.
type Options struct {
	Store  *store.Store
	Keyset Keyset
	// Tokens issues and reads the access tokens; its issuer is the URL below which the endpoints are
	// reached.
	Tokens      *auth.Tokens
	SigningKeys *auth.SigningKeys
	Now         func() time.Time
	Log         *slog.Logger
	// ClientAddress is where a request came from, behind the proxies that are trusted.
	ClientAddress func(*http.Request) netip.Addr
	// Observe, unless nil, is told of every answer to a client at the endpoints that take a form, in the
	// context of its request.
	Observe func(ctx context.Context, o Outcome)
}

// Outcome is what came of a request of a client.
type Outcome struct {
	// Endpoint is the path of the endpoint.
	Endpoint string
	// Code is the error code that was answered; empty where there was no error.
	Code string
	// ClientID, ApplicationID and TenantID say who the client is; empty unless it has proved that.
	ClientID, ApplicationID, TenantID string
}

// server holds what the endpoints share.
type server struct {
	store    *store.Store
	tokens   *auth.Tokens
	signing  *auth.SigningKeys
	now      func() time.Time
	log      *slog.Logger
	address  func(*http.Request) netip.Addr
	observe  func(ctx context.Context, o Outcome)
	issuer   string
	audience string

	slowDown *admission.Failures
	secrets  *secretCheck
	// assertions checks what clients sign.
	assertions *assertionCheck
}

// Handler answers below /oauth2/ and at the paths of the metadata. It fails when the decoys cannot be
// made.
func Handler(o Options) (http.Handler, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	return s.routes(), nil
}

func newServer(o Options) (*server, error) {
	secrets, err := newSecretCheck(o)
	if err != nil {
		return nil, err
	}
	assertions, err := newAssertionCheck(o)
	if err != nil {
		return nil, err
	}
	slow, err := admission.NewFailures(admission.Allowance{PerSecond: FailuresPerSecond, Burst: FailuresAtOnce}, maxRemembered)
	if err != nil {
		return nil, err
	}
	observe := o.Observe
	if observe == nil {
		observe = func(context.Context, Outcome) {}
	}
	return &server{
		observe: observe,
		store:   o.Store, tokens: o.Tokens, signing: o.SigningKeys, now: o.Now, log: o.Log, address: o.ClientAddress,
		issuer: o.Tokens.Issuer(), audience: o.Tokens.Audience(),
		slowDown: slow, secrets: secrets, assertions: assertions,
	}, nil
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(TokenPath, s.endpoint(TokenPath, s.token))
	mux.Handle(IntrospectionPath, s.endpoint(IntrospectionPath, s.introspect))
	mux.Handle(RevocationPath, s.endpoint(RevocationPath, s.revoke))
	mux.HandleFunc(JWKSPath, s.document(s.signing.CacheFor(), s.jwks))
	mux.HandleFunc(MetadataPath, s.document(metadataLife, s.metadata))
	mux.HandleFunc(MetadataPath+"/", s.pathMetadata)
	return mux
}

// url is the URL of an endpoint.
func (s *server) url(path string) string { return strings.TrimSuffix(s.issuer, "/") + path }

// call is one request of a client that has proved who it is.
type call struct {
	form   form
	client *client
	at     time.Time
}

// endpoint answers requests that a client makes with a form. do returns what is answered as JSON with
// status 200, nothing for an empty body, or a *refusal; any other error is told as a failure of the
// store.
func (s *server) endpoint(path string, do func(*http.Request, call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noStore(w)
		outcome := Outcome{Endpoint: path}
		defer func(ctx context.Context) { s.observe(ctx, outcome) }(r.Context())
		c, err := s.called(w, r, path)
		if err == nil {
			outcome.ClientID, outcome.ApplicationID, outcome.TenantID = c.client.stored.ID, c.client.app.ID, c.client.app.TenantID
			var answer any
			if answer, err = do(r, c); err == nil {
				s.write(w, r, http.StatusOK, contentJSON, answer)
				return
			}
		}
		outcome.Code = s.refuse(w, r, path, err)
	})
}

// called reads the request of a client that proves who it is.
func (s *server) called(w http.ResponseWriter, r *http.Request, path string) (call, error) {
	if r.Method != http.MethodPost {
		return call{}, wrongMethod(http.MethodPost)
	}
	parsed, err := readForm(w, r)
	if err != nil {
		return call{}, err
	}
	shown, err := credentialsOf(r, parsed)
	if err != nil {
		return call{}, err
	}
	at := s.now()
	known, err := s.authenticate(r, shown, path, at)
	return call{form: parsed, client: known, at: at}, err
}

// refuse answers with an error, and leaves a line in the log that holds nothing of the request but
// where it went. It returns the code of the error.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, path string, err error) (code string) {
	var known *refusal
	if !errors.As(err, &known) {
		s.log.WarnContext(r.Context(), "an OAuth request could not be answered", slog.String("endpoint", path), slog.Any("error", err))
		known = temporarilyUnavailable()
	} else {
		s.log.InfoContext(r.Context(), "an OAuth request is refused", slog.String("endpoint", path),
			slog.String("error", known.Code), slog.String("why", known.why), slog.String("clientId", known.clientID),
			slog.String("address", s.address(r).String()))
	}
	known.headers(w.Header())
	s.write(w, r, known.status, contentJSON, known)
	return known.Code
}
