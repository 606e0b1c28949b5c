package storetest

import (
	"slices"
	"testing"

	"gatehouse/model"
	"gatehouse/store"
)

// olderCatalogue is the catalogue before there were tenants, tokens, idempotency keys, and
// filters for audit events.
func olderCatalogue() []*store.Schema {
	return slices.DeleteFunc(store.Catalogue(), func(s *store.Schema) bool {
		if s.Name == "auditEvents" {
			s.Fields = slices.DeleteFunc(s.Fields, func(f store.Field) bool { return f.Name != "entityId" })
			s.Indexes = slices.DeleteFunc(s.Indexes, func(x store.Index) bool { return x.Name != "created" && x.Name != "entity_created" })
		}
		return slices.Contains([]string{"tenants", "signingKeys", "revokedTokens", "usedAssertions", "idempotencyKeys"}, s.Name)
	})
}

// testOlder opens a database that was in use before there was all of this catalogue: what is in it must
// be found by the indexes that came later, and the collections that came later must work.
func testOlder(t *testing.T, database Database) {
	ctx, row := t.Context(), auditEvents().(kind[model.AuditEvent])
	s := &suite{database: database}
	before, tenant := database.Open(t), s.tenant()
	older := olderCatalogue()
	if err := before.Build(ctx, older); err != nil {
		t.Fatal(err)
	}
	events := older[slices.IndexFunc(older, func(s *store.Schema) bool { return s.Name == "auditEvents" })]
	if len(events.Indexes) != 2 || len(older)+5 != len(store.Catalogue()) {
		t.Fatalf("the older catalogue has %d collections, and %d indexes of events", len(older), len(events.Indexes))
	}
	var items []item
	for i := range 40 {
		event := row.make(tenant)
		row.vary(event, i)
		put(t, before, events, encoded(t, event))
		items = append(items, row.item(t, schemaOf(row), event))
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}

	opened := s.open(t, store.Options{})
	sh := &shelf[model.AuditEvent]{kind: row, collection: opened.AuditEvents, tenant: tenant, items: items}
	for _, l := range row.lists(row.filters) {
		if len(l.filters) > 1 {
			continue
		}
		sh.compare(t, l.String(), l.of(items), sh.find(t, l.String(), l.query()))
	}
	key := signingKeys().(kind[model.SigningKey])
	doc := key.make("")
	key.insert(t, opened.SigningKeys, doc)
	key.reads(t, "in a collection that came later", opened.SigningKeys, doc)
}
