// Package auth finds out who is calling.
//
// A caller shows a credential in the Authorization header (RFC 6750 §2.1). Authenticate turns it
// into a Principal: the tenant, the actor that audit events will name, and the permissions. The
// server puts the principal into the request's context with With, and everybody behind it asks
// From; nobody else writes that key. Whoever finds no principal there must refuse: there is no
// anonymous caller.
//
// There are three kinds of credentials. An admin key is looked up by its SHA-256 hash alone. It has
// 256 random bits, so the hash can be neither inverted nor guessed, and nothing slower than SHA-256 is
// needed. An access token (Tokens) is what a management application gets for its client's
// credentials: a JWT that SigningKeys signed, which says whose it is and until when, but not what it
// allows. A token of a person comes from their own identity provider, and People knows it.
//
// What was found out about a good credential is used for up to a second. A key or token that is revoked,
// an application that is deactivated, a role that is taken away: the next request finds it so in the
// process that has done it, which knows what it has changed, and in every other a second later. So it is
// with the set of public keys. An error of the store is never taken for "unknown", and beyond that second
// never for "known": the caller is refused as UNAVAILABLE.
package auth
