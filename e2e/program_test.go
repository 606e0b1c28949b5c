package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long the tests wait for what ought to happen at once. It only bounds how long a
// failure takes.
const patience = time.Minute

// program is the running server.
type program struct {
	// link is the address of the playground as printed, with the key if it was.
	link string
	// base is the address of the server, without a slash at its end.
	base string
	// key is a valid admin key.
	key string

	process *os.Process
	stdout  *output
	stderr  *output
	// ended is closed when the process is over; code is then its exit code, -1 when a signal ended it.
	ended chan struct{}
	code  int
}

// output collects what a process writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	// more is closed, and replaced, whenever something comes in.
	more chan struct{}
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.text.Write(b)
}

// String is everything so far.
func (o *output) String() string {
	text, _ := o.read()
	return text
}

func (o *output) read() (text string, more <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String(), o.more
}

// environment is what the program is started with beside its own variables.
func environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(),
		// A data race ends the program at once, with a code that no test expects. So there is nothing to
		// wait for at the end, for which the race detector takes a second.
		"GORACE=halt_on_error=1 exitcode=66 atexit_sleep_ms=0",
	}
}

// begin starts the program on a free port. variables are NAME=VALUE. The program is stopped at the
// end of the test if it still runs.
func begin(t testing.TB, variables ...string) *program {
	t.Helper()
	return launch(t, nil, variables...)
}

// launch starts the program with arguments on its command line, as begin does without.
func launch(t testing.TB, arguments []string, variables ...string) *program {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), os.Getenv(programVariable), arguments...)
	command.Env = append(environment(), "GATEHOUSE_LISTEN=127.0.0.1:0", "GATEHOUSE_LOG_LEVEL=debug")
	command.Env = append(command.Env, variables...)
	command.Dir = t.TempDir()
	return supervise(t, command)
}

// supervise starts a command, and stops it at the end of the test if it still runs.
func supervise(t testing.TB, command *exec.Cmd) *program {
	t.Helper()
	p := &program{stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	command.Stdout, command.Stderr = p.stdout, p.stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p.process = command.Process
	go func() {
		defer close(p.ended)
		err := command.Wait()
		p.code = command.ProcessState.ExitCode()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			p.code = -1
		}
	}()
	t.Cleanup(func() {
		select {
		case <-p.ended:
		default:
			p.stop(t)
		}
		if t.Failed() {
			t.Logf("the log ends:\n%s", tail(p.stderr.String(), 2000))
		}
	})
	return p
}

// announced waits until the program has said where it is.
func (p *program) announced(t testing.TB) {
	t.Helper()
	p.link = p.await(t, `(?m)^Playground: (\S+)$`)
	p.base, _, _ = strings.Cut(p.link, "/playground")
	if found := regexp.MustCompile(`(?m)^Admin key \(shown this once\): (\S+)$`).FindStringSubmatch(p.stdout.String()); found != nil {
		p.key = found[1]
	}
}

// await waits until the program has printed what the pattern describes, and returns its group.
func (p *program) await(t testing.TB, pattern string) string {
	t.Helper()
	search := regexp.MustCompile(pattern)
	late := time.After(patience)
	for {
		text, more := p.stdout.read()
		if found := search.FindStringSubmatch(text); found != nil {
			return found[1]
		}
		select {
		case <-more:
		case <-p.ended:
			t.Fatalf("the program ended with code %d before it printed %s\n%s%s", p.code, pattern, p.stdout, p.stderr)
		case <-late:
			t.Fatalf("the program did not print %s\n%s%s", pattern, p.stdout, p.stderr)
		}
	}
}

// ready waits until the program is ready. It listens before it says where, so that asking once is
// enough.
func (p *program) ready(t testing.TB) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK || string(body) != "ready\n" {
		t.Fatalf("/readyz answered %s %q %v", response.Status, body, err)
	}
}

// with is the same server, called with another credential.
func (p *program) with(credential string) *program {
	other := *p
	other.key = credential
	return &other
}

// signal sends a signal to the program.
func (p *program) signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if err := p.process.Signal(signal); err != nil {
		t.Errorf("send %v: %v", signal, err)
	}
}

// wait waits until the program is over and returns its exit code, -1 when a signal ended it.
func (p *program) wait(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.signal(t, syscall.SIGKILL)
		t.Errorf("the program does not end\n%s", tail(p.stderr.String(), 2000))
		<-p.ended
	}
	return p.code
}

// stop stops the program as an operator does, and checks that it ended well.
func (p *program) stop(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != 0 {
		t.Errorf("the program ended with code %d after SIGTERM\n%s", code, tail(p.stderr.String(), 2000))
	}
}

// kill ends the program as a crash does.
func (p *program) kill(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	if code := p.wait(t); code != -1 {
		t.Errorf("the program ended with code %d before it was killed\n%s", code, tail(p.stderr.String(), 2000))
	}
}

// tail is the end of a text.
func tail(text string, most int) string { return text[max(0, len(text)-most):] }
