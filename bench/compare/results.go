package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/bench/report"
	"gatehouse/store/storetest"
)

// The targets that are not shares of the plain handler's requests.
const (
	processorTarget  = 1.4
	writersTarget    = 4.0
	allocationTarget = 2.0
	eventTarget      = 0.15
)

// Blocks of the document. That of make bench-scale is only shown.
const (
	targetsBlock = "targets"
	figuresBlock = "figures"
	scaleBlock   = "scale"
)

// targets are the lines of the table, in the order of the issue that set them.
func (r *results) targets() []report.Target {
	var list []report.Target
	for _, c := range r.inOrder() {
		list = append(list, report.Target{
			What: c.what + ", " + title(c.store), Bound: fmt.Sprintf("at least %.0f %% of the plain handler", 100*c.target),
			Measured: c.rate.percent(), Met: c.rate.Value >= c.target,
		})
	}
	for _, c := range r.comparisons {
		if c.name == "get-app" && c.store == mongoDBStore {
			list = append(list, report.Target{
				What:  "processor time of the server for 1,000 gets of an app, MongoDB",
				Bound: fmt.Sprintf("at most %.1f times the plain handler's", processorTarget),
				Measured: fmt.Sprintf("%.2f times (%.2f–%.2f): %.0f ms beside %.0f ms",
					c.cost.Value, c.cost.Low, c.cost.High, c.cost.Of, c.cost.To), // µs each are ms for 1,000
				Met: c.cost.Value <= processorTarget,
			})
		}
	}
	for _, w := range r.writers {
		list = append(list, report.Target{
			What:  fmt.Sprintf("durable creates, %d writers against one, %s", manyWriters, title(w.name)),
			Bound: fmt.Sprintf("at least %.0f times as many", writersTarget), Measured: w.times() + " times", Met: w.Value >= writersTarget,
		})
	}
	for _, a := range r.allocations {
		list = append(list, report.Target{
			What:     "allocations of one get, " + title(a.name),
			Bound:    fmt.Sprintf("at most %.0f times the plain handler's", allocationTarget),
			Measured: fmt.Sprintf("%.2f times: %.0f beside %.0f", a.Value, a.Of, a.To), Met: a.Value <= allocationTarget,
		})
	}
	for _, e := range r.events {
		list = append(list, report.Target{
			What: "an audit event's cost on a create, " + title(e.name), Bound: fmt.Sprintf("at most %.0f %% of its time", 100*eventTarget),
			Measured: fmt.Sprintf("%.0f %% (%.0f–%.0f): %.0f µs beside %.0f µs without", 100*(e.Value-1), 100*(e.Low-1), 100*(e.High-1), e.Of, e.To),
			Met:      e.Value-1 <= eventTarget,
		})
	}
	return list
}

// inOrder is the comparisons with those of one operation beside each other.
func (r *results) inOrder() []*comparison {
	var names []string
	for _, c := range r.comparisons {
		if !slices.Contains(names, c.name) {
			names = append(names, c.name)
		}
	}
	ordered := slices.Clone(r.comparisons)
	slices.SortStableFunc(ordered, func(a, b *comparison) int { return slices.Index(names, a.name) - slices.Index(names, b.name) })
	return ordered
}

// figures are what the ratios were made of.
func (r *results) figures() string {
	var rows [][]string
	for _, c := range r.inOrder() {
		rows = append(rows, []string{
			c.what, title(c.store), fmt.Sprintf("%.0f", c.rate.Of), fmt.Sprintf("%.0f", c.rate.To),
			fmt.Sprintf("%.0f µs", c.cost.Of), fmt.Sprintf("%.0f µs", c.cost.To),
		})
	}
	text := report.Table([]string{"", "store", "requests/s", "plain", "processor time of one", "plain"}, rows)
	return text + series("gets of an app a second, by connections", r.throughput) +
		series("milliseconds of a page of 50, by the apps before it", r.latency) +
		series("gets of an app a second, by processes on one MongoDB", r.processes) + r.amongTenants()
}

// amongTenants says what a page of one of many tenants takes.
func (r *results) amongTenants() string {
	var rows [][]string
	for _, t := range r.tenants {
		rows = append(rows, []string{title(t.name), fmt.Sprintf("%.0f µs", t.Of), fmt.Sprintf("%.0f µs", t.To), t.times()})
	}
	if len(rows) == 0 {
		return ""
	}
	head := []string{"a page of 50 at the store's door", fmt.Sprintf("of each of %d tenants in turn", tenants), "of the large tenant", "ratio"}
	return "\n" + report.Table(head, rows)
}

// series is lines of a plot as a table.
func series(what string, lines []report.Line) string {
	if len(lines) == 0 {
		return ""
	}
	head := []string{what}
	for _, point := range lines[0].Points {
		head = append(head, report.Grouped(int(point.X)))
	}
	var rows [][]string
	for _, line := range lines {
		row := []string{line.Name}
		for _, point := range line.Points {
			row = append(row, digits(point.Y))
		}
		rows = append(rows, row)
	}
	return "\n" + report.Table(head, rows)
}

// digits is a number with as many digits as mean anything.
func digits(value float64) string {
	switch {
	case value < 10:
		return fmt.Sprintf("%.2f", value)
	case value < 100:
		return fmt.Sprintf("%.1f", value)
	default:
		return fmt.Sprintf("%.0f", value)
	}
}

// report prints the table, and writes it, the figures and the plots where settings say.
func (r *results) report(ctx context.Context, s settings, stdout io.Writer) error {
	table := report.Targets(r.targets())
	fmt.Fprintf(stdout, "\n%s\n", table)
	if s.document == "" {
		return nil
	}
	if scale, err := report.Read(s.document, scaleBlock); err == nil && scale != "" {
		fmt.Fprintf(stdout, "Of make bench-scale:\n\n%s\n\n", scale)
	}
	var servers []string
	if slices.Contains(s.stores, mongoDBStore) {
		version, err := storetest.MongoDBVersion(ctx, s.mongoDB)
		if err != nil {
			return err
		}
		servers = append(servers, version)
	}
	machine := report.Machine(ctx, servers, "github.com/99designs/gqlgen", "modernc.org/sqlite", "go.mongodb.org/mongo-driver/v2")
	fmt.Fprintln(stdout, machine)
	plots := strings.TrimSuffix(s.document, filepath.Ext(s.document))
	if err := os.MkdirAll(plots, 0o755); err != nil { //nolint:gosec // a folder of the repository, for everybody to read
		return fmt.Errorf("make the folder of the plots: %w", err)
	}
	return errors.Join(
		report.Replace(s.document, targetsBlock, table+"\n"+machine),
		report.Replace(s.document, figuresBlock, r.figures()),
		report.Plot{
			Title: "Gets of an app, by connections", X: "connections", Y: "requests a second", LogX: true, Ticks: places(r.throughput), Lines: r.throughput,
		}.Write(filepath.Join(plots, "throughput.svg")),
		report.Plot{
			Title: "A page of 50 apps, by the apps before it", X: "apps before the page", Y: "milliseconds", LogX: true, Ticks: places(r.latency), Lines: r.latency,
		}.Write(filepath.Join(plots, "latency.svg")),
	)
}

// places is where on the X axis the points of all lines are.
func places(lines []report.Line) []float64 {
	var at []float64
	for _, line := range lines {
		for _, point := range line.Points {
			if !slices.Contains(at, point.X) {
				at = append(at, point.X)
			}
		}
	}
	return at
}

func title(name string) string {
	if name == mongoDBStore {
		return "MongoDB"
	}
	return "SQLite"
}
