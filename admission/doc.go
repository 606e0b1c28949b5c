// Package admission decides whether a request is let in: not who may do what, but how much of it at
// once. It is what keeps a server that is asked for ten times of what it can do answering the tenth that it can,
// as fast as ever, in the memory that it has.
//
// There are four bounds, each against something else:
//
//   - Gate bounds the requests that are worked on at the same time, with a short queue in which
//     callers take turns. Who waits for a commit lends its turn to others. It is against load, whoever it comes from.
//   - Rates charges each caller what its operations cost. It is against one caller who wants everything.
//   - Failures slows down those whose credentials fail, by where they come from. It is against guessing,
//     and against floods of credentials that each cost a look into the store.
//   - Connections bounds the connections, and lets go of the one that has been silent for longest when
//     there are too many. It is against clients that connect and say nothing.
//
// All of it is in the memory of one process: n processes let n times as much in, and a process that
// starts remembers nothing. Nothing here waits for a store, or knows HTTP beyond the state of a
// connection: callers are names, and what a refusal looks like is the business of those who ask.
package admission
