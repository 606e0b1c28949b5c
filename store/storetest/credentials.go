package storetest

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"gatehouse/model"
	"gatehouse/store"
)

// tenants are read by their ID, found by their name, and walked through by Each.
func tenants() entity {
	return kind[model.Tenant]{
		collection: "tenants",
		door:       func(s *store.Store) *store.Collection[model.Tenant] { return s.Tenants },
		base:       (*model.Tenant).Base,
		fill:       func(t *model.Tenant) { t.Name, t.NameKey = "Tenant "+t.ID, "tenant "+t.ID },
		note:       func(t *model.Tenant) *string { return &t.Name },
		vary:       func(*model.Tenant, int) {},
	}
}

func signingKeys() entity {
	return kind[model.SigningKey]{
		collection: "signingKeys",
		door:       func(s *store.Store) *store.Collection[model.SigningKey] { return s.SigningKeys },
		base:       (*model.SigningKey).Base,
		fill: func(k *model.SigningKey) {
			fillZeros(k)
			k.PublicKey = model.JSON(`{"kid":"` + k.ID + `"}`)
			hash := sha256.Sum256([]byte(k.ID))
			k.SignsFrom = time.UnixMilli(int64(binary.BigEndian.Uint64(hash[:]) >> 24)).UTC()
			k.SignsUntil, k.ExpiresAt = k.SignsFrom.Add(time.Hour), k.SignsFrom.Add(2*time.Hour)
		},
		note:   func(k *model.SigningKey) *string { return &k.CreatedBy.Name },
		vary:   func(*model.SigningKey, int) {},
		orders: []string{""},
	}
}

// revokedTokens are read by their ID alone.
func revokedTokens() entity {
	return kind[model.RevokedToken]{
		collection: "revokedTokens",
		door:       func(s *store.Store) *store.Collection[model.RevokedToken] { return s.RevokedTokens },
		base:       (*model.RevokedToken).Base,
		fill:       func(k *model.RevokedToken) { k.ExpiresAt = moment(5) },
		note:       func(k *model.RevokedToken) *string { return &k.CreatedBy.Name },
		vary:       func(*model.RevokedToken, int) {},
	}
}

// usedAssertions are read by their ID alone.
func usedAssertions() entity {
	return kind[model.UsedAssertion]{
		collection: "usedAssertions",
		door:       func(s *store.Store) *store.Collection[model.UsedAssertion] { return s.UsedAssertions },
		base:       (*model.UsedAssertion).Base,
		fill:       func(a *model.UsedAssertion) { a.ExpiresAt = moment(5) },
		note:       func(a *model.UsedAssertion) *string { return &a.CreatedBy.Name },
		vary:       func(*model.UsedAssertion, int) {},
	}
}

// idempotencyKeys are read by their ID alone.
func idempotencyKeys() entity {
	return kind[model.IdempotencyKey]{
		collection: "idempotencyKeys",
		door:       func(s *store.Store) *store.Collection[model.IdempotencyKey] { return s.IdempotencyKeys },
		base:       (*model.IdempotencyKey).Base,
		fill:       func(r *model.IdempotencyKey) { fillZeros(r) },
		note:       func(r *model.IdempotencyKey) *string { return &r.RequestID },
		vary:       func(*model.IdempotencyKey, int) {},
	}
}
