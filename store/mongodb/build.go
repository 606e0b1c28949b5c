package mongodb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"gatehouse/store"
)

const (
	// buildTimeout bounds Build where the context has no deadline. A new index on a large collection
	// takes longer than any other call.
	buildTimeout = 15 * time.Minute
	// buildAttempts is how often Build looks again at what is there after a failure that another
	// process building the same may have caused.
	buildAttempts = 5
	// buildPause is how much longer each of these waits than the one before.
	buildPause = 200 * time.Millisecond
)

// index is an index as it is described to the server and by it.
type index struct {
	Name    string   `bson:"name"`
	Key     bson.Raw `bson:"key"`
	Unique  bool     `bson:"unique"`
	Partial bson.Raw `bson:"partialFilterExpression"`
}

// Build makes the collections and indexes of the catalogue that are missing. It leaves alone what it
// does not know, and fails where an index of the catalogue's name is another one: to replace it is
// for people to decide.
func (b *Backend) Build(ctx context.Context, catalogue []*store.Schema) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, buildTimeout)
		defer cancel()
	}
	for _, schema := range catalogue {
		if err := b.buildOne(ctx, schema); err != nil {
			return fmt.Errorf("build collection %s: %w", schema.Name, err)
		}
	}
	return nil
}

func (b *Backend) buildOne(ctx context.Context, s *store.Schema) error {
	var failure error
	for attempt := range buildAttempts {
		if err := pause(ctx, time.Duration(attempt)*buildPause); err != nil {
			return b.failure(nil, errors.Join(failure, err))
		}
		missing, err := b.missing(ctx, s)
		if err != nil || len(missing) == 0 {
			return err
		}
		_, err = b.collection(s).Indexes().CreateMany(ctx, missing)
		if err == nil {
			return nil
		}
		failure = err
	}
	return b.failure(nil, failure)
}

// missing returns the indexes of a collection that are not there, for making them.
func (b *Backend) missing(ctx context.Context, s *store.Schema) ([]mongo.IndexModel, error) {
	absent, err := b.absent(ctx, s)
	models := make([]mongo.IndexModel, len(absent))
	for i, x := range absent {
		models[i] = x.model()
	}
	return models, err
}

// absent returns the indexes of a collection that are not there.
func (b *Backend) absent(ctx context.Context, s *store.Schema) ([]index, error) {
	cursor, err := b.collection(s).Indexes().List(ctx)
	if err != nil {
		return nil, b.failure(nil, err)
	}
	var there []index
	if err := cursor.All(ctx, &there); err != nil {
		return nil, b.failure(nil, err)
	}
	byName := map[string]index{}
	for _, x := range there {
		byName[x.Name] = x
	}
	var missing []index
	for _, want := range wanted(s) {
		have, ok := byName[want.Name]
		switch {
		case !ok:
			missing = append(missing, want)
		case !have.same(want):
			return nil, fmt.Errorf("index %s is there with key %s, unique %t, for %s; it should have key %s, unique %t, for %s",
				want.Name, have.Key, have.Unique, have.Partial, want.Key, want.Unique, want.Partial)
		}
	}
	return missing, nil
}

// Unbuilt names what Build would make: indexes, as collection.index. It changes nothing, and fails
// where Build would refuse what is there.
func (b *Backend) Unbuilt(ctx context.Context, catalogue []*store.Schema) ([]string, error) {
	var names []string
	for _, schema := range catalogue {
		absent, err := b.absent(ctx, schema)
		if err != nil {
			return nil, fmt.Errorf("look at collection %s: %w", schema.Name, err)
		}
		for _, x := range absent {
			names = append(names, schema.Name+"."+x.Name)
		}
	}
	return names, nil
}

// wanted are the indexes of a collection: those of its catalogue, and store.PendingIndex.
func wanted(s *store.Schema) []index {
	indexes := []index{{
		Name:    store.PendingIndex,
		Key:     key(pendingField, idField),
		Partial: document(bson.D{is(pendingField, true)}),
	}}
	for _, x := range s.Indexes {
		var fields []string
		if !x.Global {
			fields = append(fields, tenantField)
		}
		fields = append(fields, x.Equal...)
		if x.Order != "" {
			fields = append(fields, x.Order)
		}
		if !x.Unique {
			fields = append(fields, idField)
		}
		partial := bson.D{is(deletedField, false)}
		if x.Sparse {
			partial = append(partial, is(x.Order, bson.D{is("$exists", true)}))
		}
		indexes = append(indexes, index{Name: x.Name, Key: key(fields...), Unique: x.Unique, Partial: document(partial)})
	}
	return indexes
}

func (x index) model() mongo.IndexModel {
	opts := options.Index().SetName(x.Name).SetPartialFilterExpression(x.Partial)
	if x.Unique {
		opts.SetUnique(true)
	}
	return mongo.IndexModel{Keys: x.Key, Options: opts}
}

// same says whether two indexes are alike in all that matters here. Servers return the directions of
// a key as whichever type of number they were made with.
func (x index) same(y index) bool {
	if x.Unique != y.Unique || !bytes.Equal(x.Partial, y.Partial) {
		return false
	}
	have, err := x.Key.Elements()
	if err != nil {
		return false
	}
	want, err := y.Key.Elements()
	if err != nil || len(have) != len(want) {
		return false
	}
	for i := range have {
		a, ok := have[i].Value().AsInt64OK()
		b, _ := want[i].Value().AsInt64OK()
		if !ok || a != b || have[i].Key() != want[i].Key() {
			return false
		}
	}
	return true
}

func key(fields ...string) bson.Raw {
	keys := bson.D{}
	for _, field := range fields {
		keys = append(keys, is(field, int32(1)))
	}
	return document(keys)
}

// document encodes what consists of strings, booleans and numbers only, and so cannot fail.
func document(d bson.D) bson.Raw {
	raw, err := bson.Marshal(d)
	if err != nil {
		panic("mongodb: encode a constant document: " + err.Error())
	}
	return raw
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
