package e2e_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// row is one row of a table of docs/reference.md: what the reference has, and where it is here.
type row struct {
	there string
	here  []string
}

// TestReferenceTable holds docs/reference.md to three things: its rows are the requests and fields
// of the references, all of them and no others; every place that a row names is in the schema; and
// every one of these places is written and read over HTTP.
func TestReferenceTable(t *testing.T) {
	rows := referenceRows(t)
	t.Run("has every field", func(t *testing.T) {
		fields := referenceFields()
		if got, want := slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(fields)); !slices.Equal(got, want) {
			t.Errorf("docs/reference.md has the sections %q, want %q", got, want)
		}
		for section, want := range fields {
			var got []string
			for _, r := range rows[section] {
				got = append(got, r.there)
			}
			for _, field := range want {
				if !slices.Contains(got, field) {
					t.Errorf("%s: %s has no row", section, field)
				}
			}
			for _, field := range got {
				if !slices.Contains(want, field) {
					t.Errorf("%s: the reference has no %s", section, field)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s has %d rows, want %d", section, len(got), len(want))
			}
		}
	})
	t.Run("names places of the schema", func(t *testing.T) {
		c := newCoverage(t)
		for section, list := range rows {
			for _, r := range list {
				for _, place := range r.here {
					if !strings.HasPrefix(place, errorPlace) && !c.has(place) {
						t.Errorf("%s: %s is said to be %s, which the schema lacks", section, r.there, place)
					}
				}
			}
		}
	})
	forEachStore(t, func(t *testing.T, d *data) {
		c := newCoverage(t)
		p := d.start(t)
		walkApps(t, c, p)
		walkManagementApplications(t, c, p)
		walkErrors(t, c, p)
		for section, list := range rows {
			for _, r := range list {
				for _, place := range r.here {
					// No domain has failed its validation here, so that the reason can only be asked for.
					if place == "ManagementApplication.customDomain.error" && c.empty[place] {
						continue
					}
					if !c.seen[place] {
						t.Errorf("%s: %s was neither written nor read at %s", section, r.there, place)
					}
				}
			}
		}
	})
}

// errorPlace begins the places that are not in the schema but in the list of errors.
const errorPlace = "errors[]."

// referenceRows reads docs/reference.md: the rows of its tables by the title of their section.
func referenceRows(t *testing.T) map[string][]row {
	t.Helper()
	text, err := os.ReadFile("../docs/reference.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]row{}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if title, found := strings.CutPrefix(line, "## "); found {
			section = title
		}
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.TrimSpace(cells[1]) == "there" || strings.HasPrefix(cells[1], "---") {
			continue
		}
		there := codeIn(cells[1])
		if len(there) != 1 {
			t.Fatalf("docs/reference.md: the row %s does not begin with one name", line)
		}
		rows[section] = append(rows[section], row{there: there[0], here: codeIn(cells[2])})
	}
	return rows
}

// codeIn is what stands between backquotes.
func codeIn(cell string) []string {
	var code []string
	for _, found := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cell, -1) {
		code = append(code, found[1])
	}
	return code
}

// referenceFields are the requests and fields of the two references, by section of docs/reference.md.
func referenceFields() map[string][]string {
	const client = `name description resources authentication_protocol client_group_id client_type response_types
		token_endpoint_auth_method device_authorization device_authorization.enabled pkce supported_prompts`
	request := slices.Concat(
		strings.Fields(`app_name app_description first_client_authentication_protocol first_client subdomain
			invite_member_email_expiration_minutes custom_domain pkce`),
		under("first_client", client))
	const (
		provider = `clientId clientSecret`
		message  = ` message message.primaryColor message.from message.subject`
		code     = `expiresIn lockoutDuration maxFailures codeLength`
		methods  = "login_preferences.auth_methods"
	)
	return map[string][]string{
		"Requests": {
			"POST /apps", "GET /apps/{id}", "GET /apps", "PUT /apps/{id}", "DELETE /apps/{id}", "PUT /apps/{id}/status",
			"create a management application", "list all management applications",
			"update a management application", "delete a management application",
		},
		"Apps: create":                    {"userId", "name", "redirectUri"},
		"Apps: update":                    {"name", "redirectUri"},
		"Apps: answers":                   strings.Fields(`name id userId isActive redirectUri createdAt updatedAt apps nextKey`),
		"Apps: status":                    {"status (request)", "status (answer)"},
		"Management applications: create": request,
		"Management applications: update": request,
		"Management applications: answers": slices.Concat(
			strings.Fields(`result app_id tenant_id app_name app_description client_type logo client_id client_display_name
				client_description client_secret redirect_uris login_preferences created_at created_by updated_at resources
				service_providers authenticator_preferences allow_public_signup client_auth_method pkce device_authorization
				password_sharing_group_id subdomain invite_member_email_expiration_minutes custom_domain external_communication`),
			under("login_preferences", `auth_methods`),
			under("device_authorization", `enabled`),
			under("authenticator_preferences", `is_centralized`),
			under("custom_domain", `domain updated_at status error`),
			under("external_communication", `language`),
			under(methods, `google facebook email email_otp apple sms webauthn_api line password totp`),
			under(methods+".google", provider),
			under(methods+".facebook", provider),
			under(methods+".line", provider),
			under(methods+".apple", provider+` appleTeamId keyId`),
			under(methods+".email", `expiresIn`+message),
			under(methods+".email_otp", code+message),
			under(methods+".sms", code),
			under(methods+".webauthn_api", `rpId rpOrigin rpOrigins`),
			under(methods+".password", `resetValidityMinutes passwordComplexity passwordMinLength blockPreviousPasswords
				passwordExpiresIn ignoreExpiration maxPasswordFailures passwordSuspensionDuration failuresExpireIn
				tempPasswordValidityHours requireMFA codeLength`+message),
			under(methods+".totp", `algorithm digits period window issuer maxFailures lockoutDuration`),
		),
		"Management applications: deletion": {"role assignments belonging to it"},
		"Errors":                            {"message", "error_code"},
		"Words": strings.Fields(`Activated Active Deactivated Inactive oidc web code client_secret_basic
			enforcePkceInsteadOfClientCredentials login consent none pending en sha1`),
	}
}

// under puts a path before each of the fields.
func under(path, fields string) []string {
	list := strings.Fields(fields)
	for i := range list {
		list[i] = path + "." + list[i]
	}
	return list
}
