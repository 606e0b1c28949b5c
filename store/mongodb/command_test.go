package mongodb

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// commands records what is sent to the server.
type commands struct {
	mu   sync.Mutex
	sent []bson.Raw
}

func (c *commands) take() []bson.Raw {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.sent
	c.sent = nil
	return sent
}

// overheard opens the database of b once more, recording the commands.
func overheard(t *testing.T, b *Backend) (*Backend, *commands) {
	t.Helper()
	to, err := parseURI(storetest.MongoDBAt(t, b.db.Name()))
	if err != nil {
		t.Fatal(err)
	}
	var c commands
	to.options.SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent = append(c.sent, slices.Clone(e.Command))
	}})
	again, err := connect(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
	return again, &c
}

// TestOneCommandEach pins what the package comment promises of every command, and that each call is
// one round trip.
func TestOneCommandEach(t *testing.T) {
	quiet, users := built(t), schema(t, "users")
	var docs []bson.Raw
	for i := range 150 {
		docs = append(docs, user(t, "t", fmt.Sprintf("%03d", i)))
	}
	if err := quiet.InsertMissing(t.Context(), users, docs); err != nil {
		t.Fatal(err)
	}
	b, c := overheard(t, quiet)
	scan := func(limit int) *store.Scan {
		return &store.Scan{Schema: users, Index: users.Index("created"), Tenant: "t", Order: users.Field("_id"), Limit: limit}
	}
	key := store.Key{Tenant: "t", ID: "new", Revision: 1}
	for _, call := range []struct {
		what, command, hint string
		writes              bool
		do                  func(ctx context.Context) error
	}{
		{what: "get", command: "find", do: func(ctx context.Context) error { _, err := b.Get(ctx, users, "t", "001"); return err }},
		{what: "page", command: "find", hint: "created", do: func(ctx context.Context) error { _, err := b.Find(ctx, scan(51)); return err }},
		{what: "page beyond a batch", command: "find", hint: "created", do: func(ctx context.Context) error { _, err := b.Find(ctx, scan(140)); return err }},
		{what: "page to the end", command: "find", hint: "created", do: func(ctx context.Context) error { _, err := b.Find(ctx, scan(150)); return err }},
		{what: "many", command: "find", hint: "_id_", do: func(ctx context.Context) error {
			_, err := b.Many(ctx, users, "t", []string{"001", "149", "nobody"})
			return err
		}},
		{what: "count", command: "aggregate", hint: "created", do: func(ctx context.Context) error { _, err := b.Count(ctx, scan(0)); return err }},
		{what: "pending", command: "find", hint: "pending", do: func(ctx context.Context) error { _, err := b.Pending(ctx, users, "", 200); return err }},
		{what: "insert", command: "insert", writes: true, do: func(ctx context.Context) error { return b.Insert(ctx, users, user(t, "t", "new")) }},
		{what: "replace", command: "update", writes: true, do: func(ctx context.Context) error { _, err := b.Replace(ctx, users, 1, user(t, "t", "new")); return err }},
		{what: "settle", command: "update", writes: true, do: func(ctx context.Context) error { return b.Settle(ctx, users, []store.Key{key, key}) }},
		{what: "discard", command: "delete", writes: true, do: func(ctx context.Context) error { return b.Discard(ctx, users, []store.Key{key, key}) }},
		{what: "insert missing", command: "insert", writes: true, do: func(ctx context.Context) error { return b.InsertMissing(ctx, users, docs) }},
		{what: "remove", command: "delete", writes: true, do: func(ctx context.Context) error { _, err := b.Remove(ctx, users, key); return err }},
	} {
		c.take()
		if err := call.do(t.Context()); err != nil {
			t.Errorf("%s: %v", call.what, err)
		}
		sent := c.take()
		if len(sent) != 1 {
			t.Errorf("%s: %d commands: %s", call.what, len(sent), sent)
			continue
		}
		command := sent[0]
		if name := must(command.IndexErr(0)).Key(); name != call.command {
			t.Errorf("%s: command %s", call.what, name)
		}
		if hint, _ := command.Lookup("hint").StringValueOK(); hint != call.hint {
			t.Errorf("%s: hint %q, want %q", call.what, hint, call.hint)
		}
		w, _ := command.Lookup("writeConcern", "w").StringValueOK()
		j, _ := command.Lookup("writeConcern", "j").BooleanOK()
		level, _ := command.Lookup("readConcern", "level").StringValueOK()
		if call.writes && (w != "majority" || !j) || !call.writes && level != "majority" {
			t.Errorf("%s: write concern %q, journal %t; read concern %q", call.what, w, j, level)
		}
	}
}
