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

	"gatehouse/model"
	"gatehouse/store"
	"gatehouse/store/sqlite"
)

// reseal seals anew what older keys of the keyset have sealed.
func reseal(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer) error {
	return with(ctx, config, log, func(o *opened) error {
		changed, err := o.admin.Reseal(ctx)
		if err != nil {
			return fmt.Errorf("reseal: %w", err)
		}
		return say(stdout, "Documents sealed anew: %d\n", changed)
	})
}

// with opens what the server works on, for a command that runs beside it.
func with(ctx context.Context, config Config, log *slog.Logger, do func(*opened) error) (err error) {
	o, err := open(ctx, config, log, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.store.Close()) }()
	return do(o)
}

// replaceSigningKeys ends all keys that sign access tokens, for when one may have leaked.
func replaceSigningKeys(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer) error {
	return with(ctx, config, log, func(o *opened) error {
		if err := o.signingKeys(config).Replace(ctx); err != nil {
			return fmt.Errorf("replace the signing keys: %w", err)
		}
		return say(stdout, "Every access token issued before is refused. Clients get new ones by themselves.\n")
	})
}

// createTenant makes a tenant and shows its first admin key.
func createTenant(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer, name string) error {
	return with(ctx, config, log, func(o *opened) error {
		tenant, key, err := o.admin.CreateTenant(ctx, name)
		if err != nil {
			return fmt.Errorf("create the tenant: %w", err)
		}
		return say(stdout, "Tenant: %s\nAdmin key (shown this once): %s\n", tenant.ID, key)
	})
}

// makeTenantKey makes and shows one more admin key of a tenant.
func makeTenantKey(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer, id string) error {
	return with(ctx, config, log, func(o *opened) error {
		key, err := o.admin.TenantKey(ctx, id)
		if err != nil {
			return fmt.Errorf("make a key for the tenant %q: %w", id, err)
		}
		return say(stdout, "Admin key (shown this once): %s\n", key)
	})
}

// listTenants prints the tenants, one a line: a name has neither tabs nor line ends.
func listTenants(ctx context.Context, config Config, log *slog.Logger, stdout io.Writer) error {
	return with(ctx, config, log, func(o *opened) error {
		return o.admin.Tenants(ctx, func(tenant *model.Tenant) error {
			return say(stdout, "%s\t%s\t%s\n", tenant.ID, model.FormatDateTime(tenant.CreatedAt), tenant.Name)
		})
	})
}

// say writes what the operator needs: a key that nobody could read is lost, so a failure counts.
func say(stdout io.Writer, format string, values ...any) error {
	if _, err := fmt.Fprintf(stdout, format, values...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
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
	releaseSource, err := holdPlace(options.From)
	if err != nil {
		return fmt.Errorf("from: %w", err)
	}
	defer func() { err = errors.Join(err, releaseSource()) }()
	// Opening the source as a store delivers what waits in its outboxes.
	s, _, err := openStore(ctx, options.From, log, nil)
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
	releaseTarget, err := holdPlace(options.To)
	if err != nil {
		return fmt.Errorf("to: %w", err)
	}
	defer func() { err = errors.Join(err, releaseTarget()) }()
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
