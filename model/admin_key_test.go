package model_test

import (
	"testing"
	"time"

	"gatehouse/model"
)

func TestAdminKeyRules(t *testing.T) {
	read := model.PermissionUsersRead
	for _, c := range []struct {
		name string
		in   model.CreateAdminKeyInput
		want string
	}{
		{"no permission", model.CreateAdminKeyInput{Name: "k"}, ""},
		{"all", model.CreateAdminKeyInput{Name: "k", Permissions: model.AllPermission}, ""},
		{"a permission again", model.CreateAdminKeyInput{Name: "k", Permissions: []model.Permission{read, read}}, "permissions.1 DUPLICATE"},
		{"no permission of ours", model.CreateAdminKeyInput{Name: "k", Permissions: []model.Permission{"FLY"}}, "permissions.0 UNKNOWN_PERMISSION"},
		{"name of 0 characters", model.CreateAdminKeyInput{Name: "\t "}, "name REQUIRED"},
		{"name of 128 characters, untrimmed", model.CreateAdminKeyInput{Name: " " + a(128) + " "}, ""},
		{"name of 129 characters", model.CreateAdminKeyInput{Name: a(129)}, "name TOO_LONG"},
		{"name of two lines", model.CreateAdminKeyInput{Name: "a\nb"}, "name INVALID_CHARACTERS"},
		{"expiry a millisecond from now", model.CreateAdminKeyInput{Name: "k", ExpiresAt: ptr(now().Add(time.Millisecond))}, ""},
		{"expiry now", model.CreateAdminKeyInput{Name: "k", ExpiresAt: ptr(now())}, "expiresAt NOT_IN_FUTURE"},
		{"expiry in the past", model.CreateAdminKeyInput{Name: "k", ExpiresAt: ptr(now().Add(-time.Hour))}, "expiresAt NOT_IN_FUTURE"},
		{
			"all at once",
			model.CreateAdminKeyInput{Permissions: []model.Permission{read, read}, ExpiresAt: ptr(time.Time{})},
			"expiresAt NOT_IN_FUTURE, name REQUIRED, permissions.1 DUPLICATE",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := broken(t, model.NewAdminKey(base(), c.in, "hash", "hint").ValidateNew(now())); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestAnExpiredKeyIsAValidDocument checks that what was valid once does not break a rule by itself.
func TestAnExpiredKeyIsAValidDocument(t *testing.T) {
	key := model.NewAdminKey(base(), model.CreateAdminKeyInput{Name: " k ", ExpiresAt: ptr(now().Add(-time.Hour))}, "hash", "hint")
	if err := key.Validate(); err != nil || key.Name != "k" || key.Permissions == nil {
		t.Errorf("got %+v %v", key, err)
	}
}
