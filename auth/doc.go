// Package auth finds out who is calling.
//
// A caller shows a credential in the Authorization header (RFC 6750 §2.1). Authenticate turns it
// into a Principal: the tenant, the actor that audit events will name, and the permissions. The
// server puts the principal into the request's context with With, and everybody behind it asks
// From; nobody else writes that key. Whoever finds no principal there must refuse: there is no
// anonymous caller.
//
// A credential is looked up by its SHA-256 hash alone. It has 256 random bits, so the hash can be
// neither inverted nor guessed, and nothing slower than SHA-256 is needed. An error of the store is
// never taken for "unknown", and never for "known": the caller is refused as UNAVAILABLE.
package auth
