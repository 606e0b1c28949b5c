package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"gatehouse/admission"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/oauth"
	"gatehouse/resolvers"
)

const (
	// headerTimeout bounds how long the header of a request may take to come.
	headerTimeout = 5 * time.Second
	// readTimeout bounds how long a request may take to come, header and body.
	readTimeout = 15 * time.Second
	// idleTimeout is how long a connection is kept for a next request.
	idleTimeout = 2 * time.Minute
	// writeTimeout bounds how long a client may take to read an answer.
	writeTimeout = 10 * time.Second
	// refusedTimeout bounds how long the body of a request that was refused may still take to come.
	refusedTimeout = time.Second
	// readyTimeout bounds how long the store may take to say that it is there.
	readyTimeout = 2 * time.Second
	// maxHeader bounds the header of a request, in bytes. The longest credential is half as long.
	maxHeader = 32 << 10
	// maxForm bounds the body of what OAuth clients send, in bytes. The endpoints themselves refuse less.
	maxForm = 1 << 20

	// retryFull is when a client may ask again after there was no room.
	retryFull = time.Second
	// unadmittedCost is what a GraphQL request is charged that was refused before it had a cost. The worst
	// takes about as much of a processor as a mutation does, which costs as much.
	unadmittedCost = 50

	// failuresAtOnce is how many credentials may fail from one address before it has to wait. Nobody
	// guesses a key, so it is only as strict as a flood makes necessary: each costs one look into the
	// store, and behind one address may be many callers, some of them with an old key in a script.
	failuresAtOnce = 1000
	// failuresPerSecond is how many may fail from then on.
	failuresPerSecond = 100
)

// guard bounds what requests may take; docs/overload.md has the whole of it.
type guard struct {
	timeout time.Duration
	// graphql and oauth are apart, so that neither can drown the other.
	graphql, oauth *admission.Gate
	// rates is nil when callers are not limited.
	rates    *admission.Rates
	failures *admission.Failures
	// seed is of the hashes by which failures know credentials. It is this process's own and nobody is
	// told a hash, so that nobody can choose a credential that has the hash of another one.
	seed        maphash.Seed
	connections *admission.Connections
	address     func(*http.Request) netip.Addr
	now         func() time.Time
	// answers are buffers for answers, so that not every request makes its own.
	answers *sync.Pool // of *bytes.Buffer
}

// guard makes what the configuration, which has been checked, asks for.
func (c Config) guard() (*guard, error) {
	trusted, err := parseNetworks(c.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("read the trusted proxies: %w", err)
	}
	failures, err := admission.NewFailures(admission.Allowance{PerSecond: failuresPerSecond, Burst: failuresAtOnce}, maxAccounts)
	if err != nil {
		return nil, fmt.Errorf("watch failures: %w", err)
	}
	rates, err := c.Admission.rates()
	if err != nil {
		return nil, fmt.Errorf("limit rates: %w", err)
	}
	return &guard{
		timeout: c.Admission.RequestTimeout,
		graphql: admission.NewGate(c.Admission.gate()), oauth: admission.NewGate(c.Admission.gate()),
		rates: rates, failures: failures, seed: maphash.MakeSeed(), connections: admission.NewConnections(c.Admission.MaxConnections),
		address: clientAddress(trusted), now: time.Now,
		answers: &sync.Pool{New: func() any { return &bytes.Buffer{} }},
	}, nil
}

// server makes a server that bounds what clients may take before there is a request.
func (g *guard) server(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		WriteTimeout:   g.timeout + writeTimeout, // for whatever sets no deadline of its own
		MaxHeaderBytes: maxHeader,
		ConnState:      g.connections.Track,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// contextual is an http.Handler which is handed its context apart from the request. Many have something
// to add to it, and http.Request.WithContext copies the whole request each time; so that is left to
// the last of them. The context of the request itself is an earlier one.
type contextual func(ctx context.Context, w http.ResponseWriter, r *http.Request)

// inContext hands a handler its context: apart, where it takes it so, or else in a copy of the request.
func inContext(handler http.Handler) contextual {
	if own, ok := handler.(interface {
		ServeIn(ctx context.Context, w http.ResponseWriter, r *http.Request)
	}); ok {
		return own.ServeIn
	}
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(ctx))
	}
}

// timed bounds the time in which a request is worked on; it reaches the store.
func (g *guard) timed(next contextual) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), g.timeout)
		defer cancel()
		next(ctx, w, r)
	})
}

// authenticate is callers.Authenticate for those who have not failed too often. Whoever shows a
// credential that was good before, where it was good before, does not wait for the failures of
// neighbours.
func (g *guard) authenticate(ctx context.Context, r *http.Request, callers *auth.Authenticator, authorization string) (*auth.Principal, error) {
	if authorization == "" { // costs nothing
		return callers.Authenticate(ctx, authorization)
	}
	from, credential := g.address(r), strconv.FormatUint(maphash.String(g.seed, authorization), 36)
	if wait := g.failures.Wait(g.now(), from, credential); wait > 0 {
		return nil, tooMany("Too many credentials that are not valid came from here.", wait)
	}
	principal, err := callers.Authenticate(ctx, authorization)
	if err == nil {
		g.failures.Succeeded(from, credential)
		return principal, nil
	}
	var known *model.Error
	if errors.As(err, &known) && known.Code == model.Unauthenticated {
		g.failures.Failed(g.now(), from, credential)
	}
	return nil, err
}

func tooMany(message string, wait time.Duration) error {
	return &model.Error{Code: model.TooManyRequests, Message: message, RetryAfter: wait}
}

// refusedUnread prepares the answer to a request whose body nobody reads. The server reads on for a
// while, since clients may write all of it before they read; a slow one is not waited for.
func refusedUnread(w http.ResponseWriter) {
	// A connection that has no deadlines is not one of the server's.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(refusedTimeout))
}

// visitKey is under what a request knows its visit.
type visitKey struct{}

// visit is the request of a caller who is charged for it, and the context by which it is known.
type visit struct {
	context.Context //nolint:containedctx // it is one

	caller string
	// settled says that the caller is charged what it has to be.
	settled bool
}

// visiting is a context in which a request is that of a caller.
func visiting(ctx context.Context, caller string) (context.Context, *visit) {
	v := &visit{Context: ctx, caller: caller}
	return v, v
}

// Value is the visit, or what the context around has (context.Context).
func (v *visit) Value(key any) any {
	if key == (visitKey{}) {
		return v
	}
	return v.Context.Value(key)
}

// admit charges a caller for an operation; resolvers.Options.Admit.
func (g *guard) admit(ctx context.Context, cost int) error {
	v, ok := ctx.Value(visitKey{}).(*visit)
	if g.rates == nil || !ok {
		return nil
	}
	v.settled = true
	if wait := g.rates.Take(g.now(), v.caller, cost); wait > 0 {
		return tooManyOperations(wait)
	}
	return nil
}

func tooManyOperations(wait time.Duration) error {
	return tooMany("The caller has spent all that it may at the moment.", wait)
}

// callers lets as many GraphQL requests of authenticated callers in as there is room for.
func (g *guard) callers(next contextual) contextual {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request) {
		principal, err := auth.From(ctx)
		if err != nil {
			resolvers.WriteError(w, http.StatusUnauthorized, err)
			return
		}
		within, v := visiting(ctx, principal.TenantID+" "+string(principal.Actor.Type)+" "+principal.Actor.ID)
		if g.rates != nil {
			// Before anything is read, and so cheaply.
			if wait := g.rates.Wait(g.now(), v.caller); wait > 0 {
				refusedUnread(w)
				resolvers.WriteError(w, http.StatusTooManyRequests, tooManyOperations(wait))
				return
			}
			ctx = within
			defer func() {
				if !v.settled {
					g.rates.Take(g.now(), v.caller, unadmittedCost)
				}
			}()
		}
		outside := g.inside(ctx, g.graphql, v.caller, w, r, next)
		if outside == nil {
			return
		}
		code := model.Unavailable
		if outside.status == http.StatusRequestTimeout {
			code = model.BadUserInput
		}
		refusal := &model.Error{Code: code, Message: outside.message}
		if code == model.Unavailable {
			v.settled = true // for nothing
			refusal.RetryAfter = retryFull
		}
		resolvers.WriteError(w, outside.status, refusal)
	}
}

// clients lets as many OAuth requests in as there is room for. Who a client is turns out when its
// request has been read, so those of one address are taken together.
func (g *guard) clients(next contextual) contextual {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		switch outside := g.inside(ctx, g.oauth, admission.Network(g.address(r)), w, r, next); {
		case outside == nil:
		case outside.status == http.StatusRequestTimeout:
			oauth.WriteTimeout(w)
		default:
			oauth.WriteUnavailable(w, retryFull)
		}
	}
}

// shared is a check that runs once for all who ask while it does: anybody may ask, and however many do,
// the store is asked by one at a time. It ends after timeout, whoever goes away meanwhile.
func shared(timeout time.Duration, check func(context.Context) error) func(context.Context) error {
	var checks singleflight.Group
	return func(ctx context.Context) error {
		result := checks.DoChan("", func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
			defer cancel()
			return nil, check(ctx)
		})
		select {
		case r := <-result:
			return r.Err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
