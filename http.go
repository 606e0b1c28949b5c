package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"
	"github.com/rs/cors"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/oauth"
	"gatehouse/playground"
	"gatehouse/resolvers"
	"gatehouse/store"
	"gatehouse/telemetry"
)

const (
	graphqlPath   = "/graphql"
	requestIDName = "X-Request-Id"
	// maxRequestID bounds the IDs of requests that are taken over from clients, in bytes.
	maxRequestID = 64
	// maxRead bounds the documents that the lists of one request may read, in bytes, all together: costs
	// count objects, and a management application can be a thousand times as large as another.
	maxRead   = 16 << 20
	livePath  = "/livez"
	readyPath = "/readyz"
)

// routes is everything that the server answers.
func routes(config Config, log *slog.Logger, t *telemetry.Telemetry, a *admin.Admin, callers *auth.Authenticator, guard *guard, graphql, endpoints, pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(graphqlPath, crossOrigin(config.CORSOrigins, guard.timed(authenticated(callers, guard, log, config.HTTP.MaxBody, guard.callers(inContext(graphql))))))
	for _, path := range []string{"/oauth2/", oauth.MetadataPath, oauth.MetadataPath + "/"} {
		mux.Handle(path, guard.timed(guard.clients(inContext(endpoints))))
	}
	mux.Handle(playground.Path, pages)
	mux.Handle(playground.Path+"/", pages)
	probes(log, a)(mux)
	mux.Handle("GET /{$}", http.RedirectHandler(playground.Path, http.StatusFound))
	return observed(log, t, mux)
}

// probes answers whether the process lives and whether it can work, on whichever mux.
func probes(log *slog.Logger, a *admin.Admin) func(*http.ServeMux) {
	live := func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "live") }
	stands := shared(readyTimeout, a.Ready)
	ready := func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if err := stands(ctx); err != nil {
			log.WarnContext(ctx, "not ready", slog.Any("error", err))
			answer(w, http.StatusServiceUnavailable, "the store does not answer")
			return
		}
		answer(w, http.StatusOK, "ready")
	}
	return func(mux *http.ServeMux) {
		mux.HandleFunc("GET "+livePath, live)
		mux.HandleFunc("GET "+readyPath, ready)
	}
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text) // the client may be gone
}

// crossOrigin lets pages of these origins call, with a credential in the Authorization header;
// cookies are not used. No origin, no header.
func crossOrigin(origins []string, next http.Handler) http.Handler {
	next = noPlainGET(next)
	if len(origins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{"Authorization", "Content-Type", requestIDName, resolvers.CostHeader, resolvers.IdempotencyKeyName},
		ExposedHeaders: []string{requestIDName, resolvers.IdempotencyReplayedName, "Retry-After"},
		MaxAge:         600,
	}).Handler(next)
}

// noPlainGET refuses a GET that a browser sends for a page without having asked first: a link that is
// followed, an image or a script, and whatever a page of another origin calls that is not let in. None
// of them can have an Authorization header of its own, which is what admits a caller; but a proxy in
// front may add one for whoever has a session with it, and then nothing else would tell who wants it.
// Browsers say by themselves why they send a request (Fetch Metadata); other clients say nothing.
func noPlainGET(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && isPlainGET(r, w.Header()) {
			w.Header().Set("Cache-Control", "no-store")
			resolvers.WriteError(w, http.StatusForbidden, &model.Error{
				Code: model.Forbidden, Message: "Browsers may send a GET only by a script of this origin, or of one that is let in.",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isPlainGET looks at what a browser says about its request, and at the answer's headers for whether
// the origin has been let in.
func isPlainGET(r *http.Request, answer http.Header) bool {
	switch r.Header.Get("Sec-Fetch-Mode") {
	case "", "cors", "same-origin":
	default:
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return answer.Get("Access-Control-Allow-Origin") == ""
	}
	return false
}

// authenticated lets only known callers through, and bounds the body of their requests to maxBody bytes.
func authenticated(callers *auth.Authenticator, guard *guard, log *slog.Logger, maxBody int64, next contextual) contextual {
	noStore := []string{"no-store"} // of every answer; whoever adds to it gets another one
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request) {
		w.Header()["Cache-Control"] = noStore[:1:1]
		// Of several credentials none is taken: a proxy in front may have looked at another one than we would.
		principal, err := guard.authenticate(ctx, r, callers, strings.Join(r.Header.Values("Authorization"), ", "))
		if err != nil {
			refuse(ctx, w, log, challenge(r), err)
			return
		}
		principal.RequestID = w.Header().Get(requestIDName)
		telemetry.From(ctx).SetCaller(telemetry.Caller{
			Type: principal.Actor.Type.String(), ID: principal.Actor.ID, TenantID: principal.TenantID,
		})
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next(auth.With(store.WithAllowance(ctx, maxRead), principal), w, r)
	}
}

// refuse answers a caller who is not let in; challenge is for one without a valid credential.
func refuse(ctx context.Context, w http.ResponseWriter, log *slog.Logger, challenge string, err error) {
	status := http.StatusInternalServerError
	var known *model.Error
	if errors.As(err, &known) {
		status = known.Code.Status()
	}
	refusedUnread(w)
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", challenge)
	case http.StatusTooManyRequests:
	default:
		log.WarnContext(ctx, "a credential could not be checked", slog.Any("error", err))
	}
	resolvers.WriteError(w, status, err)
}

// challenge asks for a bearer credential. Whoever has sent one learns that it is not valid, and that
// another may be; nobody learns why (RFC 6750 §3).
func challenge(r *http.Request) string {
	const realm = `Bearer realm="gatehouse"`
	for _, authorization := range r.Header.Values("Authorization") {
		scheme, credential, _ := strings.Cut(authorization, " ")
		if strings.EqualFold(scheme, "Bearer") && credential != "" {
			return realm + `, error="invalid_token"`
		}
	}
	return realm
}

// observed gives every request an ID and a record of what became of it, and survives panics.
func observed(log *slog.Logger, t *telemetry.Telemetry, next http.Handler) http.Handler {
	nosniff := []string{"nosniff"} // of every answer; whoever adds to it gets another one
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDName)
		if !harmless(id) {
			id = newRequestID()
		}
		header := w.Header()
		header[requestIDName], header["X-Content-Type-Options"] = []string{id}, nosniff[:1:1]
		ctx, record := t.Begin(r.Context(), r, id)
		r = r.WithContext(ctx)
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		if panicked := serveSafely(next, recorder, r); panicked != nil {
			t.Panicked()
			log.ErrorContext(ctx, "panic", slog.String("requestId", id), slog.String("panic", panicked.text), slog.String("stack", panicked.stack))
			if !recorder.written {
				resolvers.WriteError(recorder, http.StatusInternalServerError, &model.Error{
					Code: model.Internal, Message: "Something went wrong inside. The log knows more under request " + id + ".",
				})
			}
		}
		record.End(ctx, answered(r, recorder.status))
	})
}

// harmless says whether what a client sends as an ID can do no harm in a log: 1 to 64 letters, digits
// and . _ : -
func harmless(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == ':', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= maxRequestID
}

// newRequestID makes a random UUID, as uuid.NewString does, without a copy of its bytes on the heap.
func newRequestID() string {
	var id uuid.UUID
	_, _ = rand.Read(id[:])   // it never fails
	id[6] = id[6]&0x0f | 0x40 // version 4 (RFC 9562 §5.4)
	id[8] = id[8]&0x3f | 0x80 // the variant of RFC 9562 §4.1
	return id.String()
}

// answered is what became of a request that the mux has seen.
func answered(r *http.Request, status int) telemetry.Answer {
	a := telemetry.Answer{Route: r.URL.Path, Status: status}
	switch a.Route {
	case graphqlPath:
		a.GraphQL = true
	case livePath, readyPath:
		a.Quiet = true
	case oauth.TokenPath, oauth.IntrospectionPath, oauth.RevocationPath, oauth.JWKSPath, oauth.MetadataPath, playground.Path:
	default: // The mux knows by which pattern it found the handler; the path is anything that a stranger types.
		_, a.Route, _ = strings.Cut(r.Pattern, "/")
		if r.Pattern != "" {
			a.Route = "/" + a.Route
		}
	}
	return a
}

type panicReport struct{ text, stack string }

// serveSafely reports a panic of next, which ends no more than its request.
func serveSafely(next http.Handler, w http.ResponseWriter, r *http.Request) (panicked *panicReport) {
	defer func() {
		if p := recover(); p != nil {
			panicked = &panicReport{text: fmt.Sprint(p), stack: string(debug.Stack())}
		}
	}()
	next.ServeHTTP(w, r)
	return nil
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status  int
	written bool
}

func (s *statusRecorder) WriteHeader(status int) {
	if !s.written {
		s.status, s.written = status, true
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(b []byte) (int, error) {
	s.written = true
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
