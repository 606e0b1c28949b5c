package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"gatehouse/model"
)

// Options are what a store needs beside its backend.
type Options struct {
	// Log takes what goes wrong where no caller waits for the answer.
	Log *slog.Logger
	// Interrupt, if set, is called before every step of a change, with the step's name; an error
	// ends the change there, as a crash would. It is how tests crash a store. See Steps.
	Interrupt func(step string) error
	// Lend, if set, is handed every write of a change, to run it once in its own goroutine. It is there
	// for whoever bounds what goes on at the same time: a write waits more than it works.
	Lend func(ctx context.Context, write func())
}

// Steps names the steps of a change, in their order: the event and the document, which an atomic
// backend writes together; then, where the backend is not atomic, the copying of the outbox and
// the clearing of it.
func Steps() []string { return []string{stepEvent, stepDocument, stepCopy, stepSettle} }

const (
	stepEvent    = "event"
	stepDocument = "document"
	stepCopy     = "copy"
	stepSettle   = "settle"
)

// Store is the typed door to all collections.
type Store struct {
	backend   Backend
	relay     *relay // nil where the backend is atomic
	interrupt func(step string) error
	lend      func(ctx context.Context, write func()) // may be nil
	events    *Schema

	Users       *Collection[model.User]
	Apps        *Collection[model.App]
	AdminKeys   *Collection[model.AdminKey]
	AuditEvents *Collection[model.AuditEvent]

	ManagementApplications *Collection[model.ManagementApplication]
	Roles                  *Collection[model.Role]
	RoleAssignments        *Collection[model.RoleAssignment]
	KeysetChecks           *Collection[model.KeysetCheck]

	Tenants        *Collection[model.Tenant]
	SigningKeys    *Collection[model.SigningKey]
	RevokedTokens  *Collection[model.RevokedToken]
	UsedAssertions *Collection[model.UsedAssertion]

	IdempotencyKeys *Collection[model.IdempotencyKey]
}

// Open builds what is missing in the backend, finishes the outboxes that a crash left behind, and
// hands out the store. Closing the store closes the backend.
func Open(ctx context.Context, backend Backend, options Options) (*Store, error) {
	catalogue := Catalogue()
	if err := backend.Build(ctx, catalogue); err != nil {
		return nil, fmt.Errorf("build the collections: %w", err)
	}
	s := &Store{backend: backend, interrupt: options.Interrupt, lend: options.Lend}
	if s.interrupt == nil {
		s.interrupt = func(string) error { return nil }
	}
	if err := s.hangDoors(catalogue); err != nil {
		return nil, err
	}
	if relayer, ok := backend.(Relayer); ok {
		s.relay = startRelay(s, relayer, options.Log)
		if err := s.Recover(ctx); err != nil {
			s.relay.stop()
			return nil, fmt.Errorf("finish what a crash left: %w", err)
		}
	}
	return s, nil
}

// hangDoors makes the typed door to each collection.
func (s *Store) hangDoors(catalogue []*Schema) error {
	for _, schema := range catalogue {
		switch schema.Name {
		case "users":
			s.Users = newCollection[model.User](s, schema, (*model.User).Base, func(u *model.User) string { return u.UsernameKey })
		case "apps":
			s.Apps = newCollection[model.App](s, schema, (*model.App).Base, func(a *model.App) string { return a.NameKey })
		case "managementApplications":
			s.ManagementApplications = newCollection[model.ManagementApplication](s, schema, (*model.ManagementApplication).Base,
				func(a *model.ManagementApplication) string { return a.NameKey })
		case "roles":
			s.Roles = newCollection[model.Role](s, schema, (*model.Role).Base, nil)
		case "roleAssignments":
			s.RoleAssignments = newCollection[model.RoleAssignment](s, schema, (*model.RoleAssignment).Base, nil)
		case "keysetChecks":
			s.KeysetChecks = newCollection[model.KeysetCheck](s, schema, (*model.KeysetCheck).Base, nil)
		case "tenants":
			s.Tenants = newCollection[model.Tenant](s, schema, (*model.Tenant).Base, nil)
		case "signingKeys":
			s.SigningKeys = newCollection[model.SigningKey](s, schema, (*model.SigningKey).Base, nil)
		case "revokedTokens":
			s.RevokedTokens = newCollection[model.RevokedToken](s, schema, (*model.RevokedToken).Base, nil)
		case "usedAssertions":
			s.UsedAssertions = newCollection[model.UsedAssertion](s, schema, (*model.UsedAssertion).Base, nil)
		case "idempotencyKeys":
			s.IdempotencyKeys = newCollection[model.IdempotencyKey](s, schema, (*model.IdempotencyKey).Base, nil)
		case "adminKeys":
			s.AdminKeys = newCollection[model.AdminKey](s, schema, (*model.AdminKey).Base, nil)
		case "auditEvents":
			s.events = schema
			s.AuditEvents = newCollection[model.AuditEvent](s, schema, (*model.AuditEvent).Base, nil)
		default:
			return fmt.Errorf("collection %s of the catalogue has no door", schema.Name)
		}
	}
	return nil
}

// Ping fails when the database does not answer.
func (s *Store) Ping(ctx context.Context) error { return s.backend.Ping(ctx) }

// Flush waits until the audit events of every change that has returned are in their collection. It
// tries once more what the relay could not deliver, and fails if that fails.
func (s *Store) Flush(ctx context.Context) error {
	if s.relay == nil {
		return nil
	}
	if err := s.relay.flush(ctx); err != nil {
		return err
	}
	if !s.relay.missed.Swap(false) {
		return nil
	}
	if err := s.Recover(ctx); err != nil {
		s.relay.missed.Store(true)
		return err
	}
	return nil
}

// Recover finishes the outboxes that crashed processes left behind. It may run at any time, also in
// several processes at once.
func (s *Store) Recover(ctx context.Context) error {
	if s.relay == nil {
		return nil
	}
	var failures []error
	for _, schema := range Catalogue() {
		failures = append(failures, s.relay.recover(ctx, schema))
	}
	return errors.Join(failures...)
}

// Close finishes the relay of audit events and closes the backend.
func (s *Store) Close() error {
	if s.relay != nil {
		s.relay.stop()
	}
	return s.backend.Close()
}
