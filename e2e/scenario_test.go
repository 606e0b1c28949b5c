package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/model"
)

// step is one request of a scenario, and what must come of it. In all its texts {{name}} stands for
// what an earlier step saved under that name.
type step struct {
	name  string
	query string
	// variables is a JSON object, or empty.
	variables string
	// status is the HTTP status of the answer; 0 means 200.
	status int
	// want must be in the answer, which has no spaces outside its texts, and not must not be. The
	// answer must have errors exactly when something in want begins with "code":.
	want, not []string
	// save keeps texts of the answer: the name is the key, the path in the answer the value.
	save map[string]string
	// events are the audit events that the request must leave, and all of them: the action, the ID of
	// the entity, and the paths of the fields that changed, where * at the end stands for any number of
	// further paths. Those of one request have one time, and no order.
	events []string
}

// play sends the requests of a scenario one after the other to one server, on each store.
func play(t *testing.T, steps []step) {
	t.Helper()
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		saved := map[string]string{}
		for i, s := range steps {
			nextMillisecond()
			if !t.Run(s.name, func(t *testing.T) { s.play(t, p, stepID(i), saved) }) {
				break // what follows relies on it
			}
		}
		p.stop(t)
		if !t.Failed() {
			d.settled(t)
			checkEvents(t, d.events(t), steps, saved)
		}
	})
}

// nextMillisecond returns when another millisecond has begun, so that what happens afterwards has
// another time than what happened before.
func nextMillisecond() {
	for now := time.Now().UnixMilli(); now == time.Now().UnixMilli(); {
		runtime.Gosched()
	}
}

// stepID is the request ID of a step, by which its audit events are known.
func stepID(i int) string { return fmt.Sprintf("step-%d", i) }

func (s step) play(t *testing.T, p *program, id string, saved map[string]string) {
	a := p.send(t, request{
		body:   requestBody(t, expand(t, s.query, saved), expand(t, s.variables, saved)),
		header: map[string]string{"X-Request-Id": id},
	})
	status := s.status
	if status == 0 {
		status = http.StatusOK
	}
	if a.status != status {
		t.Errorf("answered with status %d, want %d", a.status, status)
	}
	wantErrors := false
	for _, text := range s.want {
		text = expand(t, text, saved)
		if !strings.Contains(a.body, text) {
			t.Errorf("the answer lacks %s", text)
		}
		wantErrors = wantErrors || strings.HasPrefix(text, `"code":`)
	}
	for _, text := range s.not {
		if text = expand(t, text, saved); strings.Contains(a.body, text) {
			t.Errorf("the answer has %s", text)
		}
	}
	if has := strings.Contains(a.body, `"errors":`); has != wantErrors {
		t.Errorf("the answer has errors: %v, want %v", has, wantErrors)
	}
	if t.Failed() {
		t.Fatalf("the answer is %s", a.body)
	}
	for name, path := range s.save {
		saved[name] = a.text(t, path)
	}
}

// expand puts what was saved into a text.
func expand(t testing.TB, text string, saved map[string]string) string {
	t.Helper()
	return regexp.MustCompile(`{{\w+}}`).ReplaceAllStringFunc(text, func(place string) string {
		value, ok := saved[strings.Trim(place, "{}")]
		if !ok {
			t.Fatalf("no earlier step saved %s", place)
		}
		return value
	})
}

// checkEvents compares the audit events that each step left with those that it should have left.
func checkEvents(t *testing.T, events []*model.AuditEvent, steps []step, saved map[string]string) {
	t.Helper()
	left := map[string][]string{}
	for _, event := range events {
		left[event.RequestID] = append(left[event.RequestID], describe(event))
		if event.RequestID != "" && event.Actor.Type != model.ActorTypeAdminKey {
			t.Errorf("%s was done by %v", event.Action, event.Actor)
		}
	}
	for i, s := range steps {
		want := make([]string, len(s.events))
		for j, event := range s.events {
			want[j] = expand(t, event, saved)
		}
		got := left[stepID(i)]
		slices.Sort(want)
		slices.Sort(got)
		if !slices.EqualFunc(got, want, isDescribed) {
			t.Errorf("step %q left the audit events\n%q, want\n%q", s.name, got, want)
		}
	}
}

// isDescribed compares a description with one that may end in *.
func isDescribed(got, want string) bool {
	beginning, open := strings.CutSuffix(want, "*")
	return got == want || open && strings.HasPrefix(got, beginning)
}

// describe writes an audit event as steps expect it.
func describe(event *model.AuditEvent) string {
	parts := []string{event.Action, event.EntityID}
	for _, change := range event.Changes {
		parts = append(parts, change.Path)
	}
	return strings.Join(parts, " ")
}
