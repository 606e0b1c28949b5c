package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// helpText is what gatehouse --help prints.
func helpText(t *testing.T) string {
	t.Helper()
	var help bytes.Buffer
	if _, err := parseCommandLine([]string{"--help"}, environmentOf(), &help, &help); err != nil {
		t.Fatal(err)
	}
	return help.String()
}

// firstCells are the first cells of the rows below a heading, which is a row as well.
func firstCells(t *testing.T, path, heading string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "\n| "+heading+" |")
	if !ok {
		t.Fatalf("%s has no table of %ss", path, heading)
	}
	var cells []string
	table, _, _ = strings.Cut(table, "\n\n")
	for line := range strings.Lines(table) {
		// A bar inside a cell is escaped, and never the first one outside code.
		if cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | "); ok && strings.HasPrefix(line, "| ") {
			cells = append(cells, cell)
		}
	}
	return cells
}

// wantSame compares what the help names with what a document does.
func wantSame(t *testing.T, what string, help, document []string) {
	t.Helper()
	for _, name := range help {
		if n := len(slices.DeleteFunc(slices.Clone(document), func(other string) bool { return other != name })); n != 1 {
			t.Errorf("the %s %s has %d rows, want one", what, name, n)
		}
	}
	for _, name := range document {
		if !slices.Contains(help, name) {
			t.Errorf("the %s %s is described, and the help does not name it", what, name)
		}
	}
}

// TestDocumentedVariables compares the variables of the help with docs/configuration.md, and the limits
// among them with docs/limits.md, for which one row stands.
func TestDocumentedVariables(t *testing.T) {
	t.Parallel()
	const limit = "GATEHOUSE_LIMIT_"
	var help, limits []string
	for _, name := range regexp.MustCompile(`\((\w+_[A-Z_]+)\)`).FindAllStringSubmatch(strings.Join(strings.Fields(helpText(t)), " "), -1) {
		if strings.HasPrefix(name[1], limit) {
			limits = append(limits, name[1])
		} else {
			help = append(help, name[1])
		}
	}
	if len(help) < 30 || len(limits) != 12 {
		t.Fatalf("the help names %d variables and %d limits", len(help), len(limits))
	}
	variable := regexp.MustCompile("`(\\w+_[A-Z_]+…?)`")
	var documented []string
	for _, cell := range firstCells(t, "docs/configuration.md", "variable") {
		for _, name := range variable.FindAllStringSubmatch(cell, -1) {
			documented = append(documented, name[1])
		}
	}
	wantSame(t, "variable", append(help, limit+"…"), documented)

	text, err := os.ReadFile("docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	documented = nil
	for _, row := range regexp.MustCompile("(?m)^\\| `\\w+` \\| \\d+ \\| `(\\w+)` \\|").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, row[1])
	}
	wantSame(t, "limit", limits, documented)
}

// TestDocumentedCommands compares the commands of the help with docs/configuration.md.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	// What follows the words of a command are its arguments: FILE, <file>, --from, [flags].
	words := regexp.MustCompile(`^[a-z-]+(?: [a-z]+)*\b`)
	_, list, ok := strings.Cut(helpText(t), "\nCommands:\n")
	if !ok {
		t.Fatal("the help has no commands")
	}
	var help, documented []string
	for line := range strings.Lines(list) {
		if text, ok := strings.CutPrefix(line, "  "); ok && !strings.HasPrefix(text, " ") {
			help = append(help, words.FindString(text))
		}
	}
	if len(help) < 12 {
		t.Fatalf("the help has the commands %q", help)
	}
	for _, cell := range firstCells(t, "docs/configuration.md", "command") {
		for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
			name := strings.TrimPrefix(code[1], "gatehouse ")
			if name == "gatehouse" {
				name = commandServe
			}
			documented = append(documented, words.FindString(name))
		}
	}
	wantSame(t, "command", help, documented)
}

// TestLinksOfDocuments checks that what the documents link to in the project is there: files, and
// headings in them.
func TestLinksOfDocuments(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("docs/*.md")
	if err != nil || len(files) < 15 {
		t.Fatalf("there are %d documents: %v", len(files), err)
	}
	links := 0
	for _, file := range append(files, "README.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range regexp.MustCompile(`\]\(([^()\s]+)\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(link[1], "://") || strings.HasPrefix(link[1], "mailto:") {
				continue
			}
			links++
			path, heading, _ := strings.Cut(link[1], "#")
			target := file
			if path != "" {
				target = filepath.Join(filepath.Dir(file), path)
			}
			linked, err := os.Stat(target)
			if err != nil {
				t.Errorf("%s links to %s: %v", file, link[1], err)
				continue
			}
			if heading != "" && (linked.IsDir() || !slices.Contains(anchors(t, target), heading)) {
				t.Errorf("%s links to %s, and there is no such heading", file, link[1])
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links were found", links)
	}
}

// anchors are the names of the headings of a document: small letters and digits, hyphens for spaces.
func anchors(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		name := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
