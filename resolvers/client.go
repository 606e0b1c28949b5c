package resolvers

import (
	"context"
	"time"

	"gatehouse/model"
)

func (r clientSecretResolver) Value(ctx context.Context, secret *model.ClientSecret) (*string, error) {
	return r.Admin.Reveal(ctx, &secret.Value)
}

func (r mutationResolver) AddClient(ctx context.Context, managementApplicationID string, input model.ClientInput) (*model.AddClientPayload, error) {
	return r.Admin.AddClient(ctx, managementApplicationID, input)
}

func (r mutationResolver) UpdateClient(ctx context.Context, id string, input model.ClientInput, expectedRevision *int32) (*model.ClientPayload, error) {
	return r.Admin.UpdateClient(ctx, id, input, expectedRevision)
}

func (r mutationResolver) RemoveClient(ctx context.Context, id string) (*model.RemoveClientPayload, error) {
	return r.Admin.RemoveClient(ctx, id)
}

func (r mutationResolver) SetDefaultClient(ctx context.Context, id string) (*model.ManagementApplicationPayload, error) {
	return r.Admin.SetDefaultClient(ctx, id)
}

func (r mutationResolver) GenerateClientSecret(ctx context.Context, clientID string, expiresAt *time.Time) (*model.GenerateClientSecretPayload, error) {
	return r.Admin.GenerateClientSecret(ctx, clientID, expiresAt)
}

func (r mutationResolver) RevokeClientSecret(ctx context.Context, clientID, secretID string) (*model.ClientPayload, error) {
	return r.Admin.RevokeClientSecret(ctx, clientID, secretID)
}
