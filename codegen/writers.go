package main

import (
	_ "embed"
	"errors"
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed writers.gotpl
var writersTemplate string

// writers is the plugin. Its template asks its data what there is to write.
type writers struct{}

var _ plugin.CodeGenerator = writers{}

// Name names the plugin.
func (writers) Name() string { return "writers" }

// GenerateCode writes writers_gen.go beside what gqlgen writes.
func (writers) GenerateCode(data *codegen.Data) error {
	switch {
	case len(data.AllDirectives.LocationDirectives("FIELD")) > 0:
		return errors.New("the schema has a directive that requests can put on fields, of which the writers know nothing")
	case data.Config.OmitPanicHandler, data.Config.Exec.WorkerLimit != 0, data.Config.UseFunctionSyntaxForExecutionContext:
		return errors.New("gqlgen.yml has a setting of which the writers know nothing")
	}
	w, err := newWritten(data)
	if err != nil {
		return err
	}
	if err := templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.Dir(), "writers_gen.go"),
		Template:        writersTemplate,
		Data:            w,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
	}); err != nil {
		return fmt.Errorf("write writers_gen.go: %w", err)
	}
	return nil
}

// written is everything that the template is about.
type written struct {
	data *codegen.Data
	// Objects are the object types of the schema but roots and those of introspection.
	Objects []*object
	// Query is the type of queries.
	Query *object
	// Types are the types of what is written, each once, in the order of their names.
	Types []*typeRef
	// Results are the Go types by which a value that a field came to is known.
	Results []*result
}

// object is an object type of the schema.
type object struct {
	*codegen.Object
	Fields []*field
}

// field is a field of an object type.
type field struct {
	*codegen.Field
	// Number is the field's place in its type, from 1; 0 is __typename.
	Number int
	// Own says that the value is had by a look at the object: no resolver, argument, directive or
	// context comes into it, so that looking twice does no harm.
	Own bool
	// Of are the object types that the value may have.
	Of []string
}

// typeRef is a type of the schema as it is in Go.
type typeRef struct {
	*config.TypeReference
	written *written
}

// result is a Go type by which a value is known.
type result struct {
	GO types.Type
	// Object is the type's name for one object; empty for a list.
	Object string
	// IsValue says that the object comes without a pointer.
	IsValue bool
	// List is the type of a list.
	List *typeRef
}

func newWritten(data *codegen.Data) (*written, error) {
	w := &written{data: data}
	goTypes := map[string]string{}
	for _, o := range data.Objects {
		if o.Root || o.Stream || strings.HasPrefix(o.Name, "__") {
			continue
		}
		if other, taken := goTypes[o.Type.String()]; taken {
			return nil, fmt.Errorf("%s and %s have the same Go type, so that a value does not say which of them it is", o.Name, other)
		}
		goTypes[o.Type.String()] = o.Name
		w.Objects = append(w.Objects, &object{Object: o})
	}
	refs, results := map[string]*typeRef{}, map[string]*result{}
	for _, o := range w.Objects {
		for i, f := range o.Object.Fields {
			own := &field{Field: f, Number: i + 1, Of: w.objectsOf(f.TypeReference)}
			own.Own = own.isOwn() && w.writable(f.TypeReference)
			if own.Own {
				w.addTypes(refs, f.TypeReference)
			}
			w.addResults(refs, results, f.TypeReference)
			o.Fields = append(o.Fields, own)
		}
	}
	w.Query = &object{Object: data.QueryRoot}
	for i, f := range data.QueryRoot.Fields {
		w.Query.Fields = append(w.Query.Fields, &field{Field: f, Number: i + 1})
	}
	for _, root := range []*codegen.Object{data.QueryRoot, data.MutationRoot} {
		for _, f := range root.Fields {
			w.addResults(refs, results, f.TypeReference)
		}
	}
	for _, key := range sorted(refs) {
		w.Types = append(w.Types, refs[key])
	}
	for _, key := range sorted(results) {
		w.Results = append(w.Results, results[key])
	}
	return w, nil
}

// isOwn says whether the value of a field is had by a look at the object.
func (f *field) isOwn() bool {
	return !f.IsResolver && !f.Batch && !f.MethodHasContext && !f.HasHaser && !f.VOkFunc &&
		len(f.Args) == 0 && !f.HasDirectives() && (f.IsVariable() || f.IsMethod())
}

// Waits says whether gqlgen runs the field at the same time as others.
func (f *field) Waits() bool { return f.IsConcurrent() }

// writable says whether the writers know how to write values of a type.
func (w *written) writable(t *config.TypeReference) bool {
	switch {
	case t.IsSlice():
		return w.writable(t.Elem())
	case t.IsPtrToSlice(), t.IsPtrToIntf(), t.IsPtrToPtr(), t.IsContext, t.IsRoot, t.HasEnumValues():
		return false
	case t.IsMarshaler:
		return true
	case t.Marshaler != nil:
		return !t.IsTargetNilable()
	default:
		return len(w.objectsOf(t)) > 0
	}
}

// objectsOf names the object types that a value of the type may have: none for a scalar or an enum, or
// where one of them is not written here.
func (w *written) objectsOf(t *config.TypeReference) []string {
	var names []string
	switch t.Definition.Kind {
	case ast.Object:
		names = []string{t.Definition.Name}
	case ast.Interface, ast.Union:
		for _, implementor := range w.data.Interfaces[t.Definition.Name].Implementors {
			if !slices.Contains(names, implementor.Name) {
				names = append(names, implementor.Name)
			}
		}
	default:
	}
	for _, name := range names {
		if !slices.ContainsFunc(w.Objects, func(o *object) bool { return o.Name == name }) {
			return nil
		}
	}
	return names
}

func (w *written) addTypes(refs map[string]*typeRef, t *config.TypeReference) {
	refs[t.UniquenessKey()] = &typeRef{t, w}
	if t.IsSlice() {
		w.addTypes(refs, t.Elem())
	}
}

// addResults adds the Go types by which values of a field's type are known. Of a list it must be known
// that its elements cannot be null, since the Go type does not say.
func (w *written) addResults(refs map[string]*typeRef, results map[string]*result, t *config.TypeReference) {
	if len(w.objectsOf(t)) == 0 || !w.writable(t) {
		return
	}
	switch {
	case t.IsSlice():
		if elem := t.Elem(); elem.GQL.NonNull && !elem.IsSlice() {
			w.addTypes(refs, t)
			results[t.GO.String()] = &result{GO: t.GO, List: &typeRef{t, w}}
		}
	case t.Definition.IsAbstractType():
		for _, implementor := range w.data.Interfaces[t.Definition.Name].Implementors {
			if !implementor.TakeRef {
				results[implementor.Type.String()] = &result{GO: implementor.Type, Object: implementor.Name}
			}
		}
	default:
		results[t.GO.String()] = &result{GO: t.GO, Object: t.Definition.Name, IsValue: !t.IsNilable()}
	}
}
