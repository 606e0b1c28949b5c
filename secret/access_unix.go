//go:build unix

package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkAccess refuses a keyset file that more people may use than have to.
func checkAccess(path string, info fs.FileInfo) error {
	owner := os.Geteuid()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(stat.Uid)
	}
	if mode := info.Mode().Perm(); !private(mode, owner, os.Geteuid()) {
		return fmt.Errorf("secret: keyset %s can be used by others than its owner (mode %04o): run chmod 600 %s", path, mode, path)
	}
	return nil
}

// private says whether nobody but the owner may use a file of this mode. A file of root's may also be
// readable for one group, as long as it is not root who asks: Kubernetes and systemd hand secrets over
// like this, and whoever can change that group is root. PostgreSQL has the same rule for the keys of
// its certificates.
func private(mode fs.FileMode, owner, user int) bool {
	if owner == 0 && user != 0 {
		return mode&0o037 == 0
	}
	return mode&0o077 == 0
}

// keepAccess gives file the mode and the owner of another. The owner differs when root rotates the
// keyset of the server's user, who must still be able to read it.
func keepAccess(file *os.File, like fs.FileInfo) error {
	if err := file.Chmod(like.Mode().Perm()); err != nil {
		return fmt.Errorf("secret: keep the mode of the keyset: %w", err)
	}
	owner, ok := like.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("secret: keep the owner of the keyset: %w", err)
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
