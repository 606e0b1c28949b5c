package mongodb

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"gatehouse/store"
)

// described returns what the server says of the indexes of a collection, one line each.
func described(t *testing.T, b *Backend, s *store.Schema) []string {
	t.Helper()
	cursor, err := b.collection(s).Indexes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var there []index
	if err := cursor.All(t.Context(), &there); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, x := range there {
		var fields []string
		for _, e := range must(x.Key.Elements()) {
			fields = append(fields, e.Key())
		}
		line := x.Name + ": " + strings.Join(fields, " ")
		if x.Unique {
			line += ", unique"
		}
		if x.Partial != nil {
			line += " " + x.Partial.String()
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func TestBuildMakesTheCatalogue(t *testing.T) {
	b := built(t)
	for name, want := range map[string][]string{
		"users": {
			`_id_: _id`,
			`active_created: tenantId isActive _id {"deleted": false}`,
			`active_updated: tenantId isActive updatedAt _id {"deleted": false}`,
			`active_username: tenantId isActive usernameKey _id {"deleted": false}`,
			`created: tenantId _id {"deleted": false}`,
			`pending: pending _id {"pending": true}`,
			`updated: tenantId updatedAt _id {"deleted": false}`,
			`username: tenantId usernameKey, unique {"deleted": false}`,
		},
		"adminKeys": {
			`_id_: _id`,
			`created: tenantId _id {"deleted": false}`,
			`hash: hash, unique {"deleted": false}`,
			`pending: pending _id {"pending": true}`,
		},
		"auditEvents": {
			`_id_: _id`,
			`action_created: tenantId action _id {"deleted": false}`,
			`actor_created: tenantId actor.id _id {"deleted": false}`,
			`created: tenantId _id {"deleted": false}`,
			`entity_created: tenantId entityId _id {"deleted": false}`,
			`pending: pending _id {"pending": true}`,
			`type_created: tenantId entityType _id {"deleted": false}`,
		},
		"usedAssertions": {
			`_id_: _id`,
			`expired: expiresAt _id {"deleted": false}`,
			`pending: pending _id {"pending": true}`,
		},
	} {
		if got := described(t, b, schema(t, name)); !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestBuildAgainKeepsWhatIsThere(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users, user(t, "t", "1"))
	_, err := b.collection(users).Indexes().CreateOne(t.Context(), mongo.IndexModel{
		Keys: bson.D{is("email", 1)}, Options: options.Index().SetName("of the operator"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.collection(users).Indexes().DropOne(t.Context(), "created"); err != nil {
		t.Fatal(err)
	}
	before := described(t, b, users)
	for range 2 {
		if err := b.Build(t.Context(), store.Catalogue()); err != nil {
			t.Fatal(err)
		}
		want := append(slices.Clone(before), `created: tenantId _id {"deleted": false}`)
		slices.Sort(want)
		if got := described(t, b, users); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if _, err := b.Get(t.Context(), users, "t", "1"); err != nil {
		t.Error(err)
	}
}

func TestBuildRefusesAnotherIndexOfTheName(t *testing.T) {
	for what, model := range map[string]mongo.IndexModel{
		"key":     {Keys: bson.D{is("tenantId", 1), is("email", 1)}, Options: options.Index().SetUnique(true).SetPartialFilterExpression(bson.D{is("deleted", false)})},
		"unique":  {Keys: bson.D{is("tenantId", 1), is("usernameKey", 1)}, Options: options.Index().SetPartialFilterExpression(bson.D{is("deleted", false)})},
		"partial": {Keys: bson.D{is("tenantId", 1), is("usernameKey", 1)}, Options: options.Index().SetUnique(true)},
	} {
		t.Run(what, func(t *testing.T) {
			b, users := open(t), schema(t, "users")
			model.Options.SetName("username")
			if _, err := b.collection(users).Indexes().CreateOne(t.Context(), model); err != nil {
				t.Fatal(err)
			}
			err := b.Build(t.Context(), store.Catalogue())
			if err == nil || !strings.Contains(err.Error(), "index username") {
				t.Errorf("built over it: %v", err)
			}
		})
	}
}

// TestBuildRaces lets several processes start at once on an empty server.
func TestBuildRaces(t *testing.T) {
	b := open(t)
	var racers sync.WaitGroup
	for range 6 {
		racers.Go(func() {
			if err := b.Build(t.Context(), store.Catalogue()); err != nil {
				t.Error(err)
			}
		})
	}
	racers.Wait()
	for _, s := range store.Catalogue() {
		if got, want := len(described(t, b, s)), len(s.Indexes)+2; got != want {
			t.Errorf("%s has %d indexes, want %d", s.Name, got, want)
		}
	}
}

func TestSameIndexWhateverTheNumbers(t *testing.T) {
	want := wanted(schema(t, "users"))[1]
	for what, c := range map[string]struct {
		key  bson.D
		same bool
	}{
		"as made":     {bson.D{is("tenantId", int32(1)), is("usernameKey", int32(1))}, true},
		"by a shell":  {bson.D{is("tenantId", 1.0), is("usernameKey", int64(1))}, true},
		"descending":  {bson.D{is("tenantId", 1), is("usernameKey", -1)}, false},
		"hashed":      {bson.D{is("tenantId", 1), is("usernameKey", "hashed")}, false},
		"shorter":     {bson.D{is("tenantId", 1)}, false},
		"other order": {bson.D{is("usernameKey", 1), is("tenantId", 1)}, false},
	} {
		have := want
		have.Key = document(c.key)
		if have.same(want) != c.same {
			t.Errorf("%s: same %t", what, !c.same)
		}
	}
}
