package mongodb

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
	"gatehouse/store/storetest"
)

// open opens a database of the test's own, without collections.
func open(t testing.TB) *Backend {
	t.Helper()
	b, err := Open(t.Context(), storetest.MongoDB(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// built opens a database with the collections of the catalogue.
func built(t testing.TB) *Backend {
	t.Helper()
	b := open(t)
	if err := b.Build(t.Context(), store.Catalogue()); err != nil {
		t.Fatal(err)
	}
	return b
}

// schema returns a collection of the catalogue.
func schema(t testing.TB, name string) *store.Schema {
	t.Helper()
	for _, s := range store.Catalogue() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no collection %s", name)
	return nil
}

// user makes a document of the collection users; further fields come behind, or in the place of
// those that it has.
func user(t testing.TB, tenant, id string, further ...bson.E) bson.Raw {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	doc := bson.D{
		is("_id", id), is("tenantId", tenant), is("revision", int32(1)), is("updatedAt", at),
		is("usernameKey", "name of "+id), is("isActive", true), is("deleted", false),
	}
next:
	for _, e := range further {
		for i := range doc {
			if doc[i].Key == e.Key {
				doc[i].Value = e.Value
				continue next
			}
		}
		doc = append(doc, e)
	}
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestDocumentsPassUnchanged(t *testing.T) {
	b, users := built(t), schema(t, "users")
	doc := user(t, "t", "1", is("nothing", nil), is("big", int64(1)<<40), is("small", 1.5), is("list", bson.A{"a", bson.D{is("b", int32(1))}}))
	if err := b.Insert(t.Context(), users, doc); err != nil {
		t.Fatal(err)
	}
	got, err := b.Get(t.Context(), users, "t", "1")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(doc) {
		t.Errorf("got %s\nwant %s", got, doc)
	}
}
