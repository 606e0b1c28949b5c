// Package telemetry is what operators see of a running server: one line in the log for each request,
// metrics for Prometheus, and traces over OTLP.
//
// # One record for each request
//
// Nobody but this package writes the line of a request or counts it. A Request travels in the context
// of its request, and each layer adds what it alone knows:
//
//	http.go        Begin: ID, start            End: route, status ──┬── one line in the log
//	   authenticated     SetCaller                                  ├── counters and histograms
//	      oauth              SetClient, Fail                        └── the span of the request
//	      resolvers          Operate, SetCost, Fail
//	         store               spans of calls, by Observe
//
// At the end all three are made from the one record, so they never tell different stories. Layers
// that find no record in their context, as in tests, lose nothing: every method of a nil *Request does
// nothing.
//
// # What never gets out
//
// Documents, variables, headers, the paths that strangers ask for and the texts of errors are in
// none of the three. What a client may choose is bounded before it is shown: an operation's name is
// cut, a method or an error code that we do not know is "other". In a metric there is nothing that a
// client chooses: its label is the root field of the operation, as the schema spells it, since
// every value of a label is a series that is kept until the process ends. The name that a client gave
// its operation is in the log and in the traces, where each costs no more than another.
//
// # What it costs
//
// Metrics are always counted: some counters behind read locks, without a call of the system. Traces
// are made when an endpoint is configured; without one there is no tracer, and what is left of them
// are comparisons with nil. Spans are sent from a bounded queue in the background, and dropped when
// it is full or when the collector does not take them: no request waits for a collector, or fails with
// it.
//
// There are no globals. The registry and the tracer belong to a Telemetry, so that a process, as a
// test, may have several.
package telemetry
