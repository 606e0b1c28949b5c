// Package deploy holds what Gatehouse is shipped with: a systemd unit, Kubernetes manifests, and the
// tests that hold them, and the compose file beside it, against what reads them.
//
// It is a module of its own, so that the parsers of other programs' formats, which only these tests
// and the release need, are not among what Gatehouse depends on.
package deploy
