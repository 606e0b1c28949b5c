package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"gatehouse/store"
)

// Insert adds a document; *store.DuplicateError when a unique index or the ID forbids it.
func (b *Backend) Insert(ctx context.Context, s *store.Schema, doc bson.Raw) error {
	_, err := b.collection(s).InsertOne(ctx, doc)
	return b.failure(s, err)
}

// Replace puts doc in the place of the document of the same tenant and ID, if that one still has
// this revision. It reports whether it had.
func (b *Backend) Replace(ctx context.Context, s *store.Schema, revision int32, doc bson.Raw) (bool, error) {
	h, err := store.ParseHeader(doc)
	if err != nil {
		return false, err
	}
	filter := still(store.Key{Tenant: h.TenantID, ID: h.ID, Revision: revision})
	result, err := b.collection(s).ReplaceOne(ctx, filter, doc)
	if err != nil {
		return false, b.failure(s, err)
	}
	return result.MatchedCount == 1, nil
}

// Remove removes the document if it still has the revision of key. It reports whether it had.
func (b *Backend) Remove(ctx context.Context, s *store.Schema, key store.Key) (bool, error) {
	result, err := b.collection(s).DeleteOne(ctx, still(key))
	if err != nil {
		return false, b.failure(s, err)
	}
	return result.DeletedCount == 1, nil
}

// InsertMissing adds those of docs whose IDs are not there yet.
func (b *Backend) InsertMissing(ctx context.Context, s *store.Schema, docs []bson.Raw) error {
	if len(docs) == 0 {
		return nil
	}
	_, err := b.collection(s).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
		return b.failure(s, err)
	}
	for _, e := range bulk.WriteErrors {
		if e.Code != codeDuplicateKey || indexNamed(e.Message) != idIndex {
			return b.failure(s, mongo.WriteException{WriteErrors: mongo.WriteErrors{e.WriteError}, Labels: bulk.Labels})
		}
	}
	return nil
}

// Settle clears the outbox of each document that still has the revision of its key, and with it the
// mark as pending unless a task waits or the document is being deleted.
func (b *Backend) Settle(ctx context.Context, s *store.Schema, keys []store.Key) error {
	if len(keys) == 0 {
		return nil
	}
	writes := make([]mongo.WriteModel, len(keys))
	for i, key := range keys {
		filter := append(still(key), is(outboxField, bson.D{is("$exists", true)}))
		writes[i] = mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(settled())
	}
	_, err := b.collection(s).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return b.failure(s, err)
}

// settled is the update of Settle. It looks at the document that it changes, in one step: a filter
// for the task beside it would let one slip in between two updates.
func settled() mongo.Pipeline {
	waits := bson.D{is("$or", bson.A{
		"$" + deletedField,
		bson.D{is("$ne", bson.A{bson.D{is("$type", "$"+taskField)}, "missing"})},
	})}
	pending := bson.D{is("$cond", bson.A{waits, true, "$$REMOVE"})}
	return mongo.Pipeline{
		{is("$set", bson.D{is(pendingField, pending)})},
		{is("$unset", outboxField)},
	}
}

// still is the filter for a document as long as it has the revision of key.
func still(key store.Key) bson.D {
	return bson.D{is(idField, key.ID), is(tenantField, key.Tenant), is(revisionField, key.Revision)}
}
