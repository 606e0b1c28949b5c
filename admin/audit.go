package admin

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"gatehouse/model"
)

// subject is the kind of entity that an audit event is about, as actions begin with it.
type subject string

const (
	subjectUser     subject = "user"
	subjectApp      subject = "app"
	subjectAdminKey subject = "adminKey"

	subjectManagementApplication subject = "managementApplication"
	subjectRole                  subject = "role"
	subjectRoleAssignment        subject = "roleAssignment"
	subjectSigningKey            subject = "signingKey"
	subjectIdempotencyKey        subject = "idempotencyKey"
)

// entityType is the subject in the words of the schema's enum: managementApplication is
// MANAGEMENT_APPLICATION.
func (s subject) entityType() model.AuditEntityType {
	var b strings.Builder
	for _, r := range string(s) {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return model.AuditEntityType(strings.ToUpper(b.String()))
}

// event tells the audit trail that an entity was changed: before is nil when it was made, after when
// it was deleted.
func (c call) event(s subject, verb string, before, after any) (*model.AuditEvent, error) {
	entity := after
	if isNil(after) {
		entity = before
	}
	based, ok := entity.(interface{ Base() *model.Entity })
	if !ok {
		return nil, fmt.Errorf("audit: %T is no entity", entity)
	}
	return &model.AuditEvent{
		Entity:     c.entity(),
		OccurredAt: c.at,
		Actor:      c.Actor,
		Action:     string(s) + "." + verb,
		EntityType: s.entityType(),
		EntityID:   based.Base().ID,
		RequestID:  c.RequestID,
		Changes:    diff(before, after),
	}, nil
}

// diff lists the fields that differ, in the order of the struct's fields. A field that is not set,
// like one of an entity that is not there, is nil. Secrets are compared and then masked.
func diff(before, after any) []model.AuditChange {
	was, is := flat{values: map[string]any{}}, flat{values: map[string]any{}}
	was.add("", reflect.ValueOf(before))
	is.add("", reflect.ValueOf(after))
	var changes []model.AuditChange
	for _, path := range was.union(is) {
		if !reflect.DeepEqual(was.values[path], is.values[path]) {
			changes = append(changes, model.AuditChange{Path: path, Before: mask(was.values[path]), After: mask(is.values[path])})
		}
	}
	return changes
}

// sealed stands for a secret among the values of a flat entity, until it is masked.
type sealed string

func mask(value any) any {
	if _, secret := value.(sealed); secret {
		return model.Redacted
	}
	return value
}

// flat is an entity as a list of dotted paths, each with a value as JSON would show it. Elements of
// lists of structs are named by their IDs.
type flat struct {
	paths  []string
	values map[string]any
}

func (f *flat) add(path string, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return
	}
	switch value := v.Interface().(type) {
	case model.Secret:
		f.set(path, sealed(value.Sealed()))
		return
	case model.JSON:
		var structured any
		if json.Unmarshal([]byte(value), &structured) == nil { // always: a JSON is valid
			f.set(path, structured)
		}
		return
	case time.Time:
		f.set(path, model.FormatDateTime(value))
		return
	}
	switch {
	case v.Kind() == reflect.Struct:
		f.addFields(path, v)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			f.add(join(path, v.Index(i).FieldByName("ID").String()), v.Index(i))
		}
	default:
		f.set(path, plain(v))
	}
}

func (f *flat) addFields(path string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("audit") == "-" {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("bson"), ",")
		if field.Tag.Get("audit") == "inline" { // the schema has no field for it either
			name = ""
		}
		f.add(join(path, name), v.Field(i))
	}
}

func (f *flat) set(path string, value any) {
	f.paths = append(f.paths, path)
	f.values[path] = value
}

// join adds a name to a path; the fields of an inlined struct have no name of their own.
func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// union is the paths of both: those of other, then those that only f has.
func (f *flat) union(other flat) []string {
	paths := append([]string{}, other.paths...)
	for _, path := range f.paths {
		if _, there := other.values[path]; !there {
			paths = append(paths, path)
		}
	}
	return paths
}

// plain is a value in the types of JSON, so that stores keep what the API will show.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int32, reflect.Int64, reflect.Int:
		return v.Int()
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.String:
		return v.String()
	default:
		return fmt.Sprint(v.Interface())
	}
}

func isNil(v any) bool {
	return v == nil || (reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil())
}
