//go:build unix

package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// checkAccess refuses a keyset file that anybody but its owner may use.
func checkAccess(path string, info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("secret: keyset %s can be used by others than its owner (mode %04o): run chmod 600 %s", path, mode, path)
	}
	return nil
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
