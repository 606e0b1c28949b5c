package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/store"
)

// pageSize is how many apps a list has.
const pageSize = 50

// handler answers the questions over one store.
type handler struct {
	store   *store.Store
	admin   *admin.Admin
	callers *auth.Authenticator
}

func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /get-app", answer(h, h.app))
	mux.HandleFunc("POST /get-management-application", answer(h, h.managementApplication))
	mux.HandleFunc("POST /list-apps", answer(h, h.apps))
	mux.HandleFunc("POST /create-app", answer(h, h.createApp))
	mux.HandleFunc("POST /update-app", answer(h, h.updateApp))
	mux.HandleFunc("POST /toggle-app", answer(h, h.toggleApp))
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		fmt.Fprintf(w, "go_memstats_mallocs_total %d\n", stats.Mallocs)
	})
	return mux
}

// answer reads the variables of a request whose caller is known, and writes what do returns as the
// data of a GraphQL answer.
func answer[V, D any](h *handler, do func(ctx context.Context, variables *V) (*D, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		principal, err := h.callers.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		var variables V
		if err := json.NewDecoder(r.Body).Decode(&variables); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		data, err := do(auth.With(r.Context(), principal), &variables)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// What fails here is the connection, and there is nobody left to tell.
		_ = json.NewEncoder(w).Encode(struct {
			Data *D `json:"data"`
		}{data})
	}
}

type byID struct{ ID string }

type getApp struct {
	App *app `json:"app"`
}

func (h *handler) app(ctx context.Context, v *byID) (*getApp, error) {
	found, err := h.store.Apps.Get(ctx, admin.DefaultTenantID, v.ID)
	if err != nil {
		return nil, err
	}
	return &getApp{App: newApp(found)}, nil
}

type getManagementApplication struct {
	ManagementApplication *managementApplication `json:"managementApplication"`
}

func (h *handler) managementApplication(ctx context.Context, v *byID) (*getManagementApplication, error) {
	found, err := h.store.ManagementApplications.Get(ctx, admin.DefaultTenantID, v.ID)
	if err != nil {
		return nil, err
	}
	return &getManagementApplication{ManagementApplication: newManagementApplication(found)}, nil
}

type listApps struct {
	Apps struct {
		Nodes    []*app `json:"nodes"`
		PageInfo struct {
			HasNextPage bool   `json:"hasNextPage"`
			EndCursor   string `json:"endCursor"`
		} `json:"pageInfo"`
	} `json:"apps"`
}

func (h *handler) apps(ctx context.Context, v *struct{ After, Before *string }) (*listApps, error) {
	query := store.Query{Limit: pageSize + 1}
	for _, bound := range []struct {
		text *string
		at   **store.Position
	}{{v.After, &query.After}, {v.Before, &query.Before}} {
		if bound.text == nil {
			continue
		}
		position, err := store.ParseCursor(h.store.Apps.Schema(), "", *bound.text)
		if err != nil {
			return nil, err
		}
		*bound.at = position
	}
	found, err := h.store.Apps.Find(ctx, admin.DefaultTenantID, query)
	if err != nil {
		return nil, err
	}
	data := &listApps{}
	data.Apps.PageInfo.HasNextPage = len(found) > pageSize
	found = found[:min(len(found), pageSize)]
	data.Apps.Nodes = make([]*app, len(found))
	for i := range found {
		data.Apps.Nodes[i] = newApp(found[i])
	}
	if len(found) > 0 {
		data.Apps.PageInfo.EndCursor, err = store.FormatCursor("", h.store.Apps.Position(found[len(found)-1], ""))
	}
	return data, err
}

type changedApp struct {
	App *app `json:"app"`
}

type createApp struct {
	CreateApp changedApp `json:"createApp"`
}

func (h *handler) createApp(ctx context.Context, v *struct{ UserID, Name string }) (*createApp, error) {
	made, err := h.admin.CreateApp(ctx, model.CreateAppInput{UserID: v.UserID, Name: v.Name})
	if err != nil {
		return nil, err
	}
	return &createApp{changedApp{newApp(made.App)}}, nil
}

type updateApp struct {
	UpdateApp changedApp `json:"updateApp"`
}

func (h *handler) updateApp(ctx context.Context, v *struct{ ID, Name string }) (*updateApp, error) {
	changed, err := h.admin.UpdateApp(ctx, v.ID, model.UpdateAppInput{Name: graphql.OmittableOf(&v.Name)}, nil)
	if err != nil {
		return nil, err
	}
	return &updateApp{changedApp{newApp(changed.App)}}, nil
}

type toggleApp struct {
	SetAppStatus struct {
		App    *app   `json:"app"`
		Status string `json:"status"`
	} `json:"setAppStatus"`
}

func (h *handler) toggleApp(ctx context.Context, v *struct {
	ID     string
	Status bool
},
) (*toggleApp, error) {
	toggled, err := h.admin.SetAppStatus(ctx, v.ID, v.Status)
	if err != nil {
		return nil, err
	}
	data := &toggleApp{}
	data.SetAppStatus.App, data.SetAppStatus.Status = newApp(toggled.App), string(toggled.Status)
	return data, nil
}
