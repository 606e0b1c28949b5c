package admin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

// Recover finishes what crashed processes left unfinished: audit events that wait in their
// documents, and the consequences of deletions and deactivations. It may run at any time and in
// several processes at once; what a request is still doing gets done once all the same.
func (a *Admin) Recover(ctx context.Context) error {
	if err := a.store.Recover(ctx); err != nil {
		return err
	}
	return a.store.Users.Unfinished(ctx, func(u store.Unfinished[model.User]) error {
		return a.cascade(ctx, a.system(u.Doc.TenantID), u.Doc.ID, u.Task)
	})
}

// RecoverEvery runs Recover at every interval until the context ends.
func (a *Admin) RecoverEvery(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := a.Recover(ctx); err != nil && !errors.Is(err, context.Canceled) {
				a.log.WarnContext(ctx, "recovery did not finish; it will be tried again", slog.Any("error", err))
			}
		}
	}
}

// cascade does what a user's task says.
func (a *Admin) cascade(ctx context.Context, call call, userID, task string) error {
	var err error
	switch task {
	case taskDeactivateApps:
		_, err = a.deactivateApps(ctx, call, userID)
	case taskDeleteApps:
		_, err = a.deleteApps(ctx, call, userID)
	}
	return err
}
