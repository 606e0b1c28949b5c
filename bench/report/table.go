package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Target is one line of a table of targets.
type Target struct {
	// What is measured, in words.
	What string
	// Bound is the target, such as "at least 80 %", and Measured what came out, with its unit and,
	// where several runs were made, how far they lie apart.
	Bound, Measured string
	// Met says whether Measured is within Bound.
	Met bool
}

// Targets is a Markdown table of targets, with what was measured beside each.
func Targets(targets []Target) string {
	rows := make([][]string, 0, len(targets))
	for _, t := range targets {
		verdict := "**missed**"
		if t.Met {
			verdict = "met"
		}
		rows = append(rows, []string{t.What, t.Bound, t.Measured, verdict})
	}
	return Table([]string{"what", "target", "measured", ""}, rows)
}

// Table is a Markdown table. Cells must have no newlines; bars in them are escaped.
func Table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) {
		for _, cell := range cells {
			fmt.Fprintf(&b, "| %s ", strings.ReplaceAll(cell, "|", `\|`))
		}
		b.WriteString("|\n")
	}
	line(head)
	b.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// Grouped writes a number of things with commas between thousands.
func Grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
