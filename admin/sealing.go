package admin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"iter"
	"maps"

	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

// guarded is a document with secrets in it.
type guarded interface {
	Base() *model.Entity
	Secrets() iter.Seq2[string, *model.Secret]
}

// binding is what a sealed value belongs to; elsewhere it does not open.
func binding(s subject, base *model.Entity, path string) secret.Binding {
	return secret.BindingOf(string(s), base, path)
}

// seal seals every secret of a document that waits for it. Documents without secrets are left alone.
func (a *Admin) seal(s subject, doc any) error {
	holder, ok := doc.(guarded)
	if !ok {
		return nil
	}
	for path, value := range holder.Secrets() {
		err := value.SealWith(func(plain []byte) ([]byte, error) {
			return a.keys.Seal(plain, binding(s, holder.Base(), path))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keep puts what is stored in the place of secrets that are given again unchanged, so that they are
// no change: sealed anew they would differ.
func (a *Admin) keep(s subject, before, after any) {
	was, ok := before.(guarded)
	is, too := after.(guarded)
	if !ok || !too {
		return
	}
	stored := maps.Collect(was.Secrets())
	for path, value := range is.Secrets() {
		plain, waits := value.Plain()
		if !waits || stored[path] == nil {
			continue
		}
		// What does not open is replaced by what is given.
		opened, err := a.keys.Open(stored[path].Sealed(), binding(s, is.Base(), path))
		if err == nil && subtle.ConstantTimeCompare(opened, []byte(plain)) == 1 {
			*value = *model.SealedSecret(stored[path].Sealed())
		}
	}
}

// Reveal opens a secret that a field of the schema led to. The audit trail has recorded it before the
// caller sees anything; when it cannot, nobody sees anything.
func (a *Admin) Reveal(ctx context.Context, value *model.Secret) (*string, error) {
	if value == nil {
		return nil, nil //nolint:nilnil // the schema says null where there is no secret
	}
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	place := value.Place()
	owner, ok := place.Owner.(guarded)
	if !ok {
		return nil, errors.New("reveal: the secret does not know where it belongs")
	}
	if app, ok := place.Owner.(*model.ManagementApplication); ok && app.OwnsClientSecret(place.Path) {
		if err := a.mayHandOutCredentials(ctx, call, app.ID); err != nil {
			return nil, err
		}
	}
	s := subjectOf(place.Owner)
	plain, err := a.keys.Open(value.Sealed(), binding(s, owner.Base(), place.Path))
	if err != nil {
		return nil, fmt.Errorf("reveal %s of %s: %w", place.Path, owner.Base().ID, err)
	}
	event, err := call.event(s, "revealSecret", owner, owner)
	if err != nil {
		return nil, err
	}
	event.Changes = []model.AuditChange{{Path: place.Path, Before: model.Redacted, After: model.Redacted}}
	if err := a.store.AuditEvents.Insert(ctx, event, nil); err != nil {
		return nil, public(err, a.store.AuditEvents.Schema())
	}
	text := string(plain)
	return &text, nil
}

func subjectOf(owner model.Application) subject {
	if _, ok := owner.(*model.App); ok {
		return subjectApp
	}
	return subjectManagementApplication
}

// keysetCheckID is the ID of the one keyset check.
const keysetCheckID = "00000000-0000-7000-8000-000000000003"

// CheckKeyset fails when the keyset is not the one that seals what is stored. On a store without
// secrets it leaves a mark for the next start.
func (a *Admin) CheckKeyset(ctx context.Context) error {
	check, err := a.store.KeysetChecks.Get(ctx, "", keysetCheckID)
	if errors.Is(err, store.ErrNotFound) {
		check, err = a.makeKeysetCheck(ctx)
	}
	if err != nil {
		return fmt.Errorf("check the keyset: %w", err)
	}
	if err := a.keys.OpenCheck(check.Sealed); err != nil {
		return err
	}
	return a.refreshKeysetCheck(ctx)
}

// VerifyKeyset fails when the keyset is not the one that the store's secrets were sealed with. Unlike
// CheckKeyset it changes nothing. stored says whether there is anything to compare with.
func (a *Admin) VerifyKeyset(ctx context.Context) (stored bool, err error) {
	check, err := a.store.KeysetChecks.Get(ctx, "", keysetCheckID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("verify the keyset: %w", err)
	}
	return true, a.keys.OpenCheck(check.Sealed)
}

func (a *Admin) makeKeysetCheck(ctx context.Context) (*model.KeysetCheck, error) {
	sealed, err := a.keys.SealCheck()
	if err != nil {
		return nil, err
	}
	check := &model.KeysetCheck{Entity: a.system("").entity(), Sealed: sealed}
	check.ID = keysetCheckID
	err = a.store.KeysetChecks.Insert(ctx, check, nil)
	var duplicate *store.DuplicateError
	if errors.As(err, &duplicate) { // another process was faster
		return a.store.KeysetChecks.Get(ctx, "", keysetCheckID)
	}
	return check, err
}

// refreshKeysetCheck seals the check anew after a rotation, so that a keyset from before it no longer
// opens it.
func (a *Admin) refreshKeysetCheck(ctx context.Context) error {
	return a.store.KeysetChecks.Amend(ctx, "", keysetCheckID, func(check *model.KeysetCheck) (bool, error) {
		if a.keys.IsCurrent(check.Sealed) {
			return false, nil
		}
		sealed, err := a.keys.SealCheck()
		check.Sealed = sealed
		return true, err
	})
}

// followKeyset makes a process that only seals follow a rotation: opening the check, which reseal
// seals anew before all else, makes it read its keyset file again.
func (a *Admin) followKeyset(ctx context.Context) error {
	check, err := a.store.KeysetChecks.Get(ctx, "", keysetCheckID)
	if err != nil {
		return err
	}
	return a.keys.OpenCheck(check.Sealed)
}

// resealPasses is how often Reseal looks at everything, at most.
const resealPasses = 3

// Reseal seals with the primary key whatever another key has sealed, in all tenants, while others
// serve. It returns how many documents it changed.
//
// An update that read its document before it was sealed anew, and writes after it, brings the former
// value back. So Reseal looks again, until it finds nothing or has looked three times: processes that
// do not know the primary key yet would keep it busy. What is left then still opens, and is for the
// next Reseal.
func (a *Admin) Reseal(ctx context.Context) (int, error) {
	if err := a.refreshKeysetCheck(ctx); err != nil {
		return 0, err
	}
	total := 0
	for range resealPasses {
		changed, err := a.resealOnce(ctx)
		total += changed
		if err != nil || changed == 0 {
			return total, err
		}
	}
	return total, nil
}

func (a *Admin) resealOnce(ctx context.Context) (int, error) {
	total := 0
	for _, once := range []func() (int, error){
		func() (int, error) { return reseal(ctx, a, a.store.Apps, subjectApp) },
		func() (int, error) {
			return reseal(ctx, a, a.store.ManagementApplications, subjectManagementApplication)
		},
		func() (int, error) { return reseal(ctx, a, a.store.SigningKeys, subjectSigningKey) },
	} {
		changed, err := once()
		total += changed
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func reseal[T any, P interface {
	*T
	guarded
}](ctx context.Context, a *Admin, c *store.Collection[T], s subject) (int, error) {
	changed := 0
	err := c.Each(ctx, func(doc *T) error {
		stale, err := a.resealed(s, P(doc))
		if err != nil || !stale {
			return err
		}
		base := P(doc).Base()
		err = c.Amend(ctx, base.TenantID, base.ID, func(doc *T) (bool, error) {
			stale, err = a.resealed(s, P(doc))
			return stale, err
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if stale && err == nil {
			changed++
		}
		return err
	})
	return changed, err
}

// resealed seals the secrets of a document with the primary key, and reports whether there was
// anything to do.
func (a *Admin) resealed(s subject, doc guarded) (bool, error) {
	stale := false
	for path, value := range doc.Secrets() {
		if a.keys.IsCurrent(value.Sealed()) {
			continue
		}
		stale = true
		bound := binding(s, doc.Base(), path)
		err := value.ResealWith(func(sealed []byte) ([]byte, error) {
			plain, err := a.keys.Open(sealed, bound)
			if err != nil {
				return nil, fmt.Errorf("open %s of %s: %w", path, doc.Base().ID, err)
			}
			return a.keys.Seal(plain, bound)
		})
		if err != nil {
			return false, err
		}
	}
	return stale, nil
}
