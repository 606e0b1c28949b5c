package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// roomFor says up to which size, in bytes, the program may write files from now on. Beyond it writes
// fail in the middle, as on a disk that is full, though by another error of the system (EFBIG, not
// ENOSPC); store/sqlite tests the latter's. Unlike a small file system it needs no privilege.
func (p *program) roomFor(t *testing.T, size uint64) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Prlimit(p.process.Pid, unix.RLIMIT_FSIZE, nil, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(size, limit.Max)
	if err := unix.Prlimit(p.process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// TestDiskFull takes the room from a server under eight writers, twice: so that the log of the database
// ends in the middle of a change, and so that nothing can be written at all. Reads go on, mutations
// are answered UNAVAILABLE, and everything goes on when there is room again; what a kill then leaves is
// whole.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	d := onSQLite(t)
	p := d.start(t)
	m := newMarkers(t, p, writers)
	defer m.finish()
	for _, room := range []func() uint64{
		func() uint64 {
			info, err := os.Stat(filepath.Join(d.folder, "gatehouse.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			return uint64(info.Size()) + 10_000
		},
		func() uint64 { return 0 },
	} {
		m.reset()
		m.await(t, "", 5*writers)
		p.roomFor(t, room())
		m.await(t, "UNAVAILABLE", 5*writers)
		m.reset()
		for range 20 {
			if a := p.ask(t, `{ apps(first: 5) { totalCount edges { node { name } } } users { totalCount } }`, ""); strings.Contains(a.body, "errors") {
				t.Fatalf("without room a read was answered %s", a.body)
			}
		}
		m.await(t, "UNAVAILABLE", writers)
		codes, longest := m.reset()
		if codes[""] > 0 || len(codes) != 1 || longest > quickly {
			t.Errorf("without room the answers are %v, the slowest after %s", codes, longest)
		}
		p.roomFor(t, unix.RLIM_INFINITY)
		m.await(t, "", 5*writers)
	}
	p.kill(t)
	m.finish()
	p = d.start(t)
	p.stop(t)
	d.settled(t)
	d.checkLives(t)
	sum := m.check(t, d.events(t))
	if made := sum.made["UNAVAILABLE"]; made > 0 {
		t.Errorf("%d changes were made although they were refused", made)
	}
	t.Logf("%d changes acknowledged, all with one event; of the others %v, %v were made", sum.acknowledged, sum.unsure, sum.made)
}

// TestFolderThatCannotBeWritten starts servers in places where nobody can write, not even root.
func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := finish(t, nil, "GATEHOUSE_DATA=/proc/gatehouse", "GATEHOUSE_LISTEN=127.0.0.1:0")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "/proc/gatehouse") {
		t.Errorf("ended with code %d and printed %s\n%s", code, stdout, stderr)
	}
}
