package mongodb

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"gatehouse/store"
)

const (
	// writeAttempts is how often a write that got into another's way is tried.
	writeAttempts = 10
	// writePause bounds the random time before the second attempt; it doubles with each, up to
	// longestPause.
	writePause   = 50 * time.Millisecond
	longestPause = time.Second
)

// Insert adds a document; *store.DuplicateError when a unique index or the ID forbids it.
func (b *Backend) Insert(ctx context.Context, s *store.Schema, doc bson.Raw) error {
	h, err := store.ParseHeader(doc)
	if err != nil {
		return err
	}
	done, err := b.turns.wait(ctx, s, h, doc)
	if err != nil {
		return b.failure(s, err)
	}
	defer done()
	return b.write(ctx, s, func(ctx context.Context) error {
		_, err := b.collection(s).InsertOne(ctx, doc)
		return err
	})
}

// Replace puts doc in the place of the document of the same tenant and ID, if that one still has
// this revision. It reports whether it had.
func (b *Backend) Replace(ctx context.Context, s *store.Schema, revision int32, doc bson.Raw) (bool, error) {
	h, err := store.ParseHeader(doc)
	if err != nil {
		return false, err
	}
	done, err := b.turns.wait(ctx, s, h, doc)
	if err != nil {
		return false, b.failure(s, err)
	}
	defer done()
	filter := still(store.Key{Tenant: h.TenantID, ID: h.ID, Revision: revision})
	matched := false
	err = b.write(ctx, s, func(ctx context.Context) error {
		result, err := b.collection(s).ReplaceOne(ctx, filter, doc)
		matched = err == nil && result.MatchedCount == 1
		return err
	})
	return matched, err
}

// Remove removes the document if it still has the revision of key. It reports whether it had.
func (b *Backend) Remove(ctx context.Context, s *store.Schema, key store.Key) (bool, error) {
	removed := false
	err := b.write(ctx, s, func(ctx context.Context) error {
		result, err := b.collection(s).DeleteOne(ctx, still(key))
		removed = err == nil && result.DeletedCount == 1
		return err
	})
	return removed, err
}

// InsertMissing adds those of docs whose IDs are not there yet.
func (b *Backend) InsertMissing(ctx context.Context, s *store.Schema, docs []bson.Raw) error {
	if len(docs) == 0 {
		return nil
	}
	return b.write(ctx, s, func(ctx context.Context) error {
		_, err := b.collection(s).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
		var bulk mongo.BulkWriteException
		if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
			return err
		}
		for _, e := range bulk.WriteErrors {
			if e.Code != codeDuplicateKey || indexNamed(e.Message) != idIndex {
				return mongo.WriteException{WriteErrors: mongo.WriteErrors{e.WriteError}, Labels: bulk.Labels}
			}
		}
		return nil
	})
}

// Settle clears the outbox of each document that still has the revision of its key, and with it the
// mark as pending unless a task waits or the document is being deleted.
//
// Documents of one tenant that have the same revision, as all new ones have, are settled by one update:
// servers need about half the time for it that they need for one update each. The driver does not
// repeat such updates after a failure of the network or during an election, so Settle does, once.
func (b *Backend) Settle(ctx context.Context, s *store.Schema, keys []store.Key) error {
	if len(keys) == 0 {
		return nil
	}
	writes := settling(keys)
	settle := func(ctx context.Context) error {
		_, err := b.collection(s).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		return err
	}
	err := b.write(ctx, s, settle)
	if errors.Is(err, store.ErrUnavailable) && ctx.Err() == nil {
		err = b.write(ctx, s, settle)
	}
	return err
}

// settling are the updates of Settle, each with the IDs of one tenant and revision.
func settling(keys []store.Key) []mongo.WriteModel {
	type state struct {
		tenant   string
		revision int32
	}
	var states []state
	ids := map[state]bson.A{}
	for _, key := range keys {
		of := state{key.Tenant, key.Revision}
		if ids[of] == nil {
			states = append(states, of)
		}
		ids[of] = append(ids[of], key.ID)
	}
	writes := make([]mongo.WriteModel, len(states))
	for i, of := range states {
		filter := bson.D{
			is(idField, bson.D{is("$in", ids[of])}), is(tenantField, of.tenant), is(revisionField, of.revision),
			is(outboxField, bson.D{is("$exists", true)}),
		}
		writes[i] = mongo.NewUpdateManyModel().SetFilter(filter).SetUpdate(settled())
	}
	return writes
}

// Discard removes each document that still has the revision of its key.
func (b *Backend) Discard(ctx context.Context, s *store.Schema, keys []store.Key) error {
	if len(keys) == 0 {
		return nil
	}
	writes := make([]mongo.WriteModel, len(keys))
	for i, key := range keys {
		writes[i] = mongo.NewDeleteOneModel().SetFilter(still(key))
	}
	return b.write(ctx, s, func(ctx context.Context) error {
		_, err := b.collection(s).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		return err
	})
}

// RemoveExpired removes the documents of a scan that are not pending. It reads which they are and names
// each, because the driver tries a DeleteMany once only; each is removed as long as all that the scan
// asks for holds.
func (b *Backend) RemoveExpired(ctx context.Context, scan *store.Scan) (int, error) {
	rest := is(pendingField, bson.D{is("$ne", true)})
	found, err := b.find(ctx, scan.Schema, append(within(scan), rest), order(scan), scan.Index.Name, scan.Limit)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	writes := make([]mongo.WriteModel, len(found))
	for i, doc := range found {
		h, err := store.ParseHeader(doc)
		if err != nil {
			return 0, err
		}
		one := append(bson.D{is(idField, h.ID), is(tenantField, h.TenantID), rest}, all(living(scan))...)
		writes[i] = mongo.NewDeleteOneModel().SetFilter(one)
	}
	removed := 0
	err = b.write(ctx, scan.Schema, func(ctx context.Context) error {
		result, err := b.collection(scan.Schema).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		if result != nil {
			removed += int(result.DeletedCount)
		}
		return err
	})
	return removed, err
}

// write sends a write, again and again while the server undoes it because others were in its way.
// Each of the writes above may be repeated: what an earlier attempt did is no longer asked for.
func (b *Backend) write(ctx context.Context, s *store.Schema, send func(ctx context.Context) error) error {
	for attempt, wait := 1, writePause; ; attempt, wait = attempt+1, min(2*wait, longestPause) {
		err := b.send(ctx, send)
		if !inTheWay(err) || attempt == writeAttempts {
			return b.failure(s, err)
		}
		if ended := pause(ctx, rand.N(wait)); ended != nil { //nolint:gosec // G404: spreads writers, guards nothing
			return b.failure(s, errors.Join(err, ended))
		}
	}
}

func (b *Backend) send(ctx context.Context, send func(ctx context.Context) error) error {
	ctx, cancel := b.briefly(ctx)
	defer cancel()
	return send(ctx)
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
