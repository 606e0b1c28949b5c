// Package model holds the entities of Gatehouse as they are stored and as the API shows them, and
// the rules that each of them keeps by itself.
//
// An entity is a document. It embeds Entity, which carries what every document has: its ID, its
// tenant, its revision, and who made it when. The bson tags are the field names in the store, and
// they are the names of the GraphQL schema; a field that only serves lookups, such as NameKey, has a
// name that ends in Key. The tag audit:"-" keeps what no caller sets out of the audit trail.
//
// Two methods stand for the life of an entity. Normalize brings it into the form that is stored:
// trimmed texts, folded keys. Validate says whether it may be stored. Validate is pure: it looks at
// nothing but the entity, and it reports every violation at once, each with the path of the field.
// What needs a look at a second entity is a rule of package admin.
//
// An Error is the only kind of error that callers of the API ever see. It has a code, a public text,
// and perhaps a private cause that goes to the log. Everything else is an internal error to them.
//
// The types of models_gen.go are written by gqlgen from the schema: enums, inputs and payloads.
package model
