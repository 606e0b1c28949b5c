package sqlite

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// bytesRead is how many bytes this process has read from files so far. No test runs beside one that
// does not say that it may.
func bytesRead(t *testing.T) int {
	t.Helper()
	file, err := os.Open("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "rchar: "); ok {
			n, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("the system does not count what is read")
	return 0
}

// TestOpeningReadsABoundedPart counts what is read until a file is open and built, however large it is.
func TestOpeningReadsABoundedPart(t *testing.T) {
	const bound = 2 << 20
	s, file := things(), with(t, large(t))
	before := bytesRead(t)
	b := open(t, file, s)
	if read := bytesRead(t) - before; read == 0 || read > bound {
		t.Errorf("opening a file of %d bytes read %d", checkedSize, read)
	}
	before = bytesRead(t)
	if err := b.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read := bytesRead(t) - before; read < checkedSize {
		t.Errorf("checking a file of more than %d bytes read %d", checkedSize, read)
	}
}
