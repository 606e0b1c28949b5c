package e2e_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"gatehouse/e2e/client"
)

const (
	ownersOfMany = 3
	manyApps     = 102
	// Pages of these sizes do not come out even, neither of all apps nor of those of one owner (34),
	// the inactive ones (26), or those of a prefix (30).
	forwardSize  = 7
	backwardSize = 29
)

// TestPagingThrough102Apps walks through all apps in every order and both directions, and through
// those of one owner and those that are inactive, with pages that do not come out even.
func TestPagingThrough102Apps(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		p := d.start(t)
		all := makeManyApps(t, p)
		steve := all[0].UserId
		for _, list := range []struct {
			name   string
			filter *client.AppFilter
			in     func(client.AppFields) bool
		}{
			{"all", nil, func(client.AppFields) bool { return true }},
			{"of one owner", &client.AppFilter{UserId: new("owner-0")}, func(a client.AppFields) bool { return a.UserId == steve }},
			{"inactive", &client.AppFilter{IsActive: new(false)}, func(a client.AppFields) bool { return !a.IsActive }},
			{"by prefix", &client.AppFilter{NameStartsWith: new("aPP-01")}, func(a client.AppFields) bool { return strings.HasPrefix(strings.ToLower(a.Name), "app-01") }},
		} {
			expected := slices.DeleteFunc(slices.Clone(all), func(a client.AppFields) bool { return !list.in(a) })
			if len(expected) < 10 {
				t.Fatalf("the list of apps %s has only %d", list.name, len(expected))
			}
			for order, compare := range ordersOfApps() {
				for _, direction := range client.AllOrderDirection {
					sorted := slices.SortedFunc(slices.Values(expected), compare)
					if direction == client.OrderDirectionDesc {
						slices.Reverse(sorted)
					}
					t.Run(fmt.Sprintf("%s by %s %s", list.name, order, direction), func(t *testing.T) {
						walk := walker{p: p, filter: list.filter, order: &client.AppOrder{Field: order, Direction: direction}}
						expectSame(t, "forward", walk.forward(t, forwardSize, len(sorted)), sorted)
						expectSame(t, "backward", walk.backward(t, backwardSize, len(sorted)), sorted)
					})
				}
			}
		}
	})
}

// ordersOfApps are the orders of the schema, as the tests understand them.
func ordersOfApps() map[client.AppOrderField]func(a, b client.AppFields) int {
	byID := func(a, b client.AppFields) int { return cmp.Compare(a.Id, b.Id) }
	return map[client.AppOrderField]func(a, b client.AppFields) int{
		client.AppOrderFieldCreatedAt: byID,
		client.AppOrderFieldUpdatedAt: func(a, b client.AppFields) int {
			return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), byID(a, b))
		},
		client.AppOrderFieldName: func(a, b client.AppFields) int {
			return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), byID(a, b))
		},
	}
}

// makeManyApps makes the apps, and changes some so that the three orders differ.
func makeManyApps(t *testing.T, p *program) []client.AppFields {
	t.Helper()
	c := p.client()
	for i := range ownersOfMany {
		if _, err := client.CreateUser(t.Context(), c, &client.CreateUserInput{Username: fmt.Sprintf("owner-%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	apps := make([]client.AppFields, manyApps)
	for i := range apps {
		// Names run against creation, in mixed case, and every owner uses each of them.
		name := fmt.Sprintf([]string{"app-%03d", "App-%03d"}[i%2], (manyApps-i-1)/ownersOfMany)
		made, err := client.CreateApp(t.Context(), c, &client.CreateAppInput{UserId: fmt.Sprintf("owner-%d", i%ownersOfMany), Name: name})
		if err != nil {
			t.Fatal(err)
		}
		apps[i] = *made.CreateApp.App
	}
	for i := 0; i < manyApps; i += 4 {
		set, err := client.SetAppStatus(t.Context(), c, apps[i].Id, false)
		if err != nil {
			t.Fatal(err)
		}
		apps[i] = *set.SetAppStatus.App
	}
	return apps
}

// walker pages through a list of apps.
type walker struct {
	p      *program
	filter *client.AppFilter
	order  *client.AppOrder
}

// page is a page of apps.
type page = client.ListAppsAppsAppConnection

func (w walker) page(t *testing.T, first *int, after *string, last *int, before *string) *page {
	t.Helper()
	answer, err := client.ListApps(t.Context(), w.p.client(), first, after, last, before, w.filter, w.order)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Apps
}

// forward walks from the beginning to the end, size apps to a page.
func (w walker) forward(t *testing.T, size, total int) []client.AppFields {
	t.Helper()
	var apps []client.AppFields
	for after := (*string)(nil); ; {
		page := w.page(t, &size, after, nil, nil)
		apps = append(apps, nodesOf(page)...)
		ahead := len(apps) < total
		checkPage(t, page, size, total, ahead, after != nil)
		if t.Failed() || !ahead {
			return apps
		}
		after = page.PageInfo.EndCursor
	}
}

// backward walks from the end to the beginning, size apps to a page.
func (w walker) backward(t *testing.T, size, total int) []client.AppFields {
	t.Helper()
	var apps []client.AppFields
	for before := (*string)(nil); ; {
		page := w.page(t, nil, nil, &size, before)
		apps = append(nodesOf(page), apps...)
		behind := len(apps) < total
		checkPage(t, page, size, total, before != nil, behind)
		if t.Failed() || !behind {
			return apps
		}
		before = page.PageInfo.StartCursor
	}
}

// checkPage checks what a page says about itself.
func checkPage(t *testing.T, page *page, size, total int, next, previous bool) {
	t.Helper()
	info, count := page.PageInfo, len(page.Edges)
	if count == 0 || count > size || ((next && previous) && count != size) {
		t.Errorf("a page of %d has %d apps", size, count)
		return
	}
	if page.TotalCount != total {
		t.Errorf("totalCount is %d, want %d", page.TotalCount, total)
	}
	if info.HasNextPage != next || info.HasPreviousPage != previous {
		t.Errorf("the page says next %v, previous %v; want %v and %v", info.HasNextPage, info.HasPreviousPage, next, previous)
	}
	if *info.StartCursor != page.Edges[0].Cursor || *info.EndCursor != page.Edges[count-1].Cursor {
		t.Errorf("the page's cursors are not those of its edges")
	}
}

func nodesOf(page *page) []client.AppFields {
	apps := make([]client.AppFields, len(page.Edges))
	for i, edge := range page.Edges {
		apps[i] = *edge.Node
	}
	return apps
}

// expectSame compares two lists of apps, field by field.
func expectSame(t *testing.T, what string, got, want []client.AppFields) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s the list differs (-want +got):\n%s", what, tail(diff, 2000))
	}
}
