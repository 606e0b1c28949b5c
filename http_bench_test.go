package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/resolvers"
	"gatehouse/store"
)

// BenchmarkRequest measures a get of an app through everything in front of GraphQL and back, with its
// line in the log and its metrics: without traces, with all requests traced, and with none of them
// chosen. What a plain handler takes for the same is measured in the same run.
func BenchmarkRequest(b *testing.B) {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer collector.Close()
	for _, side := range []struct {
		name, endpoint string
		ratio          float64
		plain          bool
	}{{"plain", "", 0, true}, {"untraced", "", 0, false}, {"unsampled", collector.URL, 0, false}, {"traced", collector.URL, 1, false}} {
		b.Run(side.name, func(b *testing.B) {
			config := defaults()
			config.Telemetry.OTLPEndpoint, config.Telemetry.OTLPRatio = side.endpoint, side.ratio
			w := newWorkbench(b, config)
			handler := w.handler
			if side.plain {
				handler = w.plain
			}
			get := newExchange(handler, w.getApp())
			b.ReportAllocs()
			for b.Loop() {
				if status := get.do(); status != http.StatusOK {
					b.Fatal(status, get.answer.String())
				}
			}
		})
	}
}

// BenchmarkServer measures requests on 16 connections to the server as it runs: what a handler takes
// that answers always the same, a plain one, and all of Gatehouse. The clients take part of the time,
// the same for each.
func BenchmarkServer(b *testing.B) {
	const connections = 16
	w := newWorkbench(b, defaults())
	log := slog.New(slog.DiscardHandler)
	constant := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":{"app":null}}`)
	})
	bare := func(handler http.Handler) *http.Server {
		return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	}
	guarded := func(handler http.Handler) *http.Server { return w.guard.server(handler, log) }
	for _, side := range []struct {
		name    string
		make    func(http.Handler) *http.Server
		handler http.Handler
	}{
		{"constant", bare, constant}, {"guarded constant", guarded, constant}, {"plain", bare, w.plain}, {"gatehouse", guarded, w.handler},
	} {
		b.Run(side.name, func(b *testing.B) {
			server := side.make(side.handler)
			listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			go func() { _ = server.Serve(listener) }()
			defer func() { _ = server.Close() }()
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ReportAllocs()
			b.ResetTimer()
			var clients sync.WaitGroup
			for range connections {
				clients.Go(func() {
					if err := repeat(b.Context(), listener.Addr().String(), w.getApp(), &left); err != nil {
						b.Error(err)
					}
				})
			}
			clients.Wait()
		})
	}
}

// repeat sends a request again and again on one connection, as long as there are any left to be sent.
func repeat(ctx context.Context, address string, r *http.Request, left *atomic.Int64) error {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	var sent bytes.Buffer
	if err := r.Write(&sent); err != nil {
		return err
	}
	answers := bufio.NewReader(connection)
	for left.Add(-1) >= 0 {
		if _, err := connection.Write(sent.Bytes()); err != nil {
			return err
		}
		length := 0
		for line := []byte("x"); len(line) > 0; {
			if line, err = answers.ReadSlice('\n'); err != nil {
				return err
			}
			line = bytes.TrimRight(line, "\r\n")
			if text, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				for _, digit := range text {
					length = 10*length + int(digit-'0')
				}
			}
			if bytes.HasPrefix(line, []byte("HTTP/")) && !bytes.HasSuffix(line, []byte(" 200 OK")) {
				return fmt.Errorf("the answer is %s", line)
			}
		}
		if _, err := answers.Discard(length); err != nil {
			return err
		}
	}
	return nil
}

// workbench is a server over a store with one app, and a plain handler over the same store.
type workbench struct {
	guard          *guard
	handler, plain http.Handler
	app            *model.App
}

// newWorkbench makes everything of a server but the listener. Its data is in a folder of the test.
func newWorkbench(tb testing.TB, config Config) *workbench {
	tb.Helper()
	config.Data = tb.TempDir()
	log := slog.New(slog.NewJSONHandler(io.Discard, nil)) //nolint:sloglint // writing the line is part of what is measured
	t, err := config.Telemetry.telemetry(tb.Context(), log)
	if err != nil {
		tb.Fatal(err)
	}
	o, err := open(tb.Context(), config, log, t)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		endTraces(tb.Context(), t, log)
		if err := o.store.Close(); err != nil {
			tb.Error(err)
		}
	})
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: o.store, Now: time.Now, Log: log, ConfiguredKey: longKey, TenantID: admin.DefaultTenantID,
		Observe: observeCredentials(t),
	})
	w := &workbench{app: oneApp(tb, o.store), plain: plainGet(callers, o.store)}
	if w.guard, err = config.guard(); err != nil {
		tb.Fatal(err)
	}
	graphql := resolvers.Handler(o.admin, log, resolvers.Options{Limits: config.Limits.limits(), Admit: w.guard.admit})
	w.handler = routes(config, log, t, o.admin, callers, w.guard, graphql, http.NotFoundHandler(), http.NotFoundHandler())
	return w
}

// oneApp is an app that is in the store.
func oneApp(tb testing.TB, s *store.Store) *model.App {
	tb.Helper()
	by, uri := model.Actor{Type: model.ActorTypeSystem, ID: "test", Name: "test"}, "https://example.com/callback"
	app := &model.App{
		Entity: model.NewEntity(admin.DefaultTenantID, by, time.Now()),
		UserID: otherTenant, Name: "app", RedirectURI: &uri, IsActive: true,
	}
	app.Normalize()
	if err := s.Apps.Load(tb.Context(), []*model.App{app}); err != nil {
		tb.Fatal(err)
	}
	return app
}

// plainGet is a handler that knows no GraphQL: it authenticates, reads an app and writes it.
func plainGet(callers *auth.Authenticator, s *store.Store) http.Handler {
	type app struct {
		ID          string  `json:"id"`
		Name        string  `json:"name"`
		UserID      string  `json:"userId"`
		RedirectURI *string `json:"redirectUri"`
		IsActive    bool    `json:"isActive"`
		CreatedAt   string  `json:"createdAt"`
		UpdatedAt   string  `json:"updatedAt"`
		Revision    int32   `json:"revision"`
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		principal, err := callers.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		var in struct{ Variables struct{ ID string } }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		found, err := s.Apps.Get(auth.With(r.Context(), principal), principal.TenantID, in.Variables.ID)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"app": &app{
			ID: found.ID, Name: found.Name, UserID: found.UserID, RedirectURI: found.RedirectURI, IsActive: found.IsActive,
			CreatedAt: model.FormatDateTime(found.CreatedAt), UpdatedAt: model.FormatDateTime(found.UpdatedAt), Revision: found.Revision,
		}}})
	})
}

// getApp is a request for the app.
func (w *workbench) getApp() *http.Request {
	body := `{"query":"query GetApp($id: ID!) { app(id: $id) { id name userId redirectUri isActive createdAt updatedAt revision } }","operationName":"GetApp","variables":{"id":"` + w.app.ID + `"}}`
	r, _ := http.NewRequest(http.MethodPost, "http://localhost"+graphqlPath, strings.NewReader(body)) //nolint:noctx // it is sent many times
	r.URL = &url.URL{Scheme: "http", Host: "localhost", Path: graphqlPath}
	r.RemoteAddr = "127.0.0.1:50000"
	r.Header.Set("Authorization", "Bearer "+longKey)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// exchange makes one request of a handler again and again, without anything of its own that would
// count: whatever is allocated is the handler's.
type exchange struct {
	handler http.Handler
	request *http.Request
	text    []byte
	body    bytes.Reader
	header  http.Header
	status  int
	answer  bytes.Buffer
}

func newExchange(handler http.Handler, r *http.Request) *exchange {
	text, _ := io.ReadAll(r.Body) // it is in memory
	e := &exchange{handler: handler, request: r, text: text, header: http.Header{}}
	r.Body = io.NopCloser(&e.body)
	return e
}

// do makes the request, and returns the status of the answer.
func (e *exchange) do() int {
	e.body.Reset(e.text)
	clear(e.header)
	e.answer.Reset()
	e.status = http.StatusOK
	e.request.Body = io.NopCloser(&e.body)
	e.handler.ServeHTTP(e, e.request)
	return e.status
}

func (e *exchange) Header() http.Header         { return e.header }
func (e *exchange) WriteHeader(status int)      { e.status = status }
func (e *exchange) Write(b []byte) (int, error) { return e.answer.Write(b) }
