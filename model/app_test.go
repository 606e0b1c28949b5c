package model_test

import (
	"strings"
	"testing"

	"gatehouse/model"
)

// TestRedirectURIsOfApps has a row for each rule of the redirect URIs of users and apps.
func TestRedirectURIsOfApps(t *testing.T) {
	t.Parallel()
	for uri, accepted := range map[string]bool{
		"http://example.com":                           true, // the reference's own
		"https://example.com:8443/callback?x=1":        true,
		"http://[::1]:3000/":                           true,
		"com.example.app:/callback":                    true,
		"com.example.app:callback":                     true,
		"com.example.app://host/callback":              true,
		"https://" + strings.Repeat("a", 63) + ".test": true,
		"":                            false,
		"example.com/callback":        false,
		"//example.com":               false,
		"http:///callback":            false,
		"https:callback":              false,
		"myapp:/callback":             false, // no dot
		"com.example.app:":            false, // nothing behind the scheme
		"http://*:99999/":             false, // no such port
		"http://example.com:/":        false,
		"http://user@example.com/":    false,
		"http://example.com/#part":    false,
		"http://example.com/#":        false,
		"http://example.com/a b":      false,
		"http://example.com/\u00e9":   false,
		"javascript:alert(1)":         false,
		"JAVASCRIPT:alert(1)":         false,
		"data:text/html,x":            false,
		"file:///etc/passwd":          false,
		"about:blank":                 false,
		"blob:https://example.com/id": false,
		"vbscript:x":                  false,
	} {
		app := &model.App{Name: "my-app", RedirectURI: &uri}
		app.Normalize()
		if err := app.Validate(); (err == nil) != accepted {
			t.Errorf("%q: %v", uri, err)
		}
	}
	for length, accepted := range map[int]bool{2047: true, 2048: true, 2049: false} {
		uri := "http://example.com/"
		uri += strings.Repeat("x", length-len(uri))
		app := &model.App{Name: "my-app", RedirectURI: &uri}
		app.Normalize()
		if err := app.Validate(); (err == nil) != accepted {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}
