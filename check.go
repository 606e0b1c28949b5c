package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
)

// examination is a run of the check command. It prints one line for each thing that it looks at: a
// verdict, what it is about, and what was found.
type examination struct {
	config Config
	log    *slog.Logger
	stdout io.Writer

	checks, failures int
	// view is the store as it is, nil where there is none to look into.
	view *store.Store
	// unbuilt is what the next start would build in it.
	unbuilt []string
	// backend is what is behind the view.
	backend inspectable
}

// checkUp looks at whatever a start needs, and changes nothing: no folder, file, collection or index is
// made. The configuration has been found valid already. It fails when a start would, or when
// nobody could sign in.
func checkUp(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer) error {
	patient := ctx
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	x := &examination{config: config, log: log, stdout: stdout}
	x.ok("configuration", "valid")
	x.publicURL()
	x.documents()
	x.database(ctx)
	x.file(patient)
	x.keyset(ctx)
	x.provider(ctx)
	if x.view != nil {
		if err := x.view.Close(); err != nil {
			return fmt.Errorf("close the store: %w", err)
		}
	}
	if x.failures > 0 {
		return fmt.Errorf("%d of %d checks failed", x.failures, x.checks)
	}
	return nil
}

func (x *examination) line(verdict, about, found string) {
	x.checks++
	fmt.Fprintf(x.stdout, "%-7s  %s: %s\n", verdict, about, strings.ReplaceAll(found, "\n", "; "))
}

func (x *examination) ok(about, found string)   { x.line("ok", about, found) }
func (x *examination) warn(about, found string) { x.line("warning", about, found) }

func (x *examination) fail(about string, err error) {
	x.failures++
	x.line("failed", about, err.Error())
}

// publicURL looks at what the form of the URL, which is right, leads to.
func (x *examination) publicURL() {
	const about = "public URL"
	text := x.config.PublicURL
	switch u, err := url.Parse(text); {
	case text == "" && x.config.MongoDBURI != "":
		x.warn(about, "not set; processes on one MongoDB refuse each other's access tokens")
	case text == "":
		x.ok(about, "http:// and the address that the server listens on")
	case err != nil: // the configuration was checked
		x.fail(about, err)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		x.warn(about, text+" is without TLS; credentials travel in the clear")
	default:
		x.ok(about, text)
	}
}

// documents looks whether the trusted documents can be read, where there are to be any.
func (x *examination) documents() {
	const about = "trusted documents"
	if x.config.HTTP.TrustedDocuments == "" {
		return
	}
	if _, err := x.config.graphql(); err != nil {
		x.fail(about, err)
		return
	}
	x.ok(about, x.config.HTTP.TrustedDocuments+" can be read")
}

func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (address != nil && address.IsLoopback())
}

// inspectable is a backend that tells what a start would build.
type inspectable interface {
	store.Backend
	Unbuilt(ctx context.Context, catalogue []*store.Schema) ([]string, error)
}

func (x *examination) inspect(ctx context.Context) (inspectable, error) {
	if x.config.MongoDBURI == "" {
		return sqlite.Inspect(ctx, filepath.Join(x.config.Data, databaseFile))
	}
	return mongodb.Open(ctx, x.config.MongoDBURI)
}

// database looks whether the store answers, and what a start would build in it.
func (x *examination) database(ctx context.Context) {
	const about = "store"
	backend, err := x.inspect(ctx)
	switch {
	case x.config.MongoDBURI == "" && errors.Is(err, fs.ErrNotExist):
		x.ok(about, "there is none in "+x.config.Data+" yet; the first start makes it")
		return
	case err != nil:
		x.fail(about, err)
		return
	}
	catalogue := store.Catalogue()
	if x.unbuilt, err = backend.Unbuilt(ctx, catalogue); err == nil {
		x.view, err = store.View(backend)
	}
	if err != nil {
		x.fail(about, errors.Join(err, backend.Close()))
		return
	}
	x.backend = backend
	if len(x.unbuilt) > 0 {
		x.ok(about, fmt.Sprintf("answers; the next start builds %d collections and indexes, such as %s", len(x.unbuilt), x.unbuilt[0]))
		return
	}
	x.ok(about, fmt.Sprintf("answers; all %d collections are built", len(catalogue)))
}

// file walks through the whole file of the embedded store, which a start does with a small one only. It
// takes what reading the file takes, so that nothing else bounds it.
func (x *examination) file(ctx context.Context) {
	const about = "database file"
	file, ok := x.backend.(checkable)
	if !ok {
		return
	}
	if err := file.Check(ctx); err != nil {
		x.fail(about, err)
		return
	}
	x.ok(about, "its structure is whole")
}

// keyset looks whether the keyset opens what is stored.
func (x *examination) keyset(ctx context.Context) {
	const about = "keyset"
	path := x.config.keysetFile()
	keys, err := secret.Open(path)
	if errors.Is(err, fs.ErrNotExist) && x.config.KeysetFile == "" && x.view == nil && x.failures == 0 {
		x.ok(about, "there is none yet; the first start makes it")
		return
	}
	if err != nil {
		x.fail(about, err)
		return
	}
	if x.view == nil || slices.Contains(x.unbuilt, "keysetChecks") {
		x.ok(about, path+" can be read; there is nothing stored that it could be compared with")
		return
	}
	stored, err := admin.New(x.view, keys, time.Now, x.log).VerifyKeyset(ctx)
	switch {
	case err != nil:
		x.fail(about, fmt.Errorf("%s: %w", path, err))
	case !stored:
		x.ok(about, path+" can be read; there is nothing stored that it could be compared with")
	default:
		x.ok(about, path+" opens what is stored")
	}
}

// provider looks whether the OpenID provider shows its keys. A server starts without, and lets nobody
// in who comes from there; whoever asks beforehand wants to know.
func (x *examination) provider(ctx context.Context) {
	const about = "OpenID provider"
	config := x.config.OIDC
	if config.Issuer == "" {
		return
	}
	if x.view == nil || slices.Contains(x.unbuilt, "tenants") {
		if config.Tenant != "" && config.Tenant != admin.DefaultTenantID {
			x.fail(about, oidcProblem("tenant", errors.New("there is no store to look for it in")))
		}
		config.Tenant = ""
	}
	people, err := config.people(ctx, x.view, time.Now)
	if err != nil {
		x.fail(about, err)
		return
	}
	if known, ok := people.(*auth.OIDCPeople); ok {
		if err := known.Check(ctx); err != nil {
			x.fail(about, err)
			return
		}
	}
	x.ok(about, config.Issuer+" shows its keys")
}
