package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
	"gatehouse/secret"
	"gatehouse/store"
)

const (
	// MinSigningKeyLifetime is the shortest time for which a key may sign.
	MinSigningKeyLifetime = 10 * time.Second
	// ringAge is how old what is known of the keys may be.
	ringAge = time.Second
	// makeAttempts is how often a key is tried to be made while other processes make some, too.
	makeAttempts = 10
)

// SigningKeys is the keys that sign access tokens: ES256 key pairs in the store, which all processes
// on it share. It is safe for concurrent use.
//
// Time is divided into slots of one lifetime each, counted from the Unix epoch, and each slot has a
// key of its own. A key is made one Overlap before its slot begins, and published from then on, so that
// every process and whoever caches the published keys knows it before it signs. It stays published
// until everything that it signed has expired. Since processes agree on when a slot begins, and a
// unique index admits one key for each beginning, they need no leader.
type SigningKeys struct {
	store    *store.Store
	keyset   *secret.Keyset
	now      func() time.Time
	lifetime time.Duration

	ring atomic.Pointer[ring]
	// signer is the key that signed last. It alone is kept unsealed.
	signer atomic.Pointer[jose.JSONWebKey]
}

// NewSigningKeys makes the signing keys in s, whose private halves keyset seals. now is the clock.
// lifetime is for how long each key signs, MinSigningKeyLifetime or more, in whole milliseconds; all
// processes should agree on it, and when they do not, the keys are still valid for all of them.
func NewSigningKeys(s *store.Store, keyset *secret.Keyset, now func() time.Time, lifetime time.Duration) *SigningKeys {
	return &SigningKeys{store: s, keyset: keyset, now: now, lifetime: max(lifetime.Truncate(time.Millisecond), MinSigningKeyLifetime)}
}

// Overlap is how long before a key signs it is made: a tenth of the lifetime, but at least 10 minutes
// and at most a day, and never more than half of the lifetime.
func (k *SigningKeys) Overlap() time.Duration {
	return min(max(min(k.lifetime/10, 24*time.Hour), 10*time.Minute), k.lifetime/2)
}

// CacheFor is how long somebody may cache what Public says and still know every key before it signs:
// half of the overlap, and at most 5 minutes.
func (k *SigningKeys) CacheFor() time.Duration { return min(k.Overlap()/2, 5*time.Minute) }

// Prepare makes the key that signs now and, in the overlap before its end, the next one, unless they
// are there. It is called at the start, and then at least every quarter of the overlap. It fails with
// UNAVAILABLE when the store does.
func (k *SigningKeys) Prepare(ctx context.Context) error {
	_, err := k.prepare(ctx)
	return err
}

// PrepareEvery runs Prepare at a quarter of the overlap, and at least once in a minute, until the
// context ends. log takes its failures.
func (k *SigningKeys) PrepareEvery(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(min(k.Overlap()/4, time.Minute))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := k.Prepare(ctx); err != nil && !errors.Is(err, context.Canceled) {
				log.WarnContext(ctx, "the next signing key could not be made; it will be tried again", slog.Any("error", err))
			}
		}
	}
}

// Signing tells from when until when the key that signs now does so, as it was last seen; zero where
// none is known. It asks nothing of the store.
func (k *SigningKeys) Signing() (from, until time.Time) {
	r := k.ring.Load()
	if r == nil {
		return time.Time{}, time.Time{}
	}
	now := k.now()
	if key := r.signsAt(now); key != nil {
		return key.SignsFrom, key.SignsUntil
	}
	// None signs any more: the one that was last says for how long its successor is overdue.
	for _, key := range r.keys {
		if !now.Before(key.doc.SignsUntil) {
			return key.doc.SignsFrom, key.doc.SignsUntil
		}
	}
	return time.Time{}, time.Time{}
}

// Public is the keys that verify tokens, as a JWK Set (RFC 7517 §5): those that have signed and whose
// tokens may still be valid, the one that signs, and in the overlap the next. It is at most a second
// old. It fails with UNAVAILABLE when the store does.
func (k *SigningKeys) Public(ctx context.Context) (jose.JSONWebKeySet, error) {
	r, err := k.recent(ctx)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	set, now := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}, k.now()
	for _, key := range r.keys {
		if !now.Before(key.doc.ExpiresAt) {
			continue
		}
		if key.wrong != nil {
			return jose.JSONWebKeySet{}, key.wrong
		}
		set.Keys = append(set.Keys, key.public)
	}
	return set, nil
}

// Replace is for an emergency: it ends every key at once and makes a new one. All tokens issued before
// it returns are refused, in this process from now on and in every other within a second. Those who
// hold them get new ones with their clients' credentials. It fails with UNAVAILABLE when the store
// does, and is then to be called again.
func (k *SigningKeys) Replace(ctx context.Context) error {
	r, err := k.read(ctx)
	if err != nil {
		return err
	}
	now := model.Instant(k.now())
	for _, key := range r.keys {
		if err := k.end(ctx, key.doc.ID, now); err != nil {
			return err
		}
	}
	k.signer.Store(nil)
	_, err = k.prepare(ctx)
	return err
}

// end ends a key for everybody, whatever their clocks say.
//
// It is an update, which counts the revision up, and not an amendment: whoever seals the key anew at
// the same time would write back the key as it was. The event that an update needs tells of it in the
// audit trail of no tenant.
func (k *SigningKeys) end(ctx context.Context, id string, now time.Time) error {
	ended := now.Add(-ClockLeeway)
	_, err := k.store.SigningKeys.Update(ctx, "", id, func(ch *store.Change[model.SigningKey]) error {
		if !ch.Doc.ExpiresAt.After(ended) {
			return nil
		}
		ch.Event = &model.AuditEvent{
			Entity: model.NewEntity("", model.SystemActor(), k.now()), OccurredAt: now, Actor: model.SystemActor(),
			Action: signingKeyKind + ".replace", EntityType: "SIGNING_KEY", EntityID: id,
		}
		if ch.Doc.SignsUntil.After(ended) {
			ch.Event.Changes = append(ch.Event.Changes, timeChange("signsUntil", ch.Doc.SignsUntil, ended))
			ch.Doc.SignsUntil = ended
		}
		ch.Event.Changes = append(ch.Event.Changes, timeChange("expiresAt", ch.Doc.ExpiresAt, ended))
		ch.Doc.ExpiresAt = ended
		ch.Doc.Touch(now)
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return unavailable(err)
	}
	return nil
}

func timeChange(path string, before, after time.Time) model.AuditChange {
	return model.AuditChange{Path: path, Before: model.FormatDateTime(before), After: model.FormatDateTime(after)}
}

// signing is the key that signs now, unsealed. It asks the store each time, so that nothing is signed
// with a key that was ended a moment ago.
func (k *SigningKeys) signing(ctx context.Context) (*jose.JSONWebKey, error) {
	r, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	doc := r.signsAt(k.now())
	if doc == nil {
		if r, err = k.prepare(ctx); err != nil {
			return nil, err
		}
		if doc = r.signsAt(k.now()); doc == nil {
			return nil, unavailable(errors.New("no key signs now, although one was just made"))
		}
	}
	if opened := k.signer.Load(); opened != nil && opened.KeyID == doc.ID {
		return opened, nil
	}
	opened, err := openSigningKey(k.keyset, doc)
	if err == nil {
		k.signer.Store(opened)
	}
	return opened, err
}

// verifying is the public key with this ID; ErrInvalidToken when there is none. For an ID that is not
// known it asks the store, since another process may just have made the key.
func (k *SigningKeys) verifying(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	r, err := k.recent(ctx)
	if err != nil {
		return nil, err
	}
	key := r.verifier(id, k.now())
	if key == nil {
		if r, err = k.read(ctx); err != nil {
			return nil, err
		}
		if key = r.verifier(id, k.now()); key == nil {
			return nil, ErrInvalidToken
		}
	}
	return &key.public, key.wrong
}

// prepare makes the keys that are missing and returns what is there then.
func (k *SigningKeys) prepare(ctx context.Context) (*ring, error) {
	r, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	now := k.now()
	for _, at := range [...]time.Time{now, now.Add(k.Overlap())} {
		for range makeAttempts {
			if r.signsAt(at) != nil {
				break
			}
			if err := k.makeKey(ctx, r, now, at); err != nil {
				return nil, err
			}
			if r, err = k.read(ctx); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// makeKey makes the key that signs at an instant, unless somebody else does.
func (k *SigningKeys) makeKey(ctx context.Context, r *ring, now, at time.Time) error {
	slot := at.UnixMilli() / k.lifetime.Milliseconds() * k.lifetime.Milliseconds()
	from, until := time.UnixMilli(slot).UTC(), time.UnixMilli(slot).UTC().Add(k.lifetime)
	if current := r.signsAt(now); current != nil && current.SignsUntil.After(from) {
		// Slots of another lifetime: the key must not sign before it has been published for a while.
		from = current.SignsUntil
	}
	// A key that was ended may occupy the beginning of the slot. All processes then choose the same
	// next millisecond.
	doc, err := newSigningKey(k.keyset, now, r.free(from), until)
	if err != nil {
		return err
	}
	var duplicate *store.DuplicateError
	if err := k.store.SigningKeys.Insert(ctx, doc, nil); err != nil && !errors.As(err, &duplicate) {
		return unavailable(fmt.Errorf("store a signing key: %w", err))
	}
	return nil
}

// recent is what is known of the keys, at most ringAge old. Some time before that is over one of those
// who ask reads them anew, and the others go on: see renewFrom.
func (k *SigningKeys) recent(ctx context.Context) (*ring, error) {
	r := k.ring.Load()
	if r == nil || !k.stands(r) {
		return k.read(ctx)
	}
	if k.now().Sub(r.readAt) < renewFrom || !r.renewing.CompareAndSwap(false, true) {
		return r, nil
	}
	renewed, err := k.read(ctx)
	if err != nil && k.stands(r) {
		return r, nil
	}
	return renewed, err
}

func (k *SigningKeys) stands(r *ring) bool { return r.stands(k.now(), k.store.SigningKeys.Changes()) }

// read reads all keys from the store.
func (k *SigningKeys) read(ctx context.Context) (*ring, error) {
	readAt, changes := k.now(), k.store.SigningKeys.Changes() // before anything is read
	docs, err := k.store.SigningKeys.Find(ctx, "", store.Query{OrderBy: "signsFrom", Descending: true})
	if err != nil {
		return nil, unavailable(fmt.Errorf("read the signing keys: %w", err))
	}
	r := newRing(readAt, changes, docs)
	k.ring.Store(r)
	return r, nil
}
