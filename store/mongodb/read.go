package mongodb

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"gatehouse/store"
)

// Fields of the envelope that the database itself looks at.
const (
	idField       = "_id"
	tenantField   = "tenantId"
	revisionField = "revision"
	deletedField  = "deleted"
	pendingField  = "pending"
	taskField     = "task"
	outboxField   = "outbox"
)

// Get returns the document, also when it is being deleted; store.ErrNotFound when there is none.
func (b *Backend) Get(ctx context.Context, s *store.Schema, tenant, id string) (bson.Raw, error) {
	ctx, cancel := b.briefly(ctx)
	defer cancel()
	raw, err := b.collection(s).FindOne(ctx, bson.D{is(idField, id), is(tenantField, tenant)}).Raw()
	if err != nil {
		return nil, b.failure(nil, err)
	}
	return raw, nil
}

// Find returns the living documents of a scan in its order.
func (b *Backend) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	return b.find(ctx, scan.Schema, within(scan), order(scan), scan.Index.Name, scan.Limit)
}

// Many returns those of the documents with these IDs that the tenant has, also those being deleted.
func (b *Backend) Many(ctx context.Context, s *store.Schema, tenant string, ids []string) ([]bson.Raw, error) {
	return b.find(ctx, s, bson.D{is(idField, bson.D{is("$in", ids)}), is(tenantField, tenant)}, nil, idIndex, len(ids))
}

// Count counts the living documents of a scan, whatever its bounds and limit.
func (b *Backend) Count(ctx context.Context, scan *store.Scan) (int, error) {
	n, err := b.collection(scan.Schema).CountDocuments(ctx, all(living(scan)), options.Count().SetHint(scan.Index.Name))
	return int(n), b.failure(nil, err)
}

// Pending returns up to limit documents that have an outbox or a task or are being deleted, of all
// tenants, in the order of their IDs, from the one behind afterID on.
func (b *Backend) Pending(ctx context.Context, s *store.Schema, afterID string, limit int) ([]bson.Raw, error) {
	filter := bson.D{is(pendingField, true), is(idField, bson.D{is("$gt", afterID)})}
	return b.find(ctx, s, filter, bson.D{is(idField, 1)}, store.PendingIndex, limit)
}

// All returns up to limit documents of all tenants, also those being deleted, in the order of their
// IDs, from the one behind afterID on.
func (b *Backend) All(ctx context.Context, s *store.Schema, afterID string, limit int) ([]bson.Raw, error) {
	return b.find(ctx, s, bson.D{is(idField, bson.D{is("$gt", afterID)})}, bson.D{is(idField, 1)}, idIndex, limit)
}

func (b *Backend) find(ctx context.Context, s *store.Schema, filter, order bson.D, hint string, limit int) ([]bson.Raw, error) {
	ctx, cancel := b.briefly(ctx)
	defer cancel()
	opts := options.Find().SetHint(hint)
	if len(order) > 0 {
		opts.SetSort(order)
	}
	if limit > 0 {
		// A batch that could hold one more tells the server that it is the last, so that no cursor stays
		// open and nothing is asked a second time.
		opts.SetLimit(int64(limit)).SetBatchSize(int32(min(limit, 1<<20)) + 1)
	}
	cursor, err := b.collection(s).Find(ctx, filter, opts)
	if err != nil {
		return nil, b.failure(nil, err)
	}
	var found []bson.Raw
	for cursor.Next(ctx) {
		if err := store.Spend(ctx, len(cursor.Current)); err != nil {
			return nil, errors.Join(err, b.failure(nil, cursor.Close(ctx)))
		}
		found = append(found, bytes.Clone(cursor.Current))
	}
	if err := cursor.Err(); err != nil {
		return nil, b.failure(nil, err)
	}
	return found, b.failure(nil, cursor.Close(ctx))
}

// is says in a filter that a field equals a value, or is as an operator says.
func is(field string, value any) bson.E { return bson.E{Key: field, Value: value} }

// all is the filter for what meets every one of the conditions. They stay apart from each other
// because one field may have several, with the same operator.
func all(conditions []bson.D) bson.D { return bson.D{is("$and", conditions)} }

// living are the conditions of a scan but its bounds. The one for deleted documents is what lets a
// partial index serve.
func living(scan *store.Scan) []bson.D {
	var conditions []bson.D
	if scan.Tenant != "" || !scan.Index.Global {
		conditions = append(conditions, bson.D{is(tenantField, scan.Tenant)})
	}
	conditions = append(conditions, bson.D{is(deletedField, false)})
	for _, term := range scan.Equal {
		conditions = append(conditions, bson.D{is(term.Field, term.Value)})
	}
	for _, r := range scan.Ranges {
		if r.Min != nil {
			conditions = append(conditions, bson.D{is(r.Field, bson.D{is("$gte", r.Min)})})
		}
		if r.Max != nil {
			conditions = append(conditions, bson.D{is(r.Field, bson.D{is("$lt", r.Max)})})
		}
	}
	return conditions
}

// within is the filter of a scan with its bounds.
//
// Where IDs break ties, a bound is an alternative: the same value and an ID beyond, or a value
// beyond. The alternatives stand at the root of the filter, each with all the other conditions, so
// that each is one range of the index; the server then walks the ranges side by side and merges
// them in order, and reads no more than the page, however deep it is in the list and however many
// documents share the value.
func within(scan *store.Scan) bson.D {
	branches := [][]bson.D{living(narrowed(scan))}
	onward, back := "$gt", "$lt"
	if scan.Descending {
		onward, back = back, onward
	}
	branches = bounded(branches, scan, scan.After, onward)
	branches = bounded(branches, scan, scan.Until, back)
	if len(branches) == 1 {
		return all(branches[0])
	}
	alternatives := make([]bson.D, len(branches))
	for i, branch := range branches {
		alternatives[i] = all(branch)
	}
	return bson.D{is("$or", alternatives)}
}

// narrowed is a scan without the bounds of its ranges that its positions leave nothing of. Of two bounds
// on one side DocumentDB may seek by the wider one, and read everything up to the other.
func narrowed(scan *store.Scan) *store.Scan {
	low, high := scan.After, scan.Until
	if scan.Descending {
		low, high = high, low
	}
	n := *scan
	n.Ranges = slices.Clone(scan.Ranges)
	for i := range n.Ranges {
		r := &n.Ranges[i]
		if r.Field != scan.Order.Name {
			continue
		}
		if low != nil && r.Min != nil && compare(along(scan, low), r.Min) >= 0 {
			r.Min = nil
		}
		if high != nil && r.Max != nil && compare(along(scan, high), r.Max) < 0 {
			r.Max = nil
		}
	}
	return &n
}

// along is the value of a position in the field that a scan walks along.
func along(scan *store.Scan, p *store.Position) any {
	if scan.Order.Name == idField {
		return p.ID
	}
	return p.Value
}

// compare compares two values of one field as the server does.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return cmp.Compare(a.UnixMilli(), b.UnixMilli())
		}
	}
	panic("store/mongodb: a query compares values of different kinds")
}

// bounded adds to each branch each of the alternatives of a bound.
func bounded(branches [][]bson.D, scan *store.Scan, at *store.Position, operator string) [][]bson.D {
	if at == nil {
		return branches
	}
	var bounds [][]bson.D
	switch field := scan.Order.Name; {
	case field == idField:
		bounds = [][]bson.D{{{is(idField, bson.D{is(operator, at.ID)})}}}
	case scan.Tie:
		bounds = [][]bson.D{
			{{is(field, at.Value)}, {is(idField, bson.D{is(operator, at.ID)})}},
			{{is(field, bson.D{is(operator, at.Value)})}},
		}
	default:
		bounds = [][]bson.D{{{is(field, bson.D{is(operator, at.Value)})}}}
	}
	var product [][]bson.D
	for _, branch := range branches {
		for _, bound := range bounds {
			product = append(product, append(branch[:len(branch):len(branch)], bound...))
		}
	}
	return product
}

// order is how the documents of a scan are sorted, which is how its index is. It is empty where a
// unique key is given as a whole: of one document at most there is nothing to sort, but MongoDB
// would, if asked for an order that is not the key's.
func order(scan *store.Scan) bson.D {
	if scan.Index.Unique && fixed(scan) {
		return nil
	}
	direction := 1
	if scan.Descending {
		direction = -1
	}
	keys := bson.D{is(scan.Order.Name, direction)}
	if scan.Tie {
		keys = append(keys, is(idField, direction))
	}
	return keys
}

// fixed says whether the scan asks for one value of each field in the key of its index.
func fixed(scan *store.Scan) bool {
	given := func(field string) bool {
		return slices.ContainsFunc(scan.Equal, func(t store.Term) bool { return t.Field == field })
	}
	for _, field := range scan.Index.Equal {
		if !given(field) {
			return false
		}
	}
	return scan.Index.Order == "" || given(scan.Index.Order)
}
