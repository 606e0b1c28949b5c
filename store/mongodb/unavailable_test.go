package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// soon is well above the timeouts that these tests set, and well below those that they must not
// wait for.
const soon = 4 * time.Second

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestOpenWithoutServer(t *testing.T) {
	closed := listen(t)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	silent := listen(t) // It takes connections and says nothing.
	for what, address := range map[string]net.Addr{"closed": closed.Addr(), "silent": silent.Addr()} {
		t.Run(what, func(t *testing.T) {
			start := time.Now()
			_, err := Open(t.Context(), fmt.Sprintf("mongodb://user:Canary7@%s/?serverSelectionTimeoutMS=200", address))
			if !errors.Is(err, store.ErrUnavailable) || strings.Contains(err.Error(), "Canary7") {
				t.Errorf("by its own timeout: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if _, err = Open(ctx, fmt.Sprintf("mongodb://user:Canary7@%s", address)); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("by the caller's: %v", err)
			}
			if took := time.Since(start); took > soon {
				t.Errorf("took %s", took)
			}
		})
	}
}

// line is a connection to the test server that can be cut.
type line struct {
	listener net.Listener
	to       string
	mu       sync.Mutex
	ends     []net.Conn
	cut      bool
}

func newLine(t *testing.T, to string) *line {
	l := &line{listener: listen(t), to: to}
	go func() {
		for {
			near, err := l.listener.Accept()
			if err != nil {
				return
			}
			l.join(t.Context(), near)
		}
	}()
	t.Cleanup(l.hangUp)
	return l
}

func (l *line) join(ctx context.Context, near net.Conn) {
	var dialer net.Dialer
	far, err := dialer.DialContext(ctx, "tcp", l.to)
	if err != nil {
		_ = near.Close()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends = append(l.ends, near, far)
	if l.cut {
		_, _ = near.Close(), far.Close()
		return
	}
	go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
	go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
}

func (l *line) hangUp() {
	_ = l.listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for _, end := range l.ends {
		_ = end.Close()
	}
}

// everything calls each method that talks to the server.
func everything(ctx context.Context, b *Backend, s *store.Schema, doc bson.Raw) map[string]error {
	scan := &store.Scan{Schema: s, Index: s.Index("created"), Tenant: "t", Order: s.Field("_id"), Limit: 1}
	key := store.Key{Tenant: "t", ID: "1", Revision: 1}
	errs := map[string]error{
		"ping":          b.Ping(ctx),
		"insert":        b.Insert(ctx, s, doc),
		"insertMissing": b.InsertMissing(ctx, s, []bson.Raw{doc}),
		"settle":        b.Settle(ctx, s, []store.Key{key}),
		"discard":       b.Discard(ctx, s, []store.Key{key}),
		"build":         b.Build(ctx, []*store.Schema{s}),
	}
	_, errs["get"] = b.Get(ctx, s, "t", "1")
	_, errs["find"] = b.Find(ctx, scan)
	_, errs["many"] = b.Many(ctx, s, "t", []string{"1"})
	_, errs["count"] = b.Count(ctx, scan)
	_, errs["pending"] = b.Pending(ctx, s, "", 1)
	_, errs["explain"] = b.Explain(ctx, scan)
	_, errs["replace"] = b.Replace(ctx, s, 1, doc)
	_, errs["remove"] = b.Remove(ctx, s, key)
	_, errs["removeExpired"] = b.RemoveExpired(ctx, scan)
	return errs
}

func TestEverythingFailsWhenTheLineIsCut(t *testing.T) {
	direct, users := built(t), schema(t, "users")
	server, err := url.Parse(storetest.MongoDBAt(t, direct.db.Name()))
	if err != nil {
		t.Fatal(err)
	}
	l := newLine(t, server.Host)
	server.Host = l.listener.Addr().String()
	// A replica set would tell the driver its real address, and it would go round the line.
	options := server.Query()
	options.Del("replicaSet")
	options.Set("directConnection", "true")
	options.Set("serverSelectionTimeoutMS", "100")
	server.RawQuery = options.Encode()
	b, err := Open(t.Context(), server.String())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Insert(t.Context(), users, user(t, "t", "1")); err != nil {
		t.Fatal(err)
	}
	l.hangUp()
	start := time.Now()
	for what, err := range everything(t.Context(), b, users, user(t, "t", "2")) {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s without a line: %v", what, err)
		}
	}
	if took := time.Since(start); took > soon {
		t.Errorf("took %s", took)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for what, err := range everything(t.Context(), b, users, user(t, "t", "2")) {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s after the end: %v", what, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range everything(ctx, direct, users, user(t, "t", "2")) {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s without a caller: %v", what, err)
		}
	}
}
