package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// soakVariable is for how long TestSoak works on each store; `make soak` says two minutes.
	soakVariable = "GATEHOUSE_TEST_SOAK"
	shortSoak    = 8 * time.Second
	// visitors are at work at once, and each does something every so often: a moderate load.
	visitors = 6
	every    = 50 * time.Millisecond
	// slack is by how much the memory may differ, in KiB, for what no leak is to blame: the pages of the
	// database that SQLite's connections keep, and garbage that was not yet collected.
	slack = 24 << 10
)

// usage is what the server uses at one moment.
type usage struct {
	at time.Duration
	// memory is the resident set, in KiB.
	memory, files int
}

// TestSoak lets visitors do all kinds of things with one server for some time, mistakes among them, and
// compares what it uses in the second quarter of the time with the last. When they have gone it has
// the goroutines of a server that nobody has visited.
func TestSoak(t *testing.T) {
	duration := shortSoak
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	forEachStore(t, func(t *testing.T, d *data) {
		fresh := d.start(t)
		mustCreateUser(t, fresh, "steve")
		before := fresh.goroutines(t)

		p := d.start(t)
		m := newMachine(t, p, "machine")
		ctx, cancel := context.WithTimeout(t.Context(), duration)
		defer cancel()
		var end sync.WaitGroup
		counts := make([]map[string]int, visitors)
		for i := range visitors {
			v := &visitor{program: p, machine: m.clients[1], name: fmt.Sprintf("v%d", i), done: map[string]int{}}
			counts[i] = v.done
			end.Go(func() { v.visit(ctx, t) })
		}
		used := p.watch(ctx, t)
		end.Wait()
		all := map[string]int{}
		requests := 0
		for _, done := range counts {
			for what, times := range done {
				all[what] += times
				requests += times
			}
		}
		second, last := median(used, duration/4, duration/2), median(used, duration*3/4, duration)
		d.awaitSettled(t)
		after := p.goroutines(t)
		t.Logf("%d requests in %s: %v", requests, duration, all)
		t.Logf("memory %d MiB in the second quarter, %d in the last; %d and %d open files; %d goroutines at rest, %d before any visit",
			second.memory>>10, last.memory>>10, second.files, last.files, after, before)
		if last.memory > second.memory*5/4+slack {
			t.Errorf("the memory grew from %d to %d KiB", second.memory, last.memory)
		}
		if last.files > second.files+spare {
			t.Errorf("the open files grew from %d to %d", second.files, last.files)
		}
		if after > before+spare {
			t.Errorf("%d goroutines are left; without visits there were %d\n%s", after, before, tail(p.stderr.String(), 20_000))
		}
		d.checkLives(t)
	})
}

// watch looks at what the program uses, some hundred times, until the context ends.
func (p *program) watch(ctx context.Context, t *testing.T) []usage {
	t.Helper()
	var all []usage
	start := time.Now()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	resident := regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)
	for {
		select {
		case <-ctx.Done():
			return all
		case <-ticker.C:
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		found := resident.FindSubmatch(status)
		if found == nil {
			t.Fatalf("the system does not tell the memory:\n%s", status)
		}
		memory, err := strconv.Atoi(string(found[1]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, usage{at: time.Since(start), memory: memory, files: p.openFiles(t)})
	}
}

// median is the median of what was used in a part of the time.
func median(all []usage, from, to time.Duration) usage {
	var memory, files []int
	for _, u := range all {
		if u.at >= from && u.at < to {
			memory, files = append(memory, u.memory), append(files, u.files)
		}
	}
	slices.Sort(memory)
	slices.Sort(files)
	return usage{memory: memory[len(memory)/2], files: files[len(files)/2]}
}

// visitor does all kinds of things.
type visitor struct {
	program *program
	machine machineClient
	name    string
	// done counts what was done.
	done map[string]int

	user, app, service, token string
	round                     int
}

// visit does one thing after the other until the context ends.
func (v *visitor) visit(ctx context.Context, t *testing.T) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		v.round++
		for _, e := range errands() {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			p := v.program
			switch e.as {
			case "nobody":
				p = p.with("gk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
			case "machine":
				p = p.with(v.token)
			}
			if e.what == "token" {
				if err := v.newToken(context.WithoutCancel(ctx)); err != nil {
					t.Errorf("get a token: %v", err)
				}
				v.done[e.what]++
				continue
			}
			a := p.venture(context.WithoutCancel(ctx), e.query, map[string]any{"name": fmt.Sprintf("%s-%d", v.name, v.round), "user": v.user, "app": v.app, "service": v.service})
			v.done[e.what]++
			if a.code != e.code {
				t.Errorf("%s was answered with the code %q", e.what, a.code)
			}
			var made struct {
				CreateUser struct{ User struct{ ID string } }
				CreateApp  struct{ App struct{ ID string } }

				CreateManagementApplication struct{ ManagementApplication struct{ ID string } }
			}
			if a.code == "" && json.Unmarshal(a.data, &made) == nil {
				v.user = max(v.user, made.CreateUser.User.ID) // IDs of later things are higher
				v.app = max(v.app, made.CreateApp.App.ID)
				v.service = max(v.service, made.CreateManagementApplication.ManagementApplication.ID)
			}
		}
	}
}

// errand is one request, by whom, and the code that it is to be answered with.
type errand struct{ what, as, query, code string }

// errands are those of a round. What they make they delete again, so that it is not the data that grows.
func errands() []errand {
	return []errand{
		{what: "create a user", query: `mutation($name: String!) { createUser(input: {username: $name}) { user { id } } }`},
		{what: "create an app", query: `mutation($user: ID!, $name: String!) { createApp(input: {userId: $user, name: $name, redirectUri: "https://example.com/cb"}) { app { id } } }`},
		{what: "a name that is taken", query: `mutation($user: ID!, $name: String!) { createApp(input: {userId: $user, name: $name}) { app { id } } }`, code: "CONFLICT"},
		{what: "what is not valid", query: `mutation($user: ID!) { createApp(input: {userId: $user, name: " ", redirectUri: "no"}) { app { id } } }`, code: "BAD_USER_INPUT"},
		{what: "read", query: `query($app: ID!, $user: ID!) { app(id: $app) { id name user { username apps(first: 5) { totalCount } } } user(id: $user) { id } }`},
		{what: "list", query: `{ apps(first: 50) { totalCount edges { cursor node { id name createdAt } } pageInfo { hasNextPage hasPreviousPage } } auditEvents(first: 50) { edges { node { id action } } } }`},
		{what: "update", query: `mutation($app: ID!) { updateApp(id: $app, input: {redirectUri: null}) { app { revision } } }`},
		{what: "update what is not there", query: `mutation($user: ID!) { updateApp(id: $user, input: {name: "x"}) { app { revision } } }`, code: "NOT_FOUND"},
		{what: "token"},
		{what: "as a machine", as: "machine", query: `{ viewer { actor { id } permissions } }`},
		{what: "as nobody", as: "nobody", query: `{ viewer { actor { id } } }`, code: "UNAUTHENTICATED"},
		{what: "a field that is not there", query: `{ nothing }`, code: "GRAPHQL_VALIDATION_FAILED"},
		{what: "no document", query: `{ apps(`, code: "GRAPHQL_PARSE_FAILED"},
		{what: "a service", query: `mutation($name: String!) { createManagementApplication(input: {name: $name}) { managementApplication { id } clientSecret { value } } }`},
		{what: "delete a service", query: `mutation($service: ID!) { deleteManagementApplication(id: $service) { deletedId } }`},
		{what: "delete a user with apps", query: `mutation($user: ID!) { deleteUser(id: $user) { deletedId } }`},
	}
}

// newToken gets a token for the machine.
func (v *visitor) newToken(ctx context.Context) error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {v.machine.ID}, "client_secret": {v.machine.Secret}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.program.base+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &issued); err != nil || issued.Token == "" {
		return fmt.Errorf("answered %s %s", response.Status, text)
	}
	v.token = issued.Token
	return nil
}
