package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/store"
)

const (
	// outage is for how long the database is away.
	outage = 10 * time.Second
	// quickly is within which time a request is answered while the database is away: the ten seconds
	// of one call of the database, and what a busy machine adds.
	quickly = 20 * time.Second
	// anyway is within which time any request is answered: the thirty seconds that one may take, and
	// what a busy machine adds.
	anyway = 36 * time.Second
	// spare is by how many goroutines and open files a server may differ from one that nothing happened to.
	spare = 8
	// recovery is within which time the server works again when the database does.
	recovery = 20 * time.Second
)

// TestDatabaseInTrouble lets eight writers work while the connections to the database suffer one thing
// after the other. The server is the same all the time. In the end every change that was acknowledged
// is there with one event, and no other was made twice.
func TestDatabaseInTrouble(t *testing.T) {
	t.Parallel()
	d := onMongoDB(t)
	line := newProxy(t, d.uri)
	behind := line.through(d)
	fresh := behind.start(t)
	goroutines := fresh.goroutines(t)
	p := behind.start(t)
	m := newMarkers(t, p, writers)
	defer m.finish()
	m.await(t, "", 10*writers)
	files := p.openFiles(t)

	heal := func(fault string, bound time.Duration, since time.Time) {
		t.Helper()
		codes, longest := m.reset()
		m.await(t, "", 2*writers)
		took := m.lastGood().Sub(since)
		t.Logf("%s: answers %v, the slowest after %s; healed %s after it was over", fault, codes, longest.Round(time.Millisecond), took.Round(time.Millisecond))
		if took > recovery {
			t.Errorf("%s: healed after %s only", fault, took)
		}
		for code := range codes {
			if code != "" && code != "UNAVAILABLE" {
				t.Errorf("%s: answers %v\n%s", fault, codes, strings.Join(regexp.MustCompile(`(?m)^.*level=ERROR.*$`).FindAllString(p.stderr.String(), 5), "\n"))
			}
		}
		if longest > bound {
			t.Errorf("%s: a request took %s", fault, longest)
		}
		m.reset()
	}

	m.reset()
	line.setAway(true)
	begin := time.Now()
	m.await(t, "UNAVAILABLE", writers)
	if status := p.probe(t, "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("without a database /readyz answers %d", status)
	}
	if status := p.probe(t, "/livez"); status != http.StatusOK {
		t.Errorf("without a database /livez answers %d", status)
	}
	<-time.After(time.Until(begin.Add(outage)))
	line.setAway(false)
	heal("away for ten seconds", quickly, time.Now())

	line.cutting(7)
	m.await(t, "", 5*writers)
	m.await(t, "UNAVAILABLE", writers)
	if cuts := line.cutting(0); cuts < writers {
		t.Errorf("only %d answers were cut", cuts)
	}
	heal("answers cut in the middle", quickly, time.Now())

	line.slow(100 * time.Millisecond)
	m.await(t, "", 3*writers)
	line.slow(0)
	heal("slower by 100 ms", quickly, time.Now())

	line.slow(5 * time.Second)
	m.await(t, "UNAVAILABLE", writers)
	line.slow(0)
	heal("slower by 5 s", anyway, time.Now())

	line.hold()
	m.await(t, "UNAVAILABLE", writers)
	line.release()
	heal("silent", quickly, time.Now())

	m.finish()
	settledAfter := d.awaitSettled(t)
	// What the faults left open is closed: nothing of them stays with the server.
	if now := p.openFiles(t); now > files+spare {
		t.Errorf("the server had %d files open before and has %d after", files, now)
	}
	if now := p.goroutines(t); now > goroutines+spare {
		t.Errorf("%d goroutines are left; in a server in no trouble there were %d\n%s", now, goroutines, tail(p.stderr.String(), 20_000))
	}
	events := d.events(t)
	sum := m.check(t, events)
	d.checkLives(t)
	t.Logf("%d changes acknowledged, all with one event; of the others %v, %v were made; the last of %d events was there after %s",
		sum.acknowledged, sum.unsure, sum.made, len(events), settledAfter.Round(time.Millisecond))
}

// lastGood is when the last good answer came.
func (m *markers) lastGood() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.last
}

// probe asks for a page and returns the status.
func (p *program) probe(t *testing.T, path string) int {
	t.Helper()
	return p.send(t, request{method: http.MethodGet, path: path}).status
}

// goroutines ends the program, as SIGQUIT ends every Go program, and counts the goroutines that it then
// tells of. No connection is open any more by then.
func (p *program) goroutines(t *testing.T) int {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	const begins = `(?m)^goroutine \d+ .*\[`
	p.signal(t, syscall.SIGQUIT)
	if code := p.wait(t); code != 2 {
		t.Errorf("the program ended with code %d after SIGQUIT", code)
	}
	return len(regexp.MustCompile(begins).FindAllString(p.stderr.String(), -1))
}

// openFiles counts the files, connections among them, that the program has open. Where the system
// does not tell it is 0.
func (p *program) openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.process.Pid))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(entries)
}

// awaitSettled waits until nothing in the data waits to be finished, which the server sees to twice in a
// minute, and returns for how long it waited.
func (d *data) awaitSettled(t testing.TB) time.Duration {
	t.Helper()
	backend := d.backend(t)
	defer closing(t, backend)
	start := time.Now()
	for time.Since(start) < 2*patience {
		waiting := 0
		for _, schema := range store.Catalogue() {
			pending, err := backend.Pending(t.Context(), schema, "", 1)
			if err != nil {
				t.Fatal(err)
			}
			waiting += len(pending)
		}
		if waiting == 0 {
			return time.Since(start)
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Error("something waits to be finished, and nobody does it")
	return time.Since(start)
}

// TestStartWithoutDatabase starts servers before their database.
func TestStartWithoutDatabase(t *testing.T) {
	t.Parallel()
	d := onMongoDB(t)
	line := newProxy(t, d.uri)
	line.setAway(true)
	behind := line.through(d)
	behind.uri += "&serverSelectionTimeoutMS=200"
	patient, stopped := begin(t, behind.variables()...), begin(t, behind.variables()...)
	for _, p := range []*program{patient, stopped} {
		p.logs(t, "MongoDB does not answer", 2)
		if printed := p.stdout.String(); printed != "" {
			t.Errorf("without its database the server printed %s", printed)
		}
	}
	stopped.stop(t)
	code, stdout, stderr := finish(t, nil, append(behind.variables(), "GATEHOUSE_STARTUP_TIMEOUT=1s", "GATEHOUSE_LISTEN=127.0.0.1:0")...)
	if code != 1 || stdout != "" || !strings.Contains(stderr, "MongoDB did not answer within 1s") {
		t.Errorf("a server that was to give up ended with code %d and printed %s\n%s", code, stdout, stderr)
	}
	line.setAway(false)
	start := time.Now()
	patient.announced(t)
	t.Logf("began %s after its database", time.Since(start).Round(time.Millisecond))
	patient.ready(t)
	patient.logs(t, "MongoDB answers", 1)
	mustCreateUser(t, patient, "steve")
	patient.stop(t)
}

// logs waits until the log has a text so many times.
func (p *program) logs(t testing.TB, text string, times int) {
	t.Helper()
	late := time.After(patience)
	for {
		log, more := p.stderr.read()
		if strings.Count(log, text) >= times {
			return
		}
		select {
		case <-more:
		case <-p.ended:
			t.Fatalf("the program ended with code %d before it logged %q\n%s", p.code, text, log)
		case <-late:
			t.Fatalf("the program did not log %q\n%s", text, log)
		}
	}
}

// TestFolderInUse lets a second server and the copy command have a data folder in which a server works.
func TestFolderInUse(t *testing.T) {
	t.Parallel()
	d := onSQLite(t)
	p := d.start(t)
	refused := func(arguments []string, variables ...string) {
		t.Helper()
		code, stdout, stderr := finish(t, arguments, append(variables, "GATEHOUSE_LISTEN=127.0.0.1:0")...)
		if code != 1 || strings.Contains(stdout, "Playground") || !strings.Contains(stderr, "another gatehouse serves from this data folder") || !strings.Contains(stderr, d.folder) {
			t.Errorf("%v beside a server ended with code %d and printed %s\n%s", arguments, code, stdout, stderr)
		}
	}
	refused(nil, d.variables()...)
	other := onSQLite(t)
	refused([]string{"copy", "--from", d.folder, "--to", other.folder})
	empty := other.start(t)
	empty.stop(t)
	refused([]string{"copy", "--from", other.folder, "--to", d.folder, "--resume"})
	for _, arguments := range [][]string{{"tenant", "create", "beside"}, {"tenant", "list"}, {"keyset", "reseal"}, {"signing-keys", "replace"}} {
		if code, _, stderr := finish(t, arguments, d.variables()...); code != 0 {
			t.Errorf("%v beside a server ended with code %d\n%s", arguments, code, stderr)
		}
	}
	mustCreateUser(t, p, "steve")
	p.kill(t)
	again := d.start(t) // the lock of a process that was killed is nobody's
	again.signal(t, syscall.SIGTERM)
	again.wait(t)
	d.checkLives(t)
}

// TestDamagedFolder starts a server on a database file that lost its end.
func TestDamagedFolder(t *testing.T) {
	t.Parallel()
	d := onSQLite(t)
	p := d.start(t)
	mustCreateUser(t, p, "steve")
	p.stop(t)
	file := filepath.Join(d.folder, "gatehouse.db")
	info, err := os.Stat(file)
	if err == nil {
		err = os.Truncate(file, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := finish(t, nil, append(d.variables(), "GATEHOUSE_LISTEN=127.0.0.1:0")...)
	if code != 1 || stdout != "" || !strings.Contains(stderr, "damaged; restore it from a backup") {
		t.Errorf("on a damaged file the server ended with code %d and printed %s\n%s", code, stdout, stderr)
	}
}
