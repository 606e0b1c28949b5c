package graph_test

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/graph"
	"gatehouse/model"
)

// world answers for all resolvers, with values that depend on nothing but the seed and the path of a
// field: objects of everything that Go lets them be, also what the schema does not allow.
type world struct {
	seed uint64
	// trouble is one in how many resolvers fails; 0 for none, and then every value is as it should be.
	trouble int
	// reached are the fields that gqlgen has executed.
	reached func(object, field string)
}

var errTrouble = errors.New("trouble")

func (world) ExtensionName() string                   { return "World" }
func (world) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptField answers instead of resolvers.
func (w world) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx)
	if w.reached != nil {
		w.reached(field.Object, field.Field.Name)
	}
	if !field.IsResolver || strings.HasPrefix(field.Field.Name, "__") {
		return next(ctx)
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(field.Path().String()))
	m := valueMaker{random: rand.New(rand.NewPCG(w.seed, hash.Sum64())), bad: w.trouble > 0}
	if m.bad {
		switch m.random.IntN(w.trouble) {
		case 0:
			return nil, errTrouble
		case 1:
			panic("trouble")
		case 2:
			return nil, nil //nolint:nilnil // so may a resolver
		}
	}
	value := reflect.New(resultType(field.Object, field.Field.Name)).Elem()
	m.fill(value, 0)
	return value.Interface(), nil
}

// resultType is what the resolver of a field answers, for one object where it is asked for several.
func resultType(object, field string) reflect.Type {
	of, _ := reflect.TypeFor[graph.ResolverRoot]().MethodByName(object)
	resolvers := of.Type.Out(0)
	resolver, ok := resolvers.MethodByName(strings.ToUpper(field[:1]) + field[1:])
	if !ok {
		panic("no resolver of " + object + "." + field)
	}
	if t := resolver.Type; object != "Query" && object != "Mutation" && t.In(1).Kind() == reflect.Slice {
		return t.Out(0).Elem()
	}
	return resolver.Type.Out(0)
}

// valueMaker makes values.
type valueMaker struct {
	random *rand.Rand
	// bad lets anything be nil that can be.
	bad bool
}

const deepest = 9

func (m *valueMaker) fill(v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.UnixMilli(m.random.Int64N(4e12)).In(time.FixedZone("", 7200))))
		return
	case model.JSON:
		v.SetString([]string{`{"a":[1,"<"]}`, "", "7"}[m.random.IntN(3)])
		return
	case *model.Secret:
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if depth < deepest && (!m.bad && depth < 2 || m.random.IntN(8) > 0) {
			v.Set(reflect.New(v.Type().Elem()))
			m.fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				m.fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), m.random.IntN(4), 4))
		for i := range v.Len() {
			m.fill(v.Index(i), depth+1)
		}
	case reflect.Interface:
		m.fillInterface(v, depth)
	case reflect.Func:
		m.fillFunc(v)
	case reflect.String:
		v.SetString([]string{"", "text", "<\"\\>&\u2028\x00\x1f\t\r\n é", "\xff", "ACTIVE"}[m.random.IntN(5)])
	case reflect.Bool:
		v.SetBool(m.random.IntN(2) == 0)
	case reflect.Int32:
		v.SetInt(int64(m.random.Int32()) - 1<<30)
	default:
		panic("no values of " + v.Type().String())
	}
}

// fillInterface puts in one of the types that the interface can be, some by value.
func (m *valueMaker) fillInterface(v reflect.Value, depth int) {
	var types []reflect.Type
	for _, t := range []reflect.Type{
		reflect.TypeFor[model.User](), reflect.TypeFor[model.App](), reflect.TypeFor[model.ManagementApplication](),
		reflect.TypeFor[model.OidcClient](), reflect.TypeFor[model.SamlClient](), reflect.TypeFor[model.Role](),
		reflect.TypeFor[model.RoleAssignment](), reflect.TypeFor[model.AdminKey](), reflect.TypeFor[model.AuditEvent](),
	} {
		if t.Implements(v.Type()) {
			types = append(types, t)
		}
		if reflect.PointerTo(t).Implements(v.Type()) {
			types = append(types, reflect.PointerTo(t), reflect.PointerTo(t))
		}
	}
	if len(types) == 0 || depth >= deepest || m.bad && m.random.IntN(8) == 0 {
		return
	}
	made := reflect.New(types[m.random.IntN(len(types))]).Elem()
	m.fill(made, depth)
	v.Set(made)
}

// fillFunc puts in a function that always answers the same, or fails.
func (m *valueMaker) fillFunc(v reflect.Value) {
	answer := []reflect.Value{reflect.New(v.Type().Out(0)).Elem(), reflect.Zero(reflect.TypeFor[error]())}
	m.fill(answer[0], deepest)
	trouble := -1
	if m.bad {
		trouble = m.random.IntN(12)
	}
	v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value {
		switch trouble {
		case 0:
			return []reflect.Value{answer[0], reflect.ValueOf(&errTrouble).Elem()}
		case 1:
			panic("trouble")
		}
		return answer
	}))
}
