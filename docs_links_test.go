package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsLinks follows every link of the docs that stays in the repository, to the file and to the
// heading in it.
func TestDocsLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^()\s]+)\)`)
	followed := 0
	for _, page := range pages {
		for _, match := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			followed++
			path, heading, _ := strings.Cut(match[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(path))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			} else if heading != "" && !headings(readPage(t, target))[heading] {
				t.Errorf("%s links to %s, and there is no such heading", page, match[1])
			}
		}
	}
	if followed < 50 {
		t.Errorf("%d links were followed, which cannot be all", followed)
	}
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// headings are the anchors that a page is given where it is shown: its headings in lower case with
// hyphens for spaces, and without punctuation.
func headings(page string) map[string]bool {
	anchors := map[string]bool{}
	punctuation := regexp.MustCompile("[^a-z0-9 _-]")
	for line := range strings.Lines(page) {
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			title = punctuation.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			anchors[strings.ReplaceAll(title, " ", "-")] = true
		}
	}
	return anchors
}
