package mongodb

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// token makes a document that expires.
func token(t *testing.T, id string, expiresAt time.Time, further ...bson.E) bson.Raw {
	t.Helper()
	doc := bson.D{
		is("_id", id), is("tenantId", "t"), is("revision", int32(1)), is("expiresAt", expiresAt), is("deleted", false),
	}
	return must(bson.Marshal(append(doc, further...)))
}

// TestExpiredIsReplacedMeanwhile puts another document in the place of an expired one, between the
// command that finds it and the one that removes it. Tokens that are remembered anew must stay so.
func TestExpiredIsReplacedMeanwhile(t *testing.T) {
	direct, tokens, now := built(t), schema(t, "usedAssertions"), time.UnixMilli(1_000_000)
	insert(t, direct, tokens, token(t, "forgotten", now), token(t, "renewed", now), token(t, "busy", now), token(t, "gone", now))
	to, err := parseURI(storetest.MongoDBAt(t, direct.db.Name()))
	if err != nil {
		t.Fatal(err)
	}
	deletes := 0
	to.options.SetMonitor(&event.CommandMonitor{Started: func(ctx context.Context, e *event.CommandStartedEvent) {
		if e.CommandName == "find" {
			if hint, _ := e.Command.Lookup("hint").StringValueOK(); hint != store.ExpiredIndex {
				t.Errorf("what has expired is found by the hint %q", hint)
			}
		}
		if e.CommandName != "delete" {
			return
		}
		if deletes++; deletes > 1 {
			return
		}
		for _, id := range []string{"renewed", "busy", "gone"} {
			if ok, err := direct.Remove(ctx, tokens, store.Key{Tenant: "t", ID: id, Revision: 1}); err != nil || !ok {
				t.Errorf("remove %s: %t, %v", id, ok, err)
			}
		}
		others := []bson.Raw{token(t, "renewed", now.Add(time.Millisecond)), token(t, "busy", now, is("pending", true), is("task", "x"))}
		if err := direct.InsertMissing(ctx, tokens, others); err != nil {
			t.Errorf("insert others in the place of what was removed: %v", err)
		}
	}})
	b, err := connect(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	removed, err := b.RemoveExpired(t.Context(), tokens.Expired(now, 10))
	if err != nil || removed != 1 || deletes != 1 {
		t.Errorf("RemoveExpired = %d, %v, by %d commands; want 1 by one", removed, err, deletes)
	}
	for id, want := range map[string]error{"forgotten": store.ErrNotFound, "gone": store.ErrNotFound, "renewed": nil, "busy": nil} {
		if _, err := direct.Get(t.Context(), tokens, "t", id); !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", id, err, want)
		}
	}
}
