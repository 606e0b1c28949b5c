package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// MongoDB returns the URI of a MongoDB-compatible server, with a database in its path that nobody
// has used and that is dropped at the end of the test.
//
// The server is that of TEST_MONGODB_URI. Where that is not set the test is left out, unless
// GATEHOUSE_TEST_REQUIRE_MONGODB is set: then it fails.
func MongoDB(t testing.TB) string {
	t.Helper()
	name := "gatehouse_test_" + strings.ToLower(rand.Text())
	uri := MongoDBAt(t, name)
	t.Cleanup(func() {
		// The context of the test is over by now.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		client, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err != nil {
			t.Errorf("drop the database %s: %v", name, err)
			return
		}
		if err := client.Database(name).Drop(ctx); err != nil {
			t.Errorf("drop the database %s: %v", name, err)
		}
		if err := client.Disconnect(ctx); err != nil {
			t.Errorf("disconnect: %v", err)
		}
	})
	return uri
}

// MongoDBAt is the URI of a database on the same server, which the caller looks after. Where the
// server wants credentials, TEST_MONGODB_URI must name their authSource.
func MongoDBAt(t testing.TB, database string) string {
	t.Helper()
	uri := os.Getenv("TEST_MONGODB_URI")
	if uri == "" {
		if os.Getenv("GATEHOUSE_TEST_REQUIRE_MONGODB") != "" {
			t.Fatal("TEST_MONGODB_URI is not set, and GATEHOUSE_TEST_REQUIRE_MONGODB demands a server")
		}
		t.Skip("LEFT OUT: everything about MongoDB. Set TEST_MONGODB_URI to a MongoDB-compatible server to test it.")
	}
	// Several hosts, as a replica set has, are no URL in the eyes of net/url.
	address, query, _ := strings.Cut(uri, "?")
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		t.Fatal("TEST_MONGODB_URI is not a URI") // which might have a password in it
	}
	hosts, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + hosts + "/" + database + "?" + query
}
