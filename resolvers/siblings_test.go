package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/resolvers"
	"gatehouse/secret"
	"gatehouse/store"
)

const family = "a tenant"

// calls is a store.Observer that remembers the readings.
type calls struct {
	mu    sync.Mutex
	reads []string
}

func (c *calls) Begin(ctx context.Context, _ store.Call) context.Context { return ctx }

func (c *calls) End(_ context.Context, call store.Call, _ time.Duration, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads = append(c.reads, call.Collection+"."+call.Method)
}

// take returns what was read since it was last asked, in the order of the names.
func (c *calls) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.reads
	c.reads = nil
	slices.Sort(taken)
	return taken
}

// relatives is a store with users, apps, roles and assignments, some of which refer to what is gone.
type relatives struct {
	store *store.Store
	calls *calls
	admin *admin.Admin
	role  string
}

func entityOf(i int) model.Entity {
	return model.NewEntity(family, model.SystemActor(), time.UnixMilli(1767225600000+int64(i)))
}

func insert[T any](t *testing.T, c *store.Collection[T], doc *T) {
	t.Helper()
	if err := c.Insert(t.Context(), doc, nil); err != nil {
		t.Fatal(err)
	}
}

func newRelatives(t *testing.T) *relatives {
	t.Helper()
	r := &relatives{calls: &calls{}}
	var err error
	if r.store, err = store.Open(t.Context(), store.Observe(embedded(t), r.calls), store.Options{}); err != nil {
		t.Fatal(err)
	}
	keys, err := secret.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	r.admin = admin.New(r.store, keys, time.Now, slog.New(slog.DiscardHandler))
	var users []*model.User
	for i := range 4 {
		user := &model.User{Entity: entityOf(i), Username: fmt.Sprint("user ", i), IsActive: true}
		user.Normalize()
		insert(t, r.store.Users, user)
		users = append(users, user)
	}
	gone := model.NewID(time.UnixMilli(1767225600000))
	for i := range 9 {
		owner := gone
		if i%3 < 2 {
			owner = users[i%3].ID
		}
		app := &model.App{Entity: entityOf(100 + i), Name: fmt.Sprint("app ", i), UserID: owner}
		app.Normalize()
		insert(t, r.store.Apps, app)
	}
	machine := &model.ManagementApplication{Entity: entityOf(200), Name: "machine"}
	machine.Normalize()
	insert(t, r.store.ManagementApplications, machine)
	role := &model.Role{Entity: entityOf(300), Name: "role"}
	role.Normalize()
	insert(t, r.store.Roles, role)
	r.role = role.ID
	for i, entity := range []struct {
		kind model.RoleEntityType
		id   string
	}{
		{model.RoleEntityTypeUser, users[0].ID},
		{model.RoleEntityTypeApplication, machine.ID},
		{model.RoleEntityTypeUser, gone},
		{model.RoleEntityTypeUser, users[3].ID},
	} {
		insert(t, r.store.RoleAssignments, &model.RoleAssignment{
			Entity: entityOf(400 + i), RoleID: role.ID, EntityType: entity.kind, EntityID: entity.id,
		})
	}
	// One whose role is gone, of the same machine.
	insert(t, r.store.RoleAssignments, &model.RoleAssignment{
		Entity: entityOf(500), RoleID: gone, EntityType: model.RoleEntityTypeApplication, EntityID: machine.ID,
	})
	return r
}

// as answers the requests of a caller with all permissions but these.
func (r *relatives) as(lacking ...model.Permission) http.Handler {
	permissions := slices.DeleteFunc(slices.Clone(model.AllPermission), func(p model.Permission) bool { return slices.Contains(lacking, p) })
	handler := resolvers.Handler(r.admin, slog.New(slog.DiscardHandler), resolvers.Options{Limits: unlimited()})
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		handler.ServeHTTP(w, request.WithContext(auth.With(request.Context(), &auth.Principal{
			TenantID: family, Actor: model.SystemActor(), Permissions: permissions,
		})))
	})
}

// answer is an answer as tests compare it.
type answer struct {
	data any
	// errors are those below a place in data: the rest of their paths, and what they say.
	errors []string
}

// at asks a query and returns what is at a path of the data, which numbers lead through lists, and the
// errors below it. Each error must have a place in the document.
func at(t *testing.T, handler http.Handler, query string, path ...any) answer {
	t.Helper()
	_, a := post(t, handler, inJSON(t, query))
	var response struct {
		Data   any
		Errors []struct {
			Message    string
			Path       []any
			Locations  []any
			Extensions map[string]any
		}
	}
	if err := json.Unmarshal([]byte(a.body), &response); err != nil {
		t.Fatal(err)
	}
	found := answer{data: response.Data}
	for _, step := range path {
		switch value := found.data.(type) {
		case map[string]any:
			found.data = value[fmt.Sprint(step)]
		case []any:
			found.data = value[step.(int)]
		}
	}
	for _, e := range response.Errors {
		if len(e.Locations) != 1 {
			t.Errorf("%s: the error %q is at %v of the document", query, e.Message, e.Locations)
		}
		if n := len(path); len(e.Path) >= n && fmt.Sprintf("%v", e.Path[:n]) == fmt.Sprintf("%v", path) {
			found.errors = append(found.errors, fmt.Sprintf("%v %s %v", e.Path[n:], e.Message, e.Extensions))
		}
	}
	slices.Sort(found.errors)
	return found
}

// TestSiblings asks for what the elements of a page refer to, and for the same of each object alone.
// Answers and errors must be the same; for the page the store is read once for all of them.
func TestSiblings(t *testing.T) {
	t.Parallel()
	r := newRelatives(t)
	for _, c := range []struct {
		name string
		// page is the query of a page, with SELECT for what its nodes are asked for.
		page string
		// path leads to the list, and below from an element to the object.
		path, below []any
		kind        string // of the objects
		selected    string
		lacking     []model.Permission
		reads       []string
		// failing is how many objects have errors.
		size, failing int
	}{
		{
			name: "owners of nodes", page: "{apps{nodes{SELECT}}}", path: []any{"apps", "nodes"}, kind: "App", selected: "name user{username}",
			size: 9, reads: []string{"apps.find", "users.many"},
		},
		{
			name: "owners of edges, twice", page: "{apps{edges{node{SELECT}}}}", path: []any{"apps", "edges"}, below: []any{"node"}, kind: "App", selected: "a:user{username} b:user{id}",
			size: 9, reads: []string{"apps.find", "users.many"},
		},
		{
			name: "owners of nodes and edges", page: "{apps{nodes{user{id}} edges{node{SELECT}}}}", path: []any{"apps", "edges"}, below: []any{"node"}, kind: "App", selected: "user{username}",
			size: 9, reads: []string{"apps.find", "users.many"},
		},
		{
			name: "owners, without the permission", page: "{apps{nodes{SELECT}}}", path: []any{"apps", "nodes"}, kind: "App", selected: "name user{username}",
			lacking: []model.Permission{model.PermissionUsersRead}, size: 9, failing: 9, reads: []string{"apps.find"},
		},
		{
			name: "one owner", page: `{apps(filter:{userId:"user 1"}){nodes{SELECT}}}`, path: []any{"apps", "nodes"}, kind: "App", selected: "name user{username}",
			size: 3, reads: []string{"apps.find", "users.find", "users.get"},
		},
		{
			name: "apps of users", page: "{users(first:1){nodes{apps{nodes{SELECT}}}}}", path: []any{"users", "nodes", 0, "apps", "nodes"}, kind: "App", selected: "user{username}",
			size: 3, reads: []string{"apps.find", "users.find", "users.get", "users.get"},
		},
		{
			name: "roles", page: `{role(id:"ROLE"){assignments{nodes{SELECT}}}}`, path: []any{"role", "assignments", "nodes"}, kind: "RoleAssignment", selected: "role{name}",
			size: 4, reads: []string{"roleAssignments.find", "roles.get", "roles.get"},
		},
		{
			name: "roles of which one is gone", page: `{managementApplications{nodes{roleAssignments{edges{node{SELECT}}}}}}`, kind: "RoleAssignment", selected: "role{name}",
			path: []any{"managementApplications", "nodes", 0, "roleAssignments", "edges"}, below: []any{"node"},
			size: 2, failing: 1, reads: []string{"managementApplications.find", "roleAssignments.find", "roles.many"},
		},
		{
			name: "entities", page: `{role(id:"ROLE"){assignments{nodes{SELECT}}}}`, path: []any{"role", "assignments", "nodes"}, kind: "RoleAssignment",
			selected: "entity{__typename ...on User{username} ...on ManagementApplication{name}}",
			size:     4, failing: 1, reads: []string{"managementApplications.get", "roleAssignments.find", "roles.get", "users.many"},
		},
		{
			name: "entities of which some are forbidden", page: `{role(id:"ROLE"){assignments{edges{node{SELECT}}}}}`, path: []any{"role", "assignments", "edges"}, below: []any{"node"},
			kind: "RoleAssignment", selected: "entity{__typename}", lacking: []model.Permission{model.PermissionUsersRead},
			size: 4, failing: 3, reads: []string{"managementApplications.get", "roleAssignments.find", "roles.get"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			handler, all := r.as(c.lacking...), strings.ReplaceAll(c.page, "ROLE", r.role)
			ids := make([]string, c.size)
			for i := range ids {
				id := at(t, handler, strings.Replace(all, "SELECT", "id", 1), append(slices.Concat(c.path, []any{i}, c.below), "id")...)
				ids[i], _ = id.data.(string)
			}
			r.calls.take()
			query := strings.Replace(all, "SELECT", c.selected, 1)
			list := at(t, handler, query, c.path...)
			if got := r.calls.take(); !slices.Equal(got, c.reads) {
				t.Errorf("the store was read by %v, want %v", got, c.reads)
			}
			failing := 0
			for i, id := range ids {
				got := at(t, handler, query, slices.Concat(c.path, []any{i}, c.below)...)
				want := at(t, handler, `{node(id:"`+id+`"){...on `+c.kind+`{`+c.selected+`}}}`, "node")
				if list.data == nil { // the error of one element went up to the list and beyond
					got.data = want.data
				}
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(answer{})); diff != "" {
					t.Errorf("element %d differs from what is answered alone:\n%s", i, diff)
				}
				if len(got.errors) > 0 {
					failing++
				}
			}
			if failing != c.failing || (list.data == nil) != (c.failing > 0 && c.kind == "RoleAssignment") {
				t.Errorf("%d elements failed, want %d; the list is %v", failing, c.failing, list.data)
			}
		})
	}
}
