package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// reseal seals anew what older keys of the keyset have sealed.
func reseal(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer) (err error) {
	s, a, err := open(ctx, config, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	changed, err := a.Reseal(ctx)
	if err != nil {
		return fmt.Errorf("reseal: %w", err)
	}
	fmt.Fprintf(stdout, "Documents sealed anew: %d\n", changed)
	return nil
}

// backup copies the database of the data folder into another folder.
func backup(ctx context.Context, config Config, folder string, stdout io.Writer) error {
	if config.MongoDBURI != "" {
		return errors.New("backup: is for the embedded store; MongoDB has mongodump and snapshots of its own, see docs/operations.md")
	}
	from, to := filepath.Join(config.Data, databaseFile), filepath.Join(folder, databaseFile)
	if _, err := os.Stat(from); err != nil { // SQLite would say less
		return fmt.Errorf("backup: no data folder: %w", err)
	}
	if err := sqlite.Backup(ctx, from, to); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\nBack the keyset up too, apart from this: %s\n", to, config.keysetFile())
	return nil
}

// copyData copies all collections from one store to another.
func copyData(ctx context.Context, options copyOptions, log *slog.Logger, stdout io.Writer) (err error) {
	if options.From == options.To {
		return errors.New("copy: from and to are the same")
	}
	if !strings.Contains(options.From, "://") { // opening a folder would make it
		if _, err := os.Stat(filepath.Join(options.From, databaseFile)); err != nil {
			return fmt.Errorf("from: no data folder: %w", err)
		}
	}
	// Opening the source as a store delivers what waits in its outboxes.
	s, err := openStore(ctx, options.From, log)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	from, err := openBackend(ctx, options.From)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := openBackend(ctx, options.To)
	if err != nil {
		return fmt.Errorf("to: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	counts, err := store.Copy(ctx, from, to, options.Resume, func(collection string, documents int, comparing bool) {
		verb := "copied"
		if comparing {
			verb = "compared"
		}
		fmt.Fprintf(stdout, "%s: %d %s\n", collection, documents, verb)
	})
	if err != nil {
		return err
	}
	for _, collection := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(stdout, "%s: %d, equal on both sides\n", collection, counts[collection])
	}
	fmt.Fprintln(stdout, "Take the keyset file along: without it no secret opens.")
	return nil
}
