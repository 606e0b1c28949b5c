package auth

import (
	"container/list"
	"crypto/sha256"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/model"
)

const (
	// knownFor is how long what was found out about a credential is used without another look. What
	// another process takes away, or the operator's tools do, is refused here when it is over; that is
	// half of what is promised, so that a slow look does not break the promise.
	knownFor = time.Second
	// renewFrom is the age from which one request looks anew, while all others go on with what is known:
	// a caller of many connections does not have all of them look at once when the time is over.
	renewFrom = knownFor * 3 / 4 // and of ringAge, which is as long
	// maxKnown is how many credentials are known at once. One takes about half a kilobyte; see alone.
	maxKnown = 4096
)

// digest is what a credential is known by. It has been hashed before it is compared with anything, so
// that how long a comparison takes tells nothing that could be used: whoever could choose digests could
// invert SHA-256.
type digest [sha256.Size]byte

// known is what was found out about a good credential.
type known struct {
	kind      Kind
	principal Principal
	// expires is when the credential itself ends; zero when it does not.
	expires time.Time
	// asked is when finding out began, and changes what this process had changed before that.
	asked   time.Time
	changes uint64
	// signedWith is the ID of the key that signed an access token; empty for other kinds.
	signedWith string
	// adminKey says that it is a key in the store, whose last use is to be noted.
	adminKey bool
	// noted is the minute in which the last use was, as far as is known, in seconds since 1970.
	noted atomic.Int64
	// renewing says that some request has begun to look anew.
	renewing atomic.Bool
}

// valid says whether k still tells who calls: it is young enough, the credential has not expired, and
// this process has changed nothing that it rests on. A clock that was set back makes it invalid.
func (k *known) valid(now time.Time, changes uint64) bool {
	age := now.Sub(k.asked)
	return age >= 0 && age < knownFor && k.changes == changes && (k.expires.IsZero() || now.Before(k.expires))
}

// toRenew says to one caller, once, that it is time to look anew.
func (k *known) toRenew(now time.Time) bool {
	return now.Sub(k.asked) >= renewFrom && k.renewing.CompareAndSwap(false, true)
}

// minuteOf is the last use of a key as known.noted has it.
func minuteOf(key *model.AdminKey) int64 {
	if key.LastUsedAt == nil {
		return math.MinInt64
	}
	return key.LastUsedAt.Unix()
}

// acquaintances are the credentials that were found to be good within the last second. None of them is
// kept in clear. It is safe for concurrent use.
type acquaintances struct {
	mu       sync.RWMutex
	byDigest map[digest]*known
	// met has them in the order in which they came, which is the order in which they are over: all are
	// known for the same time. One that was found out about again is there twice, and counts twice.
	met list.List
}

// meeting is an element of acquaintances.met.
type meeting struct {
	digest digest
	known  *known
}

func newAcquaintances() *acquaintances {
	return &acquaintances{byDigest: map[digest]*known{}}
}

// find is what is known by a digest, valid or not; nil where nothing is.
func (a *acquaintances) find(d digest) *known {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.byDigest[d]
}

// add keeps what was found out, and drops what is over; of too many, those that will be over first.
func (a *acquaintances) add(d digest, k *known, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.byDigest[d] = k
	a.met.PushBack(meeting{d, k})
	for first := a.met.Front(); first != nil; first = a.met.Front() {
		m, _ := first.Value.(meeting)
		if age := now.Sub(m.known.asked); a.met.Len() <= maxKnown && age >= 0 && age < knownFor {
			return
		}
		a.met.Remove(first)
		if a.byDigest[m.digest] == m.known {
			delete(a.byDigest, m.digest)
		}
	}
}

// alone is the principal without the document or token that its texts are parts of, which would be kept
// with them: a management application can have more than a megabyte.
func (p *Principal) alone() Principal {
	a := *p
	a.TenantID, a.Actor.ID, a.Actor.Name = strings.Clone(p.TenantID), strings.Clone(p.Actor.ID), strings.Clone(p.Actor.Name)
	return a
}

// forget drops what is known by a digest.
func (a *acquaintances) forget(d digest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byDigest, d)
}
