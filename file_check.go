package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/store/sqlite"
)

// checkable is a database in a file whose structure can be checked, as the embedded store is.
type checkable interface {
	// Checked says whether opening it has checked all of it.
	Checked() bool
	// Check fails with sqlite.ErrDamaged when the file is damaged.
	Check(ctx context.Context) error
}

// checkFile looks at what the start has left unread of the embedded store's file, while the server serves:
// the start would otherwise take as long as reading the file takes. Once damage is found the server is
// not ready any more, as one is not that has found it at its start; it still answers, so that whoever
// operates it decides when it goes.
func checkFile(ctx context.Context, db database, log *slog.Logger) {
	file, ok := db.(checkable)
	if !ok || file.Checked() {
		return
	}
	began := time.Now()
	err := file.Check(ctx)
	switch {
	case errors.Is(err, sqlite.ErrDamaged):
		log.ErrorContext(ctx, "the database file is damaged; the server is not ready any more", slog.Any("error", err))
	case err != nil && ctx.Err() == nil:
		log.WarnContext(ctx, "the database file could not be checked", slog.Any("error", err))
	case err == nil:
		log.InfoContext(ctx, "the database file was checked", slog.Duration("took", time.Since(began)))
	}
}
