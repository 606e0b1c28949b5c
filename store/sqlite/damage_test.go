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
	s, file := things(), path(t)
	b := open(t, file, s)
	for i := range 300 {
		id := fmt.Sprintf("%04d", i)
		insert(t, b, s, thing(t, "t", id, bson.M{"text": strings.Repeat(id, 100)}))
		ids = append(ids, id)
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

// TestDamagedFilesAreRefused damages what SQLite can know to be damaged.
func TestDamagedFilesAreRefused(t *testing.T) {
	good, _ := full(t)
	for name, change := range map[string]func([]byte) []byte{
		"another magic":        func(c []byte) []byte { c[0] ^= 0xff; return c },
		"another page size":    func(c []byte) []byte { c[16] = 3; return c },
		"a header of zeros":    func(c []byte) []byte { clear(c[:100]); return c },
		"a page too few":       func(c []byte) []byte { return c[:len(c)-pageSize] },
		"half of it":           func(c []byte) []byte { return c[:len(c)/2] },
		"a part of a page":     func(c []byte) []byte { return c[:len(c)-pageSize-100] },
		"a schema of zeros":    func(c []byte) []byte { clear(c[100:pageSize]); return c },
		"a page of zeros":      func(c []byte) []byte { clear(c[5*pageSize : 6*pageSize]); return c },
		"a page twice":         func(c []byte) []byte { copy(c[7*pageSize:8*pageSize], c[8*pageSize:9*pageSize]); return c },
		"another kind of page": func(c []byte) []byte { c[6*pageSize] ^= 0x08; return c },
	} {
		b, err := Open(t.Context(), with(t, change(slices.Clone(good))))
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = b.Close()
			continue
		}
		if !errors.Is(err, errDamaged) || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := Open(t.Context(), with(t, good))
	if err != nil {
		t.Fatalf("the file as it was: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
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
