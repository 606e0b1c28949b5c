package main

import "gatehouse/model"

// app is an app as the questions select it.
type app struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	UserID      string  `json:"userId"`
	RedirectURI *string `json:"redirectUri"`
	IsActive    bool    `json:"isActive"`
	CreatedAt   string  `json:"createdAt"`
	UpdatedAt   string  `json:"updatedAt"`
	Revision    int32   `json:"revision"`
}

func newApp(a *model.App) *app {
	return &app{
		ID: a.ID, Name: a.Name, UserID: a.UserID, RedirectURI: a.RedirectURI, IsActive: a.IsActive,
		CreatedAt: model.FormatDateTime(a.CreatedAt), UpdatedAt: model.FormatDateTime(a.UpdatedAt), Revision: a.Revision,
	}
}
