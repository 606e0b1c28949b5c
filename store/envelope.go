package store

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/model"
)

// Header is what a backend must know of a document: where it belongs, and its envelope. All of its
// fields stand at the top level of the document, beside those of the entity.
type Header struct {
	ID       string `bson:"_id"`
	TenantID string `bson:"tenantId"`
	Revision int32  `bson:"revision"`
	// Deleted hides the document from every index but PendingIndex.
	Deleted bool `bson:"deleted"`
	// Pending is true exactly when the document is deleted or has a task or an outbox.
	Pending bool `bson:"pending,omitempty"`
	// Task names work on other documents that this change brought with it.
	Task string `bson:"task,omitempty"`
	// Outbox holds audit events that are not known to be in their own collection yet.
	Outbox []bson.Raw `bson:"outbox,omitempty"`
}

// ParseHeader reads the header of a document.
func ParseHeader(doc bson.Raw) (Header, error) {
	var h Header
	if h.read(string(doc)) {
		return h, nil
	}
	h = Header{}
	if err := bson.Unmarshal(doc, &h); err != nil {
		return Header{}, fmt.Errorf("read the header of a document: %w", err)
	}
	return h, nil
}

// read reads what stores write, as layouts do and for the same reason: every document that is written
// passes through here. It reports whether it could; if not, it may have changed h.
func (h *Header) read(doc string) bool {
	return eachElement(doc, func(kind bson.Type, key, value string) (ok bool) {
		switch key {
		case "_id":
			h.ID, ok = textOf(kind, value)
		case "tenantId":
			h.TenantID, ok = textOf(kind, value)
		case "task":
			h.Task, ok = textOf(kind, value)
		case "revision":
			if ok = kind == bson.TypeInt32; ok {
				h.Revision = int32At(value)
			}
		case "deleted":
			h.Deleted, ok = boolOf(kind, value)
		case "pending":
			h.Pending, ok = boolOf(kind, value)
		case "outbox": // package bson reads those
		default: // it would take these names in capital letters, too
			ok = !slices.ContainsFunc([]string{"_id", "task", "revision", "deleted", "pending", "outbox"},
				func(name string) bool { return strings.EqualFold(name, key) })
		}
		return ok
	})
}

// envelope is the part of the header that is not the entity's own.
type envelope struct {
	Deleted bool       `bson:"deleted"`
	Pending bool       `bson:"pending,omitempty"`
	Task    string     `bson:"task,omitempty"`
	Outbox  []bson.Raw `bson:"outbox,omitempty"`
}

// seal marks the envelope as pending if it is.
func (e *envelope) seal() { e.Pending = e.Deleted || e.Task != "" || len(e.Outbox) > 0 }

// stored is a document: an entity and its envelope, side by side.
type stored[T any] struct {
	Entity   T        `bson:",inline"`
	Envelope envelope `bson:",inline"`
}

// decoder reads documents of one kind.
type decoder[T any] struct{ layout *layout }

func newDecoder[T any]() decoder[T] { return decoder[T]{newLayout(reflect.TypeFor[stored[T]]())} }

func (d decoder[T]) decode(doc bson.Raw) (*stored[T], error) {
	if d.layout != nil {
		var s stored[T]
		if d.layout.decode(string(doc), reflect.ValueOf(&s).Elem()) {
			return &s, nil
		}
	}
	var s stored[T]
	if err := bson.Unmarshal(doc, &s); err != nil {
		return nil, fmt.Errorf("read a document: %w", err)
	}
	return &s, nil
}

func (s *stored[T]) encode() (bson.Raw, error) {
	s.Envelope.seal()
	doc, err := bson.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write a document: %w", err)
	}
	return doc, nil
}

// encodeEvent returns nil for none.
func encodeEvent(event *model.AuditEvent) (bson.Raw, error) {
	if event == nil {
		return nil, nil
	}
	return (&stored[model.AuditEvent]{Entity: *event}).encode()
}
