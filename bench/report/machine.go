package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Machine is a sentence about where and with what the figures were measured: processor, memory,
// system, Go, the commit, and the versions of the modules named. What the system does not tell is left
// out. servers are what else took part, such as "MongoDB 8.0".
func Machine(ctx context.Context, servers []string, modules ...string) string {
	parts := []string{strconv.Itoa(runtime.NumCPU()) + " processors"}
	if name := proc("/proc/cpuinfo", "model name"); name != "" {
		parts[0] += " (" + name + ")"
	}
	if kib, err := strconv.ParseFloat(strings.TrimSuffix(proc("/proc/meminfo", "MemTotal"), " kB"), 64); err == nil {
		parts = append(parts, fmt.Sprintf("%.0f GiB of memory", kib/(1<<20)))
	}
	system := runtime.GOOS + "/" + runtime.GOARCH
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		system += " " + strings.TrimSpace(string(release))
	}
	parts = append(parts, system, runtime.Version())
	parts = append(parts, servers...)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if slices.Contains(modules, dependency.Path) {
				parts = append(parts, dependency.Path+" "+dependency.Version)
			}
		}
	}
	measured := time.Now().UTC().Format(time.DateOnly)
	if commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		measured += ", at commit " + strings.TrimSpace(string(commit))
	}
	return "Measured on " + measured + ": " + strings.Join(parts, ", ") + ".\n"
}

// proc returns the value of the first line of a file of /proc that begins with key.
func proc(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
