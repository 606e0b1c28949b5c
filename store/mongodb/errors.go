package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"gatehouse/store"
)

// Error codes of servers.
const (
	codeDuplicateKey  = 11000
	codeWriteConflict = 112
	// DocumentDB passes on what PostgreSQL says, the five characters of SQLSTATE packed into a number.
	codeSerializationFailure = 0x1000004 // 40001
	codeDeadlockDetected     = 0x1020004 // 40P01
)

// idIndex is the name that every server gives to the index of _id.
const idIndex = "_id_"

// failure turns an error of the driver into one of package store. The schema is that of the
// collection written to, nil where there is none.
func (b *Backend) failure(s *store.Schema, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.ErrNotFound
	}
	if s != nil && mongo.IsDuplicateKeyError(err) {
		if duplicate := duplicateOf(s, err.Error()); duplicate != nil {
			return duplicate
		}
	}
	if unavailable(err) {
		err = fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return b.secrets.conceal(err)
}

// duplicateOf finds the index in the server's complaint about a duplicate key; nil when it is none
// of the catalogue.
func duplicateOf(s *store.Schema, complaint string) *store.DuplicateError {
	name := indexNamed(complaint)
	if name == idIndex {
		return &store.DuplicateError{}
	}
	for _, index := range s.Indexes {
		if index.Unique && index.Name == name {
			return &store.DuplicateError{Index: name}
		}
	}
	return nil
}

// indexNamed returns the name of the index that a complaint about a duplicate key is about, empty if
// it names none. MongoDB writes
//
//	E11000 duplicate key error collection: gatehouse.users index: username dup key: { tenantId: … }
//
// and DocumentDB
//
//	Duplicate key violation on the requested collection: Index 'username'
//
// The values of the key, which a caller chooses, come after the name: only what stands first counts.
func indexNamed(complaint string) string {
	if _, rest, ok := strings.Cut(complaint, " index: "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return name
	}
	if _, rest, ok := strings.Cut(complaint, "Index '"); ok {
		name, _, _ := strings.Cut(rest, "'")
		return name
	}
	return ""
}

// inTheWay says whether the server has undone a write because of others at the same time, so that it
// may be tried again. MongoDB itself tries again in most such cases. PostgreSQL below DocumentDB ends
// a deadlock so, which is what several inserts of one unique key may become.
func inTheWay(err error) bool {
	return err != nil && slices.ContainsFunc(mongo.ErrorCodes(err), func(code int) bool {
		return code == codeWriteConflict || code == codeSerializationFailure || code == codeDeadlockDetected
	})
}

// unavailable says whether err means that the database did not answer, not in time, or not for good.
func unavailable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, mongo.ErrClientDisconnected) ||
		mongo.IsTimeout(err) || mongo.IsNetworkError(err) || disconnected(err) {
		return true
	}
	if labeled := mongo.LabeledError(nil); errors.As(err, &labeled) {
		for _, label := range []string{"RetryableWriteError", "RetryableError", "TransientTransactionError", "SystemOverloadedError"} {
			if labeled.HasErrorLabel(label) {
				return true
			}
		}
	}
	// A write that did not reach the majority in time may still be undone.
	if one := (mongo.WriteException{}); errors.As(err, &one) && one.WriteConcernError != nil {
		return true
	}
	if many := (mongo.BulkWriteException{}); errors.As(err, &many) && many.WriteConcernError != nil {
		return true
	}
	return inTheWay(err) || slices.ContainsFunc(mongo.ErrorCodes(err), passing)
}

// disconnected says whether err comes from a connection and not from the server, in so far as the
// driver passes such errors on without the label of a network error. It does when a call waited for
// a connection that somebody else's fault then took away, and in parts of making one.
func disconnected(err error) bool {
	// The driver's own pool has no exported type for it, but this method.
	if cleared := (interface{ Retryable() bool })(nil); errors.As(err, &cleared) && cleared.Retryable() {
		return true
	}
	if network := net.Error(nil); errors.As(err, &network) {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// passing says whether an error code of the server tells of a state that passes: it cannot reach
// others, it is no primary or just stops being one, it ran out of time, or it is shutting down.
func passing(code int) bool {
	switch code {
	case 6, 7, 89, 9001: // HostUnreachable, HostNotFound, NetworkTimeout, SocketException
		return true
	case 189, 10058, 10107, 11602, 13435, 13436: // PrimarySteppedDown, LegacyNotPrimary, NotWritablePrimary, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary
		return true
	case 50, 64, 134, 133, 262: // MaxTimeMSExpired, WriteConcernFailed, ReadConcernMajorityNotAvailableYet, FailedToSatisfyReadPreference, ExceededTimeLimit
		return true
	case 91, 11600: // ShutdownInProgress, InterruptedAtShutdown
		return true
	}
	return false
}
