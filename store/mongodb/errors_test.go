package mongodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"gatehouse/store"
)

func TestDuplicateInBothDialects(t *testing.T) {
	b, users := &Backend{}, schema(t, "users")
	for complaint, want := range map[string]string{
		`E11000 duplicate key error collection: gatehouse.users index: username dup key: { tenantId: "t", usernameKey: "x" }`:                                   "username",
		`E11000 duplicate key error collection: gatehouse.users index: username dup key: { tenantId: "t", usernameKey: " index: _id_ dup key Index '_id_'" }`:   "username",
		`E11000 duplicate key error collection: gatehouse.users index: username collation: { locale: "simple" } dup key: { tenantId: "t", usernameKey: "a b" }`: "username",
		`E11000 duplicate key error collection: gatehouse.users index: _id_ dup key: { _id: "1" }`:                                                              "",
		`E11000 duplicate key error collection: gatehouse.users index: _id_ dup key: { _id: " index: username dup key" }`:                                       "",
		`Duplicate key violation on the requested collection: Index 'username'`:                                                                                 "username",
		`Duplicate key violation on the requested collection: Index '_id_'`:                                                                                     "",
	} {
		for _, err := range []error{
			mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 11000, Message: complaint}}},
			mongo.CommandError{Code: 11000, Message: complaint},
			mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{{WriteError: mongo.WriteError{Code: 11000, Message: complaint}}}},
		} {
			var duplicate *store.DuplicateError
			if got := b.failure(users, err); !errors.As(got, &duplicate) || duplicate.Index != want {
				t.Errorf("%T %s: %v, want a duplicate in %q", err, complaint, got, want)
			}
		}
	}
	// What cannot be told to be one of the catalogue's is a fault, not an answer.
	for _, complaint := range []string{
		`E11000 duplicate key error collection: gatehouse.users index: created dup key: { tenantId: "t" }`,
		`E11000 duplicate key error collection: gatehouse.users index: email_1 dup key: { email: "x" }`,
		`Duplicate key violation on the requested collection: Index 'email_1'`,
		`duplicate`,
	} {
		err := mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 11000, Message: complaint}}}
		var duplicate *store.DuplicateError
		if got := b.failure(users, err); errors.As(got, &duplicate) || errors.Is(got, store.ErrUnavailable) || got == nil {
			t.Errorf("%s: %v", complaint, got)
		}
	}
}

// poolCleared is like the driver's error of that name, which is not exported.
type poolCleared struct{}

func (poolCleared) Error() string   { return "connection pool was cleared" }
func (poolCleared) Retryable() bool { return true }

func TestUnavailableErrors(t *testing.T) {
	b, users := &Backend{}, schema(t, "users")
	concern := &mongo.WriteConcernError{Code: 64, Message: "waiting for replication timed out"}
	for _, c := range []struct {
		err         error
		unavailable bool
	}{
		{context.DeadlineExceeded, true},
		{fmt.Errorf("wait: %w", context.Canceled), true},
		{mongo.ErrClientDisconnected, true},
		{mongo.CommandError{Message: "EOF", Labels: []string{"NetworkError"}, Wrapped: io.EOF}, true},
		// As the driver passes them on where it adds no label.
		{poolCleared{}, true},
		{fmt.Errorf("connection() incomplete read of full message: %w", io.ErrUnexpectedEOF), true},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true},
		{fmt.Errorf("write: %w", net.ErrClosed), true},
		{mongo.CommandError{Code: 10107, Name: "NotWritablePrimary"}, true},
		{mongo.CommandError{Code: 189, Name: "PrimarySteppedDown"}, true},
		{mongo.CommandError{Code: 11600, Name: "InterruptedAtShutdown"}, true},
		{mongo.CommandError{Code: 50, Name: "MaxTimeMSExpired"}, true},
		{mongo.CommandError{Code: 1, Labels: []string{"RetryableWriteError"}}, true},
		{mongo.WriteException{WriteConcernError: concern}, true},
		{mongo.BulkWriteException{WriteConcernError: concern}, true},
		{mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 10107}}}, true},
		{mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 2, Message: "bad value"}}}, false},
		{mongo.CommandError{Code: 2, Name: "BadValue"}, false},
		{mongo.CommandError{Code: 13, Name: "Unauthorized"}, false},
		{errors.New("anything else"), false},
	} {
		got := b.failure(users, c.err)
		if errors.Is(got, store.ErrUnavailable) != c.unavailable || got == nil {
			t.Errorf("%#v: %v", c.err, got)
		}
	}
	if err := b.failure(users, nil); err != nil {
		t.Error(err)
	}
	if err := b.failure(nil, fmt.Errorf("find: %w", mongo.ErrNoDocuments)); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}
