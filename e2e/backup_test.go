package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/e2e/client"
)

// served is what a server has before its data is lost.
type served struct {
	owner, app string
	service    *createdService
}

func serveSome(t *testing.T, p *program) served {
	t.Helper()
	s := served{owner: mustCreateUser(t, p, "steve"), service: mustCreateService(t, p, "service", "secret")}
	s.app = mustCreateApp(t, p, s.owner, "app").Id
	return s
}

// check checks that a server has it all, and that the secrets open.
func (s served) check(t *testing.T, p *program) {
	t.Helper()
	if found := p.ask(t, fmt.Sprintf(`{ app(id: %q) { name user { id } } }`, s.app), "").text(t, "data.app.user.id"); found != s.owner {
		t.Errorf("the owner of the app is %s, want %s", found, s.owner)
	}
	secrets, provider := reveal(t, p, s.service.ManagementApplication.Id)
	if secrets[s.service.ClientSecret.Id] != s.service.ClientSecret.Value || provider != "secret" {
		t.Error("the secrets that were restored are others")
	}
}

// copyFile copies a keyset as an operator does, for its owner only.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, content, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestBackupOfTheDataFolder backs a data folder up while its server serves and apps are made, loses
// the folder, and goes on from the backup.
func TestBackupOfTheDataFolder(t *testing.T) {
	t.Parallel()
	d := onSQLite(t)
	p := d.start(t)
	before := serveSome(t, p)
	stop := make(chan struct{})
	ended, made := make(chan error, 1), 0
	begun := make(chan struct{})
	go func() { // made is read when ended has spoken
		for {
			_, err := client.CreateApp(t.Context(), p.client(), &client.CreateAppInput{UserId: before.owner, Name: fmt.Sprintf("app-%d", made)})
			if err != nil {
				ended <- err
				return
			}
			if made++; made == 1 {
				close(begun)
			}
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
		}
	}()
	<-begun
	saved := filepath.Join(t.TempDir(), "backup")
	mustBackUp(t, d, saved)
	close(stop)
	if err := <-ended; err != nil {
		t.Fatalf("while the backup was made: %v", err)
	}
	after := mustCreateApp(t, p, before.owner, "after").Id
	p.kill(t)
	keys := filepath.Join(t.TempDir(), "keys", "keyset.json")
	copyFile(t, d.keyset, keys)
	if err := os.RemoveAll(d.folder); err != nil {
		t.Fatal(err)
	}
	if mode := modeOf(t, filepath.Join(saved, "gatehouse.db")); mode != 0o600 {
		t.Errorf("the backup has mode %o", mode)
	}
	if _, err := os.Lstat(filepath.Join(saved, "keyset.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the keyset is in the backup of the data: %v", err)
	}

	restored := &data{folder: saved, keyset: filepath.Join(saved, "keyset.json"), key: d.key}
	copyFile(t, keys, restored.keyset)
	p = restored.start(t)
	before.check(t, p)
	n, ok := p.ask(t, `{ apps { totalCount } }`, "").at(t, "data.apps.totalCount").(float64)
	if !ok || n < 2 || int(n) > made+1 {
		t.Errorf("the backup has %v apps, of %d that there were at its end", n, made+1)
	}
	if a := p.ask(t, fmt.Sprintf(`{ app(id: %q) { name } }`, after), ""); strings.Contains(a.body, "after") {
		t.Error("the backup has what was made after it")
	}
	p.stop(t)
	restored.settled(t)
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func mustBackUp(t *testing.T, d *data, folder string) {
	t.Helper()
	code, stdout, stderr := finish(t, []string{"backup", folder}, d.variables()...)
	if code != 0 || !strings.Contains(stdout, "Back the keyset up too, apart from this: "+d.keyset) {
		t.Fatalf("the backup ended with code %d: %s%s", code, stdout, stderr)
	}
}

// TestBackupByCopy backs each store up into a folder with everybody stopped, loses the data, and
// restores it into an empty place of the same kind.
func TestBackupByCopy(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		before := serveSome(t, p)
		p.stop(t)
		saved := onSQLite(t)
		copyAll(t, d, saved)

		restored := onSQLite(t)
		if d.uri != "" {
			restored = onMongoDB(t)
		}
		copyAll(t, saved, restored)
		equalData(t, d, restored)
		restored.key = d.key
		if err := os.Remove(restored.keyset); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		copyFile(t, d.keyset, restored.keyset)
		before.check(t, restored.start(t))
	})
}

func copyAll(t *testing.T, from, to *data) {
	t.Helper()
	if code, stdout, stderr := finish(t, []string{"copy", "--from", from.place(), "--to", to.place()}); code != 0 {
		t.Fatalf("the copy ended with code %d: %s%s", code, stdout, stderr)
	}
}

// TestBackupRefuses checks what cannot be backed up, and what is not overwritten.
func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	d := onSQLite(t)
	d.start(t).stop(t)
	saved := filepath.Join(t.TempDir(), "backup")
	mustBackUp(t, d, saved)
	for _, c := range []struct {
		name, want string
		variables  []string
	}{
		{"over another backup", "is not overwritten", d.variables()},
		{"of no folder", "no data folder", []string{"GATEHOUSE_DATA=" + filepath.Join(t.TempDir(), "none")}},
		{"of MongoDB", "is for the embedded store", []string{"MONGODB_URI=mongodb://db.example.com/x", "GATEHOUSE_KEYSET_FILE=keyset.json"}},
	} {
		if code, stdout, stderr := finish(t, []string{"backup", saved}, c.variables...); code != 1 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("a backup %s ended with code %d: %s%s", c.name, code, stdout, stderr)
		}
	}
}
