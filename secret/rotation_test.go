package secret

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func mustRotate(tb testing.TB, path string) {
	tb.Helper()
	if err := Rotate(path); err != nil {
		tb.Fatal(err)
	}
}

// replaceFile does what an operator does who puts a copy of another host's keyset into place.
func replaceFile(tb testing.TB, path, content string) {
	tb.Helper()
	arriving := path + ".arriving"
	if err := os.WriteFile(arriving, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(arriving, path); err != nil {
		tb.Fatal(err)
	}
}

// clock is a time that moves only when told to.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanoseconds.Load()) }
func (c *clock) advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }

func TestRotate(t *testing.T) {
	k := newKeyset(t)
	old := mustSeal(t, k, "old", fixedBinding())
	mustRotate(t, k.path)
	wantMode(t, k.path, 0o600)
	wantAlone(t, k.path)

	rotated := mustOpen(t, k.path)
	wantOpen(t, rotated, old, fixedBinding(), "old")
	if rotated.IsCurrent(old) {
		t.Error("a value of the old primary key is current")
	}
	newer := mustSeal(t, rotated, "new", fixedBinding())
	if !rotated.IsCurrent(newer) {
		t.Error("a value of the new primary key is not current")
	}
	mustRotate(t, k.path)
	again := mustOpen(t, k.path)
	wantOpen(t, again, old, fixedBinding(), "old")
	wantOpen(t, again, newer, fixedBinding(), "new")
	if again.IsCurrent(old) || again.IsCurrent(newer) {
		t.Error("values of former primary keys are current")
	}
}

func TestRotateFollowsLinksAndKeepsTheOwner(t *testing.T) {
	k := newKeyset(t)
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Symlink(k.path, link); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 { // only root can give files away, and only root can find another's keyset readable
		uid, gid = 12345, 23456
		if err := os.Chown(k.path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.Stat(k.path)
	if err != nil {
		t.Fatal(err)
	}
	mustRotate(t, link)
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	after, err := os.Stat(k.path)
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(before, after) {
		t.Error("the file was changed in place, which a crash may leave half done")
	}
	wantOwner(t, after, uid, gid)
	if got := len(mustOpen(t, k.path).keys.Load().byID); got != 2 {
		t.Errorf("got %d keys, want 2", got)
	}
}

func TestReloadSealsWithTheNewPrimary(t *testing.T) {
	k := newKeyset(t)
	old := mustSeal(t, k, "old", fixedBinding())
	mustRotate(t, k.path)
	if !k.IsCurrent(mustSeal(t, k, "still", fixedBinding())) {
		t.Error("a running process changed its primary key by itself")
	}
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	if k.IsCurrent(old) {
		t.Error("the former primary key is still primary")
	}
	newer := mustSeal(t, k, "new", fixedBinding())
	wantOpen(t, mustOpen(t, k.path), newer, fixedBinding(), "new")
	wantOpen(t, k, old, fixedBinding(), "old")
}

// Tink's own tools can disable a key, which then opens nothing, and enable it again.
func TestDisabledKeysDoNotOpen(t *testing.T) {
	k := newKeyset(t)
	old := mustSeal(t, k, "old", fixedBinding())
	mustRotate(t, k.path)
	whole := mustRead(t, k.path)
	replaceFile(t, k.path, strings.Replace(whole, `"ENABLED"`, `"DISABLED"`, 1)) // the oldest comes first
	disabled := mustOpen(t, k.path)
	wantClosed(t, disabled, old, fixedBinding(), "does not hold key")
	wantOpen(t, disabled, mustSeal(t, disabled, "new", fixedBinding()), fixedBinding(), "new")
	replaceFile(t, k.path, whole)
	if err := disabled.Reload(); err != nil {
		t.Fatal(err)
	}
	wantOpen(t, disabled, old, fixedBinding(), "old")
}

// Two hosts with a copy each, as in the package comment: nothing stops opening at any step.
func TestRotationAcrossHosts(t *testing.T) {
	a := newKeyset(t)
	b := keysetOf(t, mustRead(t, a.path))
	old := mustSeal(t, b, "old", fixedBinding())

	mustRotate(t, a.path)
	wantOpen(t, b, mustSeal(t, a, "after rotation", fixedBinding()), fixedBinding(), "after rotation")
	replaceFile(t, b.path, mustRead(t, a.path))
	wantOpen(t, a, mustSeal(t, b, "after copy", fixedBinding()), fixedBinding(), "after copy")

	reseal := mustOpen(t, a.path)
	newer := mustSeal(t, reseal, "old", fixedBinding())
	for name, k := range map[string]*Keyset{"a": a, "b": b} {
		wantOpen(t, k, newer, fixedBinding(), "old")
		wantOpen(t, k, old, fixedBinding(), "old")
		if !reseal.IsCurrent(mustSeal(t, k, "new", fixedBinding())) {
			t.Errorf("%s does not seal with the new primary key", name)
		}
	}
}

// A process restarted too early seals with a key that the other host gets only later.
func TestLateCopyIsFoundWithinASecond(t *testing.T) {
	a := newKeyset(t)
	b := keysetOf(t, mustRead(t, a.path))
	var c clock
	c.advance(time.Hour)
	b.now = c.now

	mustRotate(t, a.path)
	early := mustSeal(t, mustOpen(t, a.path), "early", fixedBinding())
	wantClosed(t, b, early, fixedBinding())

	whole := mustRead(t, a.path)
	if err := os.WriteFile(b.path, []byte(whole[:len(whole)/2]), 0o600); err != nil {
		t.Fatal(err)
	}
	c.advance(rereadEvery)
	wantClosed(t, b, early, fixedBinding(), "is damaged")
	replaceFile(t, b.path, whole)
	c.advance(rereadEvery - 1)
	// The file is not read again within a second, and the reason is not forgotten.
	wantClosed(t, b, early, fixedBinding(), "is damaged")
	wantOpen(t, b, mustSeal(t, b, "meanwhile", fixedBinding()), fixedBinding(), "meanwhile")
	c.advance(1)
	wantOpen(t, b, early, fixedBinding(), "early")
}

func TestReloadKeepsTheKeysAfterAnError(t *testing.T) {
	k := newKeyset(t)
	backup := mustRead(t, k.path)
	mustRotate(t, k.path)
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	sealed := mustSeal(t, k, "s3cret", fixedBinding())
	sameID := strings.NewReplacer(
		`"primaryKeyId":1`, fmt.Sprintf(`"primaryKeyId":%d`, k.keys.Load().primary),
		`"keyId":1`, fmt.Sprintf(`"keyId":%d`, k.keys.Load().primary),
	).Replace(fixedKeyset)

	for name, test := range map[string]struct{ content, want string }{
		"damaged":                    {"{", "is damaged"},
		"another keyset":             {fixedKeyset, "another keyset or an old backup"},
		"another key of the same ID": {sameID, "another keyset or an old backup"},
		"backup before the rotation": {backup, "another keyset or an old backup"},
	} {
		t.Run(name, func(t *testing.T) {
			replaceFile(t, k.path, test.content)
			if err := k.Reload(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			wantOpen(t, k, sealed, fixedBinding(), "s3cret")
			if !k.IsCurrent(mustSeal(t, k, "more", fixedBinding())) || !k.IsCurrent(sealed) {
				t.Error("the primary key has changed")
			}
		})
	}
	if err := os.Remove(k.path); err != nil {
		t.Fatal(err)
	}
	if err := k.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: got %v", err)
	}
	wantOpen(t, k, sealed, fixedBinding(), "s3cret")
}

// An interrupted rotation leaves the keyset as it was, and the next one says what is in its way.
func TestInterruptedRotation(t *testing.T) {
	k := newKeyset(t)
	before := mustRead(t, k.path)
	leftover := k.path + ".rotating"
	if err := os.WriteFile(leftover, []byte(before[:20]), 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, k.path)
	if err := Rotate(k.path); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), leftover+" exists") {
		t.Errorf("got %v, want the name of the file in the way", err)
	}
	if mustRead(t, k.path) != before || mustRead(t, leftover) != before[:20] {
		t.Error("a file has changed")
	}
	if err := os.Remove(leftover); err != nil {
		t.Fatal(err)
	}
	mustRotate(t, k.path)
}

// Of racing rotations each either adds its key or fails: none undoes another.
func TestRacingRotations(t *testing.T) {
	k := newKeyset(t)
	results := make(chan error)
	const racers, each = 4, 10
	for range racers {
		go func() {
			for range each {
				results <- Rotate(k.path)
			}
		}()
	}
	want := 1
	for range racers * each {
		switch err := <-results; {
		case err == nil:
			want++
		case !errors.Is(err, fs.ErrExist):
			t.Error(err)
		}
	}
	if got := len(mustOpen(t, k.path).keys.Load().byID); got != want || want < 2 {
		t.Errorf("got %d keys, want %d", got, want)
	}
	wantAlone(t, k.path)
}

// Servers seal and open for each other while the operator rotates.
func TestRotationUnderLoad(t *testing.T) {
	path := newKeyset(t).path
	var c clock
	done := make(chan struct{})
	values := make(chan []byte, 16)
	var servers sync.WaitGroup
	for range 3 {
		k := mustOpen(t, path)
		k.now = func() time.Time { c.advance(rereadEvery); return c.now() }
		for range 2 {
			servers.Go(func() {
				for {
					own, err := k.Seal([]byte("s3cret"), fixedBinding())
					if err != nil {
						t.Error(err)
						return
					}
					select {
					case <-done:
						return
					case values <- own:
					case sealed := <-values:
						if got, err := k.Open(sealed, fixedBinding()); err != nil || string(got) != "s3cret" {
							t.Errorf("%v; opened %d bytes", err, len(got))
						}
					}
				}
			})
		}
	}
	operator := mustOpen(t, path)
	for range 20 {
		mustRotate(t, path)
		if err := operator.Reload(); err != nil {
			t.Error(err)
		}
		values <- mustSeal(t, operator, "s3cret", fixedBinding())
	}
	close(done)
	servers.Wait()
}

// TestMain lets the test binary be the process that TestKilledRotation kills.
func TestMain(m *testing.M) {
	if path := os.Getenv("GATEHOUSE_TEST_ROTATE"); path != "" {
		for {
			if err := Rotate(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			fmt.Println("rotated")
		}
	}
	os.Exit(m.Run())
}

// A rotation killed at any point leaves a keyset with every key that was reported added.
func TestKilledRotation(t *testing.T) {
	k := newKeyset(t)
	sealed := mustSeal(t, k, "s3cret", fixedBinding())
	keys := 1
	for range 10 {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), "GATEHOUSE_TEST_ROTATE="+k.path)
		command.Stderr = os.Stderr
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(output)
		if !lines.Scan() {
			t.Fatal("the process ended before its first rotation")
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		keys++
		for lines.Scan() {
			keys++
		}
		if err := command.Wait(); err == nil {
			t.Fatal("the process ended by itself")
		}
		if err := os.Remove(k.path + ".rotating"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		after := mustOpen(t, k.path)
		wantOpen(t, after, sealed, fixedBinding(), "s3cret")
		got := len(after.keys.Load().byID)
		if got < keys {
			t.Fatalf("got %d keys, want at least the %d that were reported", got, keys)
		}
		keys = got // the last one may have been added and not reported
		wantAlone(t, k.path)
	}
}
