package admin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

// clock is a clock that tests set forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// repeater sends mutations with keys, and counts how often they are done.
type repeater struct {
	admin *admin.Admin
	clock *clock
	done  atomic.Int64
}

func newRepeater(t *testing.T, w *world, s *store.Store) *repeater {
	t.Helper()
	c := &clock{}
	return &repeater{admin: admin.New(s, w.keys(t), c.now, slog.New(slog.DiscardHandler)), clock: c}
}

// send sends a mutation that does nothing but count, and answers which one it was.
func (r *repeater) send(ctx context.Context, key, request string) (admin.Answer, bool, error) {
	return r.admin.Once(ctx, key, sha256.Sum256([]byte(request)), func(context.Context) admin.Answer {
		return answered(fmt.Sprintf("%s was done as number %d", request, r.done.Add(1)))
	})
}

func answered(body string) admin.Answer {
	return admin.Answer{Status: 200, ContentType: "application/json", Body: []byte(body)}
}

// someone is a caller with these permissions.
func someone(ctx context.Context, tenant string, actor model.Actor, permissions ...model.Permission) context.Context {
	return auth.With(ctx, &auth.Principal{TenantID: tenant, Actor: actor, Permissions: permissions, RequestID: "request"})
}

func TestOnce(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx, r := caller(t.Context(), "tenant"), newRepeater(t, w, w.store)
		first, replayed, err := r.send(ctx, "key", "one")
		if err != nil || replayed || string(first.Body) != "one was done as number 1" {
			t.Fatalf("%s %v %v", first.Body, replayed, err)
		}
		again, replayed, err := r.send(ctx, "key", "one")
		if err != nil || !replayed || again.Status != first.Status || again.ContentType != first.ContentType || !bytes.Equal(again.Body, first.Body) {
			t.Errorf("the repetition was answered %+v %s %v %v", again, again.Body, replayed, err)
		}
		if _, _, err := r.send(ctx, "key", "two"); kindOf(err) != model.IdempotencyKeyReused {
			t.Errorf("another request with the key: %v", err)
		}
		key := model.Actor{Type: model.ActorTypeAdminKey, ID: "key"}
		for i, c := range []struct {
			name string
			ctx  context.Context
			key  string
		}{
			{"another key", ctx, "other"},
			{"a key that begins the same", ctx, "ke"},
			{"another tenant", someone(t.Context(), "other tenant", key), "key"},
			{"another caller", someone(t.Context(), "tenant", model.Actor{Type: key.Type, ID: "other"}), "key"},
			{"a caller of another type", someone(t.Context(), "tenant", model.Actor{Type: model.ActorTypeManagementApplication, ID: key.ID}), "key"},
		} {
			if got, replayed, err := r.send(c.ctx, c.key, "one"); err != nil || replayed || string(got.Body) != fmt.Sprintf("one was done as number %d", i+2) {
				t.Errorf("%s: %s %v %v", c.name, got.Body, replayed, err)
			}
		}
		if _, _, err := r.send(t.Context(), "key", "one"); kindOf(err) != model.Unauthenticated {
			t.Errorf("nobody in particular: %v", err)
		}
	})
}

// kindOf is the public kind of an error.
func kindOf(err error) model.Code {
	kind, _ := code(err)
	return kind
}

// TestOnceRaces sends one mutation many times at once, to two processes.
func TestOnceRaces(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx := caller(t.Context(), "tenant")
		both := []*repeater{newRepeater(t, w, w.store), newRepeater(t, w, w.open(t, store.Options{}))}
		for round := range 10 {
			bodies := make([]string, 12)
			results := race(len(bodies), func(i int) error {
				r := both[i%2]
				answer, _, err := r.admin.Once(ctx, fmt.Sprint("key-", round), sha256.Sum256(nil), func(ctx context.Context) admin.Answer {
					made, err := r.admin.CreateUser(ctx, model.CreateUserInput{Username: fmt.Sprint("user-", round)})
					if err != nil {
						t.Errorf("it was done more than once: %v", err)
						return answered("")
					}
					return answered(made.User.ID)
				})
				bodies[i] = string(answer.Body)
				return err
			})
			for i, err := range results {
				if err != nil || bodies[i] != bodies[0] || bodies[i] == "" {
					t.Errorf("racer %d was answered %q and racer 0 %q, %v", i, bodies[i], bodies[0], err)
				}
			}
		}
	})
}

// TestOnceAfterACrash ends a process before, while and after it does a mutation. Nobody does it again.
func TestOnceAfterACrash(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "in", "after"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			onBothStores(t, func(t *testing.T, w *world) {
				ctx := caller(t.Context(), "tenant")
				var crashed atomic.Bool
				dying := newRepeater(t, w, w.open(t, store.Options{Interrupt: func(string) error {
					if crashed.Load() {
						return errors.New("the process is dead")
					}
					return nil
				}}))
				_, _, err := dying.admin.Once(ctx, "key", sha256.Sum256(nil), func(ctx context.Context) admin.Answer {
					crashed.Store(when != "after")
					var err error
					if when != "before" {
						_, err = dying.admin.CreateUser(ctx, model.CreateUserInput{Username: "steve"})
					}
					crashed.Store(true)
					return admin.Answer{Failed: err != nil}
				})
				if err != nil || !crashed.Load() {
					t.Fatalf("the mutation did not begin: %v", err)
				}
				next := newRepeater(t, w, w.store)
				send := func() error {
					hurried, done := context.WithTimeout(ctx, 500*time.Millisecond)
					defer done()
					_, _, err := next.admin.Once(hurried, "key", sha256.Sum256(nil), func(context.Context) admin.Answer {
						next.done.Add(1)
						return answered("")
					})
					return err
				}
				if err := send(); kindOf(err) != model.InProgress {
					t.Errorf("while it may be under way: %v", err)
				}
				next.clock.forward(2 * time.Minute)
				if err := send(); kindOf(err) != model.OutcomeUnknown || !strings.Contains(err.Error(), "request request") {
					t.Errorf("when it cannot be under way any more: %v", err)
				}
				next.clock.forward(24*time.Hour - 3*time.Minute)
				if err := send(); kindOf(err) != model.OutcomeUnknown || next.done.Load() != 0 {
					t.Errorf("until a day later it was done %d times, %v", next.done.Load(), err)
				}
				next.clock.forward(3 * time.Minute)
				if err := next.again(ctx); err != nil {
					t.Errorf("a day later: %v", err)
				}
			})
		})
	}
}

// again sends a mutation with the key "key", which must be done.
func (r *repeater) again(ctx context.Context) error {
	before := r.done.Load()
	_, replayed, err := r.send(ctx, "key", "again")
	if err == nil && (replayed || r.done.Load() != before+1) {
		return errors.New("it was not done")
	}
	return err
}

// TestOnceExpires uses a key again after a day, whether or not what is kept of it has been removed.
func TestOnceExpires(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx, r := caller(t.Context(), "tenant"), newRepeater(t, w, w.store)
		if _, _, err := r.send(ctx, "key", "one"); err != nil {
			t.Fatal(err)
		}
		r.clock.forward(24*time.Hour - time.Minute)
		if _, replayed, err := r.send(ctx, "key", "one"); err != nil || !replayed {
			t.Errorf("within a day: %v %v", replayed, err)
		}
		r.clock.forward(time.Minute)
		if err := r.again(ctx); err != nil {
			t.Errorf("after a day: %v", err)
		}
		r.clock.forward(24 * time.Hour)
		if n, err := w.store.RemoveExpired(ctx, r.clock.now()); n != 1 || err != nil {
			t.Errorf("the sweep removed %d documents, %v", n, err)
		}
		if err := r.again(ctx); err != nil {
			t.Errorf("after the sweep: %v", err)
		}
	})
}

// TestOnceOutcomes looks at what is kept of mutations that fail, or answer too much.
func TestOnceOutcomes(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx, r := caller(t.Context(), "tenant"), newRepeater(t, w, w.store)
		write := func(ctx context.Context, name string) {
			if _, err := r.admin.CreateUser(ctx, model.CreateUserInput{Username: name}); err != nil {
				t.Errorf("create %s: %v", name, err)
			}
		}
		read := func(ctx context.Context, name string) {
			if _, err := r.admin.User(ctx, name); err != nil {
				t.Errorf("read %s: %v", name, err)
			}
			if _, err := r.admin.UpdateUser(ctx, "nobody", model.UpdateUserInput{}, nil); kindOf(err) != model.NotFound {
				t.Errorf("update nobody: %v", err)
			}
		}
		for name, c := range map[string]struct {
			work   func(context.Context, string)
			answer admin.Answer
			want   model.Code // of the repetition; empty when it is answered
			done   int64      // how often it is done
		}{
			"failed before anything was written": {read, admin.Answer{Failed: true}, "", 2},
			"failed after something was written": {write, admin.Answer{Failed: true}, model.OutcomeUnknown, 1},
			"the longest answer":                 {write, answered(strings.Repeat("x", 1<<20)), "", 1},
			"an answer too long":                 {write, answered(strings.Repeat("x", 1<<20+1)), model.AnswerNotKept, 1},
			"an answer without a change":         {read, answered("not found"), "", 1},
		} {
			var done atomic.Int64
			send := func() (admin.Answer, bool, error) {
				return r.admin.Once(ctx, name, sha256.Sum256(nil), func(ctx context.Context) admin.Answer {
					done.Add(1)
					c.work(ctx, name)
					return c.answer
				})
			}
			if got, replayed, err := send(); err != nil || replayed || !bytes.Equal(got.Body, c.answer.Body) {
				t.Errorf("%s was first answered with %d bytes, %v %v", name, len(got.Body), replayed, err)
			}
			got, _, err := send()
			if kindOf(err) != c.want || (err != nil && c.want == "") || done.Load() != c.done {
				t.Errorf("%s was done %d times, and at last: %v", name, done.Load(), err)
			}
			if c.want == "" && !bytes.Equal(got.Body, c.answer.Body) {
				t.Errorf("%s was answered with %d bytes", name, len(got.Body))
			}
		}
	})
}

// TestOnceNeedsThePermissions takes a permission away between a mutation and its repetition.
func TestOnceNeedsThePermissions(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		r, actor := newRepeater(t, w, w.store), model.Actor{Type: model.ActorTypeAdminKey, ID: "key"}
		as := func(permissions ...model.Permission) error {
			_, _, err := r.send(someone(t.Context(), "tenant", actor, permissions...), "key", "one")
			return err
		}
		for _, c := range []struct {
			name string
			err  error
			want model.Code
		}{
			{"the first", as(model.PermissionUsersCreate, model.PermissionSecretsReveal), ""},
			{"the same", as(model.PermissionSecretsReveal, model.PermissionUsersCreate), ""},
			{"one less", as(model.PermissionUsersCreate), model.Forbidden},
			{"another one", as(model.PermissionUsersCreate, model.PermissionAuditRead), model.Forbidden},
			{"none", as(), model.Forbidden},
			{"one more", as(model.PermissionUsersCreate, model.PermissionSecretsReveal, model.PermissionAuditRead), ""},
		} {
			if kindOf(c.err) != c.want || (c.err != nil && c.want == "") {
				t.Errorf("%s: %v", c.name, c.err)
			}
		}
		if r.done.Load() != 1 {
			t.Errorf("it was done %d times", r.done.Load())
		}
	})
}

// TestOnceSeals looks for a secret in what is kept, and repeats a mutation after a rotation.
func TestOnceSeals(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx, r := caller(t.Context(), "tenant"), newRepeater(t, w, w.store)
		first, _, err := r.send(ctx, "key", "canary")
		if err != nil {
			t.Fatal(err)
		}
		kept, fingerprint := 0, sha256.Sum256([]byte("canary"))
		err = w.store.IdempotencyKeys.Each(ctx, func(k *model.IdempotencyKey) error {
			kept++
			if bytes.Contains(k.Answer.Sealed(), []byte("canary")) || bytes.Contains(k.Fingerprint.Sealed(), fingerprint[:]) {
				t.Error("the answer or the fingerprint is kept in the clear")
			}
			return nil
		})
		if err != nil || kept != 1 {
			t.Errorf("%d keys are kept, %v", kept, err)
		}
		if err := r.admin.CheckKeyset(ctx); err != nil {
			t.Fatal(err)
		}
		if err := secret.Rotate(w.keyset); err != nil {
			t.Fatal(err)
		}
		if _, err := over(w.store, w.keys(t)).Reseal(ctx); err != nil {
			t.Fatal(err)
		}
		other := newRepeater(t, w, w.store)
		for name, r := range map[string]*repeater{"another process": other, "the same process": r} {
			if again, replayed, err := r.send(ctx, "key", "canary"); err != nil || !replayed || !bytes.Equal(again.Body, first.Body) {
				t.Errorf("after a rotation %s answered %s %v %v", name, again.Body, replayed, err)
			}
		}
	})
}

// TestOnceGoesOn hangs up in the middle of a mutation.
func TestOnceGoesOn(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx, r := caller(t.Context(), "tenant"), newRepeater(t, w, w.store)
		leaving, hangUp := context.WithTimeout(ctx, time.Minute)
		deadline, _ := leaving.Deadline()
		_, _, err := r.admin.Once(leaving, "key", sha256.Sum256([]byte("one")), func(ctx context.Context) admin.Answer {
			hangUp()
			if got, bounded := ctx.Deadline(); ctx.Err() != nil || !bounded || !got.Equal(deadline) {
				t.Errorf("the mutation goes on until %v with %v, want %v", got, ctx.Err(), deadline)
			}
			return answered("done")
		})
		if err != nil {
			t.Error(err)
		}
		if got, replayed, err := r.send(ctx, "key", "one"); err != nil || !replayed || string(got.Body) != "done" {
			t.Errorf("the repetition was answered %s %v %v", got.Body, replayed, err)
		}
	})
}

// TestOnceWithoutTheStore has the store fail before a mutation and before its outcome is kept.
func TestOnceWithoutTheStore(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, w *world) {
		ctx := caller(t.Context(), "tenant")
		var failures atomic.Int64
		r := newRepeater(t, w, w.open(t, store.Options{Interrupt: func(string) error {
			if failures.Add(-1) >= 0 {
				return store.ErrUnavailable
			}
			return nil
		}}))
		failures.Store(1)
		if _, _, err := r.send(ctx, "key", "one"); kindOf(err) != model.Unavailable || r.done.Load() != 0 {
			t.Errorf("without the store it was done %d times, %v", r.done.Load(), err)
		}
		if err := r.again(ctx); err != nil {
			t.Errorf("the store is back: %v", err)
		}
		first, _, err := r.admin.Once(ctx, "other", sha256.Sum256([]byte("one")), func(context.Context) admin.Answer {
			failures.Store(2)
			return answered("done")
		})
		if err != nil || string(first.Body) != "done" {
			t.Errorf("%s %v", first.Body, err)
		}
		if again, replayed, err := r.send(ctx, "other", "one"); err != nil || !replayed || string(again.Body) != "done" {
			t.Errorf("the answer was not kept once the store was back: %s %v %v", again.Body, replayed, err)
		}
	})
}
