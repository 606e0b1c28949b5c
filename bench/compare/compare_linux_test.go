package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/bench/report"
)

func TestCompare(t *testing.T) {
	s := settings{pgo: "off"}
	if err := build(t.Context(), &s, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Run("everything for a moment", func(t *testing.T) { compareEverything(t, s) })
	t.Run("what is not the same", func(t *testing.T) { compareDifferent(t, s) })
}

// compareEverything runs all of a measurement of SQLite. What comes out means nothing; that both sides
// answer the same to everything is looked at before anything is timed.
func compareEverything(t *testing.T, s settings) {
	t.Helper()
	document := filepath.Join(t.TempDir(), "performance.md")
	text := "<!-- targets: -->\n<!-- end of targets -->\n<!-- figures: -->\n<!-- end of figures -->\n<!-- scale: -->\nof a million\n<!-- end of scale -->\n"
	if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	args := []string{"-stores", "sqlite", "-apps", "100", "-rounds", "2", "-round", "20ms", "-connections", "4", "-document", document, "-program", s.program, "-plain", s.plain}
	if err := run(t.Context(), args, &output); err != nil {
		t.Fatal(err, output.String())
	}
	if !strings.Contains(output.String(), "of a million") {
		t.Error("the figures of make bench-scale are not shown:", output.String())
	}
	targets, err := report.Read(document, targetsBlock)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"| get app, SQLite | at least 80 % of the plain handler |", "| get management application with every field, SQLite |",
		"| list of 50 apps at depth 100, SQLite | at least 60 %", "| create app, SQLite | at least 85 %", "| update app, SQLite |", "| toggle app, SQLite |",
		"| durable creates, 16 writers against one, SQLite |", "| allocations of one get, SQLite |", "| an audit event's cost on a create, SQLite |", "Measured on ",
	} {
		if !strings.Contains(targets, row) {
			t.Errorf("there is no %q in\n%s", row, targets)
		}
	}
	if figures, err := report.Read(document, figuresBlock); err != nil || !strings.Contains(figures, "| SQLite, plain handler |") || !strings.Contains(figures, "of each of 200 tenants") {
		t.Errorf("the figures are %s, %v", figures, err)
	}
	for _, plot := range []string{"throughput.svg", "latency.svg"} {
		if drawn, err := os.ReadFile(filepath.Join(filepath.Dir(document), "performance", plot)); err != nil || !bytes.Contains(drawn, []byte("SQLite, GraphQL")) {
			t.Error(plot, err)
		}
	}
}

// compareDifferent has one side answer what the other was not asked.
func compareDifferent(t *testing.T, s settings) {
	t.Helper()
	folder := t.TempDir()
	s.apps, s.rounds, s.round, s.connections, s.logs = 100, 1, time.Millisecond, 1, folder
	base, err := seed(t.Context(), s, filepath.Join(folder, "seed"))
	if err != nil {
		t.Fatal(err)
	}
	both, end, err := base.start(t.Context(), s, sqliteStore, folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	}()
	operations, err := base.operations()
	if err != nil {
		t.Fatal(err)
	}
	get := operations[0]
	if err := both.agree(t.Context(), get); err != nil {
		t.Fatal(err)
	}
	get.query = strings.Replace(get.query, "name ", "name: id ", 1)
	if err := both.agree(t.Context(), get); err == nil || !strings.Contains(err.Error(), "answer differently") {
		t.Error("another name is no difference:", err)
	}
	get.query = strings.Replace(get.query, "name: id", "unknown", 1)
	if err := both.agree(t.Context(), get); err == nil || !strings.Contains(err.Error(), "GRAPHQL_VALIDATION_FAILED") {
		t.Error("an error passes for an answer:", err)
	}
	if _, err := both.compare(t.Context(), s, get); err == nil {
		t.Error("errors were measured")
	}
}

func TestRatio(t *testing.T) {
	r := newRatio([]float64{90, 80, 85, 400}, []float64{100, 100, 100, 100})
	if r.Of != 87.5 || r.To != 100 || r.Value != 0.875 {
		t.Errorf("%+v", r)
	}
	if r.Low < 0.8 || r.Low > 0.85 || r.High < 0.9 {
		t.Errorf("the middle half is %v to %v", r.Low, r.High)
	}
}
