//go:build unix

package secret

import (
	"io/fs"
	"testing"
)

func TestPrivate(t *testing.T) {
	for _, test := range []struct {
		mode        fs.FileMode
		owner, user int
		want        bool
	}{
		{0o600, 1000, 1000, true},
		{0o400, 1000, 1000, true},
		{0o600, 0, 0, true},
		{0o440, 0, 65532, true},
		{0o640, 0, 65532, true},
		{0o400, 0, 65532, true},
		{0o440, 0, 0, false},
		{0o440, 65532, 65532, false},
		{0o440, 1000, 65532, false},
		{0o460, 0, 65532, false},
		{0o450, 0, 65532, false},
		{0o444, 0, 65532, false},
		{0o404, 0, 65532, false},
		{0o442, 0, 65532, false},
	} {
		if got := private(test.mode, test.owner, test.user); got != test.want {
			t.Errorf("mode %04o of user %d is private for user %d: %t, want %t", test.mode, test.owner, test.user, got, test.want)
		}
	}
}
