package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/bench/report"
)

const document = `# Figures

<!-- one: written by make bench -->
old
<!-- end of one -->

Prose.

<!-- two: written by make bench-scale -->
<!-- end of two -->
`

func TestReplaceLeavesTheRest(t *testing.T) {
	file := filepath.Join(t.TempDir(), "figures.md")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := report.Replace(file, "two", "of two\n"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as often as one likes
		if err := report.Replace(file, "one", "new\nlines"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(document, "old\n", "new\nlines\n", 1)
	want = strings.Replace(want, "bench-scale -->\n", "bench-scale -->\nof two\n", 1)
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if text, err := report.Read(file, "one"); err != nil || text != "new\nlines" {
		t.Errorf("read %q, %v", text, err)
	}
}

func TestReplaceRefusesWhatHasNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "figures.md")
	for name, text := range map[string]string{
		"no block": document, "first line only": "<!-- three: written -->", "no end": "<!-- three: written -->\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := report.Replace(file, "three", "x"); !errors.Is(err, report.ErrNoBlock) {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s: the document became %q, %v", name, got, err)
		}
	}
}

func TestTargets(t *testing.T) {
	got := report.Targets([]report.Target{
		{What: "get", Bound: "at least 80 %", Measured: "91 %", Met: true},
		{What: "a|b", Bound: "at most 2", Measured: "3"},
	})
	want := `| what | target | measured |  |
|---|---|---|---|
| get | at least 80 % | 91 % | met |
| a\|b | at most 2 | 3 | **missed** |
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestPlotIsTheSameSVG(t *testing.T) {
	p := report.Plot{Title: "Latency", X: "depth", Y: "ms", LogX: true, Ticks: []float64{1000, 1e6}, Lines: []report.Line{
		{Name: "sqlite", Points: []report.Point{{X: 1000, Y: 0.4}, {X: 1e6, Y: 0.5}}},
		{Name: "mongodb", Points: []report.Point{{X: 1000, Y: 1.4}, {X: 1e6, Y: 1.5}}, Dashed: true, Color: 1},
	}}
	var drawn [2][]byte
	for i := range drawn {
		file := filepath.Join(t.TempDir(), "plot.svg")
		if err := p.Write(file); err != nil {
			t.Fatal(err)
		}
		var err error
		if drawn[i], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(drawn[0], drawn[1]) {
		t.Error("the same points gave two plots")
	}
	for _, word := range []string{"Latency", "depth", ">ms<", "sqlite", "mongodb", ">1,000<", ">1,000,000<"} {
		if !bytes.Contains(drawn[0], []byte(word)) {
			t.Errorf("the plot does not say %q", word)
		}
	}
	decoder := xml.NewDecoder(bytes.NewReader(drawn[0]))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := report.Grouped(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}

func TestMachineNamesGo(t *testing.T) {
	if got := report.Machine(t.Context(), []string{"MongoDB 8.0"}); !strings.Contains(got, "go1.") || !strings.Contains(got, "MongoDB 8.0") {
		t.Error(got)
	}
}
