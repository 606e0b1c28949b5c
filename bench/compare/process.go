package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// build builds both programs into a folder, as `make build` does, unless there are binaries to use.
func build(ctx context.Context, s *settings, folder string) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	at := strings.TrimSpace(string(root))
	pgo := "-pgo=" + s.pgo
	if s.pgo != "off" {
		pgo = "-pgo=" + filepath.Join(at, s.pgo)
	}
	for _, program := range []struct {
		binary *string
		source string
	}{{&s.program, "."}, {&s.plain, "./bench/plain"}} {
		if *program.binary != "" {
			continue
		}
		*program.binary = filepath.Join(folder, filepath.Base(filepath.Join("gatehouse", program.source)))
		command := exec.CommandContext(ctx, "go", "build", "-trimpath", pgo, "-o", *program.binary, program.source)
		command.Dir, command.Env = at, append(os.Environ(), "CGO_ENABLED=0")
		if text, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", program.source, err, text)
		}
	}
	return nil
}

// process is a running server.
type process struct {
	command *exec.Cmd
	// address is where it answers, metrics where it tells of itself.
	address, metrics string
	// firstKey is the admin key that it has made, if it made one.
	firstKey string
}

// startGatehouse starts the real program with its default settings, but for the time that a request
// waits for its turn: a measurement that keeps all connections busy would be refused after a tenth of
// a second, and is to be served. Metrics and profiles can be had, and the log is written to a file.
func startGatehouse(ctx context.Context, binary string, log string, at location) (*process, error) {
	args := []string{"--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--pprof", "--max-wait=30s", "--keyset-file=" + at.keyset}
	if at.uri != "" {
		args = append(args, "--mongodb-uri="+at.uri, "--public-url=http://127.0.0.1")
	} else {
		args = append(args, "--data="+at.folder)
	}
	p, lines, err := start(ctx, binary, log, args...)
	if err != nil {
		return nil, err
	}
	for line := range lines {
		if key, ok := strings.CutPrefix(line, "Admin key (shown this once): "); ok {
			p.firstKey = key
		}
		if at, ok := strings.CutPrefix(line, "Playground: http://"); ok {
			p.address, _, _ = strings.Cut(at, "/")
			break
		}
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the log: %w", err), p.stop())
	}
	served := regexp.MustCompile(`metrics are served.* address=(\S+)`).FindSubmatch(text)
	if p.address == "" || served == nil {
		return nil, errors.Join(fmt.Errorf("%s did not start: %s", binary, text), p.stop())
	}
	p.metrics = string(served[1])
	return p, nil
}

// startPlain starts program plain.
func startPlain(ctx context.Context, binary, log string, at location) (*process, error) {
	args := []string{"-keyset-file", at.keyset}
	if at.uri != "" {
		args = append(args, "-mongodb-uri", at.uri)
	} else {
		args = append(args, "-data", at.folder)
	}
	p, lines, err := start(ctx, binary, log, args...)
	if err != nil {
		return nil, err
	}
	p.address = strings.TrimPrefix(<-lines, "http://")
	p.metrics = p.address
	if p.address == "" {
		text, err := os.ReadFile(log)
		return nil, errors.Join(fmt.Errorf("%s did not start: %s", binary, text), err, p.stop())
	}
	return p, nil
}

// start starts a program, whose errors go to a file and whose lines of output to a channel.
func start(ctx context.Context, binary, log string, args ...string) (*process, <-chan string, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, nil, fmt.Errorf("make a log: %w", err)
	}
	defer func() { _ = file.Close() }() // the program has its own
	command := exec.CommandContext(ctx, binary, args...)
	command.Stderr = file
	// Nothing of this process's environment is to configure a server.
	command.Env = []string{"HOME=" + os.TempDir(), "PATH=" + os.Getenv("PATH")}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", binary, err)
	}
	if err := command.Start(); err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", binary, err)
	}
	lines := make(chan string, 16)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(output)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
	return &process{command: command}, lines, nil
}

// stop ends the server and waits for it.
func (p *process) stop() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop a server: %w", err)
	}
	err := p.command.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && p.address == "" {
		return nil // it is known already that it did not start
	}
	return err
}

// processorTime is what the server has had of all processors since it began, in ticks of 10 ms.
func (p *process) processorTime() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	// Behind the name, which may have spaces and parentheses in it: proc_pid_stat(5).
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const user, system, tick = 11, 12, 10 * time.Millisecond
	if len(fields) <= system {
		return 0, errors.New("read the processor time: too few fields")
	}
	u, err := strconv.ParseInt(fields[user], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	s, err := strconv.ParseInt(fields[system], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	return time.Duration(u+s) * tick, nil
}

// allocations is how many objects the server has allocated since it began.
func (p *process) allocations(ctx context.Context) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.metrics+"/metrics", http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("ask for metrics: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask for metrics: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "go_memstats_mallocs_total "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, errors.New("the metrics do not tell of allocations")
}
