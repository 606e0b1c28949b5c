package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/Khan/genqlient/graphql"

	"gatehouse/e2e/client"
)

const (
	keysetWriters = 3
	keysetReaders = 2
	// settledServices are there before the rotation, and are only read during it.
	settledServices = 12
)

// rotating rotates the secrets of management applications of its own until stop is closed, and
// remembers what must open afterwards.
type rotating struct {
	client graphql.Client
	number int
	// secrets are those of the clients, by ID of the application and of the secret.
	secrets map[string]map[string]string
	// providers are the secrets of the login methods, by ID of the application.
	providers map[string]string
}

func (r *rotating) work(t *testing.T, stop <-chan struct{}) error {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return nil
		default:
		}
		made, err := client.CreateService(t.Context(), r.client, fmt.Sprintf("service-%d-%d", r.number, i), "first")
		if err != nil {
			return err
		}
		id, first := made.CreateManagementApplication.ManagementApplication.Id, made.CreateManagementApplication.ClientSecret
		second, err := client.GenerateSecret(t.Context(), r.client, first.ClientId)
		if err != nil {
			return err
		}
		if _, err := client.RevokeSecret(t.Context(), r.client, first.ClientId, first.Id); err != nil {
			return err
		}
		provider := fmt.Sprintf("provider-%d-%d", r.number, i)
		if _, err := client.ReplaceProviderSecret(t.Context(), r.client, id, provider); err != nil {
			return err
		}
		fresh := second.GenerateClientSecret.ClientSecret
		r.secrets[id], r.providers[id] = map[string]string{fresh.Id: fresh.Value}, provider
		if err := checkRevealed(t, r.client, id, r.secrets[id], provider); err != nil {
			return err
		}
	}
}

// checkRevealed compares the secrets of a management application with what they must be.
func checkRevealed(t *testing.T, c graphql.Client, id string, want map[string]string, wantProvider string) error {
	found, err := client.RevealService(t.Context(), c, id)
	if err != nil {
		return err
	}
	secrets, provider, err := revealed(found)
	if err != nil {
		return err
	}
	if provider != wantProvider || len(secrets) != len(want) {
		return fmt.Errorf("%s has %d secrets of its client and another one of its login method", id, len(secrets))
	}
	for secretID, value := range want {
		if secrets[secretID] != value {
			return errors.New("the secret " + secretID + " is another")
		}
	}
	return nil
}

// TestKeysetRotationUnderLoad rotates the keyset and reseals what is stored while a server goes on
// making, changing and revealing secrets. Nothing fails, and afterwards everything opens.
func TestKeysetRotationUnderLoad(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		settled := &rotating{client: p.client(), secrets: map[string]map[string]string{}, providers: map[string]string{}}
		for i := range settledServices {
			made := mustCreateService(t, p, fmt.Sprintf("settled-%d", i), "settled")
			id := made.ManagementApplication.Id
			settled.secrets[id], settled.providers[id] = map[string]string{made.ClientSecret.Id: made.ClientSecret.Value}, "settled"
		}
		stop := make(chan struct{})
		var end sync.WaitGroup
		failures := make(chan error, keysetWriters+keysetReaders)
		all := []*rotating{settled}
		for i := range keysetWriters {
			r := &rotating{client: p.client(), number: i, secrets: map[string]map[string]string{}, providers: map[string]string{}}
			all = append(all, r)
			end.Go(func() { failures <- r.work(t, stop) })
		}
		for range keysetReaders {
			end.Go(func() { failures <- settled.read(t, stop) })
		}
		d.keysetCommand(t, "rotate", d.keyset)
		resealed := d.keysetCommand(t, "reseal")
		close(stop)
		end.Wait()
		close(failures)
		for err := range failures {
			if err != nil {
				t.Errorf("while the keyset was rotated: %v", err)
			}
		}
		if strings.Contains(resealed, "anew: 0\n") {
			t.Errorf("there was nothing to reseal: %s", resealed)
		}
		p.stop(t)
		// The server may have sealed with the old key until it met the new one.
		d.keysetCommand(t, "reseal")
		if again := d.keysetCommand(t, "reseal"); again != "Documents sealed anew: 0\n" {
			t.Errorf("sealing anew is not finished: %s", again)
		}
		next := d.start(t)
		for _, r := range all {
			for id, want := range r.secrets {
				if err := checkRevealed(t, next.client(), id, want, r.providers[id]); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// read reveals the secrets again and again until stop is closed.
func (r *rotating) read(t *testing.T, stop <-chan struct{}) error {
	for {
		for id, want := range r.secrets {
			select {
			case <-stop:
				return nil
			default:
			}
			if err := checkRevealed(t, r.client, id, want, r.providers[id]); err != nil {
				return err
			}
		}
	}
}

// keysetCommand runs a keyset command on the data and returns what it printed.
func (d *data) keysetCommand(t *testing.T, arguments ...string) string {
	t.Helper()
	code, stdout, stderr := finish(t, append([]string{"keyset"}, arguments...), d.variables()...)
	if code != 0 {
		t.Fatalf("keyset %v ended with code %d and printed\n%s\n%s", arguments, code, stdout, stderr)
	}
	return stdout
}

// TestAnotherKeyset checks that a server does not start with a keyset that does not open what is
// stored, and says so.
func TestAnotherKeyset(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		made := mustCreateService(t, p, "service", "secret")
		p.stop(t)
		listen := "GATEHOUSE_LISTEN=127.0.0.1:0"
		other := newKeyset(t)
		for what, variables := range map[string][]string{
			"another keyset":   append(d.variables(), listen, "GATEHOUSE_KEYSET_FILE="+other),
			"a missing keyset": append(d.variables(), listen, "GATEHOUSE_KEYSET_FILE="+other+".missing"),
		} {
			code, stdout, stderr := finish(t, nil, variables...)
			if code != 1 || strings.Contains(stdout, "Playground") || !strings.Contains(stderr, other) || !strings.Contains(stderr, "keyset") {
				t.Errorf("%s: ended with code %d and printed\n%s\n%s", what, code, stdout, stderr)
			}
		}
		if _, _, stderr := finish(t, nil, append(d.variables(), listen, "GATEHOUSE_KEYSET_FILE="+other)...); !strings.Contains(stderr, "the keyset does not open what is stored") {
			t.Errorf("the message is not clear: %s", stderr)
		}
		next := d.start(t)
		if secrets, provider := reveal(t, next, made.ManagementApplication.Id); secrets[made.ClientSecret.Id] != made.ClientSecret.Value || provider != "secret" {
			t.Error("with its own keyset the store shows other secrets")
		}
	})
}

// TestKeysetFiles checks what becomes of the file itself.
func TestKeysetFiles(t *testing.T) {
	t.Parallel()
	file := newKeyset(t)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("the keyset file is %v %v", info, err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := finish(t, []string{"keyset", "create", file}); code != 1 || !strings.Contains(stderr, file) {
		t.Errorf("a second creation ended with code %d: %s", code, stderr)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("a second creation changed the file (%v)", err)
	}
	if code, _, stderr := finish(t, []string{"keyset", "rotate", file + ".missing"}); code != 1 || !strings.Contains(stderr, "there is no keyset") {
		t.Errorf("the rotation of nothing ended with code %d: %s", code, stderr)
	}
	code, stdout, stderr := finish(t, nil, "MONGODB_URI=mongodb://127.0.0.1:1/", "GATEHOUSE_LISTEN=127.0.0.1:0")
	if code != 2 || stdout != "" || !strings.Contains(stderr, "GATEHOUSE_KEYSET_FILE (--keyset-file)") {
		t.Errorf("MongoDB without a keyset ended with code %d: %s%s", code, stdout, stderr)
	}
}
