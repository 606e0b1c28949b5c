package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
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
		if err := DropMongoDB(ctx, uri, name); err != nil {
			t.Error(err)
		}
	})
	return uri
}

// DropMongoDB drops a database of the server that uri names.
func DropMongoDB(ctx context.Context, uri, database string) (err error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return fmt.Errorf("drop the database %s: %w", database, err)
	}
	defer func() { err = errors.Join(err, client.Disconnect(ctx)) }()
	if err := client.Database(database).Drop(ctx); err != nil {
		return fmt.Errorf("drop the database %s: %w", database, err)
	}
	return nil
}

// MongoDBVersion names the server that uri names, with its version: what it says it is compatible
// with, and, where it is not MongoDB itself, what it is.
func MongoDBVersion(ctx context.Context, uri string) (name string, err error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	defer func() { err = errors.Join(err, client.Disconnect(ctx)) }()
	var info struct {
		Version  string `bson:"version"`
		FerretDB struct {
			Version string `bson:"version"`
		} `bson:"ferretdb"`
	}
	if err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return "", fmt.Errorf("ask for the version: %w", err)
	}
	if info.FerretDB.Version != "" {
		return "FerretDB " + info.FerretDB.Version + " (as MongoDB " + info.Version + ")", nil
	}
	return "MongoDB " + info.Version, nil
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
	at, err := MongoDBNamed(uri, database)
	if err != nil {
		t.Fatal("TEST_MONGODB_URI:", err)
	}
	return at
}

// MongoDBNamed is uri with another database in its path. The error does not show the URI, which might
// have a password in it.
func MongoDBNamed(uri, database string) (string, error) {
	// Several hosts, as a replica set has, are no URL in the eyes of net/url.
	address, query, _ := strings.Cut(uri, "?")
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "", errors.New("not a URI")
	}
	hosts, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + hosts + "/" + database + "?" + query, nil
}
