package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPanicOutsideOfGraphQL lets a handler panic before and after it began to answer, over a real
// connection. The server answers INTERNAL if it still can, and the next request.
func TestPanicOutsideOfGraphQL(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	var written bytes.Buffer
	log := slog.New(slog.NewTextHandler(&written, nil))
	seen, err := TelemetryConfig{}.telemetry(t.Context(), log)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(observed(log, seen, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/begun":
			w.WriteHeader(http.StatusAccepted)
			panic(secret)
		case "/panic":
			panic(secret)
		}
	})))
	for path, want := range map[string]int{"/panic": http.StatusInternalServerError, "/begun": http.StatusAccepted, "/": http.StatusOK} {
		status, body, err := get(t.Context(), server.URL+path)
		if err != nil || status != want || strings.Contains(body, secret) {
			t.Errorf("%s was answered %d %s %v", path, status, body, err)
		}
		if (path == "/panic") != strings.Contains(body, `"code":"INTERNAL"`) {
			t.Errorf("%s was answered %s", path, body)
		}
	}
	server.Close()
	if n := strings.Count(written.String(), "panic="+secret); n != 2 {
		t.Errorf("the log tells of %d panics:\n%s", n, &written)
	}
}
