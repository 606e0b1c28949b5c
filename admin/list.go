package admin

import (
	"context"
	"fmt"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

const (
	defaultPageSize = 50
	maxPageSize     = 500
)

// list answers a page of q. The arguments are those of the schema; every violation in them is
// reported at once.
func list[T any](ctx context.Context, c *store.Collection[T], tenant string, args model.PageArgs, q store.Query) (*model.Page[T], error) {
	if err := bound(c.Schema(), args, &q); err != nil {
		return nil, err
	}
	size := q.Limit
	q.Limit++ // one more than asked tells whether there is more
	found, err := c.Find(ctx, tenant, q)
	if err != nil {
		return nil, public(err, c.Schema())
	}
	more := len(found) > size
	switch {
	case more && q.Backward:
		found = found[1:]
	case more:
		found = found[:size]
	}
	page := &model.Page[T]{
		Edges: make([]*model.Edge[T], len(found)),
		Nodes: found,

		Siblings: model.NewSiblings(found),
		Count: func(ctx context.Context) (int32, error) {
			count, err := c.Count(ctx, tenant, q)
			return int32(count), public(err, c.Schema())
		},
	}
	for i, doc := range found {
		cursor, err := store.FormatCursor(q.OrderBy, c.Position(doc, q.OrderBy))
		if err != nil {
			return nil, err
		}
		page.Edges[i] = &model.Edge[T]{Cursor: cursor, Node: doc}
	}
	page.Info = pageInfo(c, tenant, q, page.Edges, more)
	return page, nil
}

// pageInfo says where a page stands. What lies on the side that the walk goes to is known: more. On
// the side that it came from it looks, when it is asked.
func pageInfo[T any](c *store.Collection[T], tenant string, q store.Query, edges []*model.Edge[T], more bool) *model.PageInfo {
	ahead := func(context.Context) (bool, error) { return more, nil }
	behind := func(ctx context.Context) (bool, error) {
		look := q
		look.Backward, look.Limit, look.After, look.Before = !q.Backward, 1, nil, nil
		switch {
		case len(edges) == 0 && q.Backward:
			look.After = q.Before
		case len(edges) == 0:
			look.Before = q.After
		case q.Backward:
			p := c.Position(edges[len(edges)-1].Node, q.OrderBy)
			look.After = &p
		default:
			p := c.Position(edges[0].Node, q.OrderBy)
			look.Before = &p
		}
		if look.After == nil && look.Before == nil {
			return false, nil
		}
		found, err := c.Find(ctx, tenant, look)
		return len(found) > 0, public(err, c.Schema())
	}
	info := &model.PageInfo{Next: ahead, Previous: behind}
	if q.Backward {
		info.Next, info.Previous = behind, ahead
	}
	if len(edges) > 0 {
		info.StartCursor, info.EndCursor = &edges[0].Cursor, &edges[len(edges)-1].Cursor
	}
	return info
}

// bound puts the page arguments into q.
func bound(s *store.Schema, args model.PageArgs, q *store.Query) error {
	var v model.Violations
	q.Limit = defaultPageSize
	if args.First != nil && args.Last != nil {
		v.Add("EXCLUSIVE", "must not be given together with first", "last")
	}
	for _, size := range []struct {
		name  string
		value *int32
	}{{"first", args.First}, {"last", args.Last}} {
		if size.value == nil {
			continue
		}
		if *size.value < 1 || *size.value > maxPageSize {
			v.Add("OUT_OF_RANGE", fmt.Sprintf("must be from 1 to %d", maxPageSize), size.name)
		}
		q.Limit, q.Backward = int(*size.value), size.name == "last"
	}
	for _, edge := range []struct {
		name string
		text *string
		to   **store.Position
	}{{"after", args.After, &q.After}, {"before", args.Before, &q.Before}} {
		if edge.text == nil {
			continue
		}
		position, err := store.ParseCursor(s, q.OrderBy, *edge.text)
		if err != nil {
			v.Add("INVALID_CURSOR", "must be a cursor of a list in this order, unchanged", edge.name)
		}
		*edge.to = position
	}
	return v.Err()
}

// filter collects the conditions of a list.
type filter struct{ store.Query }

// is adds that field equals value; nil adds nothing.
func is[V any](f *filter, field string, value *V) {
	if value != nil {
		f.Equal = append(f.Equal, store.Term{Field: field, Value: *value})
	}
}

// startsWith adds that the name behind keyField begins with prefix, whatever the case.
func (f *filter) startsWith(keyField string, prefix *string) {
	if prefix != nil && *prefix != "" {
		f.Ranges = append(f.Ranges, store.HasPrefix(keyField, model.Fold(*prefix)))
	}
}

// by orders the list by a field, where an empty one stands for the order of creation.
func (f *filter) by(field string, direction model.OrderDirection) {
	f.OrderBy, f.Descending = field, direction == model.OrderDirectionDesc
}

// since adds that the document changed at t or later.
func (f *filter) since(t *time.Time) {
	if t != nil {
		f.Ranges = append(f.Ranges, store.Since("updatedAt", *t))
	}
}

// created adds that the document was made at since or later and before until; nil leaves a side open.
func (f *filter) created(since, until *time.Time) {
	if since != nil {
		f.Ranges = append(f.Ranges, store.MadeSince(*since))
	}
	if until != nil {
		f.Ranges = append(f.Ranges, store.MadeBefore(*until))
	}
}
