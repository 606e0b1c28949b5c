package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"gatehouse/store"
)

func header(t testing.TB, doc bson.Raw) store.Header {
	t.Helper()
	h, err := store.ParseHeader(doc)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestClaims(t *testing.T) {
	turns := newTurns()
	users, apps, keys, events := schema(t, "users"), schema(t, "apps"), schema(t, "adminKeys"), schema(t, "auditEvents")
	claims := func(s *store.Schema, tenant, id string, further ...bson.E) []int {
		doc := user(t, tenant, id, further...)
		return turns.claims(s, header(t, doc), doc)
	}
	one := is("usernameKey", "one")
	if a, b := claims(users, "t", "1", one), claims(users, "t", "2", one, is("isActive", false)); len(a) != 1 || !slices.Equal(a, b) {
		t.Errorf("the same name: %v and %v", a, b)
	}
	if a := claims(users, "t", "1", is("deleted", true)); a != nil {
		t.Errorf("being deleted: %v", a)
	}
	if a := claims(events, "t", "1"); a != nil {
		t.Errorf("nothing unique: %v", a)
	}
	if a, b := claims(keys, "t", "1", is("hash", "x")), claims(keys, "u", "2", is("hash", "x")); len(a) != 1 || !slices.Equal(a, b) {
		t.Errorf("the same key of all tenants: %v and %v", a, b)
	}
	// Others share a slot by chance only, and not all of them.
	slots := map[int]bool{}
	for i := range 50 {
		slots[claims(users, "t", "1", is("usernameKey", fmt.Sprint(i)))[0]] = true
		slots[claims(users, fmt.Sprint(i), "1", one)[0]] = true
		slots[claims(apps, "t", "1", is("userId", fmt.Sprint(i)), is("nameKey", "one"))[0]] = true
	}
	if len(slots) < turnSlots/4 {
		t.Errorf("150 keys share %d slots", len(slots))
	}
}

func TestTurnsAreTaken(t *testing.T) {
	turns, users := newTurns(), schema(t, "users")
	doc := user(t, "t", "1")
	done, err := turns.wait(t.Context(), users, header(t, doc), doc)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := turns.wait(ctx, users, header(t, doc), doc); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second in turn: %v", err)
	}
	done()
	if done, err = turns.wait(t.Context(), users, header(t, doc), doc); err != nil {
		t.Errorf("the next: %v", err)
	}
	done()
}

func TestWhatWasInTheWayIsTriedAgain(t *testing.T) {
	b, users := &Backend{}, schema(t, "users")
	refused := func(code int) error { return mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: code}}} }
	for _, code := range []int{codeWriteConflict, codeSerializationFailure, codeDeadlockDetected} {
		sent := 0
		err := b.write(t.Context(), users, func(context.Context) error {
			if sent++; sent < 3 {
				return refused(code)
			}
			return nil
		})
		if err != nil || sent != 3 {
			t.Errorf("code %d: sent %d times, %v", code, sent, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err = b.write(ctx, users, func(context.Context) error { return refused(code) })
		cancel()
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("code %d for ever: %v", code, err)
		}
	}
	sent := 0
	err := b.write(t.Context(), users, func(context.Context) error { sent++; return refused(2) })
	if err == nil || sent != 1 {
		t.Errorf("another error: sent %d times, %v", sent, err)
	}
}
