package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// started is a program that runs in this process.
type started struct {
	base string
	key  string
	// stop ends the context that the program runs in.
	stop context.CancelFunc
	// code comes when the program has ended.
	code   <-chan int
	stderr *bytes.Buffer // to be read when the program has ended
}

// start runs the program in this process and returns when it has said where it is.
func start(t *testing.T, variables ...string) *started {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	printed, stdout := io.Pipe()
	code := make(chan int, 1)
	s := &started{stop: stop, code: code, stderr: &bytes.Buffer{}}
	go func() {
		ended := run(ctx, nil, environmentOf(append(variables, "GATEHOUSE_LISTEN=127.0.0.1:0")...), stdout, s.stderr)
		code <- ended
		_ = stdout.CloseWithError(fmt.Errorf("exit code %d", ended)) // never fails
	}()
	text := make([]byte, 0, 1024)
	link := regexp.MustCompile(`(?s)(?:key \(shown this once\): (\S+)\n)?Playground: (http://[^/]+)/playground\S*\n`)
	for link.Find(text) == nil {
		n, err := printed.Read(text[len(text):cap(text)])
		if err != nil {
			t.Fatalf("the program ended: %v\n%s%s", err, text, s.stderr)
		}
		text = text[:len(text)+n]
	}
	found := link.FindSubmatch(text)
	s.key, s.base = string(found[1]), string(found[2])
	return s
}

// get asks for a page.
func get(ctx context.Context, address string) (status int, body string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "data")
	s := start(t, "GATEHOUSE_DATA="+folder)
	if s.key == "" {
		t.Error("the first start printed no key")
	}
	for path, want := range map[string]string{"/livez": "live\n", "/readyz": "ready\n"} {
		if status, body, err := get(t.Context(), s.base+path); status != http.StatusOK || body != want {
			t.Errorf("%s answered %d %q %v", path, status, body, err)
		}
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("ended with code %d\n%s", code, s.stderr)
	}
	if _, err := os.Stat(filepath.Join(folder, databaseFile)); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*-wal")); err != nil || len(left) > 0 {
		t.Errorf("the store was not closed: %v %v", left, err)
	}
	again := start(t, "GATEHOUSE_DATA="+folder)
	if again.key != "" {
		t.Error("the second start printed a key")
	}
	again.stop()
	if code := <-again.code; code != 0 {
		t.Errorf("ended with code %d\n%s", code, again.stderr)
	}
}

func TestRunReportsWhatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		arguments []string
		variables []string
		code      int
		says      string
	}{
		{"an unknown flag", []string{"--port=1"}, nil, 2, "unknown flag --port"},
		{"a flag without its value", []string{"--listen"}, nil, 2, "--listen"},
		{"two problems", nil, []string{"GATEHOUSE_LOG_LEVEL=x", "GATEHOUSE_LOG_FORMAT=y"}, 2, "GATEHOUSE_LOG_FORMAT"},
		{"an address that is nobody's", nil, []string{"GATEHOUSE_LISTEN=192.0.2.1:1", "GATEHOUSE_DATA=" + t.TempDir()}, 1, "listen"},
		{"a tenant without a name", []string{"tenant", "create"}, nil, 2, "<name>"},
		{"a tenant's key without the tenant", []string{"tenant", "key"}, nil, 2, "<tenant>"},
		{"a tenant with a blank name", []string{"tenant", "create", " "}, []string{"GATEHOUSE_DATA=" + t.TempDir()}, 1, "must not be blank"},
		{"a key of an unknown tenant", []string{"tenant", "key", "unknown"}, []string{"GATEHOUSE_DATA=" + t.TempDir()}, 1, "There is no such tenant."},
		{"tenants without a keyset", []string{"tenant", "list"}, []string{"MONGODB_URI=mongodb://127.0.0.1:1"}, 2, "GATEHOUSE_KEYSET_FILE"},
		{"a MongoDB URI that weakens writes", nil, []string{"MONGODB_URI=mongodb://u:hunter2@127.0.0.1:1/?w=1", "GATEHOUSE_KEYSET_FILE=unread"}, 1, "w must be majority"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), c.arguments, environmentOf(c.variables...), &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.says) || strings.Contains(stderr.String(), "hunter2") || stdout.Len() > 0 {
			t.Errorf("%s: code %d\n%s%s", c.name, code, &stdout, &stderr)
		}
	}
}

func TestRunAnswersWithoutServing(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{"version": "gatehouse ", "--help": "GATEHOUSE_ADMIN_KEY"} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{argument}, environmentOf(), &stdout, &stderr)
		if code != 0 || !strings.Contains(stdout.String(), want) || stderr.Len() > 0 {
			t.Errorf("%s: code %d\n%s%s", argument, code, &stdout, &stderr)
		}
	}
}

// TestServeUntil checks the order of a stop: no more connections, the request in flight, then what
// runs beside.
func TestServeUntil(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	inFlight, goOn, background := make(chan struct{}), make(chan struct{}), make(chan struct{})
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(inFlight)
			<-goOn
			if err := r.Context().Err(); err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
			}
		}),
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		served <- serveUntil(ctx, server, listener, time.Minute, func(ctx context.Context) {
			<-ctx.Done()
			close(background)
		})
	}()
	answered := make(chan int, 1)
	go func() {
		status, _, err := get(context.WithoutCancel(ctx), "http://"+listener.Addr().String())
		if err != nil {
			t.Error(err)
		}
		answered <- status
	}()
	<-inFlight
	stop()
	select {
	case err := <-served:
		t.Fatalf("ended with %v although a request was in flight", err)
	case <-background: // it may end first
	case status := <-answered:
		t.Fatalf("answered %d before it could", status)
	}
	close(goOn)
	if err := <-served; err != nil {
		t.Errorf("ended with %v", err)
	}
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the request in flight was answered %d", status)
	}
}

func TestServeUntilTheServerFails(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	ended := false
	err = serveUntil(t.Context(), &http.Server{ReadHeaderTimeout: time.Minute}, listener, time.Minute, func(ctx context.Context) {
		<-ctx.Done()
		ended = true
	})
	if !errors.Is(err, net.ErrClosed) || !ended {
		t.Errorf("ended with %v, and what runs beside: %v", err, ended)
	}
}

// TestFirstKeyIsNotLost has the first start fail after the store was made. The key is shown once, so
// it must not be made by a start that ends before it shows it.
func TestFirstKeyIsNotLost(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	}()
	folder := t.TempDir()
	var stdout, stderr bytes.Buffer
	for _, listen := range []string{
		"GATEHOUSE_LISTEN=" + taken.Addr().String(),
		"GATEHOUSE_LISTEN=127.0.0.1:0 GATEHOUSE_METRICS_LISTEN=" + taken.Addr().String(),
	} {
		stdout.Reset()
		stderr.Reset()
		code := run(t.Context(), nil, environmentOf(append(strings.Fields(listen), "GATEHOUSE_DATA="+folder)...), &stdout, &stderr)
		if code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), "listen") {
			t.Errorf("%s, which is taken: code %d\n%s%s", listen, code, &stdout, &stderr)
		}
	}
	s := start(t, "GATEHOUSE_DATA="+folder)
	if s.key == "" {
		t.Error("the start that came through printed no key")
	}
	s.stop()
	if code := <-s.code; code != 0 {
		t.Errorf("ended with code %d\n%s", code, s.stderr)
	}
}

// TestCopyRefuses gives the copy command what is neither a data folder nor a URI of MongoDB.
func TestCopyRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to string }{
		{"a folder that is not there", "nosuch", "to"},
		{"a mistyped source", "mongodb+svr://user:hunter2@db/gatehouse", "to"},
		{"a mistyped target", "data", "MongoDB://user:hunter2@db/gatehouse"},
		{"the same twice", "data", "data"},
	} {
		folder := t.TempDir()
		path := func(at string) string {
			if strings.Contains(at, "://") {
				return at
			}
			return filepath.Join(folder, at)
		}
		filled := start(t, "GATEHOUSE_DATA="+path("data"))
		filled.stop()
		<-filled.code
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"copy", "--from", path(c.from), "--to", path(c.to)}, environmentOf("GATEHOUSE_RESUME=true"), &stdout, &stderr)
		if code != 1 || strings.Contains(stdout.String()+stderr.String(), "hunter2") {
			t.Errorf("%s: code %d\n%s%s", c.name, code, &stdout, &stderr)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
			t.Errorf("%s left %v behind, %v", c.name, entries, err)
		}
	}
}
