// Package mongodb keeps the collections in MongoDB, the system of record.
//
// # One document at a time
//
// Every change writes one document, and nothing here opens a transaction. A standalone server and
// several compatible ones have no transactions, and on a sharded cluster they cost a two-phase
// commit. So Write is not atomic and the Backend is a store.Relayer: the audit events of a change
// travel in the document's outbox, and the relay of package store copies them. Whoever replaces or
// removes a document names the revision that he read, in the filter of the very same command; of
// several who race, the server lets one match.
//
// # What an answer is worth
//
// A write is acknowledged when a majority of the replica set has it in its journal, and a read sees
// only what a majority has, from the primary. Both are needed for the promise that an acknowledged
// change is never without its event, and no event without its change: an outbox that a failover
// could still undo must not be copied, the less so as the audit collection may live on another
// shard. What it costs is that the loser of a race may read the old revision once more until the
// winner's write has spread; it then loses again, and waits a little longer. A connection URI that
// asks for less, as w=1 or readPreference=secondary do, is refused rather than silently corrected.
//
// # Indexes
//
// Build makes the indexes of the catalogue under the catalogue's names. They are partial: they hold
// living documents only, so that the unique names of a document are free from the moment it is
// marked as deleted. Every list names its index in a hint. The planner would choose by trial runs,
// and remember a choice that was good for one tenant and is bad for another; with the hint the plan
// is the one that the catalogue intends and the tests have seen, and a missing index is an error,
// not a slow query.
//
// # What is asked of the server
//
// MongoDB 4.4 or later, which is where the driver begins, as replica set or as sharded cluster; a
// standalone server does for trying out. A compatible server does if it has partial indexes, updates
// by pipeline, and writes that are atomic together with their filter for each document that they change;
// the tests run on FerretDB 2.7 over DocumentDB.
//
// To shard, use {tenantId: 1} as the key of users, apps, roles, roleAssignments and auditEvents: every
// read and write but the sweep for pending documents names its tenant, and so goes to one shard, and
// a unique index is possible only because it begins with the key. A hashed key cannot have unique
// indexes. The other collections are small and stay unsharded: hashes of keys, IDs of clients,
// subdomains, custom domains and names of tenants are unique across tenants; and what expires,
// signing keys, revoked tokens and used assertions, is found by its time in all tenants at once and
// does not stay. A TTL index would remove it too, but from documents that still have an outbox as
// well, and SQLite has none.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"gatehouse/store"
)

const (
	// operationTimeout bounds one call, the driver's retries included. A request has more time than that,
	// but a server that has gone silent must not keep every one that comes for all of theirs.
	operationTimeout = 10 * time.Second
	// selectionTimeout is how long a call waits for a primary, as during an election.
	selectionTimeout = 5 * time.Second
	// connectTimeout bounds the making of a connection, and a check of whether the server is still there.
	connectTimeout = 5 * time.Second
	closeTimeout   = 5 * time.Second
)

// Backend is a MongoDB database. It is safe for concurrent use.
type Backend struct {
	client *mongo.Client
	db     *mongo.Database
	// collections are those of the catalogue; making the driver's handle anew costs each call.
	collections map[string]*mongo.Collection
	secrets     secrets
	turns       *turns
	pool        *pool
	// timeout bounds one call; 0 means not at all.
	timeout time.Duration
}

var (
	_ store.Backend = (*Backend)(nil)
	_ store.Writer  = (*Backend)(nil)
	_ store.Relayer = (*Backend)(nil)
)

// Open connects to the database that the path of uri names, "gatehouse" if it names none, and
// returns when the primary has answered. When it does not, the error is store.ErrUnavailable; when
// it refuses the credentials, or uri is of no use, it is another.
//
// No call takes longer than timeoutMS, ten seconds without it, but counting and building, which take
// what their contexts allow. The timeouts, the name of the application and the size of the pool can be set in uri; the concerns
// and the read preference cannot be weakened there. No error has the password in it.
func Open(ctx context.Context, uri string) (*Backend, error) {
	to, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	return connect(ctx, to)
}

func connect(ctx context.Context, to *target) (*Backend, error) {
	counted := &pool{}
	to.options.SetPoolMonitor(counted.monitor())
	client, err := mongo.Connect(to.options)
	if err != nil {
		return nil, fmt.Errorf("set up the MongoDB client: %w", to.secrets.conceal(err))
	}
	b := &Backend{
		client: client, db: client.Database(to.database), collections: map[string]*mongo.Collection{},
		secrets: to.secrets, turns: newTurns(), timeout: *to.options.Timeout, pool: counted,
	}
	for _, s := range store.Catalogue() {
		b.collections[s.Name] = b.db.Collection(s.Name)
	}
	if err := b.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to MongoDB: %w", err), b.disconnect(context.WithoutCancel(ctx)))
	}
	return b, nil
}

// Ping fails with store.ErrUnavailable when the primary does not answer.
func (b *Backend) Ping(ctx context.Context) error {
	ctx, cancel := b.briefly(ctx)
	defer cancel()
	return b.failure(nil, b.client.Ping(ctx, readpref.Primary()))
}

// briefly bounds one call. The driver's own timeout is not for contexts that have a deadline already,
// as every request's has.
func (b *Backend) briefly(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, b.timeout)
}

// Write runs work. Each of its steps stands by itself.
func (b *Backend) Write(ctx context.Context, work func(ctx context.Context, w store.Writer) error) error {
	return work(ctx, b)
}

// Close ends the connections. Calls that are still under way fail.
func (b *Backend) Close() error { return b.disconnect(context.Background()) }

func (b *Backend) disconnect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	if err := b.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("disconnect from MongoDB: %w", b.secrets.conceal(err))
	}
	return nil
}

func (b *Backend) collection(s *store.Schema) *mongo.Collection {
	if c, ok := b.collections[s.Name]; ok {
		return c
	}
	return b.db.Collection(s.Name)
}
