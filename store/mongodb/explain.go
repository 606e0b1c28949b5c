package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Explain has the server plan the command that Find sends, without running it.
//
// MongoDB walks the index in order: a plan of its that sorts is a fault of the catalogue. DocumentDB,
// version 1.0, reads the range of the index that the filter leaves and sorts it in memory, whatever
// the order of the index, so that there Sorts is always true, and only Index tells something.
func (b *Backend) Explain(ctx context.Context, scan *store.Scan) (store.Plan, error) {
	find := bson.D{
		is("find", scan.Schema.Name),
		is("filter", within(scan)),
		is("hint", scan.Index.Name),
	}
	if keys := order(scan); len(keys) > 0 {
		find = append(find, is("sort", keys))
	}
	if scan.Limit > 0 {
		find = append(find, is("limit", int64(scan.Limit)))
	}
	reply, err := b.db.RunCommand(ctx, bson.D{is("explain", find), is("verbosity", "queryPlanner")}).Raw()
	if err != nil {
		return store.Plan{}, b.failure(nil, err)
	}
	return readPlan(reply)
}

// readPlan reads the answer to an explain command, as MongoDB or as DocumentDB writes it.
func readPlan(reply bson.Raw) (store.Plan, error) {
	root, err := reply.LookupErr("queryPlanner", "winningPlan")
	if err != nil {
		// DocumentDB has the plan of PostgreSQL in its place.
		if root, err = reply.LookupErr("queryPlanner", "Plan"); err != nil {
			return store.Plan{}, errors.New("the explanation has no plan in it")
		}
	}
	var w planWalk
	if err := w.visit(root); err != nil {
		return store.Plan{}, fmt.Errorf("read the explanation: %w", err)
	}
	plan := store.Plan{Sorts: w.sorts, Text: root.String()}
	if !w.scansAll {
		// More than one is no plan that anybody intends; the name then is none of the catalogue.
		plan.Index = strings.Join(w.indexes, "+")
	}
	return plan, nil
}

// planWalk collects what matters of a plan, at whatever depth it stands. A plan is a tree of stages
// in both dialects, but the names of what holds the branches are many, and differ between versions:
// so the walk goes everywhere but where it knows that no stage of this plan is.
type planWalk struct {
	indexes         []string
	scansAll, sorts bool
}

func (w *planWalk) visit(value bson.RawValue) error {
	var children bson.Raw
	switch value.Type {
	case bson.TypeEmbeddedDocument:
		children = value.Document()
		w.stage(children)
	case bson.TypeArray:
		children = bson.Raw(value.Array())
	default:
		return nil
	}
	elements, err := children.Elements()
	if err != nil {
		return err
	}
	for _, e := range elements {
		switch e.Key() {
		case "rejectedPlans", "parsedQuery", "filter": // MongoDB: plans not taken, and what was asked for
		case "IndexDetails", "IndexCosts": // DocumentDB: the same once more, and indexes not taken
		default:
			if err := w.visit(e.Value()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *planWalk) stage(doc bson.Raw) {
	switch stage := text(doc, "stage"); stage { // MongoDB
	case "COLLSCAN":
		w.scansAll = true
	case "SORT":
		w.sorts = true // SORT_MERGE and SHARD_MERGE_SORT are no sorts: they take from sorted inputs in turn.
	}
	switch node := text(doc, "Node Type"); node { // PostgreSQL
	case "Seq Scan":
		w.scansAll = true
	case "Sort", "Incremental Sort":
		w.sorts = true
	}
	for _, field := range []string{"indexName", "Index Name"} {
		if name := text(doc, field); name != "" && !slices.Contains(w.indexes, name) {
			w.indexes = append(w.indexes, name)
		}
	}
}

func text(doc bson.Raw, field string) string {
	s, _ := doc.Lookup(field).StringValueOK()
	return s
}
