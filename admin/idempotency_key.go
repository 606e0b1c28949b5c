package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gatehouse/admission"
	"gatehouse/model"
	"gatehouse/store"
)

const (
	// idempotencyLife is for how long a key stands for one request.
	idempotencyLife = 24 * time.Hour
	// maxKeptAnswer bounds the answers that are kept, in bytes. MongoDB takes documents of 16 MB.
	maxKeptAnswer = 1 << 20
	// executionTimeout bounds a mutation whose request has no deadline.
	executionTimeout = 30 * time.Second
	// settleTimeout bounds the keeping of what came of a mutation. The answer waits for it.
	settleTimeout = 4 * time.Second
	// leaseLeeway is how long after the deadline of a mutation nobody works on it any more: it covers
	// undoTimeout, settleTimeout, and clocks that differ.
	leaseLeeway = 30 * time.Second
	// twinPatience bounds how long a request waits for another with its key, which is under way.
	twinPatience = 5 * time.Second
)

// Answer is what a mutation is answered with: bytes for a client, which are not looked at here.
type Answer struct {
	// Status is the HTTP status, and ContentType the media type of the body.
	Status      int
	ContentType string
	Body        []byte
	// Failed says that the mutation itself failed without saying whether it did something: because the
	// store did not answer, by a fault of the program, or before it had begun.
	Failed bool
}

// Once does what a mutation asks for, unless the caller has sent it before with the same key, and
// returns what it was answered with then; replayed says so. fingerprint is a hash of everything in the
// request that makes a difference. do gets a context that goes on when the client hangs up, up to the
// same deadline, so that the client who repeats the request finds its answer.
//
// No mutation is done twice within 24 hours: a document is inserted before do is called, and its ID,
// which both requests share, decides who comes first, in this process or another. When the process dies
// before the answer is kept, nobody knows what happened, and nobody tries again.
//
// Beside what the store brings about it fails with IDEMPOTENCY_KEY_REUSED for another request,
// IN_PROGRESS when the first one does not end soon, OUTCOME_UNKNOWN and ANSWER_NOT_KEPT when it has
// ended without an answer that could be given again, and FORBIDDEN when the caller has lost a permission
// since.
func (a *Admin) Once(ctx context.Context, key string, fingerprint [sha256.Size]byte, do func(context.Context) Answer) (answer Answer, replayed bool, err error) {
	call, err := a.begin(ctx)
	if err != nil {
		return Answer{}, false, err
	}
	mine := a.newIdempotencyKey(ctx, call, key, fingerprint)
	waiting, done := context.WithTimeout(ctx, patience(ctx))
	defer done()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, 250*time.Millisecond) {
		first, err := a.claim(ctx, mine)
		if err != nil {
			return Answer{}, false, err
		}
		if first == nil {
			return a.attempt(ctx, mine, do), false, nil
		}
		if err := a.checkRepetition(call, first, fingerprint); err != nil {
			return Answer{}, false, err
		}
		if first.State != model.IdempotencyBegun {
			answer, err := a.replay(first)
			if err == nil {
				a.log.InfoContext(ctx, "an answer was given again", slog.String("requestId", call.RequestID), slog.String("firstRequestId", first.RequestID))
			}
			return answer, err == nil, err
		}
		if a.now().After(first.LeaseUntil) {
			return Answer{}, false, outcomeUnknown(first)
		}
		if !pause(waiting, wait) {
			return Answer{}, false, &model.Error{
				Code:    model.InProgress,
				Message: "The first request with this idempotency key is still under way, as request " + first.RequestID + ". Try again in a moment.",
			}
		}
	}
}

// patience is how long a request waits for its twin: never so long that it could not answer any more.
func patience(ctx context.Context) time.Duration {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return twinPatience
	}
	return min(twinPatience, time.Until(deadline)/2)
}

// pause waits, and reports whether there is time left. Others may work meanwhile, the twin among them.
func pause(ctx context.Context, wait time.Duration) bool {
	return admission.Aside(ctx, func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}) == nil
}

// newIdempotencyKey is the document of a mutation that is about to begin.
func (a *Admin) newIdempotencyKey(ctx context.Context, call call, key string, fingerprint [sha256.Size]byte) *model.IdempotencyKey {
	end := call.at.Add(executionTimeout)
	if deadline, bounded := ctx.Deadline(); bounded {
		end = call.at.Add(time.Until(deadline))
	}
	doc := &model.IdempotencyKey{
		Entity: call.entity(), Attempt: call.nextID(), RequestID: call.RequestID,
		Fingerprint: *model.NewSecret(string(fingerprint[:])), Permissions: call.Permissions,
		State: model.IdempotencyBegun, LeaseUntil: model.Instant(end.Add(leaseLeeway)), ExpiresAt: call.at.Add(idempotencyLife),
	}
	doc.ID = idempotencyID(call, key)
	return doc
}

// idempotencyID is a hash of the caller and the key, in hexadecimal digits. Each part follows its
// length, so that none can be taken for a part of the next.
func idempotencyID(call call, key string) string {
	var text []byte
	for _, part := range [...]string{call.TenantID, string(call.Actor.Type), call.Actor.ID, key} {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// claim makes mine the first request with its key, and otherwise returns who was.
func (a *Admin) claim(ctx context.Context, mine *model.IdempotencyKey) (first *model.IdempotencyKey, err error) {
	keys := a.store.IdempotencyKeys
	if err := a.seal(subjectIdempotencyKey, mine); err != nil {
		return nil, err
	}
	for {
		err := keys.Insert(ctx, mine, nil)
		var duplicate *store.DuplicateError
		if err == nil || !errors.As(err, &duplicate) {
			if err != nil { // it may be there all the same
				a.release(ctx, mine)
			}
			return nil, public(err, keys.Schema())
		}
		first, err := keys.Get(ctx, mine.TenantID, mine.ID)
		switch {
		case errors.Is(err, store.ErrNotFound): // it has expired since
			continue
		case err != nil:
			return nil, public(err, keys.Schema())
		case first.Attempt == mine.Attempt: // the driver has inserted it twice
			return nil, nil //nolint:nilnil // nobody was first
		case a.now().Before(first.ExpiresAt):
			return first, nil
		}
		if _, err := keys.RemoveExpired(ctx, a.now()); err != nil {
			return nil, public(err, keys.Schema())
		}
	}
}

// attempt does the mutation and keeps what came of it.
func (a *Admin) attempt(ctx context.Context, mine *model.IdempotencyKey, do func(context.Context) Answer) Answer {
	doing, cancel := onward(ctx)
	defer cancel()
	watched, attempted := store.WatchChanges(doing)
	answer := do(watched)
	switch {
	case answer.Failed && !attempted():
		a.release(ctx, mine)
	case answer.Failed:
		a.settle(ctx, mine, func(k *model.IdempotencyKey) { k.State = model.IdempotencyUnknown })
	case len(answer.Body) > maxKeptAnswer:
		a.settle(ctx, mine, func(k *model.IdempotencyKey) { k.State = model.IdempotencyDone })
	default:
		a.settle(ctx, mine, func(k *model.IdempotencyKey) {
			k.State, k.Status, k.ContentType = model.IdempotencyAnswered, int32(answer.Status), answer.ContentType
			k.Answer = model.NewSecret(string(answer.Body))
		})
	}
	return answer
}

// onward is a context that goes on when the client hangs up, up to the same deadline.
func onward(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return context.WithTimeout(context.WithoutCancel(ctx), executionTimeout)
	}
	return context.WithDeadline(context.WithoutCancel(ctx), deadline)
}

// release gives the key free again, because nothing has happened.
func (a *Admin) release(ctx context.Context, mine *model.IdempotencyKey) {
	a.settle(ctx, mine, func(k *model.IdempotencyKey) { k.ExpiresAt = time.UnixMilli(0).UTC() })
}

// settle writes what became of a mutation. What cannot be written leaves it as it has begun, which
// becomes OUTCOME_UNKNOWN: the caller gets the answer all the same. It is an amendment, because nobody
// but the attempt itself ever changes the document.
func (a *Admin) settle(ctx context.Context, mine *model.IdempotencyKey, change func(*model.IdempotencyKey)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	for {
		err := a.store.IdempotencyKeys.Amend(ctx, mine.TenantID, mine.ID, func(k *model.IdempotencyKey) (bool, error) {
			if k.Attempt != mine.Attempt {
				return false, nil
			}
			change(k)
			return true, a.seal(subjectIdempotencyKey, k)
		})
		if err == nil || errors.Is(err, store.ErrNotFound) {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) || !pause(ctx, 100*time.Millisecond) {
			a.log.WarnContext(ctx, "what came of a mutation with an idempotency key could not be kept", slog.String("requestId", mine.RequestID), slog.Any("error", err))
			return
		}
	}
}

// checkRepetition fails unless the request is the same as the first one with its key, of a caller who
// may still do all that they might do then. The answer shows what these permissions let them see.
func (a *Admin) checkRepetition(call call, first *model.IdempotencyKey, fingerprint [sha256.Size]byte) error {
	asked, err := a.openIdempotencyKey(first, "fingerprint", &first.Fingerprint)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(asked, fingerprint[:]) != 1 {
		return &model.Error{
			Code:    model.IdempotencyKeyReused,
			Message: "This idempotency key was sent with another request before. Use a new key for each request.",
		}
	}
	for _, permission := range first.Permissions {
		if !call.Holds(permission) {
			return &model.Error{
				Code:    model.Forbidden,
				Message: "The answer is not given again, because the permission " + permission.String() + " was taken away since.",
			}
		}
	}
	return nil
}

// replay is the answer that is kept.
func (a *Admin) replay(first *model.IdempotencyKey) (Answer, error) {
	switch {
	case first.State == model.IdempotencyDone:
		return Answer{}, &model.Error{
			Code:    model.AnswerNotKept,
			Message: "The mutation is done, as request " + first.RequestID + ", but its answer was too long to be kept. Read what you need.",
		}
	case first.State != model.IdempotencyAnswered || first.Answer == nil:
		return Answer{}, outcomeUnknown(first)
	}
	body, err := a.openIdempotencyKey(first, "answer", first.Answer)
	return Answer{Status: int(first.Status), ContentType: first.ContentType, Body: body}, err
}

func (a *Admin) openIdempotencyKey(k *model.IdempotencyKey, path string, value *model.Secret) ([]byte, error) {
	plain, err := a.keys.Open(value.Sealed(), binding(subjectIdempotencyKey, &k.Entity, path))
	if err != nil {
		return nil, fmt.Errorf("open the %s of idempotency key %s: %w", path, k.ID, err)
	}
	return plain, nil
}

func outcomeUnknown(first *model.IdempotencyKey) error {
	return &model.Error{
		Code: model.OutcomeUnknown,
		Message: "Whether the mutation changed anything is unknown, and it is not done again. Look for the audit events of request " +
			first.RequestID + ", and use a new idempotency key for what is missing.",
	}
}
