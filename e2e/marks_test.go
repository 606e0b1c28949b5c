package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"gatehouse/model"
)

// outcome is what became of a request to a server that may be in trouble.
type outcome struct {
	// code is that of the answer's first error; empty when it went well, and "NO ANSWER" for none.
	code string
	data json.RawMessage
	took time.Duration
}

const noAnswer = "NO ANSWER"

// venture sends a GraphQL request and takes whatever comes of it.
func (p *program) venture(ctx context.Context, query string, variables map[string]any) outcome {
	start := time.Now()
	a, err := p.exchange(ctx, query, variables)
	if err != nil {
		a.code = noAnswer
	}
	a.took = time.Since(start)
	return a
}

func (p *program) exchange(ctx context.Context, query string, variables map[string]any) (a outcome, err error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	r.Header = http.Header{"Authorization": {"Bearer " + p.key}, "Content-Type": {"application/json"}}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return a, err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return a, err
	}
	a.data = answer.Data
	if len(answer.Errors) > 0 {
		a.code = answer.Errors[0].Extensions.Code
	}
	return a, nil
}

// marker changes things again and again whatever the answers are, and never the same way twice: each
// change leaves a mark of its own, a name, in the audit event of what it did. So the events tell
// afterwards how often each change was made.
type marker struct {
	program *program
	owner   string
	name    string
	// acknowledged are the marks of the changes that were answered well, and unsure those of the others,
	// by what they were answered.
	acknowledged []string
	unsure       map[string][]string
	// app is the app that is renamed; empty before one was made.
	app     string
	changes int
}

// markers are several at work on one server.
type markers struct {
	all []*marker

	mu sync.Mutex
	// codes counts the answers since reset by their codes, and longest is the slowest of them.
	codes   map[string]int
	longest time.Duration
	// last is when an answer was a good one.
	last time.Time
	stop context.CancelFunc
	end  sync.WaitGroup
}

// newMarkers lets so many writers begin, each with a user of its own.
func newMarkers(t *testing.T, p *program, number int) *markers {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	m := &markers{codes: map[string]int{}, stop: stop}
	for i := range number {
		w := &marker{program: p, name: fmt.Sprintf("w%d", i), unsure: map[string][]string{}}
		w.owner = mustCreateUser(t, p, w.name)
		m.all = append(m.all, w)
	}
	for _, w := range m.all {
		m.end.Go(func() {
			for ctx.Err() == nil {
				m.note(w.change(context.WithoutCancel(ctx)))
			}
		})
	}
	return m
}

// finish ends the work, and what is under way with it.
func (m *markers) finish() {
	m.stop()
	m.end.Wait()
}

func (m *markers) note(a outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.codes[a.code]++
	m.longest = max(m.longest, a.took)
	if a.code == "" {
		m.last = time.Now()
	}
}

// reset returns how the answers were counted, and the time of the slowest, since it was called last.
func (m *markers) reset() (codes map[string]int, longest time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	codes, longest = m.codes, m.longest
	m.codes, m.longest = map[string]int{}, 0
	return codes, longest
}

// await waits until so many answers of a code have come since reset.
func (m *markers) await(t *testing.T, code string, number int) {
	t.Helper()
	late := time.After(2 * patience)
	for {
		m.mu.Lock()
		have, codes := m.codes[code], fmt.Sprint(m.codes)
		m.mu.Unlock()
		if have >= number {
			return
		}
		select {
		case <-late:
			t.Fatalf("instead of %d answers %q there were %s", number, code, codes)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// change makes the next change.
func (w *marker) change(ctx context.Context) outcome {
	w.changes++
	mark := fmt.Sprintf("%s-%d", w.name, w.changes)
	var a outcome
	if w.app == "" || w.changes%5 == 0 {
		a = w.program.venture(ctx, `mutation($o: ID!, $n: String!) { createApp(input: {userId: $o, name: $n}) { app { id } } }`,
			map[string]any{"o": w.owner, "n": mark})
		var made struct {
			CreateApp struct{ App struct{ ID string } }
		}
		if a.code == "" && json.Unmarshal(a.data, &made) == nil {
			w.app = made.CreateApp.App.ID
		}
	} else {
		a = w.program.venture(ctx, `mutation($id: ID!, $n: String!) { updateApp(id: $id, input: {name: $n}) { app { id } } }`,
			map[string]any{"id": w.app, "n": mark})
	}
	if a.code == "" {
		w.acknowledged = append(w.acknowledged, mark)
	} else {
		w.unsure[a.code] = append(w.unsure[a.code], mark)
	}
	return a
}

// tally is how many changes were acknowledged, and how many of the others there are and were made, by
// what they were answered.
type tally struct {
	acknowledged int
	unsure, made map[string]int
}

// check compares the events with what the writers know: each change that was acknowledged has one,
// and each other one at most.
func (m *markers) check(t *testing.T, events []*model.AuditEvent) tally {
	t.Helper()
	told := map[string]int{}
	for _, event := range events {
		if event.Action != "app.create" && event.Action != "app.update" {
			continue
		}
		for _, change := range event.Changes {
			if mark, ok := change.After.(string); ok && change.Path == "name" {
				told[mark]++
			}
		}
	}
	sum := tally{unsure: map[string]int{}, made: map[string]int{}}
	for _, w := range m.all {
		for _, mark := range w.acknowledged {
			if told[mark] != 1 {
				t.Errorf("the change %s, which was acknowledged, has %d events", mark, told[mark])
			}
		}
		sum.acknowledged += len(w.acknowledged)
		for code, marks := range w.unsure {
			for _, mark := range marks {
				if told[mark] > 1 {
					t.Errorf("the change %s was made %d times", mark, told[mark])
				}
				sum.made[code] += told[mark]
			}
			sum.unsure[code] += len(marks)
		}
	}
	return sum
}
