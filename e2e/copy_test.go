package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

const (
	copiedApps = 10_000
	// copyBatch is how many apps the test puts into the store at once.
	copyBatch = 500
)

// TestCopy copies 10,000 documents from the embedded store to MongoDB, killing the first attempt, and
// back into another folder. Both ways everything is equal, and the keyset opens it.
func TestCopy(t *testing.T) {
	t.Parallel()
	there := onMongoDB(t)
	here := onSQLite(t)
	p := here.start(t)
	made := mustCreateService(t, p, "service", "secret")
	mustCreateApp(t, p, mustCreateUser(t, p, "steve"), "app")
	p.stop(t)
	here.multiplyApps(t)

	arguments := []string{"copy", "--from", here.place(), "--to", there.place()}
	interrupted := launch(t, arguments)
	interrupted.await(t, `(?m)^(apps): 2000 copied$`)
	interrupted.kill(t)
	if code, _, stderr := finish(t, arguments); code != 1 || !strings.Contains(stderr, "the target is not empty") {
		t.Errorf("a copy into what is not empty ended with code %d: %s", code, stderr)
	}
	mustCopy(t, append(arguments, "--resume"))
	back := onSQLite(t)
	mustCopy(t, []string{"copy", "--from", there.place(), "--to", back.place()})
	equalData(t, here, there)
	equalData(t, here, back)

	keyset, err := os.ReadFile(here.keyset)
	if err == nil {
		err = os.WriteFile(filepath.Join(back.folder, "keyset.json"), keyset, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	back.key = here.key
	copied := back.start(t)
	if secrets, provider := reveal(t, copied, made.ManagementApplication.Id); secrets[made.ClientSecret.Id] != made.ClientSecret.Value || provider != "secret" {
		t.Error("the copy shows other secrets")
	}
	if a := copied.ask(t, `{ apps { totalCount } }`, ""); a.body != fmt.Sprintf(`{"data":{"apps":{"totalCount":%d}}}`, copiedApps) {
		t.Errorf("the copy has %s", a.body)
	}
}

func mustCopy(t *testing.T, arguments []string) {
	t.Helper()
	code, stdout, stderr := finish(t, arguments)
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("apps: %d, equal on both sides\n", copiedApps)) {
		t.Fatalf("%v ended with code %d and printed\n%s\n%s", arguments, code, tail(stdout, 2000), stderr)
	}
}

// multiplyApps makes many of the one app in the data.
func (d *data) multiplyApps(t *testing.T) {
	t.Helper()
	backend := d.backend(t)
	defer closing(t, backend)
	for _, schema := range store.Catalogue() {
		if schema.Name != "apps" {
			continue
		}
		found, err := backend.All(t.Context(), schema, "", 2)
		if err != nil || len(found) != 1 {
			t.Fatalf("there are %d apps, %v", len(found), err)
		}
		for made := 1; made < copiedApps; {
			var batch []bson.Raw
			for ; len(batch) < copyBatch && made < copiedApps; made++ {
				batch = append(batch, another(t, found[0], made))
			}
			if err := backend.InsertMissing(t.Context(), schema, batch); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// another is a copy of the document of an app that has an ID and a name of its own.
func another(t *testing.T, app bson.Raw, number int) bson.Raw {
	t.Helper()
	var doc bson.D
	if err := bson.Unmarshal(app, &doc); err != nil {
		t.Fatal(err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	for i := range doc {
		switch doc[i].Key {
		case "_id":
			doc[i].Value = id.String()
		case "name", "nameKey":
			doc[i].Value = fmt.Sprintf("app-%d", number)
		}
	}
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// equalData compares all documents of two stores byte by byte.
func equalData(t *testing.T, one, other *data) {
	t.Helper()
	these, those := one.documents(t), other.documents(t)
	for _, schema := range store.Catalogue() {
		a, b := these[schema.Name], those[schema.Name]
		if len(a) != len(b) {
			t.Errorf("there are %d and %d documents in %s", len(a), len(b), schema.Name)
			continue
		}
		for i := range a {
			if !bytes.Equal(a[i], b[i]) {
				t.Fatalf("in %s %s differs from %s", schema.Name, a[i], b[i])
			}
		}
	}
}

// documents reads all documents of all collections, in the order of their IDs.
func (d *data) documents(t testing.TB) map[string][]bson.Raw {
	t.Helper()
	backend := d.backend(t)
	defer closing(t, backend)
	all := map[string][]bson.Raw{}
	for _, schema := range store.Catalogue() {
		docs, err := backend.All(t.Context(), schema, "", 2*copiedApps)
		if err != nil {
			t.Fatal(err)
		}
		all[schema.Name] = docs
	}
	return all
}
