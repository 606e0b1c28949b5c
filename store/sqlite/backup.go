package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
)

// Backup writes a copy of the database file at path to target, which must not be there; the folder of
// target is made with mode 0700 if it is missing. Others may read and write the database meanwhile:
// the copy is its state at one moment, and holds up nobody, though what is written until it is done
// stays in the log (gatehouse.db-wal), which grows by as much.
//
// The copy is compact, and on the disk when Backup returns; target appears complete or not at all. A
// crash may leave target.partial, which the next Backup replaces.
func Backup(ctx context.Context, path, target string) (err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if target, err = filepath.Abs(target); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if _, err := os.Lstat(target); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("back up: %s is there and is not overwritten: %w", target, errors.Join(os.ErrExist, err))
	}
	db, err := connect(path, 1, url.Values{})
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	partial, err := emptyFile(target + ".partial")
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	// An empty file is what VACUUM INTO accepts beside none; this one has a mode that SQLite would not
	// have given it.
	err = patiently(ctx, func() error {
		_, err := db.ExecContext(ctx, "VACUUM INTO ?", partial.Name())
		return err
	})
	if err == nil {
		err = partial.Sync()
	}
	// Windows does not rename what is open.
	if err = errors.Join(err, partial.Close()); err == nil {
		err = os.Rename(partial.Name(), target)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("back up to %s: %w", target, err), os.Remove(partial.Name()))
	}
	return syncFolder(filepath.Dir(target))
}

// emptyFile makes an empty file that only its owner may read, in the place of what is there.
func emptyFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}

// syncFolder makes the names in a folder durable. Windows journals them, and has no such call.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
