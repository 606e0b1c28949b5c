package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/admin"
	"gatehouse/model"
	"gatehouse/store"
)

// plainApp is an app as the queries of the benchmarks select it.
type plainApp struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	UserID      string  `json:"userId"`
	RedirectURI *string `json:"redirectUri"`
	IsActive    bool    `json:"isActive"`
	CreatedAt   string  `json:"createdAt"`
	UpdatedAt   string  `json:"updatedAt"`
	Revision    int32   `json:"revision"`
}

func plain(app *model.App) *plainApp {
	return &plainApp{
		ID: app.ID, Name: app.Name, UserID: app.UserID, RedirectURI: app.RedirectURI, IsActive: app.IsActive,
		CreatedAt: model.FormatDateTime(app.CreatedAt), UpdatedAt: model.FormatDateTime(app.UpdatedAt), Revision: app.Revision,
	}
}

// servePlain answers what the benchmarks ask as a handler would that knows no GraphQL. Mutations go
// through package admin on both sides, since they must make the same commit.
func (f *fixture) servePlain(w http.ResponseWriter, r *http.Request) {
	var in struct {
		OperationName string
		Variables     struct {
			ID, Name, After string
			Status          bool
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx := r.Context()
	var data any
	var err error
	switch v := in.Variables; in.OperationName {
	case "GetApp":
		var app *model.App
		if app, err = f.store.Apps.Get(ctx, admin.DefaultTenantID, v.ID); err == nil {
			data = map[string]any{"app": plain(app)}
		}
	case "ListApps":
		data, err = f.plainPage(ctx, v.After)
	case "CreateApp":
		var made *model.AppPayload
		if made, err = f.admin.CreateApp(ctx, model.CreateAppInput{UserID: f.user.ID, Name: v.Name}); err == nil {
			data = map[string]any{"createApp": map[string]any{"app": plain(made.App)}}
		}
	case "UpdateApp":
		in := model.UpdateAppInput{Name: graphql.OmittableOf(&v.Name)}
		var changed *model.AppPayload
		if changed, err = f.admin.UpdateApp(ctx, v.ID, in, nil); err == nil {
			data = map[string]any{"updateApp": map[string]any{"app": plain(changed.App)}}
		}
	case "ToggleApp":
		var toggled *model.AppStatusPayload
		if toggled, err = f.admin.SetAppStatus(ctx, v.ID, v.Status); err == nil {
			data = map[string]any{"setAppStatus": map[string]any{"app": plain(toggled.App), "status": toggled.Status}}
		}
	default:
		err = fmt.Errorf("unknown operation %q", in.OperationName)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func (f *fixture) plainPage(ctx context.Context, after string) (any, error) {
	position, err := store.ParseCursor(f.store.Apps.Schema(), "", after)
	if err != nil {
		return nil, err
	}
	apps, err := f.store.Apps.Find(ctx, admin.DefaultTenantID, store.Query{After: position, Limit: pageSize + 1})
	if err != nil {
		return nil, err
	}
	more := len(apps) > pageSize
	nodes := make([]*plainApp, 0, pageSize)
	for _, app := range apps[:min(len(apps), pageSize)] {
		nodes = append(nodes, plain(app))
	}
	end, err := store.FormatCursor("", f.store.Apps.Position(apps[len(nodes)-1], ""))
	if err != nil {
		return nil, err
	}
	return map[string]any{"apps": map[string]any{
		"nodes": nodes, "pageInfo": map[string]any{"hasNextPage": more, "endCursor": end},
	}}, nil
}
