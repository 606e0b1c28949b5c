package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"gatehouse/auth"
	"gatehouse/store"
	"gatehouse/telemetry"
)

const (
	// startPause is how long a server waits before it asks a MongoDB that was away for the second time;
	// it doubles with each time, up to longestStartPause.
	startPause        = 250 * time.Millisecond
	longestStartPause = 5 * time.Second
)

// beginning is what a server has when its store is ready.
type beginning struct {
	*opened
	signingKeys *auth.SigningKeys
	people      auth.People
}

// begin opens the store, which the caller closes, finishes what a crash left in it, and makes what a
// server needs there.
func begin(ctx context.Context, config Config, log *slog.Logger, t *telemetry.Telemetry) (b *beginning, err error) {
	o, err := open(ctx, config, log, t)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.store.Close())
		}
	}()
	if err := o.admin.Recover(ctx); err != nil {
		return nil, fmt.Errorf("finish what a crash left: %w", err)
	}
	b = &beginning{opened: o, signingKeys: o.signingKeys(config)}
	if err := b.signingKeys.Prepare(ctx); err != nil {
		return nil, fmt.Errorf("make the signing keys: %w", err)
	}
	b.people, err = config.OIDC.people(ctx, o.store, time.Now)
	return b, err
}

// patiently tries begin again while MongoDB does not answer, until the configured time is over. What
// has other reasons, such as credentials that are refused, is not tried again, and neither is a data
// folder, which nobody else will bring back.
//
// It happens before the server listens: one that took requests would answer every one of them
// UNAVAILABLE, would have no key to show, and could not tell a wrong configuration from a database
// that is late. Whoever probes it sees a port that is closed, and should not end it for that before
// the time is over; docs/faults.md says how.
func patiently[T any](ctx context.Context, config Config, log *slog.Logger, begin func(context.Context) (T, error)) (T, error) {
	start := time.Now()
	for attempt, pause := 1, startPause; ; attempt, pause = attempt+1, min(2*pause, longestStartPause) {
		begun, err := begin(ctx)
		if err == nil && attempt > 1 {
			log.InfoContext(ctx, "MongoDB answers", slog.Int("attempts", attempt), slog.Duration("after", time.Since(start)))
		}
		if err == nil || config.MongoDBURI == "" || !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
			return begun, err
		}
		// Servers that a power cut has ended together should not come back together.
		wait := pause/2 + rand.N(pause/2) //nolint:gosec // G404: spreads servers, guards nothing
		if time.Since(start)+wait >= config.Start.StartupTimeout {
			return begun, fmt.Errorf("MongoDB did not answer within %s (GATEHOUSE_STARTUP_TIMEOUT): %w", config.Start.StartupTimeout, err)
		}
		log.WarnContext(ctx, "MongoDB does not answer; the start goes on when it does",
			slog.Int("attempt", attempt), slog.Duration("again", wait), slog.Any("error", err))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return begun, ctx.Err()
		}
	}
}
