package report

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// ErrNoBlock says that a document has no place for a block, or no end of it.
var ErrNoBlock = errors.New("the document has no such block")

// Replace writes text, which is Markdown, into the block of a file, in place of what is there.
func Replace(file, name, text string) error {
	document, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	start, end, err := find(string(document), name)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	replaced := string(document[:start]) + strings.TrimSpace(text) + "\n" + string(document[end:])
	if err := os.WriteFile(file, []byte(replaced), 0o644); err != nil { //nolint:gosec // a document of the repository, for everybody to read
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

// Read returns what the block of a file has now.
func Read(file, name string) (string, error) {
	document, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the document: %w", err)
	}
	start, end, err := find(string(document), name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return strings.TrimSpace(string(document[start:end])), nil
}

// find returns where the text of a block begins and ends: after the line of its first comment, and
// before its last one.
func find(document, name string) (start, end int, err error) {
	begin := strings.Index(document, "<!-- "+name+": ")
	if begin < 0 {
		return 0, 0, fmt.Errorf("%w: %s", ErrNoBlock, name)
	}
	line := strings.IndexByte(document[begin:], '\n')
	if line < 0 {
		return 0, 0, fmt.Errorf("%w: %s ends with its first line", ErrNoBlock, name)
	}
	start = begin + line + 1
	length := strings.Index(document[start:], "<!-- end of "+name+" -->")
	if length < 0 {
		return 0, 0, fmt.Errorf("%w: %s has no end", ErrNoBlock, name)
	}
	return start, start + length, nil
}
