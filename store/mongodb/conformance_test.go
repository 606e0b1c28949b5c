package mongodb_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	sorts := alwaysSorts(t)
	storetest.Run(t, func(t *testing.T) storetest.Database {
		t.Helper()
		uri := storetest.MongoDB(t)
		return storetest.Database{AlwaysSorts: sorts, Open: func(t *testing.T) store.Backend {
			t.Helper()
			backend, err := mongodb.Open(t.Context(), uri)
			if err != nil {
				t.Fatal(err)
			}
			return backend
		}}
	})
}

// alwaysSorts asks the server, past everything of package mongodb, to list a collection in the order
// of its only index, which nothing narrows. MongoDB walks the index. DocumentDB 1.0 sorts.
func alwaysSorts(t *testing.T) bool {
	t.Helper()
	ctx, name := t.Context(), "gatehouse_test_probe_"+strings.ToLower(rand.Text())
	client, err := mongo.Connect(options.Client().ApplyURI(storetest.MongoDBAt(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.Disconnect(ctx); err != nil {
			t.Error(err)
		}
	}()
	db := client.Database(name)
	defer func() {
		if err := db.Drop(ctx); err != nil {
			t.Error(err)
		}
	}()
	if _, err := db.Collection("probe").InsertMany(ctx, []bson.D{{{Key: "a", Value: 1}}, {{Key: "a", Value: 2}}}); err != nil {
		t.Fatal(err)
	}
	index := mongo.IndexModel{Keys: bson.D{{Key: "a", Value: 1}}, Options: options.Index().SetName("a")}
	if _, err := db.Collection("probe").Indexes().CreateOne(ctx, index); err != nil {
		t.Fatal(err)
	}
	find := bson.D{{Key: "find", Value: "probe"}, {Key: "sort", Value: bson.D{{Key: "a", Value: 1}}}, {Key: "hint", Value: "a"}}
	plan, err := db.RunCommand(ctx, bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "queryPlanner"}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	text := plan.String()
	sorts := strings.Contains(text, `"SORT"`) || strings.Contains(text, `"Sort"`)
	t.Logf("the server sorts what an index has in order: %t; its plan: %s", sorts, text)
	return sorts
}
