package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// copyBatch is how many documents are copied at once.
const copyBatch = 500

var (
	// ErrNotEmpty says that the target of a copy has documents already.
	ErrNotEmpty = errors.New("the target is not empty")
	// ErrInUse says that the source of a copy changes meanwhile.
	ErrInUse = errors.New("the source is in use: stop every process that serves from it")
)

// Progress tells how far a copy is: how many documents of a collection are through, and whether they
// are being copied or, afterwards, compared.
type Progress func(collection string, documents int, comparing bool)

// Copy copies every document of the catalogue from one database to another, byte for byte, and then
// compares them all. Both are used by nobody else meanwhile, and from has been opened as a Store
// before, so that its outboxes are empty.
//
// It fails with ErrNotEmpty where the target has documents, unless resume allows them: a copy that
// was interrupted then goes on, and documents that are there already are compared like the others.
// The result is the number of documents of each collection.
func Copy(ctx context.Context, from, to Backend, resume bool, progress Progress) (map[string]int, error) {
	catalogue := Catalogue()
	if err := to.Build(ctx, catalogue); err != nil {
		return nil, fmt.Errorf("build the target: %w", err)
	}
	if !resume {
		for _, s := range catalogue {
			found, err := to.All(ctx, s, "", 1)
			if err != nil {
				return nil, fmt.Errorf("look into the target: %w", err)
			}
			if len(found) > 0 {
				return nil, fmt.Errorf("%w: there are documents in %s", ErrNotEmpty, s.Name)
			}
		}
	}
	counts := map[string]int{}
	for _, s := range catalogue {
		n, err := copyCollection(ctx, from, to, s, progress)
		if err != nil {
			return nil, fmt.Errorf("copy %s: %w", s.Name, err)
		}
		counts[s.Name] = n
	}
	for _, s := range catalogue {
		n, err := compareCollection(ctx, from, to, s, progress)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", s.Name, err)
		}
		if n != counts[s.Name] {
			return nil, fmt.Errorf("compare %s: %d documents were copied and %d compared: %w", s.Name, counts[s.Name], n, ErrInUse)
		}
	}
	return counts, nil
}

func copyCollection(ctx context.Context, from, to Backend, s *Schema, progress Progress) (int, error) {
	copied := 0
	err := eachBatch(ctx, from, s, func(docs []bson.Raw) error {
		for _, doc := range docs {
			h, err := ParseHeader(doc)
			if err != nil {
				return err
			}
			if len(h.Outbox) > 0 {
				return fmt.Errorf("document %s has an outbox: %w", h.ID, ErrInUse)
			}
		}
		if err := to.InsertMissing(ctx, s, docs); err != nil {
			return err
		}
		copied += len(docs)
		progress(s.Name, copied, false)
		return nil
	})
	return copied, err
}

// compareCollection reads both sides and fails at the first difference.
func compareCollection(ctx context.Context, from, to Backend, s *Schema, progress Progress) (int, error) {
	compared, after := 0, ""
	err := eachBatch(ctx, from, s, func(docs []bson.Raw) error {
		others, err := to.All(ctx, s, after, len(docs))
		if err != nil {
			return err
		}
		for i, doc := range docs {
			h, err := ParseHeader(doc)
			if err != nil {
				return err
			}
			if i >= len(others) || !bytes.Equal(doc, others[i]) {
				return fmt.Errorf("document %s differs in the target", h.ID)
			}
			after = h.ID
		}
		compared += len(docs)
		progress(s.Name, compared, true)
		return nil
	})
	if err != nil {
		return compared, err
	}
	further, err := to.All(ctx, s, after, 1)
	if err == nil && len(further) > 0 {
		err = errors.New("the target has documents that the source has not")
	}
	return compared, err
}

// eachBatch calls do for all documents of a collection, some at a time, in the order of their IDs.
func eachBatch(ctx context.Context, backend Backend, s *Schema, do func([]bson.Raw) error) error {
	for after := ""; ; {
		docs, err := backend.All(ctx, s, after, copyBatch)
		if err != nil || len(docs) == 0 {
			return err
		}
		last, err := ParseHeader(docs[len(docs)-1])
		if err != nil {
			return err
		}
		after = last.ID
		if err := do(docs); err != nil {
			return err
		}
		if len(docs) < copyBatch {
			return nil
		}
	}
}
