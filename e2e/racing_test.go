package e2e_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/e2e/client"
	"gatehouse/model"
)

const racers = 20

// race runs do many times at once and returns what each run returned, in the order of their numbers.
func race[T any](times int, do func(i int) T) []T {
	results := make([]T, times)
	var start, end sync.WaitGroup
	start.Add(1)
	for i := range times {
		end.Go(func() {
			start.Wait()
			results[i] = do(i)
		})
	}
	start.Done()
	end.Wait()
	return results
}

// codeOf is the code of the one error of an answer, "" when there is none.
func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var list gqlerror.List
	if !errors.As(err, &list) || len(list) != 1 {
		t.Fatalf("not one error of GraphQL: %v", err)
	}
	code, _ := list[0].Extensions["code"].(string)
	return code
}

// count says how often each result occurs.
func count[T comparable](results []T) map[T]int {
	counts := map[T]int{}
	for _, result := range results {
		counts[result]++
	}
	return counts
}

// mustCreateUser creates a user and returns its ID.
func mustCreateUser(t testing.TB, p *program, username string) string {
	t.Helper()
	made, err := client.CreateUser(t.Context(), p.client(), &client.CreateUserInput{Username: username})
	if err != nil {
		t.Fatal(err)
	}
	return made.CreateUser.User.Id
}

// mustCreateApp creates an app and returns it.
func mustCreateApp(t testing.TB, p *program, owner, name string) *client.AppFields {
	t.Helper()
	made, err := client.CreateApp(t.Context(), p.client(), &client.CreateAppInput{UserId: owner, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return made.CreateApp.App
}

func TestRacingCreatesOfOneName(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		c := p.client()
		users := race(racers, func(int) error {
			_, err := client.CreateUser(t.Context(), c, &client.CreateUserInput{Username: "steve"})
			return err
		})
		apps := race(racers, func(i int) error {
			_, err := client.CreateApp(t.Context(), c, &client.CreateAppInput{UserId: "steve", Name: []string{"my-app", "MY-APP"}[i%2]})
			return err
		})
		for what, errs := range map[string][]error{"user": users, "app": apps} {
			codes := make([]string, len(errs))
			for i, err := range errs {
				codes[i] = codeOf(t, err)
			}
			if got := count(codes); got[""] != 1 || got["CONFLICT"] != racers-1 {
				t.Errorf("%d racing creates of one %s were answered %v", racers, what, got)
			}
		}
		p.stop(t)
		actions := actionsOf(d.events(t))
		if actions["user.create"] != 1 || actions["app.create"] != 1 {
			t.Errorf("the races left the audit events %v", actions)
		}
	})
}

// actionsOf counts audit events by their action.
func actionsOf(events []*model.AuditEvent) map[string]int {
	actions := make([]string, len(events))
	for i, event := range events {
		actions[i] = event.Action
	}
	return count(actions)
}

func TestRacingUpdatesOfOneApp(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		c := p.client()
		mustCreateUser(t, p, "steve")
		app := mustCreateApp(t, p, "steve", "my-app")
		revisions := race(racers, func(i int) int {
			input := &client.UpdateAppInput{Name: new(fmt.Sprintf("name-%d", i))}
			if i%2 == 0 {
				input = &client.UpdateAppInput{RedirectUri: new(fmt.Sprintf("http://example.com/%d", i))}
			}
			updated, err := client.UpdateApp(t.Context(), c, app.Id, input, nil)
			if err != nil {
				t.Error(err)
				return 0
			}
			return updated.UpdateApp.App.Revision
		})
		slices.Sort(revisions)
		for i, revision := range revisions {
			if revision != i+2 {
				t.Fatalf("the racing updates were answered with the revisions %v", revisions)
			}
		}
		won := race(racers, func(i int) error {
			_, err := client.UpdateApp(t.Context(), c, app.Id, &client.UpdateAppInput{Name: new(fmt.Sprintf("late-%d", i))}, new(racers+1))
			return err
		})
		codes := make([]string, len(won))
		for i, err := range won {
			codes[i] = codeOf(t, err)
		}
		if got := count(codes); got[""] != 1 || got["CONFLICT"] != racers-1 {
			t.Errorf("racing updates that expect one revision were answered %v", got)
		}
		after, err := client.GetApp(t.Context(), c, app.Id)
		if err != nil || after.App.Revision != racers+2 {
			t.Errorf("the app ended at %+v %v", after.App, err)
		}
		p.stop(t)
		checkChain(t, d.events(t), app)
	})
}

// checkChain checks that every update began with what the one before had left: none was lost.
func checkChain(t *testing.T, events []*model.AuditEvent, app *client.AppFields) {
	t.Helper()
	next := map[string]map[any]any{"name": {}, "redirectUri": {}}
	for _, event := range events {
		if event.Action != "app.update" {
			continue
		}
		for _, change := range event.Changes {
			if after, forked := next[change.Path][change.Before]; forked {
				t.Errorf("the %s %v was replaced by both %v and %v", change.Path, change.Before, after, change.After)
			}
			next[change.Path][change.Before] = change.After
		}
	}
	for path, want := range map[string]int{"name": racers/2 + 1, "redirectUri": racers / 2} {
		value, links := any(app.Name), 0
		if path == "redirectUri" {
			value = nil
		}
		for after, ok := next[path][value]; ok; after, ok = next[path][after] {
			links++
		}
		if links != want {
			t.Errorf("the %s changed %d times in a row, want %d", path, links, want)
		}
	}
}

// TestRacesWithOwners lets apps be made and activated while their owner is deactivated or deleted.
func TestRacesWithOwners(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		for round := range 4 {
			deletion := round%2 == 1
			username := fmt.Sprintf("owner-%d", round)
			id := mustCreateUser(t, p, username)
			idle := mustCreateApp(t, p, username, "idle")
			c := p.client()
			if _, err := client.SetAppStatus(t.Context(), c, idle.Id, false); err != nil {
				t.Fatal(err)
			}
			errs := race(12, func(i int) error {
				switch {
				case i == 6 && deletion:
					_, err := client.DeleteUser(t.Context(), c, id)
					return err
				case i == 6:
					_, err := client.SetUserStatus(t.Context(), c, id, false)
					return err
				case i%4 == 3:
					_, err := client.SetAppStatus(t.Context(), c, idle.Id, true)
					return err
				}
				_, err := client.CreateApp(t.Context(), c, &client.CreateAppInput{UserId: username, Name: fmt.Sprintf("app-%d", i)})
				return err
			})
			for i, err := range errs {
				switch code := codeOf(t, err); {
				case code == "" || (i != 6 && (code == "BAD_USER_INPUT" || code == "NOT_FOUND")):
				default:
					t.Errorf("racer %d was answered %v", i, err)
				}
			}
			checkApps(t, p, id, deletion)
		}
		p.stop(t)
		d.settled(t)
		d.checkLives(t)
	})
}

// checkApps checks that a user who was deactivated has no active app, and one deleted none at all.
func checkApps(t *testing.T, p *program, id string, deleted bool) {
	t.Helper()
	list, err := client.ListApps(t.Context(), p.client(), new(500), nil, nil, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, edge := range list.Apps.Edges {
		if app := edge.Node; app.UserId == id && (deleted || app.IsActive) {
			t.Errorf("afterwards there is the app %+v", app)
		}
	}
}
