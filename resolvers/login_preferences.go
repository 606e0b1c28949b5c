package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r socialLoginResolver) ClientSecret(ctx context.Context, login *model.SocialLogin) (*string, error) {
	return r.Admin.Reveal(ctx, login.ClientSecret)
}

func (r appleLoginResolver) ClientSecret(ctx context.Context, login *model.AppleLogin) (*string, error) {
	return r.Admin.Reveal(ctx, login.ClientSecret)
}

func (r mutationResolver) UpdateLoginPreferences(ctx context.Context, applicationID string, input model.LoginPreferencesInput, expectedRevision *int32) (*model.LoginPreferencesPayload, error) {
	return r.Admin.UpdateLoginPreferences(ctx, applicationID, input, expectedRevision)
}

func (r mutationResolver) SetLoginMethodStatus(ctx context.Context, applicationID string, method model.LoginMethodName, status bool) (*model.LoginMethodStatusPayload, error) {
	return r.Admin.SetLoginMethodStatus(ctx, applicationID, method, status)
}
