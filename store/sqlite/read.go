package sqlite

import (
	"context"
	"database/sql/driver"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Get returns the document, also when it is being deleted.
func (b *Backend) Get(ctx context.Context, s *store.Schema, tenant, id string) (doc bson.Raw, err error) {
	err = b.read(ctx, func(c *conn) error {
		// So short that it is not worth interrupting.
		doc, err = c.get(context.WithoutCancel(ctx), getText(s), tenant, id)
		return err
	})
	return doc, err
}

// get returns the document that a query like that of getText finds.
func (c *conn) get(ctx context.Context, text, tenant, id string) (doc bson.Raw, err error) {
	err = c.query(ctx, text, []any{id, tenant}, func(value driver.Value) error {
		doc, _ = value.([]byte)
		return nil
	})
	if err == nil && doc == nil {
		err = store.ErrNotFound
	}
	return doc, err
}

// Find returns the living documents of a scan in its order.
func (b *Backend) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	late, err := b.late(ctx, scan.Schema)
	if err != nil {
		return nil, err
	}
	return b.documents(ctx, findQuery(scan, late))
}

// Many returns those of the documents with these IDs that the tenant has, also those being deleted.
func (b *Backend) Many(ctx context.Context, s *store.Schema, tenant string, ids []string) ([]bson.Raw, error) {
	q, err := manyQuery(s, tenant, ids)
	if err != nil {
		return nil, err
	}
	return b.documents(ctx, q)
}

// Pending returns pending documents of all tenants in the order of their IDs. A limit of 0 means all.
func (b *Backend) Pending(ctx context.Context, s *store.Schema, afterID string, limit int) ([]bson.Raw, error) {
	return b.documents(ctx, pendingQuery(s, afterID, limit))
}

// All returns documents of all tenants in the order of their IDs.
func (b *Backend) All(ctx context.Context, s *store.Schema, afterID string, limit int) ([]bson.Raw, error) {
	return b.documents(ctx, allQuery(s, afterID, limit))
}

// Count counts the living documents of a scan.
func (b *Backend) Count(ctx context.Context, scan *store.Scan) (n int, err error) {
	late, err := b.late(ctx, scan.Schema)
	if err != nil {
		return 0, err
	}
	q := countQuery(scan, late)
	err = b.read(ctx, func(c *conn) error {
		return c.query(ctx, q.text, q.args, func(value driver.Value) error {
			count, _ := value.(int64)
			n = int(count)
			return nil
		})
	})
	return n, err
}

// any says whether a query finds anything.
func (b *Backend) any(ctx context.Context, q query) (found bool, err error) {
	err = b.read(ctx, func(c *conn) error {
		return c.query(ctx, q.text, q.args, func(driver.Value) error { found = true; return nil })
	})
	return found, err
}

// Explain asks SQLite how it runs what Find runs.
func (b *Backend) Explain(ctx context.Context, scan *store.Scan) (plan store.Plan, err error) {
	defer func() { err = b.explain(ctx, err) }()
	q := findQuery(scan, false)
	rows, err := b.reader.QueryContext(ctx, "EXPLAIN QUERY PLAN "+q.text, q.args...)
	if err != nil {
		return store.Plan{}, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			return store.Plan{}, err
		}
		lines = append(lines, line)
		if _, name, ok := strings.Cut(line, "INDEX "+scan.Schema.Name+"."); ok {
			plan.Index, _, _ = strings.Cut(name, " ")
		}
		plan.Sorts = plan.Sorts || strings.Contains(line, "TEMP B-TREE")
	}
	plan.Text = strings.Join(lines, "\n")
	return plan, rows.Err()
}

func (b *Backend) documents(ctx context.Context, q query) (docs []bson.Raw, err error) {
	err = b.read(ctx, func(c *conn) error {
		interrupted := ctx
		if q.short {
			interrupted = context.WithoutCancel(ctx)
		}
		docs = nil
		return c.query(interrupted, q.text, q.args, func(value driver.Value) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			doc, _ := value.([]byte)
			docs = append(docs, doc)
			return store.Spend(ctx, len(doc))
		})
	})
	if err != nil {
		return nil, err
	}
	return docs, nil
}

// read runs do, which makes one query, on a connection that only reads.
func (b *Backend) read(ctx context.Context, do func(c *conn) error) error {
	return b.explain(ctx, patiently(ctx, func() error { return on(ctx, b.reader, do) }))
}
