package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// maxFile bounds what is read as a keyset, in bytes: some four thousand keys.
const maxFile = 1 << 20

// Create makes a keyset of one new key and writes it to path, with mode 0600; a missing folder is
// made with mode 0700. It fails with fs.ErrExist, and changes nothing, when there is a file already.
// The file appears complete or not at all. A crash may leave a file path.*.tmp beside it, which can be
// removed.
func Create(path string) (*Keyset, error) {
	made, err := generate()
	if err != nil {
		return nil, err
	}
	data, err := made.encode()
	if err != nil {
		return nil, err
	}
	if err := publishNew(path, data); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("secret: %s exists and is not overwritten, because what it has sealed would be lost: %w", path, fs.ErrExist)
		}
		return nil, fmt.Errorf("secret: create keyset: %w", err)
	}
	return Open(path)
}

// Open reads the keyset at path. It fails with fs.ErrNotExist when there is none, and when the file is
// damaged or, except on Windows, when it has any permission for the group or for others. A keyset that
// is intact but belongs to another store is noticed only by OpenCheck.
func Open(path string) (*Keyset, error) {
	opened, err := load(path)
	if err != nil {
		return nil, err
	}
	k := &Keyset{path: path, now: time.Now}
	k.keys.Store(opened)
	return k, nil
}

// OpenOrCreate opens the keyset at path, and makes it first when there is none. It is for a store
// that lies in the same folder and has one user. If the store is there and only its keyset is gone, the
// new keyset will not pass OpenCheck.
func OpenOrCreate(path string) (*Keyset, error) {
	k, err := Open(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k, err = Create(path)
	if errors.Is(err, fs.ErrExist) {
		return Open(path) // another process was first
	}
	return k, err
}

// Rotate adds a new primary key to the keyset at path, and keeps the others, the mode and the owner of
// the file; a symbolic link is followed. Readers see the old file or the new one, and after a crash it
// is one of the two. Of several rotations at once, those that come too early fail with fs.ErrExist.
// See the package comment for the way to rotate the copies of several processes.
func Rotate(path string) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return missing(path, err)
	}
	// The new content is written to a file whose name is the lock: it can be made by one rotation at a
	// time, and renaming it into place publishes it and gives the lock back in one step.
	lock := target + ".rotating"
	file, err := os.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("secret: %s exists: another rotation is under way, or one was interrupted; remove it if there is none: %w", lock, err)
	}
	if err != nil {
		return fmt.Errorf("secret: rotate keyset: %w", err)
	}
	if err := rotateInto(file, target); err != nil {
		return errors.Join(err, os.Remove(lock))
	}
	if err := os.Rename(lock, target); err != nil {
		return errors.Join(fmt.Errorf("secret: rotate keyset: %w", err), os.Remove(lock))
	}
	if err := syncFolder(filepath.Dir(target)); err != nil {
		return fmt.Errorf("secret: the keyset is rotated, but might not survive a loss of power: %w", err)
	}
	return nil
}

// rotateInto writes the keyset at path, with a new primary key, to file, and closes file.
func rotateInto(file *os.File, path string) error {
	data, info, err := rotation(path)
	if err == nil {
		err = keepAccess(file, info)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	return writeAndClose(file, data)
}

// rotation gives the content of the keyset at path with a new primary key, and what the file is like.
func rotation(path string) ([]byte, fs.FileInfo, error) {
	data, info, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	old, err := parse(data)
	if err != nil {
		return nil, nil, fmt.Errorf("secret: keyset %s is damaged: %w", path, err)
	}
	next, err := old.rotated()
	if err != nil {
		return nil, nil, err
	}
	data, err = next.encode()
	return data, info, err
}

// publishNew puts a complete file at path, and fails with fs.ErrExist if there is one. It hard-links
// because, of the ways to give a finished file its name, only linking never replaces another file.
func publishNew(path string, data []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(folder, filepath.Base(path)+".*.tmp") // with mode 0600
	if err != nil {
		return err
	}
	err = writeAndClose(temp, data)
	if err == nil {
		err = os.Link(temp.Name(), path)
	}
	if err := errors.Join(err, os.Remove(temp.Name())); err != nil {
		return err
	}
	return syncFolder(folder)
}

// writeAndClose returns when the data is on the disk.
func writeAndClose(file *os.File, data []byte) error {
	_, err := file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("secret: write keyset: %w", err)
	}
	return nil
}

// load reads and parses the keyset at path.
func load(path string) (*keys, error) {
	data, _, err := read(path)
	if err != nil {
		return nil, err
	}
	loaded, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("secret: keyset %s is damaged: %w", path, err)
	}
	return loaded, nil
}

// read gives the content of the file at path and what it is like, if only its owner may read it.
func read(path string) (data []byte, info fs.FileInfo, err error) {
	if info, err = os.Stat(path); err != nil {
		return nil, nil, missing(path, err)
	}
	if !info.Mode().IsRegular() { // opening a named pipe would wait for its writer
		return nil, nil, fmt.Errorf("secret: keyset %s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, missing(path, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if info, err = file.Stat(); err != nil {
		return nil, nil, fmt.Errorf("secret: read keyset: %w", err)
	}
	if err := checkAccess(path, info); err != nil {
		return nil, nil, err
	}
	data, err = io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("secret: read keyset: %w", err)
	}
	if len(data) > maxFile {
		return nil, nil, fmt.Errorf("secret: keyset %s is larger than %d bytes", path, maxFile)
	}
	return data, info, nil
}

// missing explains why a keyset could not be opened.
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("secret: there is no keyset at %s; restore it from its backup, or make one with `gatehouse keyset create`: %w", path, err)
	}
	return fmt.Errorf("secret: read keyset: %w", err)
}
