package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// startRuns is how often the program is started.
	startRuns = 9
	// idleFor is how long it is left alone before its memory is read: what the start itself has allocated
	// is still there, since nothing makes Go collect it, and the check of the file in the background
	// is over.
	idleFor = 8 * time.Second
	// startTarget and memoryTarget are what the start and the memory may take.
	startTarget  = 150 * time.Millisecond
	memoryTarget = 40 << 20
	// startPatience bounds one start.
	startPatience = time.Minute
)

// starts is what the starts of the program took.
type starts struct {
	ready []time.Duration
	// resident is what was resident idleFor after the last start, and of it what no file backs, in bytes.
	resident, anonymous int
	file                int64
}

// measureStarts starts the program on the embedded store again and again, until /readyz answers. The
// file is in the system's memory by then, as it is after a restart; reading it from a disk for the
// first time is the disk's matter.
func measureStarts(ctx context.Context, o options, log func(string, ...any)) (*starts, error) {
	folder := filepath.Join(o.data, strconv.Itoa(o.apps))
	info, err := os.Stat(filepath.Join(folder, "gatehouse.db"))
	if err != nil {
		return nil, err
	}
	s := &starts{file: info.Size()}
	for n := range startRuns + 1 {
		took, err := s.start(ctx, o.program, folder, n == startRuns)
		if err != nil {
			return nil, err
		}
		if n > 0 { // the first makes the keyset and the first key
			s.ready = append(s.ready, took)
		}
	}
	slices.Sort(s.ready)
	log("ready after %s (median of %d, %s to %s) with a file of %d MiB; idle %d KiB resident, %d KiB of it anonymous\n",
		round(s.median()), len(s.ready), round(s.ready[0]), round(s.ready[len(s.ready)-1]), s.file>>20, s.resident>>10, s.anonymous>>10)
	return s, nil
}

func (s *starts) median() time.Duration { return s.ready[len(s.ready)/2] }

// start runs the program until it is ready, and then stops it as an operator does.
func (s *starts) start(ctx context.Context, program, folder string, weigh bool) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	address, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	process := exec.CommandContext(ctx, program, "--data", folder, "--listen", address)
	process.Env = []string{"PATH=" + os.Getenv("PATH")} // no settings of whoever measures
	process.Stderr = io.Discard
	started := time.Now()
	if err := process.Start(); err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, process.Process.Signal(syscall.SIGTERM))
		err = errors.Join(err, process.Wait())
	}()
	if err := untilReady(ctx, "http://"+address+"/readyz"); err != nil {
		return 0, err
	}
	took = time.Since(started)
	if !weigh {
		return took, nil
	}
	timer := time.NewTimer(idleFor)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	s.resident, s.anonymous, err = memory(process.Process.Pid)
	return took, err
}

// freeAddress is an address on which nobody listens.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// untilReady asks every millisecond until the answer is 200.
func untilReady(ctx context.Context, url string) error {
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("the program did not become ready: %w", ctx.Err())
}

// memory reads from /proc what is resident of a process, and how much of it is no page of a file, such
// as the program's own.
func memory(pid int) (resident, anonymous int, err error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch name {
		case "VmRSS":
			resident = kib << 10
		case "RssAnon":
			anonymous = kib << 10
		}
	}
	if resident == 0 {
		return 0, 0, errors.New("the system does not tell what is resident")
	}
	return resident, anonymous, nil
}
