package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/model"
	"gatehouse/secret"
)

const (
	// signingKeyKind and privateKeyField are where a private key is, for sealing it.
	signingKeyKind  = "signingKey"
	privateKeyField = "privateKey"
	// ClockLeeway is by how much the clocks of processes may differ without a key, or the mark of a
	// revoked token or a used assertion, being gone for one while another still needs it.
	ClockLeeway = time.Minute
)

// ring is the signing keys that were in the store at readAt.
type ring struct {
	// readAt is when the reading began, and changes what this process had changed by then.
	readAt  time.Time
	changes uint64
	// keys are all of them, the one that signs last first. Expired ones are among them until the store
	// loses them.
	keys []ringKey
	// renewing says that somebody has begun to read them anew.
	renewing atomic.Bool
}

// stands says whether the ring may still be used: it is young enough, and this process has changed no key
// since.
func (r *ring) stands(now time.Time, changes uint64) bool {
	age := now.Sub(r.readAt)
	return age >= 0 && age < ringAge && r.changes == changes
}

type ringKey struct {
	doc *model.SigningKey
	// public is what verifies; wrong, unless nil, says why it is of no use.
	public jose.JSONWebKey
	wrong  error
}

func newRing(readAt time.Time, changes uint64, docs []*model.SigningKey) *ring {
	r := &ring{readAt: readAt, changes: changes, keys: make([]ringKey, len(docs))}
	for i, doc := range docs {
		r.keys[i].doc = doc
		r.keys[i].public, r.keys[i].wrong = parsePublicKey(doc)
	}
	return r
}

// signsAt is the key that signs at t; nil when none does. Of several, as two configured lifetimes can
// bring about, it is the one that began last, for every process alike.
func (r *ring) signsAt(t time.Time) *model.SigningKey {
	for _, key := range r.keys {
		if !t.Before(key.doc.SignsFrom) && t.Before(key.doc.SignsUntil) {
			return key.doc
		}
	}
	return nil
}

// verifier is the key with this ID; nil where there is none, or it has expired.
func (r *ring) verifier(id string, now time.Time) *ringKey {
	for i := range r.keys {
		if key := &r.keys[i]; key.doc.ID == id && now.Before(key.doc.ExpiresAt) {
			return key
		}
	}
	return nil
}

// free is the first millisecond from t on in which no key begins to sign.
func (r *ring) free(t time.Time) time.Time {
	for slices.ContainsFunc(r.keys, func(key ringKey) bool { return key.doc.SignsFrom.Equal(t) }) {
		t = t.Add(time.Millisecond)
	}
	return t
}

// newSigningKey makes a key pair for ES256 (RFC 7518 §3.4) that signs in [from, until).
func newSigningKey(keyset *secret.Keyset, now, from, until time.Time) (*model.SigningKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	doc := &model.SigningKey{
		Entity: model.NewEntity("", model.SystemActor(), now), SignsFrom: from, SignsUntil: until,
		ExpiresAt: until.Add(TokenLifetime + ClockLeeway),
	}
	jwk := jose.JSONWebKey{Key: private, KeyID: doc.ID, Algorithm: string(jose.ES256), Use: "sig"}
	plain, err := jwk.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write a signing key: %w", err)
	}
	doc.PrivateKey = *model.NewSecret(string(plain))
	err = doc.PrivateKey.SealWith(func(plain []byte) ([]byte, error) {
		return keyset.Seal(plain, secret.BindingOf(signingKeyKind, &doc.Entity, privateKeyField))
	})
	if err != nil {
		return nil, err
	}
	doc.PublicKey, err = publicJWK(jwk.Public())
	return doc, err
}

// publicJWK is a public key as the document holds it.
func publicJWK(jwk jose.JSONWebKey) (model.JSON, error) {
	text, err := jwk.MarshalJSON()
	if err != nil {
		return "", fmt.Errorf("write a public key: %w", err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return "", fmt.Errorf("write a public key: %w", err)
	}
	return model.NewJSON(members)
}

// parsePublicKey reads the public half of a signing key. It takes nothing but what newSigningKey makes.
func parsePublicKey(doc *model.SigningKey) (jose.JSONWebKey, error) {
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON([]byte(doc.PublicKey)); err != nil {
		return jwk, fmt.Errorf("read the public signing key %s: %w", doc.ID, err)
	}
	public, ok := jwk.Key.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() || jwk.KeyID != doc.ID || jwk.Algorithm != string(jose.ES256) {
		return jwk, fmt.Errorf("read the public signing key %s: it is no key of its ID for ES256", doc.ID)
	}
	return jwk, nil
}

// openSigningKey unseals the private half of a key. It must belong to the public half that is
// published, or nobody could verify what it signs.
func openSigningKey(keyset *secret.Keyset, doc *model.SigningKey) (*jose.JSONWebKey, error) {
	public, err := parsePublicKey(doc)
	if err != nil {
		return nil, err
	}
	plain, err := keyset.Open(doc.PrivateKey.Sealed(), secret.BindingOf(signingKeyKind, &doc.Entity, privateKeyField))
	if err != nil {
		return nil, fmt.Errorf("open the signing key %s: %w", doc.ID, err)
	}
	jwk := &jose.JSONWebKey{}
	if err := jwk.UnmarshalJSON(plain); err != nil {
		return nil, errors.New("read the signing key " + doc.ID + ": it is no JWK") // the cause could quote it
	}
	private, ok := jwk.Key.(*ecdsa.PrivateKey)
	if !ok || !private.PublicKey.Equal(public.Key) {
		return nil, errors.New("read the signing key " + doc.ID + ": its halves do not belong together")
	}
	return jwk, nil
}
