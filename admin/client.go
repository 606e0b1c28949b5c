package admin

import (
	"context"
	"errors"

	"gatehouse/model"
	"gatehouse/store"
)

// findClient finds the management application that has a client; NOT_FOUND when none of the tenant
// has.
func (a *Admin) findClient(ctx context.Context, tenant, clientID string) (*model.ManagementApplication, error) {
	app, err := a.store.ManagementApplications.One(ctx, tenant, "client", clientID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, model.NotFoundError("client")
	}
	return app, public(err, a.store.ManagementApplications.Schema())
}

// changeClient changes the application that has a client. change finds the client there no more
// when somebody else has removed it meanwhile.
func (a *Admin) changeClient(ctx context.Context, call call, clientID, verb string, expected *int32,
	change func(*model.ManagementApplication, *model.StoredClient) error,
) (*model.ManagementApplication, error) {
	app, err := a.findClient(ctx, call.TenantID, clientID)
	if err != nil {
		return nil, err
	}
	t := target{subject: subjectManagementApplication, id: app.ID, expected: expected}
	return modify(ctx, a, call, a.store.ManagementApplications, t, verb, func(app *model.ManagementApplication) error {
		client := app.StoredClient(clientID)
		if client == nil {
			return model.NotFoundError("client")
		}
		return change(app, client)
	})
}

// AddClient gives a management application another client. Its secret, if it uses one, is handed out
// this once. The caller must hold what the application's roles allow.
func (a *Admin) AddClient(ctx context.Context, managementApplicationID string, in model.ClientInput) (*model.AddClientPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := model.Violations(nil).And(in.Check(), "input"); err != nil {
		return nil, err
	}
	if err := a.mayHandOutCredentials(ctx, call, managementApplicationID); err != nil {
		return nil, err
	}
	client := model.NewClient(call.nextID(), in, call.now)
	var made *model.NewClientSecret
	if client.NeedsSecret() {
		if made, err = generateSecret(&client, nil, call); err != nil {
			return nil, err
		}
	}
	t := target{subject: subjectManagementApplication, id: managementApplicationID}
	app, err := modify(ctx, a, call, a.store.ManagementApplications, t, "addClient", func(app *model.ManagementApplication) error {
		var v model.Violations
		if err := v.Merge(app.AddClient(client)); err != nil {
			return err
		}
		if err := v.Merge(app.CheckClientsSize(), "input", client.Branch()); err != nil {
			return err
		}
		return v.And(client.Validate(app.Pkce), "input", client.Branch())
	})
	if err != nil {
		return nil, err
	}
	return &model.AddClientPayload{ManagementApplication: app, Client: app.Client(client.ID), ClientSecret: made}, nil
}

// UpdateClient replaces the settings of a client whole. A client that begins to use secrets gets
// one, which whoever may reveal secrets can read. To change how the client proves who it is, the caller
// must hold what the application's roles allow.
func (a *Admin) UpdateClient(ctx context.Context, id string, in model.ClientInput, expectedRevision *int32) (*model.ClientPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := model.Violations(nil).And(in.Check(), "input"); err != nil {
		return nil, err
	}
	app, err := a.findClient(ctx, call.TenantID, id)
	if err != nil {
		return nil, err
	}
	refusal := a.mayHandOutCredentials(ctx, call, app.ID)
	secret := newSecret()
	app, err = a.changeClient(ctx, call, id, "updateClient", expectedRevision, func(app *model.ManagementApplication, client *model.StoredClient) error {
		before := client.OIDC
		if err := model.Violations(nil).And(client.Replace(in, call.now), "input"); err != nil {
			return err
		}
		if refusal != nil && client.OIDC.ProvesOtherwise(before) {
			return refusal
		}
		if client.NeedsSecret() {
			if _, err := client.GenerateSecret(call.nextID(), secret, nil, call.now); err != nil {
				return err
			}
		}
		var v model.Violations
		if err := v.Merge(app.CheckClientsSize(), "input", client.Branch()); err != nil {
			return err
		}
		return v.And(client.Validate(app.Pkce), "input", client.Branch())
	})
	if err != nil {
		return nil, err
	}
	return &model.ClientPayload{ManagementApplication: app, Client: app.Client(id)}, nil
}

// RemoveClient takes a client away, unless it is the last of its application.
func (a *Admin) RemoveClient(ctx context.Context, id string) (*model.RemoveClientPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	app, err := a.changeClient(ctx, call, id, "removeClient", nil, func(app *model.ManagementApplication, _ *model.StoredClient) error {
		return app.RemoveClient(id)
	})
	if err != nil {
		return nil, err
	}
	return &model.RemoveClientPayload{ManagementApplication: app, RemovedID: id}, nil
}

// SetDefaultClient makes a client the default one of its application.
func (a *Admin) SetDefaultClient(ctx context.Context, id string) (*model.ManagementApplicationPayload, error) {
	call, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	app, err := a.changeClient(ctx, call, id, "setDefaultClient", nil, func(app *model.ManagementApplication, _ *model.StoredClient) error {
		return app.SetDefaultClient(id)
	})
	if err != nil {
		return nil, err
	}
	return &model.ManagementApplicationPayload{ManagementApplication: app}, nil
}
