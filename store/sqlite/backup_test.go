package sqlite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestBackupOfWhatIsStillInTheLog backs a database up that is open, whose documents are in its log,
// and over what a crash of another backup has left.
func TestBackupOfWhatIsStillInTheLog(t *testing.T) {
	t.Parallel()
	path, target := filepath.Join(t.TempDir(), "a.db"), filepath.Join(t.TempDir(), "made", "b.db")
	b := open(t, path, things())
	doc := thing(t, "t", "1", nil)
	if err := b.InsertMissing(t.Context(), things(), []bson.Raw{doc}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Dir(target), 0o700), os.WriteFile(target+".partial", []byte("torn"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), path, target); err != nil {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(filepath.Dir(target)); err != nil || len(names) != 1 {
		t.Errorf("beside the backup there are %v, %v", names, err)
	}
	found, err := open(t, target, things()).Get(t.Context(), things(), "t", "1")
	if err != nil || !bytes.Equal(found, doc) {
		t.Errorf("the backup has %s, %v", found, err)
	}
	if err := Backup(t.Context(), path, target); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second backup: %v", err)
	}
}

// TestBackupThatFails leaves nothing behind.
func TestBackupThatFails(t *testing.T) {
	t.Parallel()
	path, folder := filepath.Join(t.TempDir(), "a.db"), t.TempDir()
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), path, filepath.Join(folder, "b.db")); err == nil {
		t.Errorf("a backup of what is no database: %v", err)
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) > 0 {
		t.Errorf("it left %v, %v", names, err)
	}
}
