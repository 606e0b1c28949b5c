package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/admin"
	"gatehouse/model"
)

// expectation is what the audit trail has to say about one request.
type expectation struct {
	who caller
	// events are the action, and the type and ID of the entity.
	events []string
	// changes are those of an event, by its action, where the test looks at the values too.
	changes map[string][]model.AuditChange
	// began and ended bound the time of the request.
	began, ended time.Time
}

// TestAuditWalk sends the request of every operation, and one for each that changes nothing and one
// that fails, and then compares the audit trail with the table: one event for every entity changed and
// every secret revealed, and no others.
func TestAuditWalk(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		w := newWalk(t, d)
		maker, powerless := w.administrator(t, admin.DefaultTenantID), w.keyHolder(t, admin.DefaultTenantID, nil)
		expected := map[string]expectation{}
		send := func(who caller, requestID, query string, events ...string) answer {
			began := model.Instant(time.Now())
			a := w.as(t, who, requestID, query)
			expected[requestID] = expectation{who: who, events: events, began: began, ended: time.Now()}
			return a
		}
		for _, row := range operations() {
			made := w.furnish(t, maker)
			if row.idle != "" {
				if a := send(maker, row.field+"-idle", expand(t, row.idle, made)); strings.Contains(a.body, `"errors":`) {
					t.Errorf("the idle request of %s was answered %s", row.field, a.body)
				}
			}
			if places := placesIn(row.request); len(places) > 0 {
				unknown := map[string]string{}
				for _, place := range places {
					unknown[place] = nowhere(made[place])
				}
				send(maker, row.field+"-unknown", expand(t, row.request, with(made, unknown)))
			}
			send(powerless, row.field+"-forbidden", expand(t, row.request, made))
			send(caller{credential: "gk_wrong"}, row.field+"-unauthenticated", expand(t, row.request, made))

			a := send(maker, row.field, expand(t, row.request, made))
			if !strings.Contains(a.body, expand(t, row.works, made)) || strings.Contains(a.body, `"errors":`) {
				t.Fatalf("%s was answered %s", row.field, a.body)
			}
			for _, found := range regexp.MustCompile(`"(?:value|key)":"([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
				w.secrets = append(w.secrets, found[1])
			}
			for name, path := range row.saves {
				made[name] = a.text(t, path)
			}
			expects := expected[row.field]
			for _, event := range row.events {
				expects.events = append(expects.events, expand(t, event, made))
			}
			expects.changes = changesOf(made)
			expected[row.field] = expects
		}
		checkTrail(t, w, expected)
	})
}

// changesOf are the changes of some events, one for each way in which values are recorded, by their
// actions.
func changesOf(made map[string]string) map[string][]model.AuditChange {
	return map[string][]model.AuditChange{
		"user.create":               {{Path: "username", After: "made-" + made["n"]}, {Path: "firstName", After: "Eve"}, {Path: "isActive", After: true}},
		"user.update":               {{Path: "firstName", Before: "Steve", After: "Eve"}, {Path: "email", Before: "steve@example.com"}},
		"user.deactivate":           {{Path: "isActive", Before: true, After: false}},
		"role.update":               {{Path: "description", After: "other"}, {Path: "permissions", Before: []any{}, After: []any{"ROLES_EDIT"}}},
		"roleAssignment.create":     {{Path: "roleId", After: made["role"]}, {Path: "entityType", After: "USER"}, {Path: "entityId", After: made["other"]}},
		"app.deactivateLoginMethod": {{Path: "loginPreferences.authMethods.line.isActive", Before: true, After: false}},
		"app.revealSecret":          {{Path: "loginPreferences.authMethods.apple.clientSecret", Before: model.Redacted, After: model.Redacted}},
		"managementApplication.updateLoginPreferences": {{Path: "loginPreferences.authMethods.facebook.clientSecret", Before: model.Redacted, After: model.Redacted}},
	}
}

// nowhere is of the same form as a value of a fixture, and exists nowhere.
func nowhere(value string) string {
	if regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(value) {
		return model.NewID(time.Now())
	}
	return "nobody-" + model.NewID(time.Now())
}

// checkTrail compares the audit events of the first tenant with what was expected of each request.
func checkTrail(t *testing.T, w *walk, expected map[string]expectation) {
	t.Helper()
	left := map[string][]string{}
	masked := 0
	for _, event := range w.eventsOf(t, admin.DefaultTenantID) {
		if event.RequestID == fixtureRequestID || event.Actor.Type == model.ActorTypeSystem && event.Action == "adminKey.create" {
			continue
		}
		left[event.RequestID] = append(left[event.RequestID], event.Action+" "+string(event.EntityType)+" "+event.EntityID)
		expects, ok := expected[event.RequestID]
		if !ok {
			t.Errorf("nobody made the request %q of the event %s", event.RequestID, event.Action)
			continue
		}
		if event.Actor != expects.who.actor {
			t.Errorf("%s was done by %v, and is said to be of %v", event.RequestID, expects.who.actor, event.Actor)
		}
		if event.OccurredAt.Before(expects.began) || event.OccurredAt.After(expects.ended) {
			t.Errorf("%s happened between %v and %v, and is said to be of %v", event.RequestID, expects.began, expects.ended, event.OccurredAt)
		}
		masked += checkChanges(t, event)
		if want, ok := expects.changes[event.Action]; ok {
			// A list read from a store is of a type of its own; in JSON both read alike.
			var got []model.AuditChange
			reencode(t, event.Changes, &got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s recorded other changes: %s", event.RequestID, diff)
			}
		}
	}
	for requestID, expects := range expected {
		got := left[requestID]
		slices.Sort(got)
		slices.Sort(expects.events)
		if diff := cmp.Diff(expects.events, got); diff != "" {
			t.Errorf("%s left other audit events than it should: %s", requestID, diff)
		}
	}
	if masked < 10 {
		t.Errorf("only %d changes are of secrets", masked)
	}
	text, err := json.Marshal(w.eventsOf(t, admin.DefaultTenantID))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range w.secrets {
		if strings.Contains(string(text), secret) {
			t.Errorf("the audit trail has the secret %s", secret)
		}
	}
}

// checkChanges checks the fields of an event against its action: what is made was not there, what is
// deleted is no more, and what is changed is another than before. It returns how many of them are
// secrets.
func checkChanges(t *testing.T, event *model.AuditEvent) (masked int) {
	t.Helper()
	_, verb, _ := strings.Cut(event.Action, ".")
	if len(event.Changes) == 0 {
		t.Errorf("%s: %s changed nothing", event.RequestID, event.Action)
	}
	for _, change := range event.Changes {
		place := event.RequestID + ": " + event.Action + " " + change.Path
		isSecret := strings.HasSuffix(change.Path, ".clientSecret") || strings.HasSuffix(change.Path, ".value")
		for _, value := range []any{change.Before, change.After} {
			if isSecret && value != nil && value != model.Redacted {
				t.Errorf("%s shows a secret", place)
			}
		}
		if isSecret {
			masked++
		}
		switch {
		case change.Path == "":
			t.Errorf("%s has no path", place)
		case verb == "create" && (change.Before != nil || change.After == nil):
			t.Errorf("%s was %v before", place, change.Before)
		case (verb == "delete" || verb == "revoke") && (change.Before == nil || change.After != nil):
			t.Errorf("%s is %v afterwards", place, change.After)
		case !isSecret && reflect.DeepEqual(change.Before, change.After):
			t.Errorf("%s is still %v", place, change.After)
		}
	}
	return masked
}

// TestNoMutationTouchesAuditEvents walks the schema: whatever mutations take and answer, and whatever
// that leads to, has no audit event in it.
func TestNoMutationTouchesAuditEvents(t *testing.T) {
	schema := loadSchema(t)
	reached := map[string]bool{}
	var reach func(name string)
	reach = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		definition := schema.Types[name]
		for _, field := range definition.Fields {
			reach(field.Type.Name())
			for _, argument := range field.Arguments {
				reach(argument.Type.Name())
			}
		}
		if definition.IsAbstractType() {
			for _, possible := range schema.PossibleTypes[name] {
				reach(possible.Name)
			}
		}
	}
	reach(schema.Mutation.Name)
	mutations := maps.Clone(reached)
	for _, expected := range []string{"User", "SamlClient", "LoginPreferences", "RoleAssignment", "ClientInput"} {
		if !reached[expected] {
			t.Errorf("the walk does not reach %s: it reaches %v", expected, slices.Sorted(maps.Keys(reached)))
		}
	}
	reach(schema.Query.Name)
	if !reached["AuditEvent"] {
		t.Error("the walk does not know audit events when it meets them")
	}
	for name := range mutations {
		if strings.Contains(name, "Audit") {
			t.Errorf("mutations lead to %s", name)
		}
	}
	for _, field := range schema.Mutation.Fields {
		if strings.Contains(strings.ToLower(field.Name), "audit") || schema.Types[field.Type.Name()].Kind == ast.Scalar {
			t.Errorf("there is a mutation %s: %s", field.Name, fmt.Sprint(field.Type))
		}
	}
}
