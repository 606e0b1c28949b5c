package store

// Kind is the type of an indexed field.
type Kind int

// The kinds of indexed fields.
const (
	String Kind = iota
	Bool
	Time
)

// Field is a field that lists filter or sort by. Name is its path in the document.
type Field struct {
	Name string
	Kind Kind
	// Many says that the field is a list of strings, and that a document is found by each of them.
	// Lists cannot be ordered by it.
	Many bool
}

// Index is one index of a collection. Its key is the tenant, the Equal fields, the Order field, and
// the ID as tie-breaker.
//
// Indexes cover living documents only: one that is being deleted is in none of them, so that its
// unique names are free as soon as it is marked.
type Index struct {
	Name string
	// Equal are compared for equality.
	Equal []string
	// Order is what the index is sorted by; empty means by ID, which is by creation.
	Order string
	// Unique makes tenant, Equal and Order unique together; the ID is then not part of the key.
	Unique bool
	// Sparse leaves out documents that lack the Order field. Only with Unique.
	Sparse bool
	// Global leaves the tenant out of the key: for finding out whose credential it is, for names that
	// are unique across tenants, and for ExpiredIndex. No list of a tenant is read by it.
	Global bool
}

// Schema is the name of a collection, and how it is indexed.
type Schema struct {
	Name string
	// What one document is called in messages.
	Singular string
	Fields   []Field
	Indexes  []Index
	// Expires says that documents are of no use from the time in their field expiresAt on, and that
	// RemoveExpired removes them without a trace. That field and ExpiredIndex belong to it.
	Expires bool
	// IndexLate says that documents are written far more often than lists are read, and once. A backend
	// may then index many documents at once, later than it writes them: as soon as a list is read, or when
	// there are enough of them. Nobody sees the difference: a list has every document whose write has
	// returned. It cannot go with unique indexes, with fields of many values, or with Expires.
	IndexLate bool
}

// Field returns the field called name; asking for one that is not in the catalogue is a mistake of
// the program.
func (s *Schema) Field(name string) Field {
	if name == idField {
		return Field{Name: idField, Kind: String}
	}
	for _, f := range s.Fields {
		if f.Name == name {
			return f
		}
	}
	panic("store: collection " + s.Name + " has no indexed field " + name)
}

// Index returns the index called name.
func (s *Schema) Index(name string) *Index {
	for i := range s.Indexes {
		if s.Indexes[i].Name == name {
			return &s.Indexes[i]
		}
	}
	panic("store: collection " + s.Name + " has no index " + name)
}

// PendingIndex is the name of the index that every collection has beside those of its catalogue: it
// covers the documents with an outbox or a task, of all tenants, by ID.
const PendingIndex = "pending"

// ExpiredIndex is the name of the index, over all tenants, by which RemoveExpired finds what has
// expired. It begins with the time and not with a tenant, because nobody knows beforehand which
// tenants have something to remove, and to ask each of them would cost the more the more there are.
const ExpiredIndex = "expired"

const (
	idField      = "_id"
	expiresField = "expiresAt"
)

// Catalogue is every collection there is. Both stores build themselves from it.
//
// The comment behind an index names the lists that it serves; where two could serve one, the one
// named first does. A filter that its index does not lead with is checked while the index is walked.
func Catalogue() []*Schema {
	return []*Schema{
		usersSchema(), appsSchema(), managementApplicationsSchema(), rolesSchema(), roleAssignmentsSchema(),
		adminKeysSchema(), auditEventsSchema(), keysetChecksSchema(),
		tenantsSchema(), signingKeysSchema(), revokedTokensSchema(), usedAssertionsSchema(),
		idempotencyKeysSchema(),
	}
}

func usersSchema() *Schema {
	return &Schema{
		Name:     "users",
		Singular: "user",
		Fields: []Field{
			{Name: "usernameKey", Kind: String},
			{Name: "isActive", Kind: Bool},
			{Name: "updatedAt", Kind: Time},
		},
		Indexes: []Index{
			{Name: "username", Order: "usernameKey", Unique: true}, // one by username; by USERNAME; usernameStartsWith
			{Name: "created"},                     // by CREATED_AT
			{Name: "updated", Order: "updatedAt"}, // by UPDATED_AT; updatedSince
			{Name: "active_username", Equal: []string{"isActive"}, Order: "usernameKey"}, // the same three with isActive
			{Name: "active_created", Equal: []string{"isActive"}},
			{Name: "active_updated", Equal: []string{"isActive"}, Order: "updatedAt"},
		},
	}
}

func appsSchema() *Schema {
	return &Schema{
		Name:     "apps",
		Singular: "app",
		Fields: []Field{
			{Name: "userId", Kind: String},
			{Name: "name", Kind: String},
			{Name: "nameKey", Kind: String},
			{Name: "isActive", Kind: Bool},
			{Name: "updatedAt", Kind: Time},
		},
		Indexes: []Index{
			{Name: "owner_name", Equal: []string{"userId"}, Order: "nameKey", Unique: true}, // userId by NAME; nameStartsWith
			{Name: "owner_created", Equal: []string{"userId"}},                              // userId by CREATED_AT
			{Name: "owner_updated", Equal: []string{"userId"}, Order: "updatedAt"},          // userId by UPDATED_AT
			{Name: "created"},                     // by CREATED_AT
			{Name: "updated", Order: "updatedAt"}, // by UPDATED_AT; updatedSince
			{Name: "name", Order: "nameKey"},      // by NAME; nameStartsWith; name by CREATED_AT and NAME
			{Name: "name_updated", Equal: []string{"nameKey"}, Order: "updatedAt"}, // name by UPDATED_AT
			{Name: "active_created", Equal: []string{"isActive"}},                  // isActive by each
			{Name: "active_updated", Equal: []string{"isActive"}, Order: "updatedAt"},
			{Name: "active_name", Equal: []string{"isActive"}, Order: "nameKey"},
		},
	}
}

func managementApplicationsSchema() *Schema {
	return &Schema{
		Name:     "managementApplications",
		Singular: "management application",
		Fields: []Field{
			{Name: "nameKey", Kind: String},
			{Name: "isActive", Kind: Bool},
			{Name: "clientIds", Kind: String, Many: true},
			{Name: "subdomain", Kind: String},
			{Name: "customDomain.domain", Kind: String},
			{Name: "centralKey", Kind: String},
			{Name: "updatedAt", Kind: Time},
		},
		Indexes: []Index{
			{Name: "client", Order: "clientIds", Unique: true, Global: true},                               // whose client it is; clientId
			{Name: "name", Order: "nameKey", Unique: true},                                                 // by NAME; nameStartsWith
			{Name: "subdomain", Order: "subdomain", Unique: true, Sparse: true, Global: true},              // unique across tenants
			{Name: "customDomain", Order: "customDomain.domain", Unique: true, Sparse: true, Global: true}, // unique across tenants
			{Name: "central", Order: "centralKey", Unique: true, Sparse: true},                             // one authentication hub
			{Name: "created"},                     // by CREATED_AT
			{Name: "updated", Order: "updatedAt"}, // by UPDATED_AT; updatedSince
			{Name: "active_name", Equal: []string{"isActive"}, Order: "nameKey"}, // isActive by each
			{Name: "active_created", Equal: []string{"isActive"}},
			{Name: "active_updated", Equal: []string{"isActive"}, Order: "updatedAt"},
		},
	}
}

func rolesSchema() *Schema {
	return &Schema{
		Name:     "roles",
		Singular: "role",
		Fields:   []Field{{Name: "nameKey", Kind: String}},
		Indexes: []Index{
			{Name: "name", Order: "nameKey", Unique: true},
			{Name: "created"}, // by CREATED_AT
		},
	}
}

func roleAssignmentsSchema() *Schema {
	return &Schema{
		Name:     "roleAssignments",
		Singular: "role assignment",
		Fields: []Field{
			{Name: "roleId", Kind: String},
			{Name: "entityType", Kind: String},
			{Name: "entityId", Kind: String},
		},
		Indexes: []Index{
			{Name: "role_entity", Equal: []string{"roleId"}, Order: "entityId", Unique: true}, // whether it is assigned
			{Name: "role_type_created", Equal: []string{"roleId", "entityType"}},              // of a role, by type
			{Name: "role_created", Equal: []string{"roleId"}},                                 // of a role
			{Name: "entity_created", Equal: []string{"entityId"}},                             // of an entity
		},
	}
}

func keysetChecksSchema() *Schema { return &Schema{Name: "keysetChecks", Singular: "keyset check"} }

func adminKeysSchema() *Schema {
	return &Schema{
		Name:     "adminKeys",
		Singular: "admin key",
		Fields:   []Field{{Name: "hash", Kind: String}},
		Indexes: []Index{
			{Name: "hash", Order: "hash", Unique: true, Global: true}, // whose key it is
			{Name: "created"}, // by CREATED_AT
		},
	}
}

func auditEventsSchema() *Schema {
	return &Schema{
		Name:     "auditEvents",
		Singular: "audit event",
		Fields: []Field{
			{Name: "entityId", Kind: String},
			{Name: "actor.id", Kind: String},
			{Name: "action", Kind: String},
			{Name: "entityType", Kind: String},
		},
		// Of several filters the one that leaves the fewest events leads. IDs are in the order of time,
		// so that since and until are bounds of the walk through whichever index it is.
		Indexes: []Index{
			{Name: "created"}, // newest first
			{Name: "entity_created", Equal: []string{"entityId"}}, // entityId
			{Name: "actor_created", Equal: []string{"actor.id"}},  // actorId
			{Name: "action_created", Equal: []string{"action"}},   // action
			{Name: "type_created", Equal: []string{"entityType"}}, // entityType
		},
		IndexLate: true, // one is written with every change
	}
}

func tenantsSchema() *Schema {
	return &Schema{
		Name:     "tenants",
		Singular: "tenant",
		Fields:   []Field{{Name: "nameKey", Kind: String}},
		Indexes:  []Index{{Name: "name", Order: "nameKey", Unique: true, Global: true}}, // unique across tenants
	}
}

func signingKeysSchema() *Schema {
	return &Schema{
		Name:     "signingKeys",
		Singular: "signing key",
		Fields:   []Field{{Name: "signsFrom", Kind: Time}, expiry()},
		Indexes: []Index{
			{Name: "signsFrom", Order: "signsFrom", Unique: true}, // one key for each time
			{Name: "created"}, // all of them
			expired(),
		},
		Expires: true,
	}
}

func revokedTokensSchema() *Schema {
	return &Schema{
		Name: "revokedTokens", Singular: "revoked token",
		Fields: []Field{expiry()}, Indexes: []Index{expired()}, Expires: true,
	}
}

func usedAssertionsSchema() *Schema {
	return &Schema{
		Name: "usedAssertions", Singular: "used assertion",
		Fields: []Field{expiry()}, Indexes: []Index{expired()}, Expires: true,
	}
}

func idempotencyKeysSchema() *Schema {
	return &Schema{
		Name: "idempotencyKeys", Singular: "idempotency key",
		Fields: []Field{expiry()}, Indexes: []Index{expired()}, Expires: true,
	}
}

func expiry() Field { return Field{Name: expiresField, Kind: Time} }

func expired() Index { return Index{Name: ExpiredIndex, Order: expiresField, Global: true} }
