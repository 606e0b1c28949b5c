//go:build !unix

package secret

import (
	"io/fs"
	"testing"
)

func wantOwner(*testing.T, fs.FileInfo, int, int) {}
