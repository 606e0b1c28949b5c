package store_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
	"gatehouse/store"
)

type mark struct{}

// watcher notes the calls that it is told of.
type watcher struct {
	begun, ended []store.Call
	errs         []error
}

func (w *watcher) Begin(ctx context.Context, call store.Call) context.Context {
	w.begun = append(w.begun, call)
	return context.WithValue(ctx, mark{}, call)
}

func (w *watcher) End(ctx context.Context, call store.Call, took time.Duration, err error) {
	if ctx.Value(mark{}) != call || took < 0 {
		err = errors.New("the context or the duration is wrong")
	}
	w.ended = append(w.ended, call)
	w.errs = append(w.errs, err)
}

var errBackend = errors.New("the backend fails")

// marked fails every call, with an error that says whether the context is that of the observer.
type marked struct{ store.Backend }

func failure(ctx context.Context) error {
	if ctx.Value(mark{}) == nil {
		return errors.New("the context has no mark")
	}
	return errBackend
}

func (marked) Get(ctx context.Context, _ *store.Schema, _, _ string) (bson.Raw, error) {
	return bson.Raw("get"), failure(ctx)
}
func (marked) Build(ctx context.Context, _ []*store.Schema) error { return failure(ctx) }
func (marked) Find(ctx context.Context, _ *store.Scan) ([]bson.Raw, error) {
	return []bson.Raw{bson.Raw("find")}, failure(ctx)
}

func (marked) Many(ctx context.Context, _ *store.Schema, _ string, _ []string) ([]bson.Raw, error) {
	return []bson.Raw{bson.Raw("many")}, failure(ctx)
}
func (marked) Count(ctx context.Context, _ *store.Scan) (int, error) { return 1, failure(ctx) }
func (marked) Pending(ctx context.Context, _ *store.Schema, _ string, _ int) ([]bson.Raw, error) {
	return []bson.Raw{bson.Raw("pending")}, failure(ctx)
}

func (marked) All(ctx context.Context, _ *store.Schema, _ string, _ int) ([]bson.Raw, error) {
	return []bson.Raw{bson.Raw("all")}, failure(ctx)
}

func (marked) InsertMissing(ctx context.Context, _ *store.Schema, _ []bson.Raw) error {
	return failure(ctx)
}

func (marked) RemoveExpired(ctx context.Context, _ *store.Scan) (int, error) { return 2, failure(ctx) }

func (marked) Explain(ctx context.Context, _ *store.Scan) (store.Plan, error) {
	return store.Plan{Index: "x"}, failure(ctx)
}
func (marked) Ping(ctx context.Context) error { return failure(ctx) }
func (marked) Close() error                   { return nil }
func (m marked) Write(ctx context.Context, work func(context.Context, store.Writer) error) error {
	return work(ctx, m)
}
func (marked) Insert(ctx context.Context, _ *store.Schema, _ bson.Raw) error { return failure(ctx) }
func (marked) Replace(ctx context.Context, _ *store.Schema, _ int32, _ bson.Raw) (bool, error) {
	return true, failure(ctx)
}

func (marked) Remove(ctx context.Context, _ *store.Schema, _ store.Key) (bool, error) {
	return true, failure(ctx)
}

// relaying is marked with an outbox.
type relaying struct{ marked }

func (relaying) Settle(ctx context.Context, _ *store.Schema, _ []store.Key) error {
	return failure(ctx)
}

func (relaying) Discard(ctx context.Context, _ *store.Schema, _ []store.Key) error {
	return failure(ctx)
}

// TestObserve calls every method of an observed backend: none may be passed by, change what it
// returns, or lose its context.
func TestObserve(t *testing.T) {
	t.Parallel()
	users := store.Catalogue()[0]
	scan := &store.Scan{Schema: users}
	w := &watcher{}
	b := store.Observe(relaying{}, w)
	ctx := t.Context()
	want := func(what string, results ...any) {
		t.Helper()
		if err, _ := results[len(results)-1].(error); !errors.Is(err, errBackend) {
			t.Errorf("%s failed with %v", what, err)
		}
		if len(results) > 1 && reflect.ValueOf(results[0]).IsZero() {
			t.Errorf("%s lost its result", what)
		}
	}
	one := func(v any, err error) []any { return []any{v, err} }
	want("Get", one(b.Get(ctx, users, "t", "i"))...)
	want("Build", b.Build(ctx, nil))
	want("Find", one(b.Find(ctx, scan))...)
	want("Many", one(b.Many(ctx, users, "t", nil))...)
	want("Count", one(b.Count(ctx, scan))...)
	want("Pending", one(b.Pending(ctx, users, "", 1))...)
	want("All", one(b.All(ctx, users, "", 1))...)
	want("InsertMissing", b.InsertMissing(ctx, users, nil))
	want("RemoveExpired", one(b.RemoveExpired(ctx, scan))...)
	want("Explain", one(b.Explain(ctx, scan))...)
	want("Ping", b.Ping(ctx))
	want("Settle", b.(store.Relayer).Settle(ctx, users, nil))
	want("Discard", b.(store.Relayer).Discard(ctx, users, nil))
	want("Write", b.Write(ctx, func(ctx context.Context, writer store.Writer) error {
		want("Writer.Get", one(writer.Get(ctx, users, "t", "i"))...)
		want("Insert", writer.Insert(ctx, users, nil))
		want("Replace", one(writer.Replace(ctx, users, 1, nil))...)
		want("Remove", one(writer.Remove(ctx, users, store.Key{}))...)
		return errBackend
	}))
	var methods []string
	for i, call := range w.ended {
		methods = append(methods, call.Method)
		if !errors.Is(w.errs[i], errBackend) {
			t.Errorf("%v ended with %v", call, w.errs[i])
		}
		if wantCollection := users.Name; call.Collection != wantCollection && !slices.Contains([]string{"build", "ping", "write"}, call.Method) {
			t.Errorf("%s is about %q", call.Method, call.Collection)
		}
	}
	expected := []string{
		"get", "build", "find", "many", "count", "pending", "all", "insert_missing", "remove_expired", "explain", "ping", "settle", "discard", "get", "insert", "replace", "remove", "write",
	}
	if !slices.Equal(methods, expected) || len(w.begun) != len(w.ended) {
		t.Errorf("the observer was told of %v", methods)
	}
	// A method that Backend gets later is missing above.
	if n := reflect.TypeFor[store.Backend]().NumMethod() + reflect.TypeFor[store.Writer]().NumMethod() + reflect.TypeFor[store.Relayer]().NumMethod(); n != len(expected)+1 {
		t.Errorf("the interfaces have %d methods", n)
	}
}

// answering answers every call of a write with err.
type answering struct {
	store.Backend
	store.Writer

	err error
}

func (a answering) Get(context.Context, *store.Schema, string, string) (bson.Raw, error) {
	return nil, a.err
}

func (a answering) Write(ctx context.Context, work func(context.Context, store.Writer) error) error {
	return work(ctx, a)
}

// TestObserveTellsRulesFromFailures ends writes for reasons of their own, and because the backend failed.
func TestObserveTellsRulesFromFailures(t *testing.T) {
	t.Parallel()
	rule := &model.Error{Code: model.Conflict, Message: "The revision is another one."}
	for _, c := range []struct {
		name          string
		backend, work error
		givenUp       bool
	}{
		{"done", nil, nil, false},
		{"against a rule", nil, rule, true},
		{"against a rule of what is not there", store.ErrNotFound, rule, true},
		{"not there", store.ErrNotFound, store.ErrNotFound, true},
		{"the backend failed", errBackend, errBackend, false},
		{"the backend failed, and a rule says so", errBackend, rule, false},
	} {
		w := &watcher{}
		err := store.Observe(answering{err: c.backend}, w).Write(t.Context(), func(ctx context.Context, writer store.Writer) error {
			if _, err := writer.Get(ctx, store.Catalogue()[0], "t", "i"); !errors.Is(err, c.backend) {
				t.Errorf("%s: the call failed with %v", c.name, err)
			}
			return c.work
		})
		if err != c.work { //nolint:errorlint // it is handed on as it is
			t.Errorf("%s: the write failed with %v", c.name, err)
		}
		told := w.errs[len(w.errs)-1]
		if errors.Is(told, store.ErrGivenUp) != c.givenUp || !errors.Is(told, c.work) {
			t.Errorf("%s: the observer was told %v", c.name, told)
		}
	}
}

// TestObserveKeepsTheKind checks that only what relays goes on relaying.
func TestObserveKeepsTheKind(t *testing.T) {
	t.Parallel()
	if _, relays := store.Observe(marked{}, &watcher{}).(store.Relayer); relays {
		t.Error("an atomic backend has an outbox when it is observed")
	}
	if _, relays := store.Observe(relaying{}, &watcher{}).(store.Relayer); !relays {
		t.Error("a backend with an outbox has none when it is observed")
	}
}

// TestViewReadsOnly checks that a view refuses what would change the store.
func TestViewReadsOnly(t *testing.T) {
	t.Parallel()
	view, err := store.View(relaying{})
	if err != nil {
		t.Fatal(err)
	}
	_, removed := view.RemoveExpired(t.Context(), time.Now())
	user := &model.User{Entity: model.NewEntity("t", model.Actor{}, time.Now())}
	for what, err := range map[string]error{
		"RemoveExpired": removed,
		"Insert":        view.Users.Insert(t.Context(), user, nil),
		"Load":          view.Users.Load(t.Context(), []*model.User{user}),
	} {
		if err == nil || !strings.Contains(err.Error(), "for reading only") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if outbox := view.Outbox(); outbox != (store.OutboxStats{}) {
		t.Errorf("a view has the outbox %v", outbox)
	}
}
