package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/resolvers"
	"gatehouse/secret"
	"gatehouse/store"
)

// limited answers requests on an empty store, with these options.
func limited(t *testing.T, options resolvers.Options) http.Handler {
	t.Helper()
	s, err := store.Open(t.Context(), embedded(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := secret.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	handler := resolvers.Handler(admin.New(s, keys, time.Now, log), log, options)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(auth.With(r.Context(), &auth.Principal{
			TenantID: admin.DefaultTenantID, Actor: model.Actor{Type: model.ActorTypeAdminKey, ID: "key", Name: "key"},
			Permissions: model.AllPermission,
		})))
	})
}

// unlimited are limits that no test goes beyond.
func unlimited() resolvers.Limits {
	const most = 1 << 30
	return resolvers.Limits{
		Bytes: most, Tokens: most, Depth: most, InputDepth: most, InputValues: most, Fields: most, Aliases: most,
		RepeatedFields: most, Directives: most, Fragments: most, Operations: most, Cost: most,
	}
}

// post sends a body that is JSON and returns the status and what it was answered.
func post(t *testing.T, handler http.Handler, body string, headers ...string) (int, answered) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	a := answered{body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%.200s was answered %d %s", body, w.Code, w.Body)
	}
	return w.Code, a
}

func inJSON(t *testing.T, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestLimits sends requests that are exactly at one limit, and by one beyond it.
func TestLimits(t *testing.T) {
	t.Parallel()
	const viewer = "viewer{tenantId}" // 4 tokens
	inQuery := func(write func(n int) string) func(*testing.T, int) string {
		return func(t *testing.T, n int) string {
			t.Helper()
			return inJSON(t, write(n))
		}
	}
	for _, c := range []struct {
		limit string
		set   func(*resolvers.Limits, int)
		at    int // the limit that is set
		body  func(t *testing.T, n int) string
	}{
		{"bytes", func(l *resolvers.Limits, n int) { l.Bytes = n }, 65536, inQuery(func(n int) string {
			return "{" + viewer + strings.Repeat(" ", n-len(viewer)-2) + "}"
		})},
		{"bytes", func(l *resolvers.Limits, n int) { l.Bytes = n }, 100, inQuery(func(n int) string {
			return "{" + viewer + "}#" + strings.Repeat("é", (n-len(viewer)-3)/2) + strings.Repeat("x", (n-len(viewer)-3)%2)
		})},
		{"tokens", func(l *resolvers.Limits, n int) { l.Tokens = n }, 2000, inQuery(func(n int) string {
			return "{viewer{" + strings.Repeat("tenantId ", n-5) + "}}"
		})},
		{"tokens", func(l *resolvers.Limits, n int) { l.Tokens = n }, 20, inQuery(func(n int) string {
			return "{viewer{tenantId}}" + strings.Repeat("#\n", n-6)
		})},
		{"depth", func(l *resolvers.Limits, n int) { l.Depth = n }, 20, inQuery(func(n int) string {
			nested := n/2 - 1
			if n%2 == 1 {
				return "{managementApplication(id:1)" + strings.Repeat("{defaultClient{managementApplication", nested) + "{id}" + strings.Repeat("}}", nested) + "x:managementApplication(id:1)" +
					strings.Repeat("{defaultClient{managementApplication", nested) + "{defaultClient{id}}" + strings.Repeat("}}", nested) + "}"
			}
			return "{managementApplication(id:1)" + strings.Repeat("{defaultClient{managementApplication", nested) + "{id}" + strings.Repeat("}}", nested) + "}"
		})},
		{"depth", func(l *resolvers.Limits, n int) { l.Depth = n }, 3, inQuery(func(n int) string { // named fragments are no levels
			return "{...a} fragment a on Query{apps{...b}} fragment b on AppConnection{nodes" + strings.Repeat("{...on App", n-3) + "{id}" + strings.Repeat("}", n-3) + "}"
		})},
		{"inputDepth", func(l *resolvers.Limits, n int) { l.InputDepth = n }, 40, inQuery(func(n int) string {
			return "{user(id:\"x\")@skip(if:" + strings.Repeat("[", n) + strings.Repeat("]", n) + "){id}}"
		})},
		{"inputDepth", func(l *resolvers.Limits, n int) { l.InputDepth = n }, 40, func(_ *testing.T, n int) string {
			return `{"query":"{viewer{tenantId}}","variables":{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}}`
		}},
		{"inputValues", func(l *resolvers.Limits, n int) { l.InputValues = n }, 10_000, func(_ *testing.T, n int) string {
			return `{"query":"{viewer{tenantId}} # [,,,{\"","variables":{"x":[0` + strings.Repeat(",0", n-4) + `]}}` // 2 objects, 1 list, 1 comma
		}},
		{"fields", func(l *resolvers.Limits, n int) { l.Fields = n }, 30, inQuery(func(n int) string {
			return "{...a ...a ...b} fragment a on Query{" + strings.Repeat(viewer, 5) + "} fragment b on Query{viewer{" + strings.Repeat("tenantId ", n-24) + "}}"
		})},
		{"fields", func(l *resolvers.Limits, n int) { l.Fields = n }, 9, inQuery(func(n int) string { // of every operation
			return "query a{...a} query b{...a} fragment a on Query{viewer{...b}} fragment b on Viewer{tenantId" + strings.Repeat(" x", n-9) + "}"
		})},
		{"aliases", func(l *resolvers.Limits, n int) { l.Aliases = n }, 50, inQuery(func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "a%d:tenantId ", i)
			}
			return "{viewer{tenantId:tenantId " + b.String() + "}}"
		})},
		{"repeatedFields", func(l *resolvers.Limits, n int) { l.RepeatedFields = n }, 100, inQuery(func(n int) string {
			return "{viewer{tenantId" + strings.Repeat(" tenantId", n) + "}}"
		})},
		{"repeatedFields", func(l *resolvers.Limits, n int) { l.RepeatedFields = n }, 7, inQuery(func(n int) string {
			// viewer 3 times more, its tenantId 3 times more, and the rest beside each other
			return "{viewer{tenantId} ...a ...a ...on Query{...b}} fragment a on Query{viewer{...c} viewer{...c}} fragment b on Query{viewer{tenantId" +
				strings.Repeat(" tenantId", n-5) + "}} fragment c on Viewer{tenantId}"
		})},
		{"directives", func(l *resolvers.Limits, n int) { l.Directives = n }, 50, inQuery(func(n int) string {
			return "query @skip(if:false) {" + strings.Repeat("viewer{tenantId @skip(if:false)} ", n-2) + "...on Query @include(if:true){viewer{tenantId}}}"
		})},
		{"fragments", func(l *resolvers.Limits, n int) { l.Fragments = n }, 50, inQuery(func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, " fragment f%d on Query{...f%d}", i, i+1)
			}
			return "{...f0}" + strings.Replace(b.String(), fmt.Sprintf("...f%d}", n), viewer+"}", 1)
		})},
		{"operations", func(l *resolvers.Limits, n int) { l.Operations = n }, 10, func(t *testing.T, n int) string {
			t.Helper()
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "query q%d{viewer{tenantId}}", i)
			}
			return strings.Replace(inJSON(t, b.String()), "{", `{"operationName":"q1",`, 1)
		}},
		{"cost", func(l *resolvers.Limits, n int) { l.Cost = n }, 20_000, inQuery(func(n int) string {
			return "{apps(first:500){nodes{" + strings.Repeat("id ", (n-10)/500-1) + "}}" + strings.Repeat(" viewer{tenantId}", (n-10)%500/2) + strings.Repeat(" __typename", (n-10)%500%2) + "}"
		})},
	} {
		t.Run(c.limit, func(t *testing.T) {
			t.Parallel()
			options := resolvers.Options{Limits: unlimited()}
			c.set(&options.Limits, c.at)
			handler := limited(t, options)
			if status, a := post(t, handler, c.body(t, c.at)); strings.Contains(a.body, "TOO_COSTLY") {
				t.Errorf("at the limit a request was answered %d %s", status, a.body)
			}
			status, a := post(t, handler, c.body(t, c.at+1))
			want := fmt.Sprintf(`"exceeded":[{"limit":%q,"value":%d,"allowed":%d}]`, c.limit, c.at+1, c.at)
			if status != http.StatusBadRequest || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "REQUEST_TOO_COSTLY" || !strings.Contains(a.body, want) || a.Data != nil {
				t.Errorf("beyond the limit a request was answered %d %s, not %s", status, a.body, want)
			}
			if want := fmt.Sprintf("%s %d (at most %d)", c.limit, c.at+1, c.at); !strings.Contains(a.body, want) {
				t.Errorf("the message is not for people: %s", a.body)
			}
		})
	}
}

// TestLimitsTogether goes beyond several limits with a document that is not valid either: all of them
// are told, and nothing else, because nobody validates it.
func TestLimitsTogether(t *testing.T) {
	t.Parallel()
	handler := limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()})
	status, a := post(t, handler, inJSON(t, "{ unknown { "+strings.Repeat("x:y @z ", 102)+"} ...missing ...a } fragment a on Nothing { ...a }"))
	want := `"exceeded":[{"limit":"aliases","value":102,"allowed":50},{"limit":"repeatedFields","value":101,"allowed":100},{"limit":"directives","value":102,"allowed":50}]`
	if strings.Contains(a.body, "unknown") || status != http.StatusBadRequest {
		t.Errorf("was answered %d %s", status, a.body)
	}
	// A circle of fragments has no fields to count.
	if want = strings.Replace(want, `{"limit":"repeatedFields","value":101,"allowed":100},`, "", 1); !strings.Contains(a.body, want) {
		t.Errorf("was answered %d %s, not %s", status, a.body, want)
	}
}

// TestHostileDocuments sends what is known to bring servers down.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	handler := limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()})
	doubling := "{...f0}"
	for i := range 49 {
		doubling += fmt.Sprintf(" fragment f%d on Query{...f%d ...f%d}", i, i+1, i+1)
	}
	doubling += " fragment f49 on Query{viewer{tenantId}}"
	var aliases strings.Builder
	for i := range 101 {
		fmt.Fprintf(&aliases, "alias%d:__typename ", i)
	}
	for _, c := range []struct{ name, body, want string }{
		{"fragments that double 49 times", inJSON(t, doubling), `"limit":"fields"`},
		{"a circle of fragments", inJSON(t, "{...a} fragment a on Query{...b} fragment b on Query{viewer{tenantId} ...a}"), `Cannot spread fragment \"a\" within itself via \"b\".`},
		{"a fragment that spreads itself", inJSON(t, "{...a} fragment a on Query{...a ...a viewer{tenantId}}"), `Cannot spread fragment \"a\" within itself.`},
		{"a circle that nobody enters", inJSON(t, "{viewer{tenantId}} fragment a on Query{...a}"), `Cannot spread fragment \"a\" within itself.`},
		{"three lists of 100 in one another", inJSON(t, "{managementApplications(first:100){nodes{roleAssignments(first:100){nodes{role{assignments(first:100){nodes{id}}}}}}}}"), `"limit":"cost"`},
		{"lists in lists by a variable", `{"query":"query($n:Int=500){users(first:$n){nodes{apps(last:$n){nodes{id}}}}}"}`, `"limit":"cost"`},
		{"44 KB of one field", inJSON(t, "{"+strings.Repeat("__typename ", 4000)+"}"), `"limit":"tokens"`},
		{"500 of one field", inJSON(t, "{"+strings.Repeat("__typename ", 501)+"}"), `"limit":"repeatedFields"`},
		{"101 aliases", inJSON(t, "{"+aliases.String()+"}"), `"limit":"aliases"`},
		{"60 unknown directives", inJSON(t, "{__typename "+strings.Repeat("@aa", 60)+"}"), `"limit":"directives"`},
		{"types of types of types", inJSON(t, "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}"), "Maximum introspection depth exceeded"},
		{"a batch", `[{"query":"{viewer{tenantId}}"},{"query":"{viewer{tenantId}}"}]`, "must be one JSON object"},
		{"a batch of one", `[{"query":"{viewer{tenantId}}"}]`, "must be one JSON object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if status, a := post(t, handler, c.body); status != http.StatusBadRequest || !strings.Contains(a.body, c.want) || a.Data != nil {
				t.Errorf("was answered %d %s", status, a.body)
			}
		})
	}
	words := `{"query":"mutation($v:CreateRoleInput!){createRole(input:$v){role{id}}}","variables":{"v":{"name":"x","permissions":["x"` + strings.Repeat(`,"x"`, 9000) + `]}}}`
	for _, body := range []string{
		words,
		`{"query":"mutation($v:Permission=USERS_READ){createRole(input:{name:\"x\" permissions:[` + strings.Repeat("$v ", 900) + `]}){role{id}}}","variables":{"v":null}}`,
	} {
		_, a := post(t, handler, body)
		if violations, _ := a.Errors[0].Extensions["violations"].([]any); len(a.Errors) != 1 || len(violations) > 50 || len(a.body) > 10_000 {
			t.Errorf("%.100s was answered with %d violations: %.300s", body, len(violations), a.body)
		}
	}
	unknown := ""
	for i := range 300 {
		unknown += fmt.Sprintf("x%d ", i)
	}
	if status, a := post(t, handler, inJSON(t, "{"+unknown+"}")); status != http.StatusBadRequest || len(a.Errors) != 50 {
		t.Errorf("300 unknown fields were answered with %d errors and %d", len(a.Errors), status)
	}
}

// TestAdmit asks once for each operation that may run, with its cost, and lets the answer decide.
func TestAdmit(t *testing.T) {
	t.Parallel()
	var asked []int
	refuse := false
	limits := resolvers.DefaultLimits()
	limits.Cost = 13
	handler := limited(t, resolvers.Options{Limits: limits, Admit: func(ctx context.Context, cost int) error {
		if known, ok := resolvers.CostOf(ctx); !ok || known.Cost != cost {
			t.Errorf("the context has the cost %+v, not %d", known, cost)
		}
		asked = append(asked, cost)
		if refuse {
			return &model.Error{Code: model.TooManyRequests, Message: "Too many."}
		}
		return nil
	}})
	for _, c := range []struct {
		body   string
		refuse bool
		code   string
		asked  string
	}{
		{`{"query":"query a{viewer{tenantId}} query b{apps(first:1){pageInfo{endCursor}}}","operationName":"b"}`, false, "", "[13]"},
		{`{"query":"query a{viewer{tenantId}} query b{apps{pageInfo{endCursor}}}","operationName":"a"}`, false, "", "[2]"},
		{`{"query":"{viewer{tenantId}}"}`, true, "TOO_MANY_REQUESTS", "[2]"},
		{`{"query":"{viewer{unknown}}"}`, false, "GRAPHQL_VALIDATION_FAILED", "[]"},
		{`{"query":"{apps{totalCount}}"}`, false, "REQUEST_TOO_COSTLY", "[]"},
		{`{"query":"query($a:OrderDirection!){viewer{tenantId} users(orderBy:{direction:$a}){pageInfo{endCursor}}}","variables":{"a":"asc"}}`, false, "BAD_USER_INPUT", "[]"},
	} {
		asked, refuse = nil, c.refuse
		_, a := post(t, handler, c.body)
		if fmt.Sprint(asked) != c.asked || a.code(t) != c.code || (c.code != "") == (a.Data != nil) {
			t.Errorf("%s was answered %s, and asked for %v", c.body, a.body, asked)
		}
	}
}

// TestNoSuggestions turns off what tells the names of the schema to whoever guesses.
func TestNoSuggestions(t *testing.T) {
	t.Parallel()
	handlers := map[bool]http.Handler{
		false: limited(t, resolvers.Options{Limits: resolvers.DefaultLimits()}),
		true:  limited(t, resolvers.Options{Limits: resolvers.DefaultLimits(), NoSuggestions: true}),
	}
	for _, query := range []string{
		"{ userz { totalCount } }", "{ users(frist: 1) { totalCount } }", "{ ...on Query { ...f } } fragment f on Usr { id }", "{ viewer }",
		"{ users(orderBy: {field: USERNAM}) { totalCount } }", "{ users(filter: {isActiv: true}) { totalCount } }",
	} {
		for _, off := range []bool{false, true} {
			_, a := post(t, handlers[off], inJSON(t, query))
			if len(a.Errors) == 0 || strings.Contains(a.body, "Did you mean") == off {
				t.Errorf("%s was answered %s, suggestions off: %v", query, a.body, off)
			}
		}
	}
	long := strings.Repeat("userz", 13)
	if _, a := post(t, handlers[false], inJSON(t, "{ "+long+" userz }")); !strings.Contains(a.body, long) || strings.Contains(a.body, "Did you mean") {
		t.Errorf("a long name was answered %s", a.body)
	}
}
