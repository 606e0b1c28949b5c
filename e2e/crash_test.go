package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/Khan/genqlient/graphql"

	"gatehouse/e2e/client"
	"gatehouse/model"
)

const (
	writers = 8
	// crashes is how often the server is killed.
	crashes = 50
	// crashAfter is how many changes at most are acknowledged before the server is killed.
	crashAfter = 60
	// appsOfOne is how many apps a user has whose cascade is interrupted.
	appsOfOne = 120
)

// fate is what a writer knows of one app: what was acknowledged, and what was under way when the
// server was killed.
type fate struct {
	name             string // as acknowledged
	deleted          bool   // as acknowledged
	renaming         string // the name of a renaming under way
	deletionUnderWay bool
}

// writer makes, renames and deletes apps until it gets no answer.
type writer struct {
	client graphql.Client
	owner  string
	round  int
	fates  map[string]*fate // by ID of the app
	// acknowledged counts the changes that were.
	acknowledged int
}

// work goes on until the server does not answer, and calls acknowledged after every change.
func (w *writer) work(ctx context.Context, acknowledged func()) {
	acknowledge := func() { w.acknowledged++; acknowledged() }
	for i := 0; ; i++ {
		made, err := client.CreateApp(ctx, w.client, &client.CreateAppInput{UserId: w.owner, Name: fmt.Sprintf("app-%d-%d", w.round, i)})
		if err != nil {
			return
		}
		app := made.CreateApp.App
		f := &fate{name: app.Name, renaming: fmt.Sprintf("renamed-%d-%d", w.round, i)}
		w.fates[app.Id] = f
		acknowledge()
		if _, err := client.UpdateApp(ctx, w.client, app.Id, &client.UpdateAppInput{Name: &f.renaming}, nil); err != nil {
			return
		}
		f.name, f.renaming = f.renaming, ""
		acknowledge()
		if i%2 == 0 {
			continue
		}
		f.deletionUnderWay = true
		if _, err := client.DeleteApp(ctx, w.client, app.Id); err != nil {
			return
		}
		f.deleted = true
		acknowledge()
	}
}

// crashUnderWriters lets writers work, and kills the server when they have made some changes.
func crashUnderWriters(t *testing.T, p *program, all []*writer, after int32) {
	t.Helper()
	var done atomic.Int32
	enough := make(chan struct{})
	var end sync.WaitGroup
	for _, w := range all {
		w.client = p.client()
		w.round++
		end.Go(func() {
			w.work(t.Context(), func() {
				if done.Add(1) == after {
					close(enough)
				}
			})
		})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		end.Wait()
	}()
	select {
	case <-enough:
	case <-ended:
		t.Fatalf("the writers gave up after %d changes", done.Load())
	}
	p.kill(t)
	<-ended
}

// check compares what the writer knows with what a server shows.
func (w *writer) check(t *testing.T, c graphql.Client) {
	t.Helper()
	for id, f := range w.fates {
		got, err := client.GetApp(t.Context(), c, id)
		if err != nil {
			t.Fatal(err)
		}
		switch app := got.App; {
		case app == nil && !f.deletionUnderWay:
			t.Errorf("the app %q is missing", f.name)
		case app == nil:
		case f.deleted:
			t.Errorf("the app %q is there although its deletion was acknowledged", f.name)
		case app.Name != f.name && (f.renaming == "" || app.Name != f.renaming):
			t.Errorf("the app %q has the name %q", f.name, app.Name)
		}
	}
}

// TestKilledUnderWriters kills the server fifty times with eight writers at work, always on the same
// data, and looks for everything that was acknowledged and for the events of all that happened.
func TestKilledUnderWriters(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		all := make([]*writer, writers)
		for i := range all {
			all[i] = &writer{owner: mustCreateUser(t, p, fmt.Sprintf("writer-%d", i)), fates: map[string]*fate{}}
		}
		random := rand.New(rand.NewPCG(5, 50))
		for range crashes {
			crashUnderWriters(t, p, all, 1+random.Int32N(crashAfter))
			p = d.start(t)
		}
		changes := 0
		for _, w := range all {
			w.check(t, p.client())
			changes += w.acknowledged
		}
		p.stop(t)
		d.settled(t)
		there := d.checkLives(t)
		for _, w := range all {
			if !there[w.owner] {
				t.Errorf("the user %s is missing", w.owner)
			}
		}
		t.Logf("%d crashes, %d changes acknowledged, %d events checked", crashes, changes, len(d.events(t)))
	})
}

// TestKilledInACascade kills the server while it deletes or deactivates the apps of a user, and
// checks that the next start finishes it.
func TestKilledInACascade(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		for _, username := range []string{"deleted", "deactivated"} {
			deletion := username == "deleted"
			id := mustCreateUser(t, p, username)
			errs := race(writers, func(racer int) error {
				for i := racer; i < appsOfOne; i += writers {
					_, err := client.CreateApp(t.Context(), p.client(), &client.CreateAppInput{UserId: username, Name: fmt.Sprintf("app-%d", i)})
					if err != nil {
						return err
					}
				}
				return nil
			})
			for _, err := range errs {
				if err != nil {
					t.Fatal(err)
				}
			}
			killInCascade(t, p, id, deletion)
			if left := d.activeApps(t, id); left == 0 || left >= appsOfOne {
				t.Fatalf("%d of %d apps were left when the server was killed, which is not in the middle", left, appsOfOne)
			}
			p = d.start(t)
			checkApps(t, p, id, deletion)
			user, err := client.GetUser(t.Context(), p.client(), id)
			if err != nil || (user.User == nil) != deletion || (!deletion && user.User.IsActive) {
				t.Errorf("after the restart the user is %+v %v", user.User, err)
			}
		}
		p.stop(t)
		d.settled(t)
		if there := d.checkLives(t); len(there) != 1+appsOfOne {
			t.Errorf("there are %d users and apps, want %d", len(there), 1+appsOfOne)
		}
		checkFinishers(t, d.events(t))
	})
}

// killInCascade deletes or deactivates a user and kills the server when some of the apps have
// followed.
func killInCascade(t *testing.T, p *program, id string, deletion bool) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// That there is no answer is what the test is about.
		if deletion {
			_, _ = client.DeleteUser(t.Context(), p.client(), id)
		} else {
			_, _ = client.SetUserStatus(t.Context(), p.client(), id, false)
		}
	}()
	active := &client.AppFilter{IsActive: new(true)}
	for {
		list, err := client.ListApps(t.Context(), p.client(), new(1), nil, nil, nil, active, nil)
		if err != nil {
			t.Fatal(err)
		}
		if list.Apps.TotalCount < appsOfOne {
			break
		}
	}
	p.kill(t)
	<-ended
}

// activeApps counts the active apps of a user in the data.
func (d *data) activeApps(t *testing.T, userID string) int {
	t.Helper()
	s := d.open(t)
	defer closing(t, s)
	active := 0
	for _, app := range allOf(t, s.Apps) {
		if app.UserID == userID && app.IsActive {
			active++
		}
	}
	return active
}

// checkFinishers checks that part of the changes of apps are the caller's and part those of the
// server that started next.
func checkFinishers(t *testing.T, events []*model.AuditEvent) {
	t.Helper()
	for _, action := range []string{"app.delete", "app.deactivate"} {
		by := map[model.ActorType]int{}
		for _, event := range events {
			if event.Action == action {
				by[event.Actor.Type]++
			}
		}
		if by[model.ActorTypeAdminKey] == 0 || by[model.ActorTypeSystem] == 0 || by[model.ActorTypeAdminKey]+by[model.ActorTypeSystem] != appsOfOne {
			t.Errorf("the %d events %s were caused by %v", appsOfOne, action, by)
		}
	}
}
