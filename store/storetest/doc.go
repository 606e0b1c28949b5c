// Package storetest is the conformance suite that every backend of package store passes, whole: it
// has no list of tests to skip and no switch to turn one off.
//
// It looks at a backend as the rest of the product does, through store.Store and its collections.
// Only where the promise is about what lies beneath (an outbox stays short, nothing stays pending)
// does it read the documents themselves.
//
// # One engine, one row for each collection
//
// No test is written for one kind of entity. Each takes a kind, a row of the table in kinds.go, that
// knows how to fill a document completely, and what the API lets one filter and sort by; all else
// comes from the catalogue. A new collection is a new row. The suite fails when the catalogue has a
// collection without one, when a document filled by a row has a field without a value, or when an
// index serves no list of the row: none of these can be forgotten quietly.
//
// # Where the answers come from
//
// Lists are compared with what a few lines of Go make of the documents that were written: filter,
// sort by value and ID, cut. Nothing of that shares code with package store.
//
// Crashes are played by store.Options.Interrupt. A change is made again and again, each time on a
// store that dies one step later than the time before, until it comes through; each time a second
// store opened on the same data must find that the change and its event both happened, or neither.
//
// # What a backend's tests do
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Database { … })
//	}
package storetest
