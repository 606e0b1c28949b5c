package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/bench/report"
)

// seedTarget is how long the embedded store may take to be filled with a million apps.
const seedTarget = 2 * time.Minute

// plotFile is the plot, in the folder beside the document that is called as it is.
const plotFile = "depth.svg"

// write writes the block of the document, and the plot.
func write(ctx context.Context, o options, found []findings, started *starts) error {
	var text strings.Builder
	text.WriteString(report.Targets(targets(found, started)))
	fmt.Fprintf(&text, "\n%s apps, %s of them one user's, with an audit event each. Pages of %d, asked of package `admin`, in turns at depth %s and at the end of each list; medians. "+
		"A list descending is the same walk as one ascending in the other direction.\n\n", grouped(o.apps), grouped(o.apps*largeShare/100), pageSize, grouped(shallow))
	var rows [][]string
	for _, f := range found {
		for _, c := range f.lists {
			if c.list.conditions < 2 || c.ratio() > ratioTarget {
				rows = append(rows, []string{
					f.store, c.list.name(), c.direction(), grouped(c.depth),
					round(c.short).String(), round(c.deep).String(), fmt.Sprintf("%.2f", c.ratio()),
				})
			}
		}
	}
	text.WriteString(report.Table([]string{"store", "list", "direction", "depth", "at depth " + grouped(shallow), "at that depth", "ratio"}, rows))
	for _, f := range found {
		if len(f.unbounded) > 0 {
			first, last := f.unbounded[0], f.unbounded[len(f.unbounded)-1]
			fmt.Fprintf(&text, "\nThe %s-compatible server sorts all that lies behind a cursor before it answers, whatever the order of the index: "+
				"with one bound the page at depth %s takes %s, and that at depth %s %s. MongoDB itself walks the index. So here the pages have two bounds.\n",
				f.store, grouped(first.depth), round(first.took), grouped(last.depth), round(last.took))
		}
	}
	text.WriteString("\nLists with two conditions or more stand there only where they miss the target.\n\n")
	folder := strings.TrimSuffix(o.document, filepath.Ext(o.document))
	fmt.Fprintf(&text, "![Milliseconds of a page of 50 apps against how many of a million lie before it](%s/%s)\n\n", filepath.Base(folder), plotFile)
	text.WriteString(report.Machine(ctx, nil, "modernc.org/sqlite", "go.mongodb.org/mongo-driver/v2"))
	return errors.Join(report.Replace(o.document, "scale", text.String()), draw(filepath.Join(folder, plotFile), found))
}

// targets are the targets that were measured.
func targets(found []findings, started *starts) []report.Target {
	var list []report.Target
	for _, f := range found {
		if len(f.lists) > 0 {
			list = append(list, depthTarget(f))
		}
	}
	for _, f := range found {
		if f.took.apps > 0 {
			list = append(list, report.Target{
				What: f.store + ": filling it with the apps", Bound: "at most " + seedTarget.String() + " on SQLite",
				Measured: f.took.apps.Round(time.Second).String(), Met: f.took.apps <= seedTarget || f.store != "SQLite",
			})
		}
	}
	if started == nil {
		return list
	}
	return append(list, report.Target{
		What: fmt.Sprintf("start until ready, embedded store of %d MiB", started.file>>20), Bound: "at most " + startTarget.String(),
		Measured: fmt.Sprintf("%s (%s to %s)", round(started.median()), round(started.ready[0]), round(started.ready[len(started.ready)-1])),
		Met:      started.median() <= startTarget,
	}, report.Target{
		What: "resident memory idle after that", Bound: fmt.Sprintf("at most %d MiB", memoryTarget>>20),
		Measured: fmt.Sprintf("%.1f MiB, of which %.1f anonymous", float64(started.resident)/(1<<20), float64(started.anonymous)/(1<<20)),
		Met:      started.resident <= memoryTarget,
	})
}

// depthTarget says how many lists of a store meet the target, and which is furthest from it.
func depthTarget(f findings) report.Target {
	missed := 0
	worst := slices.MaxFunc(f.lists, func(a, b comparison) int { return int(1e6 * (a.ratio() - b.ratio())) })
	for _, c := range f.lists {
		if c.ratio() > ratioTarget {
			missed++
		}
	}
	bounds := ""
	if f.sorts {
		bounds = fmt.Sprintf(", between two bounds %s apart", grouped(window))
	}
	return report.Target{
		What:  fmt.Sprintf("%s: list of %d at its end against depth %s, %d walks%s", f.store, pageSize, grouped(shallow), len(f.lists), bounds),
		Bound: fmt.Sprintf("at most %.1f times", ratioTarget),
		Measured: fmt.Sprintf("at most %.2f times (%s %s); %d above the target",
			worst.ratio(), worst.list.name(), worst.direction(), missed),
		Met: missed == 0,
	}
}

// draw plots how long a page takes against how deep it lies.
func draw(file string, found []findings) error {
	p := report.Plot{
		Title: "A page of 50 apps by its depth in the list", X: "apps before the page", Y: "milliseconds", LogX: true,
	}
	for i, f := range found {
		line := report.Line{Name: f.store, Color: i}
		for _, at := range f.depth {
			line.Points = append(line.Points, report.Point{X: float64(at.depth), Y: float64(at.took) / float64(time.Millisecond)})
		}
		if len(line.Points) > 0 {
			p.Lines = append(p.Lines, line)
		}
	}
	if len(p.Lines) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return p.Write(file)
}

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
