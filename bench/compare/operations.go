package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"

	"gatehouse/bench/report"
	"gatehouse/store"
)

// operation is one question, as both sides are asked it.
type operation struct {
	// name is what -only calls it, and the path that the plain handler answers it at.
	name string
	// what describes it in the table; target is the least share of the plain handler's requests.
	what   string
	target float64
	query  string
	// changes says that it makes a commit, so that two answers differ in IDs and times.
	changes bool
	// variables makes the variables of the n-th request of a side, as JSON.
	variables func(n int) string
}

const appFields = "{ id name userId redirectUri isActive createdAt updatedAt revision }"

// serviceFields are all fields of a management application's own document. Role assignments are
// documents of their own, and the values of secrets are not read but revealed, which writes.
const serviceFields = `{
	id tenantId name description logo isActive
	clients {
		__typename id name description managementApplication { id } createdAt updatedAt
		... on OidcClient {
			clientGroupId clientType redirectUris resources responseTypes tokenEndpointAuthMethod jwks
			deviceAuthorization { enabled approvalUri successUri inputUri }
			pkce supportedPrompts secrets { id hint createdAt expiresAt lastUsedAt }
		}
		... on SamlClient { spEntityId spAcsUrl spNameIdType signAssertion }
	}
	defaultClient { id }
	loginPreferences { authMethods {
		google { isActive clientId hasClientSecret redirectUris }
		facebook { isActive clientId hasClientSecret redirectUris }
		apple { isActive clientId hasClientSecret appleTeamId keyId redirectUris }
		line { isActive clientId hasClientSecret redirectUris }
		email { isActive expiresIn message { primaryColor from subject } }
		emailOtp { isActive expiresIn lockoutDuration maxFailures codeLength message { primaryColor from subject } }
		sms { isActive expiresIn lockoutDuration maxFailures codeLength }
		webauthnApi { isActive rpId rpOrigin rpOrigins }
		password {
			isActive resetValidityMinutes passwordComplexity passwordMinLength blockPreviousPasswords passwordExpiresIn ignoreExpiration
			maxPasswordFailures passwordSuspensionDuration failuresExpireIn tempPasswordValidityHours requireMFA codeLength
			message { primaryColor from subject }
		}
		totp { isActive algorithm digits period window issuer maxFailures lockoutDuration }
	} }
	loginUri pkce serviceProviders authenticatorPreferences { isCentralized loginUri } allowPublicSignup passwordSharingGroupId subdomain
	inviteMemberUri inviteMemberEmailExpirationMinutes customDomain { domain status error updatedAt } externalCommunication { language }
	refreshTokenInvalidation { onMemberSuspension onMemberPasswordReset onMemberRoleUpdate }
	createdAt createdBy { type id name } updatedAt revision
}`

// operations are the questions. IDs are taken in an order that spreads over all of them and is the
// same for both sides.
func (base *seeded) operations() ([]operation, error) {
	depth := len(base.apps) - depthWindow - 1
	list, err := base.page(depth, depth+pageSize+1) // one more, so that there is a next page
	if err != nil {
		return nil, err
	}
	app := func(n int) string { return base.apps[n*7919%len(base.apps)] }
	return []operation{
		{
			name: "get-app", what: "get app", target: 0.8,
			query:     "query ($id: ID!) { app(id: $id) " + appFields + " }",
			variables: func(n int) string { return `{"id":"` + app(n) + `"}` },
		},
		{
			name: "get-management-application", what: "get management application with every field", target: 0.8,
			query:     "query ($id: ID!) { managementApplication(id: $id) " + serviceFields + " }",
			variables: func(n int) string { return `{"id":"` + base.services[n%len(base.services)] + `"}` },
		},
		list,
		{
			name: "create-app", what: "create app", target: 0.85, changes: true,
			query: "mutation ($userId: ID!, $name: String!) { createApp(input: {userId: $userId, name: $name}) { app " + appFields + " } }",
			variables: func(n int) string {
				return `{"userId":"` + base.users[n%len(base.users)] + `","name":"made ` + strconv.Itoa(n) + `"}`
			},
		},
		{
			name: "update-app", what: "update app", target: 0.85, changes: true,
			query: "mutation ($id: ID!, $name: String!) { updateApp(id: $id, input: {name: $name}) { app " + appFields + " } }",
			variables: func(n int) string {
				return `{"id":"` + app(n) + `","name":"renamed ` + strconv.Itoa(n) + `"}`
			},
		},
		{
			name: "toggle-app", what: "toggle app", target: 0.85, changes: true,
			query: "mutation ($id: ID!, $status: Boolean!) { setAppStatus(id: $id, status: $status) { app " + appFields + " status } }",
			variables: func(n int) string { // each app in turn, off first
				return `{"id":"` + app(n) + `","status":` + strconv.FormatBool(n/len(base.apps)%2 == 1) + `}`
			},
		},
	}, nil
}

// page is the page of 50 apps behind so many others, of those before the end-th. It has a bound on both
// sides because the MongoDB-compatible server of the tests sorts all that lies between before it
// answers, where MongoDB walks the index: pages compare where as much lies between.
func (base *seeded) page(depth, end int) (operation, error) {
	variables := map[string]*string{"after": nil, "before": nil}
	for bound, i := range map[string]int{"after": depth - 1, "before": end} {
		if i < 0 || i >= len(base.apps) {
			continue
		}
		cursor, err := store.FormatCursor("", store.Position{ID: base.apps[i]})
		if err != nil {
			return operation{}, fmt.Errorf("write a cursor: %w", err)
		}
		variables[bound] = &cursor
	}
	text, err := json.Marshal(variables)
	if err != nil {
		return operation{}, fmt.Errorf("write variables: %w", err)
	}
	return operation{
		name: "list-apps", what: "list of 50 apps at depth " + report.Grouped(depth), target: 0.6,
		query: "query ($after: String, $before: String) { apps(first: 50, after: $after, before: $before) { nodes " + appFields +
			" pageInfo { hasNextPage endCursor } } }",
		variables: func(int) string { return string(text) },
	}, nil
}

// side is one of the two servers, with what it is asked.
type side struct {
	*process
	// others are more processes on the same data, which the connections are spread over as well.
	others  []*process
	at      location
	key     string
	graphql bool
	// asked numbers the requests of each operation, so that mutations go on where they stopped.
	asked map[string]*atomic.Int64
}

func newSide(p *process, at location, key string) *side {
	return &side{process: p, at: at, key: key, asked: map[string]*atomic.Int64{}}
}

// path is where an operation is asked.
func (s *side) path(op operation) string {
	if s.graphql {
		return "/graphql"
	}
	return "/" + op.name
}

// bodies returns what makes the body of the next request of an operation.
func (s *side) bodies(op operation) (next func(into []byte) []byte, err error) {
	before, after := "", ""
	if s.graphql {
		query, err := json.Marshal(op.query)
		if err != nil {
			return nil, fmt.Errorf("write a request: %w", err)
		}
		before, after = `{"query":`+string(query)+`,"variables":`, "}"
	}
	counter := s.asked[op.name]
	if counter == nil {
		counter = &atomic.Int64{}
		s.asked[op.name] = counter
	}
	return func(into []byte) []byte {
		into = append(into[:0], before...)
		into = append(into, op.variables(int(counter.Add(1)-1))...)
		return append(into, after...)
	}, nil
}

// once asks an operation once and returns its data.
func (s *side) once(ctx context.Context, op operation) (any, error) {
	next, err := s.bodies(op)
	if err != nil {
		return nil, err
	}
	c, err := dial(ctx, s.address, s.path(op), s.key)
	if err != nil {
		return nil, err
	}
	defer c.close()
	text, err := c.ask(next(nil))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.name, err)
	}
	var answer struct{ Data any }
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%s: %w", op.name, err)
	}
	if op.changes {
		mask(answer.Data)
	}
	return answer.Data, nil
}

// mask takes out what a change makes anew: IDs and times. That they are there is left to see.
func mask(data any) {
	object, ok := data.(map[string]any)
	if !ok {
		return
	}
	for name, value := range object {
		switch name {
		case "id", "createdAt", "updatedAt":
			object[name] = value != nil && value != ""
		default:
			mask(value)
		}
	}
}
