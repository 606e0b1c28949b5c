package resolvers

import (
	"context"

	"gatehouse/model"
)

func (r queryResolver) Viewer(ctx context.Context) (*model.Viewer, error) {
	return r.Admin.Viewer(ctx)
}

func (r queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	return r.Admin.Node(ctx, id)
}
