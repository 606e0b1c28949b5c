package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// entries lists the names in the folder of path.
func entries(t *testing.T, path string) []string {
	t.Helper()
	found, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(found))
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}

func wantAlone(t *testing.T, path string) {
	t.Helper()
	if names := entries(t, path); len(names) != 1 || names[0] != filepath.Base(path) {
		t.Errorf("the folder holds %q, want only the keyset", names)
	}
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != want {
		t.Errorf("%s has mode %04o, want %04o", path, got, want)
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCreateIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "twice", "keyset.json")
	if _, err := Create(path); err != nil {
		t.Fatal(err)
	}
	wantMode(t, path, 0o600)
	wantMode(t, filepath.Dir(path), 0o700)
	wantMode(t, filepath.Dir(filepath.Dir(path)), 0o700)
	wantAlone(t, path)
}

func TestCreateNeverOverwrites(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a keyset":        func(path string) error { return second(Create(path)) },
		"another file":    func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) },
		"a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"a dangling link": func(path string) error { return os.Symlink("nowhere", path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keyset.json")
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			_, err := Create(path)
			if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path+" exists and is not overwritten") {
				t.Errorf("got %v", err)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file has changed")
			}
			wantAlone(t, path)
		})
	}
}

// Whoever starts at the same time on one folder ends up with one keyset.
func TestOpenOrCreateRaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keyset.json")
	type result struct {
		keyset *Keyset
		err    error
	}
	results := make(chan result)
	const racers = 8
	for range racers {
		go func() {
			k, err := OpenOrCreate(path)
			results <- result{k, err}
		}()
	}
	var first *Keyset
	for range racers {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
			continue
		}
		if first == nil {
			first = r.keyset
		}
		wantOpen(t, first, mustSeal(t, r.keyset, "s3cret", fixedBinding()), fixedBinding(), "s3cret")
	}
	wantAlone(t, path)
}

// second leaves the error of a function that returns something besides.
func second[T any](_ T, err error) error { return err }

func TestOpenRefuses(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"nothing":               {"", "is damaged"},
		"no JSON":               {"keyset", "is damaged"},
		"no keys":               {"{}", "is damaged"},
		"half":                  {fixedKeyset[:len(fixedKeyset)/2], "is damaged"},
		"something after it":    {fixedKeyset + "{}", "is damaged"},
		"zeroes":                {strings.Repeat("\x00", len(fixedKeyset)), "is damaged"},
		"no primary":            {strings.Replace(fixedKeyset, `"primaryKeyId":1`, `"primaryKeyId":2`, 1), "is damaged"},
		"disabled primary":      {strings.Replace(fixedKeyset, "ENABLED", "DISABLED", 1), "is damaged"},
		"short key":             {strings.Replace(fixedKeyset, "GiAHBwcH", "GiAHBw==", 1), "is damaged"},
		"keys without a prefix": {strings.Replace(fixedKeyset, `"TINK"`, `"RAW"`, 1), "key 1 is not of the TINK variant"},
		"keys to authenticate":  {strings.Replace(fixedKeyset, "AesGcmKey", "HmacKey", 1), "is damaged"},
		"too much":              {fixedKeyset + strings.Repeat(" ", maxFile), "is larger than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keyset.json")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			for doing, err := range map[string]error{"open": second(Open(path)), "open or create": second(OpenOrCreate(path)), "rotate": Rotate(path)} {
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s: got %v, want %q and the path", doing, err, test.want)
				}
			}
			if mustRead(t, path) != test.content {
				t.Error("the file has changed")
			}
			wantAlone(t, path)
		})
	}
}

// An error about a damaged file must not tell what the file holds.
func TestDamageIsNotQuoted(t *testing.T) {
	material := "BwcHBwcHBw"
	for i := range fixedKeyset {
		for _, content := range []string{fixedKeyset[:i], fixedKeyset[:i] + "*" + fixedKeyset[i+1:]} {
			if _, err := parse([]byte(content)); err != nil && strings.Contains(err.Error(), material) {
				t.Fatalf("%q contains a part of the key", err)
			}
		}
	}
}

func TestOpenRefusesWhatOthersCanUse(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes mean nothing there
	}
	path := newKeyset(t).path
	for mode, allowed := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true,
		0o640: false, 0o604: false, 0o644: false, 0o660: false, 0o620: false, 0o602: false, 0o610: false, 0o666: false,
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for doing, err := range map[string]error{"open": second(Open(path)), "rotate": Rotate(path)} {
			if allowed && err != nil {
				t.Errorf("%s with mode %04o: %v", doing, mode, err)
			}
			if !allowed && (err == nil || !strings.Contains(err.Error(), "run chmod 600 "+path)) {
				t.Errorf("%s with mode %04o: got %v, want how to correct it", doing, mode, err)
			}
		}
		wantMode(t, path, mode)
	}
}

func TestOpenWithoutAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	for doing, err := range map[string]error{"open": second(Open(path)), "rotate": Rotate(path)} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "there is no keyset at "+path) {
			t.Errorf("%s: got %v", doing, err)
		}
	}
	if names := entries(t, path); len(names) != 0 {
		t.Errorf("the folder holds %q", names)
	}
	if _, err := Open(filepath.Dir(path)); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: got %v", err)
	}
}

// A file in the place of the folder makes the very first step fail.
func TestCreateWhereItCannot(t *testing.T) {
	file := newKeyset(t).path
	path := filepath.Join(file, "keyset.json")
	if _, err := Create(path); err == nil || errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
}
