// Program plain answers a few questions of the API as a program would that knows no GraphQL: bare
// net/http, the caller looked up by package auth, one call of the store or of package admin, and
// encoding/json. It is what Gatehouse is measured beside, so it does nothing that an answer does not
// need: no telemetry, no bounds, no log, and no query to read, since its paths say what is wanted and
// its bodies hold the variables alone.
//
// Mutations go through package admin as they do behind GraphQL, so that both sides make the same
// commit, audit event included.
//
//	plain --data FOLDER
//	plain --mongodb-uri URI --keyset-file FILE
//
// It prints the address that it listens on, and serves until it is interrupted. GET /metrics tells how
// many objects it has allocated, in the words that Gatehouse uses for it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/secret"
	"gatehouse/store"
	"gatehouse/store/mongodb"
	"gatehouse/store/sqlite"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1) //nolint:gocritic // exitAfterDefer: the signals end with the program
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	flags := flag.NewFlagSet("plain", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "where to listen; port 0 takes a free one")
	data := flags.String("data", "data", "folder of the embedded store")
	uri := flags.String("mongodb-uri", "", "URI of a MongoDB database, in place of the folder")
	keyset := flags.String("keyset-file", "", "keyset; keyset.json in the folder by default")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *keyset == "" {
		*keyset = filepath.Join(*data, "keyset.json")
	}
	keys, err := secret.Open(*keyset)
	if err != nil {
		return fmt.Errorf("open the keyset: %w", err)
	}
	s, err := openStore(ctx, *data, *uri)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log := slog.New(slog.DiscardHandler)
	h := &handler{
		store: s, admin: admin.New(s, keys, time.Now, log),
		callers: auth.NewAuthenticator(auth.AuthenticatorOptions{Store: s, Now: time.Now, Log: log, TenantID: admin.DefaultTenantID}),
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(stdout, "http://%s\n", listener.Addr())
	server := &http.Server{Handler: h.routes(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return server.Shutdown(patience)
	}
}

func openStore(ctx context.Context, folder, uri string) (*store.Store, error) {
	var backend store.Backend
	var err error
	if uri != "" {
		backend, err = mongodb.Open(ctx, uri)
	} else {
		backend, err = sqlite.Open(ctx, filepath.Join(folder, "gatehouse.db"))
	}
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, backend, store.Options{})
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	return s, nil
}
