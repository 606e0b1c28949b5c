//go:build unix

package secret

import (
	"io/fs"
	"syscall"
	"testing"
)

func wantOwner(t *testing.T, info fs.FileInfo, uid, gid int) {
	t.Helper()
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("no owner in %T", info.Sys())
	}
	if int(stat.Uid) != uid || (uid != 0 && int(stat.Gid) != gid) {
		t.Errorf("the owner is %d:%d, want %d:%d", stat.Uid, stat.Gid, uid, gid)
	}
}
