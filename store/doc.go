// Package store is the port to the database: the collections, how they are indexed, listed and
// changed, and what may go wrong. Its two implementations, store/mongodb and store/sqlite, keep the
// same BSON documents; storetest is the suite that both pass.
//
// The unit of atomicity is one document. There are no transactions over several, because they are
// missing on some servers and slow across shards. Two things follow.
//
// An audit event travels with the document that it is about. Collection methods that change
// something take the event and commit both in one step: where the backend is Atomic, in one
// transaction; elsewhere inside the document, in a field called outbox, which is then copied to the
// audit collection under the event's own ID and cleared:
//
//	write document + outbox ── copy the events ── clear the outbox (or remove the document)
//	        ▲                        ▲                    ▲
//	  the change happened      repeating it is       only if nobody has
//	  or it did not            harmless              written since
//
// The copying goes on behind the backs of the callers, for many changes at once: the relay waits a
// moment for further ones, unless somebody flushes or an outbox fills.
//
// Whoever crashes in between leaves a document that is marked pending. Recover finishes those, at
// the start and from time to time.
//
// A change with consequences for other documents (deleting a user deletes its apps) names a task
// that is written with the change and stays until Finish is called. A document being deleted is
// hidden from every read from its first write on, and its unique names are free. Unfinished lists
// what still waits; package admin knows how to do it.
//
// Backends know documents as BSON with a handful of envelope fields; Collection is the typed door
// that everybody else uses.
package store
