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
	return errors.Join(
		a.store.Users.Unfinished(ctx, func(u store.Unfinished[model.User]) error {
			return a.cascade(ctx, a.system(u.Doc.TenantID), u.Doc.ID, u.Task)
		}),
		a.store.ManagementApplications.Unfinished(ctx, func(u store.Unfinished[model.ManagementApplication]) error {
			return a.cascade(ctx, a.system(u.Doc.TenantID), u.Doc.ID, u.Task)
		}),
		a.store.Roles.Unfinished(ctx, func(u store.Unfinished[model.Role]) error {
			return a.cascade(ctx, a.system(u.Doc.TenantID), u.Doc.ID, u.Task)
		}),
	)
}

// RecoverEvery runs Recover at every interval until the context ends, removes what has expired, and
// follows rotations of the keyset.
func (a *Admin) RecoverEvery(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			err := a.Recover(ctx)
			a.done.note(a.now(), err)
			if err != nil && !errors.Is(err, context.Canceled) {
				a.log.WarnContext(ctx, "recovery did not finish; it will be tried again", slog.Any("error", err))
			}
			removed, err := a.store.RemoveExpired(ctx, a.now())
			a.done.removed.Add(int64(removed))
			if err != nil && !errors.Is(err, context.Canceled) {
				a.log.WarnContext(ctx, "what has expired was not removed; it will be tried again", slog.Any("error", err))
			}
			if err := a.followKeyset(ctx); err != nil && !errors.Is(err, context.Canceled) {
				a.log.WarnContext(ctx, "the keyset in use does not open what is stored", slog.Any("error", err))
			}
		}
	}
}

// cascade does what the task of a document says.
func (a *Admin) cascade(ctx context.Context, call call, id, task string) error {
	var err error
	switch task {
	case taskDeactivateApps:
		_, err = a.deactivateApps(ctx, call, id)
	case taskDeleteUserDependents:
		_, err = a.deleteUserDependents(ctx, call, id)
	case taskDeleteManagementApplicationDependents:
		_, err = a.deleteManagementApplicationDependents(ctx, call, id)
	case taskDeleteRoleDependents:
		_, err = a.deleteRoleDependents(ctx, call, id)
	}
	return err
}

// cascadeBatch is how many dependents of a document are read at once.
const cascadeBatch = 200

// each calls do for every document of a query. One that somebody else has deleted meanwhile counts
// as done.
func each[T any](ctx context.Context, call call, c *store.Collection[T], q store.Query, do func(*T) error) error {
	q.Limit, ctx = cascadeBatch, store.WithoutAllowance(ctx)
	for {
		found, err := c.Find(ctx, call.TenantID, q)
		if err != nil {
			return public(err, c.Schema())
		}
		for _, doc := range found {
			if err := do(doc); err != nil && !isNotFound(err) {
				return err
			}
		}
		if len(found) < cascadeBatch {
			return nil
		}
		last := c.Position(found[len(found)-1], q.OrderBy)
		q.After = &last
	}
}
