package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// lockFile is the file in a data folder that is locked as long as a process serves from the folder or
// copies it. It stays when the process ends: whoever removed it would let the next two in, one with
// the old file and one with a new.
const lockFile = "gatehouse.lock"

// errInUse says that another process has a data folder for itself.
var errInUse = errors.New("another gatehouse serves from this data folder or copies it; stop that one first, or use MongoDB, which several may serve from")

// holdFolder makes a data folder if there is none, and has it for this process alone until release is
// called; errInUse when another process has it. The lock is the operating system's, which lets go
// of it when the process ends, however it ends.
//
// SQLite itself would let several processes write to one file, and the commands that work beside a
// server rely on it; they do not hold the folder. But an operator who starts a second server on the
// folder of the first has meant another folder, or takes the embedded store for one of many machines,
// which it is not on a file system of a network.
func holdFolder(folder string) (release func() error, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(folder, lockFile), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder %s: %w", folder, err)
	}
	if !held {
		return nil, fmt.Errorf("%s: %w", folder, errInUse)
	}
	return lock.Unlock, nil
}

// holdPlace holds what the copy command copies from or to, if that is a folder. The processes on a
// MongoDB database have no lock that this one could ask.
func holdPlace(at string) (release func() error, err error) {
	if strings.Contains(at, "://") {
		return func() error { return nil }, nil
	}
	return holdFolder(at)
}
