// Package oauth is the OAuth 2.0 authorization server for machines: the HTTP endpoints at which a
// management application gets, examines and gives back access tokens.
//
//	                      ┌ form.go ──── parameters, from the body alone (RFC 6749 §3.2)
//	POST /oauth2/token ───┤
//	POST /oauth2/revoke ──┼ credentials.go ── which client, by which method (RFC 6749 §2.3, RFC 7521)
//	POST /oauth2/introspect        │
//	                               ▼
//	                      slow_down.go ──── has somebody failed too often here? 429
//	                               │
//	                      authenticate.go ─ one look into the store, then the same work for all:
//	                        │      ├ secrets.go ──── two sealed secrets opened and compared
//	                        │      └ assertion.go ── a signature checked, a jti remembered
//	                        ▼
//	                      token.go, introspect.go, revoke.go ── package auth issues, reads, revokes
//
//	GET /oauth2/jwks, /.well-known/oauth-authorization-server ── metadata.go
//
// # What clients can do
//
// There is one grant, client credentials (RFC 6749 §4.4), and three ways for a client to say who it
// is: client_secret_basic, client_secret_post and private_key_jwt (RFC 7523). A client is
// authenticated by the one method that it is registered with and by no other. The methods of RFC 8705,
// certificates of TLS, are not offered, because this server does not end TLS: whatever a proxy wrote
// about a certificate could as well be written by a caller. A client that is registered with one of
// them, a public client, and one that speaks SAML get no token here.
//
// # What strangers cannot learn
//
// An unknown client, one with another method, a wrong or expired secret, an assertion that proves
// nothing and an inactive application are refused with the same words after the same work: one
// reading of the store, and the same number of secrets opened or signatures checked. Where there is
// nothing to open or to check, a decoy made at the start is. No answer repeats anything of its
// request, and no error of the store gets out: whoever asks when it fails is told to come back (503).
//
// # What it never does
//
// It takes no parameter from a URL, where logs and histories would keep it. It keeps no session, sets
// no cookie and answers no page, so that no browser has a part in it; there is no CORS header. It
// remembers nothing between requests but who failed how often (see admission.Failures), and that only in this
// process. It writes no audit event: refusals are lines in the log.
package oauth
