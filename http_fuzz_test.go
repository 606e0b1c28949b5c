package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/resolvers"
	"gatehouse/secret"
	"gatehouse/store"
)

// fuzzKey is the credential of the server that is fuzzed.
const fuzzKey = longKey

// entry is the whole of HTTP over an empty store in a folder of the test.
func entry(f *testing.F, log io.Writer) http.Handler {
	f.Helper()
	folder := f.TempDir()
	backend, err := openBackend(f.Context(), folder)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := backend.Close(); err != nil {
			f.Error(err)
		}
	})
	s, err := store.Open(f.Context(), backend, store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	keys, err := secret.Create(filepath.Join(folder, "keyset.json"))
	if err != nil {
		f.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError}))
	a := admin.New(s, keys, time.Now, logger)
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: s, Now: time.Now, Log: logger, ConfiguredKey: fuzzKey, TenantID: admin.DefaultTenantID,
	})
	config := defaults()
	config.CORSOrigins = []string{"https://admin.example.com"}
	options := resolvers.Options{Limits: resolvers.DefaultLimits()}
	guard, err := config.guard()
	if err != nil {
		f.Fatal(err)
	}
	observer, err := config.Telemetry.telemetry(f.Context(), logger)
	if err != nil {
		f.Fatal(err)
	}
	return routes(config, logger, observer, a, callers, guard, resolvers.Handler(a, logger, options), http.NotFoundHandler(), http.NotFoundHandler())
}

// FuzzHTTP sends anything to the endpoint. It is answered without a fault: with a status below 500, and
// with JSON that has data or errors, but for what has no body; nothing is logged as an error.
func FuzzHTTP(f *testing.F) {
	const query = `{"query": "{ __typename }"}`
	for _, seed := range []struct{ method, parameters, headers, body string }{
		{"POST", "", "Content-Type: application/json", query},
		{"POST", "", "Content-Type: application/json\nAccept: application/graphql-response+json;q=0.5, */*;q=0.1", `{"query": "{", "variables": {"a": [1, {"b": null}]}, "operationName": null}`},
		{"POST", "", "Content-Type: application/json; charset=utf-8\nOrigin: https://admin.example.com\nGraphQL-Cost: 1", `{"query": "query a($n: Int) { users(first: $n) { nodes { id } } }", "variables": {"n": 1e99}}`},
		{"POST", "", "Content-Type: application/json", `{"query": "mutation($s: String!) { createUser(input: {username: $s}) { user { id } } }", "variables": {"s": "\ud800"}}`},
		{"POST", "", "Content-Type: application/json", `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}`},
		{"POST", "", "Content-Type: application/json\nIdempotency-Key: \"a\"", `{"query": "mutation { deleteUser(id: \"x\") { deletedId } }"}`},
		{"POST", "", "Content-Type: text/plain\nContent-Encoding: gzip", "\x1f\x8b"},
		{"GET", "query=%7B__typename%7D&variables=%7B%7D", "Sec-Fetch-Mode: cors\nSec-Fetch-Site: cross-site\nOrigin: https://admin.example.com", ""},
		{"GET", "query=mutation%7B__typename%7D&extensions=%5B", "", ""},
		{"OPTIONS", "", "Origin: https://admin.example.com\nAccess-Control-Request-Method: GET", ""},
		{"HEAD", "", "Accept: text/html", ""},
		{"POST", "", "Authorization: Basic eDp4\nX-Request-Id: a b", query},
	} {
		f.Add(seed.method, seed.parameters, seed.headers, seed.body)
	}
	var log strings.Builder
	handler := entry(f, &log)
	f.Fuzz(func(t *testing.T, method, parameters, headers, body string) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://gatehouse.example.com"+graphqlPath, strings.NewReader(body))
		if err != nil {
			return // net/http takes no such method from anybody
		}
		request.URL.RawQuery = parameters
		request.Header.Set("Authorization", "Bearer "+fuzzKey)
		for line := range strings.Lines(headers) {
			name, value, _ := strings.Cut(line, ":")
			request.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		answer := recorder.Result()
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode >= 500 || log.Len() > 0 {
			t.Fatalf("was answered %d %s\n%s", answer.StatusCode, text, log.String())
		}
		if answer.StatusCode == http.StatusNoContent {
			if len(text) > 0 {
				t.Errorf("was answered 204 with %s", text)
			}
			return
		}
		var shape struct {
			Data   json.RawMessage
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
		}
		if err := json.Unmarshal(text, &shape); err != nil || (len(shape.Data) == 0 && len(shape.Errors) == 0) {
			t.Fatalf("was answered %d %s %v", answer.StatusCode, text, err)
		}
		for _, problem := range shape.Errors {
			if problem.Message == "" || problem.Extensions.Code == "" || problem.Extensions.Code == "INTERNAL" {
				t.Errorf("was answered %s", text)
			}
		}
		// With this media type the status says whether there is data.
		strict := strings.HasPrefix(answer.Header.Get("Content-Type"), "application/graphql-response+json")
		if strict && (shape.Data != nil) != (answer.StatusCode == http.StatusOK) {
			t.Errorf("was answered %d %s", answer.StatusCode, text)
		}
	})
}
