package sqlite

import (
	"context"
	"fmt"
	"time"

	"gatehouse/store"
)

// Of a collection that is indexed late (store.Schema.IndexLate) a document is written into its table and
// the key of the table alone, by the commit of its change as ever, and marked in the column unindexed. The
// indexes of the catalogue leave out what is marked. Later one statement takes the marks from all
// documents that have one, which puts them into the indexes. One document dirties a page of the log in
// each of them; a hundred in a row share most of these pages, and the work of finding them.
//
//	auditEvents │ … settled ……………………………… │ unindexed … │ ← inserts
//	indexes     │ … settled ……………………………… │
//
// Marked documents are always the last rows of the table, so that a look at the last one tells whether
// there are any, in whichever process, and after whatever crash. For that reason what writes anywhere else
// in such a table takes all marks first. Whoever writes the document that makes them lateMost takes the
// marks in the same transaction; whoever reads a list does so before. Reads by ID need not: they do not
// use these indexes. There is nothing to do when the file is closed, and nothing runs in the background.
//
// A mark is 1, and none is NULL: neither takes a byte in the row, whose length stays the same. A program
// that does not know the column drops it and makes the indexes anew (see Build), and has all documents in
// its lists; so does this one when it finds the file without it.
const (
	// lateMost is about how many documents of a collection wait for each process that writes. Taking as many
	// marks takes half a millisecond, 4 µs each.
	lateMost = 128
	// lateWait is how long a list waits until it may write.
	lateWait = time.Second
)

// mayIndexLate refuses what does not go together with late indexes.
func mayIndexLate(s *store.Schema) error {
	if !s.IndexLate {
		return nil
	}
	unique := false
	for i := range s.Indexes {
		unique = unique || s.Indexes[i].Unique
	}
	if unique || s.Expires || len(manyFields(s)) > 0 {
		return fmt.Errorf("collection %s cannot be indexed late", s.Name)
	}
	return nil
}

// indexedTerm is the condition, behind others, that a document is in the indexes of the catalogue. It
// stands in the indexes and, word for word, in the queries that use them.
func indexedTerm(s *store.Schema) string {
	if !s.IndexLate {
		return ""
	}
	return " AND " + quote(unindexedColumn) + " IS NULL"
}

// indexText takes all marks. It walks back from the last row to the first that has none.
func indexText(s *store.Schema) string {
	if !s.IndexLate {
		return ""
	}
	name, mark := quote(s.Name), quote(unindexedColumn)
	return "UPDATE " + name + " NOT INDEXED SET " + mark + " = NULL WHERE rowid > ifnull((SELECT rowid FROM " + name +
		" NOT INDEXED WHERE " + mark + " IS NULL ORDER BY rowid DESC LIMIT 1), 0)"
}

// lateQuery finds something where documents wait to be indexed.
func lateQuery(s *store.Schema) query {
	name := quote(s.Name)
	return query{text: "SELECT " + quote(unindexedColumn) + " FROM " + name +
		" WHERE rowid = (SELECT max(rowid) FROM " + name + ") AND " + quote(unindexedColumn) + " = 1"}
}

// late says whether a list of a collection must do without the indexes. Documents that wait for them are
// indexed first; only where nothing can be written, because the file is open for reading, the disk is
// full, or another process does not let go of the lock, the list reads the whole table.
func (b *Backend) late(ctx context.Context, s *store.Schema) (bool, error) {
	if !s.IndexLate {
		return false, nil
	}
	if waiting, err := b.any(ctx, lateQuery(s)); err != nil || !waiting {
		return false, err
	}
	if b.writer == b.reader {
		return true, nil
	}
	soon, cancel := context.WithTimeout(ctx, lateWait)
	defer cancel()
	err := b.share(soon, func(w *writer) error {
		t, err := w.table(s)
		if err != nil {
			return err
		}
		return w.index(soon, s, t)
	})
	if err != nil && ctx.Err() != nil {
		return false, b.explain(ctx, err)
	}
	return err != nil, nil
}

// written counts a document that was written and marked, and takes the marks when there are enough.
func (w *writer) written(ctx context.Context, t *table) error {
	t.unindexed++
	if t.unindexed < lateMost {
		return nil
	}
	return w.takeMarks(ctx, t)
}

// index takes all marks of a collection, if it is one that is indexed late.
func (w *writer) index(ctx context.Context, s *store.Schema, t *table) error {
	if !s.IndexLate {
		return nil
	}
	return w.takeMarks(ctx, t)
}

func (w *writer) takeMarks(ctx context.Context, t *table) error {
	_, err := w.exec(ctx, t.index)
	if err == nil {
		t.unindexed = 0
	}
	return w.judge(ctx, err)
}
