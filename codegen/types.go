package main

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"
)

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// Put is the name of the method that writes a value of the type.
func (t *typeRef) Put() string { return "put" + t.UniquenessKey() }

// Element is the type of a list's elements.
func (t *typeRef) Element() *typeRef { return &typeRef{t.Elem(), t.written} }

// Of names the object types that a value of the type may have.
func (t *typeRef) Of() []string { return t.written.objectsOf(t.TypeReference) }

// IsAbstract says whether the type is an interface or a union.
func (t *typeRef) IsAbstract() bool { return t.Definition.IsAbstractType() }

// IsObject says whether the type is an object type.
func (t *typeRef) IsObject() bool { return t.Definition.Kind == ast.Object }

// Implementors are the Go types of an interface or a union.
func (t *typeRef) Implementors() []codegen.InterfaceImplementor {
	return t.written.data.Interfaces[t.Definition.Name].Implementors
}

// Place is the place of an object type among those that a value may have.
func (t *typeRef) Place(name string) int { return slices.Index(t.Of(), name) }

// HasBatchFields says whether objects of a type have fields that are resolved for all of a list at once.
func (t *typeRef) HasBatchFields() bool { return t.written.data.HasBatchFields(t.Definition.Name) }

// HasBatchImplementors says the same of an interface or a union, whose lists gqlgen groups by type.
func (t *typeRef) HasBatchImplementors() bool {
	return len(t.written.data.BatchImplementors(t.Definition.Name)) > 0
}

// Append is the expression that appends the leaf v to b, or nothing where that is not known but only
// how to get a graphql.Marshaler. It is known
//   - of enums that gqlgen has written: their text in quotes;
//   - of scalars beside whose MarshalX there is an AppendX(b []byte, v T) []byte, which must write the
//     same;
//   - of gqlgen's own scalars that are used here.
func (t *typeRef) Append(v string) string {
	if t.IsMarshaler {
		if basic, ok := t.base().Underlying().(*types.Basic); ok && t.Definition.Kind == ast.Enum && basic.Kind() == types.String {
			return templates.CurrentImports.Lookup("strconv") + ".AppendQuote(*b, string(" + v + "))"
		}
		return ""
	}
	marshaler := t.Marshaler
	switch marshaler.FullName() {
	case "github.com/99designs/gqlgen/graphql.MarshalID":
		return templates.CurrentImports.Lookup("gatehouse/model") + ".AppendString(*b, " + t.cast(v) + ")"
	case "github.com/99designs/gqlgen/graphql.MarshalBoolean":
		return templates.CurrentImports.Lookup("strconv") + ".AppendBool(*b, " + t.cast(v) + ")"
	}
	name := "Append" + strings.TrimPrefix(marshaler.Name(), "Marshal")
	if marshaler.Pkg().Scope().Lookup(name) == nil {
		return ""
	}
	return fmt.Sprintf("%s.%s(*b, %s)", templates.CurrentImports.Lookup(marshaler.Pkg().Path()), name, t.cast(v))
}

// Marshal is the expression that makes a graphql.Marshaler of the leaf v.
func (t *typeRef) Marshal(v string) string {
	if t.IsMarshaler {
		return v
	}
	return templates.Call(t.Marshaler) + "(" + t.cast(v) + ")"
}

func (t *typeRef) cast(v string) string {
	if t.CastType == nil {
		return v
	}
	return templates.CurrentImports.LookupType(t.CastType) + "(" + v + ")"
}

// base is the Go type without a pointer.
func (t *typeRef) base() types.Type {
	if p, ok := t.GO.(*types.Pointer); ok {
		return p.Elem()
	}
	return t.GO
}

// IsPointer says whether the leaf is behind a pointer.
func (t *typeRef) IsPointer() bool { return t.IsPtr() }
