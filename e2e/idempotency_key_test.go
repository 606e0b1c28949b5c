package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/model"
)

const (
	// createBoth makes a user, whose name is unique, and an admin key, whose name is not.
	createBoth = `mutation ($name: String!) { createUser(input: {username: $name}) { user { id } } createAdminKey(input: {name: $name, permissions: [USERS_READ, USERS_CREATE]}) { adminKey { id } key } }`
	racedKeys  = 50
	// killedAfter is how many mutations are acknowledged before the server is killed, keyWriters how many
	// are sent at once, and kills how often.
	killedAfter = 60
	keyWriters  = 8
	kills       = 3
)

// keyed sends a mutation with an idempotency key.
func (p *program) keyed(t testing.TB, key, query, variables string) answer {
	t.Helper()
	return p.send(t, request{body: requestBody(t, query, variables), header: map[string]string{"Idempotency-Key": key}})
}

// isReplay says whether an answer is another one given again.
func (a answer) isReplay(of answer) bool {
	return a.header.Get("Idempotency-Replayed") == "true" && a.status == of.status && a.body == of.body &&
		a.header.Get("Content-Type") == of.header.Get("Content-Type")
}

func TestIdempotencyKey(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		first := p.keyed(t, "one", createBoth, `{"name": "steve"}`)
		if first.status != http.StatusOK || strings.Contains(first.body, `"errors"`) || first.header.Get("Idempotency-Replayed") != "" {
			t.Fatalf("the first was answered %d %v %s", first.status, first.header, first.body)
		}
		written := fmt.Sprintf("{\n  \"variables\": {\"name\": \"steve\"},\n  \"query\": %s}", quoted(t, createBoth))
		for name, again := range map[string]answer{
			"the same":          p.keyed(t, "one", createBoth, `{"name": "steve"}`),
			"a quoted key":      p.keyed(t, `"one"`, createBoth, `{"name": "steve"}`),
			"other white space": p.send(t, request{body: strings.NewReader(written), header: map[string]string{"Idempotency-Key": "one"}}),
			"another media type": p.send(t, request{body: requestBody(t, createBoth, `{"name": "steve"}`), header: map[string]string{
				"Idempotency-Key": "one", "Accept": "application/graphql-response+json",
			}}),
		} {
			if !again.isReplay(first) || again.header.Get("X-Request-Id") == first.header.Get("X-Request-Id") || again.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s was answered %d %v %s", name, again.status, again.header, again.body)
			}
		}
		for name, c := range map[string]struct {
			answer answer
			status int
			code   string
		}{
			"other variables":   {p.keyed(t, "one", createBoth, `{"name": "stella"}`), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED"},
			"another document":  {p.keyed(t, "one", createBoth+" ", `{"name": "steve"}`), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED"},
			"a key too long":    {p.keyed(t, strings.Repeat("x", 256), createBoth, `{"name": "steve"}`), http.StatusBadRequest, "BAD_USER_INPUT"},
			"a key of two":      {p.keyed(t, "one, two", createBoth, `{"name": "steve"}`), http.StatusBadRequest, "BAD_USER_INPUT"},
			"no valid document": {p.keyed(t, "refused", "mutation { nope }", ""), http.StatusOK, "GRAPHQL_VALIDATION_FAILED"},
			"no credential":     {p.with("nobody").keyed(t, "refused", createBoth, `{"name": "steve"}`), http.StatusUnauthorized, "UNAUTHENTICATED"},
		} {
			if c.answer.status != c.status || c.answer.text(t, "errors.0.extensions.code") != c.code || c.answer.header.Get("Idempotency-Replayed") != "" {
				t.Errorf("%s was answered %d %s", name, c.answer.status, c.answer.body)
			}
		}
		refused := p.keyed(t, "refused", createBoth, `{"name": "sally"}`)
		if refused.status != http.StatusOK || refused.header.Get("Idempotency-Replayed") != "" || strings.Contains(refused.body, `"errors"`) {
			t.Errorf("what was refused before was answered %d %s", refused.status, refused.body)
		}
		for _, key := range []string{"one", "two words", ""} {
			if a := p.keyed(t, key, `{ __typename }`, ""); a.status != http.StatusOK || a.body != `{"data":{"__typename":"Query"}}` || a.header.Get("Idempotency-Replayed") != "" {
				t.Errorf("a query with the key %q was answered %d %s", key, a.status, a.body)
			}
		}
		partial := `mutation { a: createUser(input: {username: "partial"}) { user { id } } b: createUser(input: {username: "steve"}) { user { id } } }`
		half := p.keyed(t, "partial", partial, "")
		if half.text(t, "errors.0.extensions.code") != "CONFLICT" {
			t.Errorf("half a success was answered %s", half.body)
		}
		if again := p.keyed(t, "partial", partial, ""); !again.isReplay(half) {
			t.Errorf("half a success was repeated as %s", again.body)
		}
		other := p.with(first.text(t, "data.createAdminKey.key"))
		if a := other.keyed(t, "one", createBoth, `{"name": "steve"}`); a.header.Get("Idempotency-Replayed") != "" || a.text(t, "errors.0.extensions.code") != "CONFLICT" {
			t.Errorf("another caller with the key was answered %s", a.body)
		}
		p.stop(t)
		d.settled(t)
		// The first start makes one admin key. The other caller made none, since it lacks the permission.
		if actions := actionsOf(d.events(t)); actions["user.create"] != 3 || actions["adminKey.create"] != 3 {
			t.Errorf("the audit events are %v", actions)
		}
	})
}

// TestIdempotencyKeysRace sends mutations several times at once, to two processes where there can be two.
func TestIdempotencyKeysRace(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		one := d.start(t)
		two := one
		if d.uri != "" {
			two = d.start(t)
		}
		for i := range racedKeys {
			name := fmt.Sprintf("raced-%d", i)
			answers := race(4, func(racer int) answer {
				a, err := []*program{one, two}[racer%2].try(t, name)
				if err != nil {
					t.Error(err)
				}
				return a
			})
			fresh := 0
			for _, a := range answers {
				if a.header.Get("Idempotency-Replayed") == "" {
					fresh++
				}
				if a.status != http.StatusOK || a.body != answers[0].body || strings.Contains(a.body, `"errors"`) {
					t.Errorf("a racer was answered %d %s, another %s", a.status, a.body, answers[0].body)
				}
			}
			if fresh != 1 {
				t.Errorf("%d of %d racers did the mutation", fresh, len(answers))
			}
		}
		one.stop(t)
		if two != one {
			two.stop(t)
		}
		d.settled(t)
		if actions := actionsOf(d.events(t)); actions["user.create"] != racedKeys || actions["adminKey.create"] != racedKeys+1 {
			t.Errorf("%d raced keys left the audit events %v", racedKeys, actions)
		}
	})
}

// try sends the mutation createBoth with its name as the key. It may be called by any goroutine.
func (p *program) try(t testing.TB, name string) (answer, error) {
	t.Helper()
	outgoing, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+"/graphql",
		requestBody(t, createBoth, fmt.Sprintf(`{"name": %q}`, name)))
	if err != nil {
		return answer{header: http.Header{}}, err
	}
	outgoing.Header.Set("Authorization", "Bearer "+p.key)
	outgoing.Header.Set("Content-Type", "application/json")
	outgoing.Header.Set("Idempotency-Key", name)
	response, err := http.DefaultTransport.RoundTrip(outgoing)
	if err != nil {
		return answer{header: http.Header{}}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}, err
}

// keyFates is what writers know of their mutations, by name.
type keyFates struct {
	mu           sync.Mutex
	acknowledged map[string]bool
	// open were sent without an answer.
	open []string
}

func (f *keyFates) note(name string, a answer, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.open = append(f.open, name)
		return
	}
	f.acknowledged[name] = a.status == http.StatusOK && !strings.Contains(a.body, `"errors"`)
}

// killUnderKeys lets writers send mutations, and kills the server in the middle of some.
func (f *keyFates) killUnderKeys(t *testing.T, p *program, round int) {
	t.Helper()
	var done atomic.Int32
	enough, over := make(chan struct{}), make(chan struct{})
	var writing sync.WaitGroup
	for writer := range keyWriters {
		writing.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("key-%d-%d-%d", round, writer, i)
				a, err := p.try(t, name)
				f.note(name, a, err)
				if err != nil {
					return
				}
				if done.Add(1) == killedAfter {
					close(enough)
				}
			}
		})
	}
	go func() {
		defer close(over)
		writing.Wait()
	}()
	select {
	case <-enough:
	case <-over:
		t.Fatalf("the writers gave up after %d mutations", done.Load())
	}
	p.kill(t)
	<-over
}

// TestIdempotencyKeysSurviveKills kills the server in the middle of mutations, and sends again those
// without an answer. None is done twice, and all that were acknowledged are done.
func TestIdempotencyKeysSurviveKills(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		fates := &keyFates{acknowledged: map[string]bool{}}
		for round := range kills {
			fates.killUnderKeys(t, d.start(t), round)
		}
		open := fates.open
		if len(open) == 0 {
			t.Fatal("no mutation was under way when the server was killed")
		}
		p := d.start(t)
		answers := race(len(open), func(i int) answer {
			a, err := p.try(t, open[i])
			if err != nil {
				t.Error(err)
			}
			fates.note(open[i], a, err)
			return a
		})
		codes := map[string]int{}
		for i, a := range answers {
			code := ""
			if strings.Contains(a.body, `"errors"`) {
				code = a.text(t, "errors.0.extensions.code")
			}
			// Those that had begun wait for the end of their lease.
			if (code == "") != (a.status == http.StatusOK) || (code != "" && (code != "IN_PROGRESS" || a.status != http.StatusConflict || a.header.Get("Retry-After") == "")) {
				t.Errorf("%s was sent again and answered %d %s", open[i], a.status, a.body)
			}
			codes[code]++
		}
		t.Logf("%d mutations were acknowledged; %d without an answer were sent again and answered %v", len(fates.acknowledged), len(open), codes)
		p.stop(t)
		d.settled(t)
		fates.check(t, d)
	})
}

// check compares what the writers know with what is there.
func (f *keyFates) check(t *testing.T, d *data) {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	keys := map[string]int{}
	for _, key := range allOf(t, s.AdminKeys) {
		keys[key.Name]++
	}
	events := map[string]int{}
	for _, event := range allOf(t, s.AuditEvents) {
		for _, change := range event.Changes {
			if event.Action == "adminKey.create" && change.Path == "name" {
				events[fmt.Sprint(change.After)]++
			}
		}
	}
	for name, n := range keys {
		if n != 1 || events[name] != 1 {
			t.Errorf("%s was made %d times, with %d events", name, n, events[name])
		}
	}
	for name, done := range f.acknowledged {
		if done && keys[name] != 1 {
			t.Errorf("%s was acknowledged, and was made %d times", name, keys[name])
		}
	}
	var kept []*model.IdempotencyKey
	if err := s.IdempotencyKeys.Each(context.WithoutCancel(t.Context()), func(k *model.IdempotencyKey) error {
		kept = append(kept, k)
		return nil
	}); err != nil || len(kept) < len(f.acknowledged) {
		t.Errorf("%d keys are kept for %d mutations, %v", len(kept), len(f.acknowledged), err)
	}
}
