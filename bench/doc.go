// Package bench measures what GraphQL costs beside the database. Each benchmark runs twice: through
// the GraphQL handler, and through a plain handler that authenticates the same way, makes the same
// call of the store, and writes the same JSON. Only the ratio within one run means anything; the
// absolute figures are those of the machine.
//
// Beside them, BenchmarkSearch looks for the requests that take the most processor time before they are
// executed or refused, and BenchmarkWorst measures those that it has found.
//
//	make bench
//	make search
//
// The stores are SQLite in a temporary folder, and MongoDB where TEST_MONGODB_URI names one.
package bench
