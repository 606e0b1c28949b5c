// Gatehouse is a GraphQL admin API for the apps that call a platform, the management applications
// that administer it, and how people log in to them.
//
// This package puts the parts together: configuration, store, rules, resolvers, HTTP. It alone
// knows which database is behind the store.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatehouse/admin"
	"gatehouse/admission"
	"gatehouse/auth"
	"gatehouse/oauth"
	"gatehouse/playground"
	"gatehouse/resolvers"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
	"gatehouse/telemetry"
)

func main() {
	tuneCollector(os.Getenv)
	os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

const (
	// startup bounds how long the database may take to answer at the start. What it then has to build
	// takes as long as it takes.
	startup = time.Minute
	// recoveryInterval is how often the remains of crashed processes are looked for.
	recoveryInterval = 30 * time.Second
	databaseFile     = "gatehouse.db"
)

// run is the program: it does what the command line says, and serves until ctx ends or a signal to
// stop comes. It returns the exit code: 0 when all went well, 1 when something failed, 2 when the
// command line or the environment is wrong.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	line, err := parseCommandLine(args, getenv, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	log := line.logger(stderr)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch line.command {
	case commandHelp:
	case commandVersion:
		fmt.Fprintln(stdout, version())
	case commandKeysetCreate:
		_, err = secret.Create(line.Keyset.Create.File)
	case commandKeysetRotate:
		err = secret.Rotate(line.Keyset.Rotate.File)
	case commandKeysetReseal:
		err = reseal(ctx, line.Config, log, stdout)
	case commandBackup:
		err = backup(ctx, line.Config, line.Backup.Folder, stdout)
	case commandCopy:
		err = copyData(ctx, line.Copy, log, stdout)
	case commandCheck:
		err = checkUp(ctx, line.Config, log, stdout)
	case commandTenantCreate:
		err = createTenant(ctx, line.Config, log, stdout, line.Tenant.Create.Name)
	case commandSigningKeys:
		err = replaceSigningKeys(ctx, line.Config, log, stdout)
	case commandTenantKey:
		err = makeTenantKey(ctx, line.Config, log, stdout, line.Tenant.Key.Tenant)
	case commandTenantList:
		err = listTenants(ctx, line.Config, log, stdout)
	default:
		err = serve(ctx, line.Config, log, stdout)
	}
	if err != nil {
		log.ErrorContext(ctx, "gatehouse ends", slog.Any("error", err))
		return 1
	}
	return 0
}

func serve(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer) (err error) {
	options, err := config.graphql()
	if err != nil {
		return err
	}
	t, err := config.Telemetry.telemetry(ctx, log)
	if err != nil {
		return err
	}
	defer endTraces(ctx, t, log)
	if config.MongoDBURI == "" {
		release, err := holdFolder(config.Data)
		if err != nil {
			return err
		}
		// When the store is closed. The system would let go of it anyway.
		defer func() { _ = release() }()
	}
	o, err := patiently(ctx, config, log, func(ctx context.Context) (*beginning, error) { return begin(ctx, config, log, t) })
	if err != nil && ctx.Err() != nil {
		log.InfoContext(ctx, "stopped before it served", slog.Any("error", err))
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.store.Close()) }()
	pages, err := playground.Handler(graphqlPath)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	tokens := auth.NewTokens(o.store, o.signingKeys, time.Now, config.publicURL(listener.Addr()))
	guard, err := config.guard()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	endpoints, err := oauthEndpoints(o.opened, guard, tokens, o.signingKeys, log, t)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	private, err := config.Telemetry.listen(ctx, t, log, probes(log, o.admin))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	// The key is shown this once, so it is made when nothing can fail any more before it is shown.
	firstKey := ""
	if config.AdminKey == "" {
		if firstKey, err = o.admin.FirstKey(ctx); err != nil {
			return errors.Join(fmt.Errorf("make the first admin key: %w", err), listener.Close(), private.close())
		}
	}
	announce(stdout, listener.Addr(), firstKey)
	if options.Trusted != nil {
		log.InfoContext(ctx, "only trusted documents run", slog.Int("documents", options.Trusted.Len()))
	}
	if config.MongoDBURI != "" && config.PublicURL == "" {
		log.WarnContext(ctx, "GATEHOUSE_PUBLIC_URL (--public-url) is not set: other processes on this MongoDB refuse the access tokens of this one")
	}
	callers := auth.NewAuthenticator(auth.AuthenticatorOptions{
		Store: o.store, Now: time.Now, Log: log, ConfiguredKey: config.AdminKey, TenantID: admin.DefaultTenantID,
		Tokens: tokens,
		People: o.people, Observe: observeCredentials(t),
	})
	options.Admit = guard.admit
	server := guard.server(routes(config, log, t, o.admin, callers, guard, resolvers.Handler(o.admin, log, options), endpoints, pages), log)
	watch(t, o.opened, o.signingKeys, guard)
	return serveUntil(ctx, server, listener, config.Admission.graceful(), func(ctx context.Context) {
		var jobs sync.WaitGroup
		jobs.Go(func() { private.serve(ctx) })
		jobs.Go(func() { o.admin.RecoverEvery(ctx, recoveryInterval) })
		jobs.Go(func() { o.signingKeys.PrepareEvery(ctx, log) })
		jobs.Go(func() { checkFile(ctx, o.database, log) })
		jobs.Wait()
	})
}

// oauthEndpoints makes the endpoints of the authorization server.
func oauthEndpoints(o *opened, guard *guard, tokens *auth.Tokens, signingKeys *auth.SigningKeys, log *slog.Logger, t *telemetry.Telemetry) (http.Handler, error) {
	return oauth.Handler(oauth.Options{
		Store: o.store, Keyset: o.keyset, Tokens: tokens, SigningKeys: signingKeys,
		Now: time.Now, Log: log, ClientAddress: guard.address, Observe: observeClients(t),
	})
}

// serveUntil serves until ctx ends, then gives the requests in flight the time graceful to end. background runs beside,
// and is over when serveUntil returns.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, graceful time.Duration, background func(context.Context)) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		background(ctx)
	}()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		patience, done := context.WithTimeout(context.WithoutCancel(ctx), graceful)
		err = server.Shutdown(patience)
		done()
		if err != nil { // nobody may work on the store when it is closed
			err = errors.Join(err, server.Close())
		}
	}
	cancel()
	<-ended
	return err
}

// opened is the store, the keyset that seals its secrets, and the rules over both.
type opened struct {
	store  *store.Store
	keyset *secret.Keyset
	admin  *admin.Admin
	// database is the backend of the store.
	database database
}

func (o *opened) signingKeys(config Config) *auth.SigningKeys {
	return auth.NewSigningKeys(o.store, o.keyset, time.Now, config.SigningKeyLifetime)
}

// open opens the store, which the caller closes, and the keyset that belongs to it, and makes what every
// store has. observe, unless nil, sees the calls of the store.
func open(ctx context.Context, config Config, log *slog.Logger, observe *telemetry.Telemetry) (*opened, error) {
	at := config.MongoDBURI
	if at == "" {
		at = config.Data
	}
	s, backend, err := openStore(ctx, at, log, observe)
	if err != nil {
		return nil, err
	}
	// Only the embedded store makes a keyset: many processes would each make their own.
	openKeyset := secret.Open
	if config.KeysetFile == "" {
		openKeyset = secret.OpenOrCreate
	}
	keys, err := openKeyset(config.keysetFile())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the keyset: %w", err), s.Close())
	}
	o := &opened{database: backend, store: s, keyset: keys, admin: admin.New(s, keys, time.Now, log)}
	checking, done := context.WithTimeout(ctx, startup)
	defer done()
	if err := o.admin.CheckKeyset(checking); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", config.keysetFile(), err), s.Close())
	}
	if err := o.admin.EnsureDefaultTenant(checking); err != nil {
		return nil, errors.Join(fmt.Errorf("make the default tenant: %w", err), s.Close())
	}
	return o, nil
}

func openStore(ctx context.Context, at string, log *slog.Logger, observe *telemetry.Telemetry) (*store.Store, database, error) {
	backend, err := openBackend(ctx, at)
	if err != nil {
		return nil, nil, err
	}
	var seen store.Backend = backend
	if observe != nil {
		seen = observe.Observe(backend)
	}
	s, err := store.Open(ctx, seen, store.Options{Log: log, Lend: admission.Lend})
	if err != nil {
		return nil, nil, errors.Join(err, backend.Close())
	}
	return s, backend, nil
}

// database is a backend that tells of its connections, as both do.
type database interface {
	store.Backend
	store.Pooled
}

// openBackend opens the MongoDB database of a URI, or the embedded store in a folder.
func openBackend(ctx context.Context, at string) (database, error) {
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	if isMongoDB(at) {
		backend, err := mongodb.Open(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("open MongoDB: %w", err)
		}
		return backend, nil
	}
	if strings.Contains(at, "://") { // a mistyped URI, which may have a password in it
		return nil, errors.New("neither a folder nor a URI that begins with mongodb:// or mongodb+srv://")
	}
	backend, err := sqlite.Open(ctx, filepath.Join(at, databaseFile))
	if err != nil {
		return nil, fmt.Errorf("open the data folder %s: %w", at, err)
	}
	return backend, nil
}

// announce tells where the playground is and, the first time, the admin key. The link carries the
// key in its fragment, which browsers do not send.
func announce(w io.Writer, address net.Addr, firstKey string) {
	link := "http://" + address.String() + playground.Path
	if firstKey == "" {
		fmt.Fprintf(w, "Playground: %s\n", link)
		return
	}
	fmt.Fprintf(w, "Admin key (shown this once): %s\n", firstKey)
	fmt.Fprintf(w, "Playground: %s#key=%s\n", link, url.QueryEscape(firstKey))
}
