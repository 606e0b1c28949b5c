package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// pageSize is SQLite's own.
const pageSize = 4096

// full makes a file with some hundred documents and closes it, so that the log is empty.
func full(t *testing.T) (content []byte, ids []string) {
	t.Helper()
	return filled(t, 300, 400)
}

// large makes a file that is too large to be walked through when it is opened: a page for each document,
// and more of them than a bounded look reads.
func large(t *testing.T) []byte {
	t.Helper()
	content, _ := filled(t, checkedSize/pageSize+1000, 3000)
	if len(content) <= checkedSize {
		t.Fatalf("the file has only %d bytes", len(content))
	}
	return content
}

// filled makes a file with n documents that have a text of so many bytes.
func filled(t *testing.T, n, length int) (content []byte, ids []string) {
	t.Helper()
	s, file := things(), path(t)
	b := open(t, file, s)
	var docs []bson.Raw
	for i := range n {
		id := fmt.Sprintf("%04d", i)
		docs = append(docs, thing(t, "t", id, bson.M{"text": strings.Repeat(id, length/len(id))}))
		ids = append(ids, id)
	}
	if err := b.InsertMissing(t.Context(), s, docs); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content, ids
}

// with puts content where a database is expected.
func with(t *testing.T, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gatehouse.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// damages is what SQLite can know to be damaged, in a file of which some page holds rows.
func damages(page int) map[string]func([]byte) []byte {
	at := func(c []byte, page int) []byte { return c[page*pageSize : (page+1)*pageSize] }
	return map[string]func([]byte) []byte{
		"another magic":        func(c []byte) []byte { c[0] ^= 0xff; return c },
		"another page size":    func(c []byte) []byte { c[16] = 3; return c },
		"a header of zeros":    func(c []byte) []byte { clear(c[:100]); return c },
		"a page too few":       func(c []byte) []byte { return c[:len(c)-pageSize] },
		"half of it":           func(c []byte) []byte { return c[:len(c)/2] },
		"a part of a page":     func(c []byte) []byte { return c[:len(c)-pageSize-100] },
		"a schema of zeros":    func(c []byte) []byte { clear(c[100:pageSize]); return c },
		"a page of zeros":      func(c []byte) []byte { clear(at(c, page-1)); return c },
		"a page twice":         func(c []byte) []byte { copy(at(c, page+1), at(c, page+2)); return c },
		"another kind of page": func(c []byte) []byte { at(c, page)[0] ^= 0x08; return c },
	}
}

// TestDamagedFilesAreRefused opens damaged files that are small enough to be walked through.
func TestDamagedFilesAreRefused(t *testing.T) {
	good, _ := full(t)
	for name, change := range damages(6) {
		b, err := Open(t.Context(), with(t, change(slices.Clone(good))))
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = b.Close()
			continue
		}
		if !errors.Is(err, ErrDamaged) || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := Open(t.Context(), with(t, good))
	if err != nil {
		t.Fatalf("the file as it was: %v", err)
	}
	if err := errors.Join(b.Check(t.Context()), b.Close()); err != nil {
		t.Error(err)
	}
}

// TestDamageOfLargeFiles opens damaged files of which only a part is read then. What concerns the file
// as a whole is found at once, and the rest by Check, after which Ping fails too.
func TestDamageOfLargeFiles(t *testing.T) {
	good := large(t)
	later := []string{"a page of zeros", "a page twice", "another kind of page"}
	for name, change := range damages(checkedSize / pageSize / 2) {
		b, err := Open(t.Context(), with(t, change(slices.Clone(good))))
		if slices.Contains(later, name) {
			if err != nil {
				t.Errorf("%s: read already when it was opened: %v", name, err)
				continue
			}
			before := b.Ping(t.Context())
			err = b.Check(t.Context())
			if after := b.Ping(t.Context()); before != nil || !errors.Is(after, ErrDamaged) || errors.Is(after, store.ErrUnavailable) {
				t.Errorf("%s: Ping fails with %v before the check and %v after it", name, before, after)
			}
			if err := b.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !errors.Is(err, ErrDamaged) || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRootOfATableOfLargeFiles damages the pages that a bounded look passes on its way to the ends of
// the tables.
func TestRootOfATableOfLargeFiles(t *testing.T) {
	good := large(t)
	b, err := Open(t.Context(), with(t, good))
	if err != nil {
		t.Fatal(err)
	}
	var root int
	err = b.reader.QueryRowContext(t.Context(), "SELECT rootpage FROM sqlite_schema WHERE name = 'things'").Scan(&root)
	if err := errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	clear(good[(root-1)*pageSize : root*pageSize])
	if b, err := Open(t.Context(), with(t, good)); !errors.Is(err, ErrDamaged) {
		t.Errorf("opened with %v", err)
		_ = b.Close()
	}
}

// TestCheck walks through a large file that is well, while it is written to, and stops when it is told
// to.
func TestCheck(t *testing.T) {
	s, file := things(), with(t, large(t))
	b := open(t, file, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Check(ended); !errors.Is(err, store.ErrUnavailable) || errors.Is(err, ErrDamaged) {
		t.Errorf("without time: %v", err)
	}
	checked := make(chan error, 1)
	go func() { checked <- b.Check(t.Context()) }()
	for i := range 100 {
		insert(t, b, s, thing(t, "t", fmt.Sprintf("new %d", i), nil))
	}
	if err := errors.Join(<-checked, b.Ping(t.Context())); err != nil {
		t.Error(err)
	}
	inspected, err := Inspect(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(inspected.Check(t.Context()), inspected.Close()); err != nil {
		t.Errorf("of one that is inspected: %v", err)
	}
}

// TestRandomDamageEndsNothing changes some bytes anywhere. Where that does not show when the file is
// opened, everything can still be asked; an answer may fail, but for good: it is no outage.
func TestRandomDamageEndsNothing(t *testing.T) {
	s := things()
	good, ids := full(t)
	refused, failed := 0, 0
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 0))
		content := slices.Clone(good)
		for range 8 {
			content[random.IntN(len(content))] ^= byte(1 + random.IntN(255))
		}
		b, err := Open(t.Context(), with(t, content))
		if err != nil {
			refused++
			continue
		}
		errs := []error{b.Build(t.Context(), []*store.Schema{s})}
		for _, id := range ids {
			_, err := b.Get(t.Context(), s, "t", id)
			errs = append(errs, err)
		}
		_, err = b.Find(t.Context(), &store.Scan{Schema: s, Index: s.Index("at"), Tenant: "t", Order: s.Field("at"), Tie: true})
		errs = append(errs, err, b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
			return w.Insert(ctx, s, thing(t, "t", "new", nil))
		}), b.Close())
		for _, err := range errs {
			if errors.Is(err, store.ErrUnavailable) {
				t.Errorf("seed %d: damage is taken for an outage: %v", seed, err)
			}
			if err != nil {
				failed++
			}
		}
	}
	if refused == 0 {
		t.Error("no damage showed")
	}
	t.Logf("of 60 damaged files %d were refused; of the others %d calls failed", refused, failed)
}

// TestNoRoom lets the file and the disk refuse to grow or to be written to. Reads go on, nothing is
// half written, and when there is room again writes go on, too.
func TestNoRoom(t *testing.T) {
	for name, pragma := range map[string][2]string{
		"a disk that is full":     {"max_page_count = 1", "max_page_count = 1073741823"},
		"a file that is readonly": {"query_only = 1", "query_only = 0"},
	} {
		s := things()
		b := open(t, path(t), s)
		insert(t, b, s, thing(t, "t", "before", nil))
		set := func(text string) {
			if _, err := b.writer.ExecContext(t.Context(), "PRAGMA "+text); err != nil {
				t.Fatal(err)
			}
		}
		set(pragma[0])
		err := b.Write(t.Context(), func(ctx context.Context, w store.Writer) error {
			for i := range 100 {
				if err := w.Insert(ctx, s, thing(t, "t", fmt.Sprint(i), bson.M{"text": strings.Repeat("x", 1000)})); err != nil {
					return err
				}
			}
			return nil
		})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		scan := &store.Scan{Schema: s, Index: s.Index("created"), Tenant: "t", Order: s.Field("_id")}
		if got := find(t, b, scan); !slices.Equal(got, []string{"before"}) {
			t.Errorf("%s: there is %v", name, got)
		}
		set(pragma[1])
		insert(t, b, s, thing(t, "t", "after", nil))
		if got := find(t, b, scan); !slices.Equal(got, []string{"after", "before"}) {
			t.Errorf("%s: afterwards there is %v", name, got)
		}
	}
}
