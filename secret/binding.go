package secret

import (
	"encoding/binary"

	"gatehouse/model"
)

// Binding is the place where a sealed value belongs. The value opens there and nowhere else, so each
// part must be something that stays for as long as the value does: IDs rather than names. None of it
// is secret.
type Binding struct {
	// Tenant is the tenant's ID. It is empty only for what belongs to no tenant.
	Tenant string
	// Entity names one entity, not just its kind: the kind and the ID, such as "app/0192f3…".
	Entity string
	// Field is the path of the value in the entity. An element of a list is named by its ID rather than
	// by its index, which changes: "clients/0192f3…/secrets/0192f4…".
	Field string
}

// BindingOf is the place of a value in an entity of a kind, such as "app".
func BindingOf(kind string, e *model.Entity, field string) Binding {
	return Binding{Tenant: e.TenantID, Entity: kind + "/" + e.ID, Field: field}
}

// bindingLayout is the first byte of the associated data. Another layout would take another number,
// so that no binding of the one could be read as a binding of the other.
const bindingLayout = 1

// associatedData encodes the binding such that different bindings have different encodings: each
// part follows its length, so that nothing can move from one part to the next.
func (b Binding) associatedData() []byte {
	data := make([]byte, 0, 1+3*binary.MaxVarintLen64+len(b.Tenant)+len(b.Entity)+len(b.Field))
	data = append(data, bindingLayout)
	for _, part := range [...]string{b.Tenant, b.Entity, b.Field} {
		data = binary.AppendUvarint(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data
}

// checkBinding is the place of the value that SealCheck makes. No entity is bound like this, because
// it names a kind and no ID.
func checkBinding() Binding {
	return Binding{Entity: "keyset", Field: "check"}
}
