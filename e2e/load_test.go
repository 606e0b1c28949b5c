package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/model"
)

// load sends one GraphQL request to a server again and again, from callers who take turns.
type load struct {
	base   string
	keys   []string
	body   []byte
	client *http.Client
}

// newLoad sends a query by that many callers.
func newLoad(t *testing.T, p *program, query string, callers int) *load {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	l := &load{base: p.base, body: body, client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000},
		Timeout:   patience,
	}}
	t.Cleanup(l.client.CloseIdleConnections)
	for i := range callers {
		key, _ := mustCreateKey(t, p, "caller "+strconv.Itoa(i), nil, model.PermissionAppsRead, model.PermissionUsersRead)
		l.keys = append(l.keys, key)
	}
	return l
}

// results are what became of a load.
type results struct {
	took time.Duration
	// served are how long the answers took that were answers, in order of time, short ones first.
	served []time.Duration
	// refused counts the answers 429 and 503, unexpected everything else.
	refused    int
	unexpected []string
}

// perSecond is how many were served in a second.
func (o *results) perSecond() float64 { return float64(len(o.served)) / o.took.Seconds() }

// quantile is the time within which that part of the answers came.
func (o *results) quantile(part float64) time.Duration {
	if len(o.served) == 0 {
		return 0
	}
	return o.served[min(len(o.served)-1, int(part*float64(len(o.served))))]
}

func (o *results) String() string {
	all := len(o.served) + o.refused + len(o.unexpected)
	return fmt.Sprintf("%.0f a second offered, %.0f served, %d %% refused; half of those served within %s, 99 %% within %s",
		float64(all)/o.took.Seconds(), o.perSecond(), 100*o.refused/max(1, all),
		o.quantile(0.5).Round(100*time.Microsecond), o.quantile(0.99).Round(100*time.Microsecond))
}

// one sends the request once, for the i-th time.
func (l *load) one(ctx context.Context, i int) (status int, took time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+"/graphql", bytes.NewReader(l.body))
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Authorization", "Bearer "+l.keys[i%len(l.keys)])
	r.Header.Set("Content-Type", "application/json")
	start := time.Now()
	response, err := l.client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	took = time.Since(start)
	switch {
	case err != nil:
		return 0, 0, err
	case response.StatusCode == http.StatusOK && !bytes.HasPrefix(body, []byte(`{"data":{`)):
		return 0, 0, fmt.Errorf("answered %s", body)
	case response.StatusCode != http.StatusOK && response.Header.Get("Retry-After") == "":
		return 0, 0, fmt.Errorf("%s without Retry-After", response.Status)
	}
	return response.StatusCode, took, nil
}

// note keeps what became of a request.
func (o *results) note(status int, took time.Duration, err error) {
	switch {
	case err != nil:
		o.unexpected = append(o.unexpected, err.Error())
	case status == http.StatusOK:
		o.served = append(o.served, took)
	case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		o.refused++
	default:
		o.unexpected = append(o.unexpected, http.StatusText(status))
	}
}

// closed has so many clients who each wait for the answer before they send the next request.
func (l *load) closed(ctx context.Context, clients int, duration time.Duration) *results {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o, start := &results{}, time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := c; time.Since(start) < duration; i += clients {
				status, took, err := l.one(ctx, i)
				mu.Lock()
				o.note(status, took, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return o.ended(start)
}

// open sends so many requests a second, whatever becomes of those before, but keeps no more than
// outstanding without an answer; what would be more is not sent.
func (l *load) open(ctx context.Context, perSecond float64, outstanding int, duration time.Duration) *results {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	o, start := &results{}, time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	room := make(chan struct{}, outstanding)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for due := 0; time.Since(start) < duration; <-tick.C {
		for ; due < int(perSecond*time.Since(start).Seconds()); due++ {
			select {
			case room <- struct{}{}:
			default:
				continue
			}
			i := due
			all.Go(func() {
				defer func() { <-room }()
				status, took, err := l.one(ctx, i)
				mu.Lock()
				defer mu.Unlock()
				o.note(status, took, err)
			})
		}
	}
	all.Wait()
	return o.ended(start)
}

func (o *results) ended(start time.Time) *results {
	o.took = time.Since(start)
	slices.Sort(o.served)
	return o
}

// memory is how much memory the program has in use at most so far, in bytes, as Linux counts it
// (VmHWM of proc_pid_status(5)).
func (p *program) memory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^VmHWM:\s*(\d+) kB$`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("the status does not have it: %s", status)
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// files is how many files and connections the program has open.
func (p *program) files(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// seedApps makes a user with apps, ten at a time.
func seedApps(t *testing.T, p *program, apps int) {
	t.Helper()
	p.ask(t, `mutation { createUser(input: {username: "steve"}) { user { id } } }`, "")
	for from := 0; from < apps; from += 10 {
		var query strings.Builder
		query.WriteString("mutation {")
		for i := from; i < from+10; i++ {
			fmt.Fprintf(&query, ` a%d: createApp(input: {userId: "steve", name: "app %d", redirectUri: "https://example.com/%d"}) { app { id } }`, i, i, i)
		}
		query.WriteString("}")
		if a := p.ask(t, query.String(), ""); a.status != http.StatusOK || strings.Contains(a.body, `"errors"`) {
			t.Fatalf("seeding was answered %d %s", a.status, a.body)
		}
	}
}
