package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// shipped are the files that tell others how to run the program.
func shipped(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"Dockerfile", "compose.yaml", "deploy/systemd/*", "deploy/kubernetes/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("there is nothing at %s: %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			texts[name] = string(text)
		}
	}
	return texts
}

// TestShippedVariables checks that every variable that is set for the program is one of its own.
func TestShippedVariables(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	if _, err := parseCommandLine([]string{"--help"}, environmentOf(), &help, &help); err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\b(?:GATEHOUSE|MONGODB)_[A-Z_]+\b`)
	known := map[string]bool{}
	for _, name := range variable.FindAllString(help.String(), -1) {
		known[name] = true
	}
	found := map[string]bool{}
	for file, text := range shipped(t) {
		for _, name := range variable.FindAllString(text, -1) {
			found[name] = true
			if !known[name] {
				t.Errorf("%s sets %s, which the program does not know", file, name)
			}
		}
	}
	if !known["GATEHOUSE_LISTEN"] || !found["GATEHOUSE_KEYSET_FILE"] || !found["MONGODB_URI"] {
		t.Errorf("known are %v, found %v", known, found)
	}
}

// TestShippedPatience checks that nobody kills the program while it still waits for requests in flight.
func TestShippedPatience(t *testing.T) {
	t.Parallel()
	texts := shipped(t)
	graceful := defaults().Admission.graceful()
	for file, pattern := range map[string]string{
		"compose.yaml":                      `(?s)\n  gatehouse:.*?stop_grace_period: (\d+)s`,
		"deploy/systemd/gatehouse.service":  `\nTimeoutStopSec=(\d+)\n`,
		"deploy/kubernetes/deployment.yaml": `terminationGracePeriodSeconds: (\d+)\n`,
	} {
		match := regexp.MustCompile(pattern).FindStringSubmatch(texts[file])
		if match == nil {
			t.Errorf("%s does not say how long it waits", file)
			continue
		}
		seconds, err := strconv.Atoi(match[1])
		if patience := time.Duration(seconds) * time.Second; err != nil || patience < graceful+5*time.Second {
			t.Errorf("%s waits %s (%v), the program %s", file, patience, err, graceful)
		}
	}
	// Kubernetes counts the pause before the stop as part of it.
	if !regexp.MustCompile(`sleep:\s+seconds: 5\n`).MatchString(texts["deploy/kubernetes/deployment.yaml"]) {
		t.Error("the pause before the stop is no longer the five seconds that are added above")
	}
}

// TestShippedStart checks that nobody gives a start up before the program does: until MongoDB answers, and
// then until indexes are built, for which it has a quarter of an hour. systemd does not wait at all.
func TestShippedStart(t *testing.T) {
	t.Parallel()
	texts := shipped(t)
	probe := regexp.MustCompile(`(?s)startupProbe:.*?periodSeconds: (\d+)\s+failureThreshold: (\d+)\n`).FindStringSubmatch(texts["deploy/kubernetes/deployment.yaml"])
	if probe == nil {
		t.Fatal("there is no startup probe")
	}
	period, err := strconv.Atoi(probe[1])
	if err != nil {
		t.Fatal(err)
	}
	failures, err := strconv.Atoi(probe[2])
	if err != nil {
		t.Fatal(err)
	}
	if patience, start := time.Duration(period*failures)*time.Second, defaults().Start.StartupTimeout+15*time.Minute; patience < start+time.Minute {
		t.Errorf("Kubernetes waits %s, the program %s", patience, start)
	}
	for file, text := range texts {
		for _, setting := range []string{"TimeoutStartSec", "Type=notify", "ExecStartPre"} {
			if regexp.MustCompile(`(?m)^` + setting).MatchString(text) {
				t.Errorf("%s has %s, which bounds the start", file, setting)
			}
		}
	}
	if !regexp.MustCompile(`(?m)^Type=exec$`).MatchString(texts["deploy/systemd/gatehouse.service"]) {
		t.Error("the service is not of the type exec, with which systemd does not wait until the program listens")
	}
}
