package admin

import (
	"context"

	"gatehouse/model"
	"gatehouse/store"
)

// hasLogin is a document with login preferences.
type hasLogin[T any] interface {
	entity[T]
	model.Application
	LoginPreferences() *model.LoginPreferences
	LoginSettings() *model.LoginPreferences
}

// UpdateLoginPreferences changes the login methods given, each whole; null removes one. The
// application is an app or a management application.
func (a *Admin) UpdateLoginPreferences(ctx context.Context, applicationID string, in model.LoginPreferencesInput, expectedRevision *int32) (*model.LoginPreferencesPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	t := target{id: applicationID, expected: expectedRevision}
	if t.subject, err = a.applicationKind(ctx, call, applicationID); err != nil {
		return nil, err
	}
	if t.subject == subjectApp {
		return updateLogin(ctx, a, call, a.store.Apps, t, in)
	}
	return updateLogin(ctx, a, call, a.store.ManagementApplications, t, in)
}

func updateLogin[T any, P hasLogin[T]](ctx context.Context, a *Admin, call call, c *store.Collection[T], t target, in model.LoginPreferencesInput) (*model.LoginPreferencesPayload, error) {
	doc, err := modify(ctx, a, call, c, t, "updateLoginPreferences", func(doc P) error {
		doc.LoginSettings().Apply(in)
		return model.Violations(nil).And(doc.LoginSettings().Validate(), "input")
	})
	if err != nil {
		return nil, err
	}
	return &model.LoginPreferencesPayload{Application: P(doc), LoginPreferences: P(doc).LoginPreferences()}, nil
}

// SetLoginMethodStatus turns one configured login method on or off; its settings stay.
func (a *Admin) SetLoginMethodStatus(ctx context.Context, applicationID string, method model.LoginMethodName, active bool) (*model.LoginMethodStatusPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	t := target{id: applicationID}
	if t.subject, err = a.applicationKind(ctx, call, applicationID); err != nil {
		return nil, err
	}
	if t.subject == subjectApp {
		return toggleLogin(ctx, call, a.store.Apps, t, method, active)
	}
	return toggleLogin(ctx, call, a.store.ManagementApplications, t, method, active)
}

func toggleLogin[T any, P hasLogin[T]](ctx context.Context, call call, c *store.Collection[T], t target, method model.LoginMethodName, active bool) (*model.LoginMethodStatusPayload, error) {
	doc, status, err := toggle[T, P](ctx, call, c, t, toggling[T]{
		active: active, what: "LoginMethod", missing: "configured login method " + method.String(),
		flag: func(doc *T) *bool { return P(doc).LoginSettings().Status(method) },
	})
	if err != nil {
		return nil, err
	}
	return &model.LoginMethodStatusPayload{Application: P(doc), LoginPreferences: P(doc).LoginPreferences(), Status: status}, nil
}

// applicationKind says whether an ID is that of an app or of a management application; NOT_FOUND when
// it is neither.
func (a *Admin) applicationKind(ctx context.Context, call call, id string) (subject, error) {
	app, err := get(ctx, a.store.Apps, call.TenantID, id)
	if app != nil || err != nil {
		return subjectApp, err
	}
	application, err := get(ctx, a.store.ManagementApplications, call.TenantID, id)
	if application == nil && err == nil {
		err = model.NotFoundError("application")
	}
	return subjectManagementApplication, err
}
