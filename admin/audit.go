package admin

import (
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
)

// entityType is the subject in the words of the schema's enum: managementApplication is
// MANAGEMENT_APPLICATION.
func (s subject) entityType() string {
	var b strings.Builder
	for _, r := range string(s) {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
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
// like one of an entity that is not there, is nil.
func diff(before, after any) []model.AuditChange {
	was, is := flat{}, flat{}
	was.add("", reflect.ValueOf(before))
	is.add("", reflect.ValueOf(after))
	var changes []model.AuditChange
	for _, path := range was.union(is) {
		if !reflect.DeepEqual(was.values[path], is.values[path]) {
			changes = append(changes, model.AuditChange{Path: path, Before: was.values[path], After: is.values[path]})
		}
	}
	return changes
}

// flat is an entity as a list of dotted paths, each with a value as JSON would show it.
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
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		if f.values == nil {
			f.values = map[string]any{}
		}
		f.paths = append(f.paths, path)
		f.values[path] = plain(v)
		return
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("bson"), ",")
		if field.Tag.Get("audit") == "-" {
			continue
		}
		switch {
		case name == "": // inlined
			f.add(path, v.Field(i))
		case path == "":
			f.add(name, v.Field(i))
		default:
			f.add(path+"."+name, v.Field(i))
		}
	}
}

// union is the paths of both, those of the longer one leading.
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
	if t, ok := v.Interface().(time.Time); ok {
		return model.FormatDateTime(t)
	}
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
