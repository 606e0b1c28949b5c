package admin

import (
	"context"
	"errors"

	"gatehouse/model"
	"gatehouse/store"
)

// public turns an error of the store into one that callers may see. Errors that are public already
// pass, and so does nil.
func public(err error, s *store.Schema) error {
	if err == nil { // before there is anything for errors.As to find, which is on the heap
		return nil
	}
	var duplicate *store.DuplicateError
	var known *model.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrNotFound):
		return model.NotFoundError(s.Singular)
	case errors.Is(err, store.ErrTooMuch):
		return &model.Error{Code: model.TooCostly, Message: "The lists of this request are too large together. Ask for smaller pages."}
	case errors.As(err, &duplicate):
		return duplicateConflict(s, duplicate)
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &model.Error{Code: model.Unavailable, Message: "The store does not answer at the moment. Try again.", Cause: err}
	}
	return err
}

// duplicateConflict says which field of the input is taken.
func duplicateConflict(s *store.Schema, duplicate *store.DuplicateError) error {
	taken := func(field, message string) error {
		return &model.Error{Code: model.Conflict, Field: field, Message: message}
	}
	switch s.Name + "." + duplicate.Index {
	case "users.username":
		return taken("username", "Another user has this username.")
	case "apps.owner_name":
		return taken("name", "Another app of this user has this name.")
	case "managementApplications.name":
		return taken("name", "Another management application has this name.")
	case "managementApplications.subdomain":
		return taken("subdomain", "This subdomain is taken.")
	case "managementApplications.customDomain":
		return taken("customDomain", "This custom domain is taken.")
	case "managementApplications.central":
		return taken("authenticatorPreferences.isCentralized", "Another management application is the tenant's authentication hub.")
	case "roles.name":
		return taken("name", "Another role has this name.")
	case "tenants.name":
		return taken("name", "Another tenant has this name.")
	}
	return duplicate
}

func revisionConflict(current int32) error {
	return &model.Error{
		Code: model.Conflict, CurrentRevision: current,
		Message: "Somebody else has changed this since you read it. Read it again, and repeat your change.",
	}
}
