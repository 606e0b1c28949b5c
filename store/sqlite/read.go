package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// Get returns the document, also when it is being deleted.
func (b *Backend) Get(ctx context.Context, s *store.Schema, tenant, id string) (bson.Raw, error) {
	stmt, err := b.read(ctx, getText(s))
	if err != nil {
		return nil, b.explain(ctx, err)
	}
	doc, err := get(ctx, stmt, tenant, id)
	return doc, b.explain(ctx, err)
}

func get(ctx context.Context, stmt *sql.Stmt, tenant, id string) (bson.Raw, error) {
	var doc []byte
	err := stmt.QueryRowContext(ctx, id, tenant).Scan(&doc)
	return doc, err
}

// Find returns the living documents of a scan in its order.
func (b *Backend) Find(ctx context.Context, scan *store.Scan) ([]bson.Raw, error) {
	return b.documents(ctx, findQuery(scan))
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
func (b *Backend) Count(ctx context.Context, scan *store.Scan) (int, error) {
	q := countQuery(scan)
	stmt, err := b.read(ctx, q.text) //nolint:sqlclosecheck // prepared once, closed by Close
	if err != nil {
		return 0, b.explain(ctx, err)
	}
	var n int
	err = stmt.QueryRowContext(ctx, q.args...).Scan(&n)
	return n, b.explain(ctx, err)
}

// Explain asks SQLite how it runs what Find runs.
func (b *Backend) Explain(ctx context.Context, scan *store.Scan) (plan store.Plan, err error) {
	defer func() { err = b.explain(ctx, err) }()
	q := findQuery(scan)
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
	defer func() { err = b.explain(ctx, err) }()
	stmt, err := b.read(ctx, q.text) //nolint:sqlclosecheck // prepared once, closed by Close
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		if err := store.Spend(ctx, len(doc)); err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, rows.Err()
}

// read returns the prepared statement of a text. They are kept until Close: values are never part of
// a text, so that there are only as many as there are shapes of queries.
func (b *Backend) read(ctx context.Context, text string) (*sql.Stmt, error) {
	b.mu.RLock()
	stmt := b.reads[text]
	b.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := b.reader.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if other := b.reads[text]; other != nil { // somebody else was faster
		return other, stmt.Close() //nolint:sqlclosecheck // the other one is kept until Close
	}
	b.reads[text] = stmt
	return stmt, nil
}
