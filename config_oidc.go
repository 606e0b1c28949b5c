package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/store"
)

// OIDCConfig is how people sign in with the operator's own OpenID provider. Without an issuer nobody
// does.
type OIDCConfig struct {
	Issuer      string `placeholder:"URL" help:"Let people call with the tokens of this OpenID provider: its issuer, letter by letter. (GATEHOUSE_OIDC_ISSUER)"`
	Audience    string `placeholder:"AUDIENCE" help:"What the tokens must have among their audiences. Needed with an issuer. (GATEHOUSE_OIDC_AUDIENCE)"`
	Claim       string `placeholder:"NAME" help:"The claim that permissions come from, or the path to it, such as realm_access.roles; \"permissions\" by default. (GATEHOUSE_OIDC_CLAIM)"`
	Permissions string `placeholder:"VALUE=SCOPES;…" help:"What each value of the claim gives, such as \"admins=*;support=apps:read users:read\". Without it the values are scopes. (GATEHOUSE_OIDC_PERMISSIONS)"`
	Tenant      string `placeholder:"ID" help:"The tenant that these people administer; the first one by default. (GATEHOUSE_OIDC_TENANT)"`
}

// defaultOIDCClaim is where some providers put permissions by themselves.
const defaultOIDCClaim = "permissions"

func (c OIDCConfig) check() error {
	var problems []error
	if c.Issuer == "" {
		for _, setting := range []struct{ name, value string }{
			{"audience", c.Audience}, {"claim", c.Claim}, {"permissions", c.Permissions}, {"tenant", c.Tenant},
		} {
			if setting.value != "" {
				problems = append(problems, oidcProblem(setting.name, errors.New("says nothing without GATEHOUSE_OIDC_ISSUER")))
			}
		}
	} else {
		if err := auth.CheckIssuer(c.Issuer); err != nil {
			problems = append(problems, oidcProblem("issuer", err))
		}
		if strings.TrimSpace(c.Audience) == "" {
			problems = append(problems, oidcProblem("audience", errors.New("is needed with GATEHOUSE_OIDC_ISSUER")))
		}
	}
	if _, err := auth.ParsePeoplePermissions(c.Permissions); err != nil {
		problems = append(problems, oidcProblem("permissions", err))
	}
	if c.Tenant != "" {
		if id, err := uuid.Parse(c.Tenant); err != nil || id.String() != c.Tenant {
			problems = append(problems, oidcProblem("tenant", fmt.Errorf("%q is not the ID of a tenant", c.Tenant)))
		}
	}
	return errors.Join(problems...)
}

// oidcProblem names the setting in front of each problem that err has joined.
func oidcProblem(setting string, err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		problems := make([]error, 0, len(several.Unwrap()))
		for _, problem := range several.Unwrap() {
			problems = append(problems, oidcProblem(setting, problem))
		}
		return errors.Join(problems...)
	}
	return fmt.Errorf("GATEHOUSE_OIDC_%s (--oidc-%s): %w", strings.ToUpper(setting), setting, err)
}

// people makes what the configuration, which has been checked, asks for; nil when it asks for
// nothing. The tenant must exist: in one that was mistyped everything would seem to be gone.
func (c OIDCConfig) people(ctx context.Context, s *store.Store, now func() time.Time) (auth.People, error) {
	if c.Issuer == "" {
		return nil, nil //nolint:nilnil // Nobody signs in this way, which is not an error.
	}
	options := auth.PeopleOptions{Issuer: c.Issuer, Audience: c.Audience, Claim: c.Claim, TenantID: c.Tenant, Now: now}
	var err error
	if options.Permissions, err = auth.ParsePeoplePermissions(c.Permissions); err != nil {
		return nil, oidcProblem("permissions", err)
	}
	if options.Claim == "" {
		options.Claim = defaultOIDCClaim
	}
	switch options.TenantID {
	case "":
		options.TenantID = admin.DefaultTenantID
	case admin.DefaultTenantID: // is there even if nobody has written it down
	default:
		if _, err := s.Tenants.Get(ctx, c.Tenant, c.Tenant); err != nil {
			return nil, oidcProblem("tenant", fmt.Errorf("%s: %w", c.Tenant, err))
		}
	}
	return auth.NewPeople(options), nil
}
