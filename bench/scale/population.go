package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gatehouse/model"
)

// What the population is like. Two years of a platform with one large customer: an app a minute, most
// of which are never touched again.
const (
	// largeShare of a hundred apps belong to one user; the others have smallOwns each.
	largeShare = 80
	smallOwns  = 10
	// idleOwners of a hundred users are inactive, and with them their apps; idleApps of a hundred apps
	// are inactive by themselves.
	idleOwners = 3
	idleApps   = 4
	// changed of a hundred apps were updated once, up to changedWithin after they were made.
	changed       = 30
	changedWithin = 200 * 24 * time.Hour
	// serviceShare of a hundred names begin with servicePrefix.
	serviceShare  = 70
	servicePrefix = "svc-"
	// commonName is what the first app of every small owner is called.
	commonName = "Default"
	spacing    = time.Minute
)

// population is who there is. It is the same each time it is made with the same number of apps, so that
// where something stands in a list is known without reading the list.
type population struct {
	users []person
	apps  []app // in the order of their IDs
}

type person struct {
	id, name string
	active   bool
}

// app is what tells apps apart; the rest of the documents is alike.
type app struct {
	id        string
	owner     int
	name, key string
	made      time.Time
	updated   time.Time
	active    bool
}

// begins is when the first app was made.
func begins() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) }

// populate makes up n apps and their owners. The first user has most of the apps.
func populate(n int) *population {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	small := n * (100 - largeShare) / 100
	p := &population{users: make([]person, 1+max(small/smallOwns, 1)), apps: make([]app, n)}
	for i := range p.users {
		p.users[i] = person{
			id: identifier(begins().Add(-time.Hour), i, random), name: fmt.Sprintf("team-%06d", i),
			active: i == 0 || random.IntN(100) >= idleOwners,
		}
	}
	seen, words := map[int]bool{}, words()
	for i := range p.apps {
		made := begins().Add(time.Duration(i) * spacing)
		a := app{id: identifier(made, 0, random), made: made, updated: made}
		if random.IntN(100) >= largeShare {
			a.owner = 1 + random.IntN(len(p.users)-1)
		}
		word := words[random.IntN(len(words))]
		switch {
		case a.owner > 0 && !seen[a.owner]:
			a.name = commonName
			seen[a.owner] = true
		case random.IntN(100) < serviceShare:
			a.name = fmt.Sprintf("%s%s-%07d", servicePrefix, word, i)
		default:
			a.name = fmt.Sprintf("%s %07d", word, i)
		}
		a.key = model.Fold(a.name)
		a.active = p.users[a.owner].active && random.IntN(100) >= idleApps
		if random.IntN(100) < changed {
			a.updated = made.Add(time.Duration(1+random.Int64N(int64(changedWithin/time.Second))) * time.Second)
		}
		p.apps[i] = a
	}
	return p
}

// words is what names are made of.
func words() []string {
	return []string{
		"Billing", "Catalogue", "Checkout", "Delivery", "Fraud", "Identity", "Inventory", "Ledger",
		"Loyalty", "Mobile", "Orders", "Partner", "Payments", "Pricing", "Reports", "Returns", "Search",
		"Settlement", "Shipping", "Support", "Tax", "Wallet",
	}
}

// identifier is a UUIDv7 of the millisecond t, as model.NewID makes them, but of a generator that can
// be started again. n, below 4,096, stands for the fraction of the millisecond.
func identifier(t time.Time, n int, random *rand.Rand) string {
	first := model.FirstIDAt(t.Add(time.Duration(n/4096) * time.Millisecond)) // xxxxxxxx-xxxx-7000-8000-000000000000
	return fmt.Sprintf("%s%03x-%x%03x-%012x", first[:15], n%4096, 8+random.IntN(4), random.IntN(1<<12), random.Uint64()>>16)
}

// documents are the apps from index from up to index to as they are stored.
func (p *population) documents(tenant string, by model.Actor, from, to int) []*model.App {
	uri := "https://example.com/callback"
	docs := make([]*model.App, 0, to-from)
	for _, a := range p.apps[from:to] {
		doc := &model.App{
			Entity: model.Entity{ID: a.id, TenantID: tenant, Revision: 1, CreatedAt: a.made, CreatedBy: by, UpdatedAt: a.updated},
			UserID: p.users[a.owner].id, Name: a.name, RedirectURI: &uri, IsActive: a.active,
		}
		if a.updated.After(a.made) {
			doc.Revision = 2
		}
		doc.Normalize()
		docs = append(docs, doc)
	}
	return docs
}

// owners are the users as they are stored.
func (p *population) owners(tenant string, by model.Actor) []*model.User {
	docs := make([]*model.User, len(p.users))
	for i, u := range p.users {
		made := begins().Add(-time.Hour)
		email := u.name + "@example.com"
		docs[i] = &model.User{
			Entity:   model.Entity{ID: u.id, TenantID: tenant, Revision: 1, CreatedAt: made, CreatedBy: by, UpdatedAt: made},
			Username: u.name, Email: &email, IsActive: u.active,
		}
		docs[i].Normalize()
	}
	return docs
}

// events are those of the creation of the apps from index from up to index to.
func (p *population) events(tenant string, from, to int) []*model.AuditEvent {
	docs := make([]*model.AuditEvent, 0, to-from)
	for i := from; i < to; i++ {
		docs = append(docs, p.event(tenant, i))
	}
	return docs
}

// event is that of the creation of one app, by one of ten administrators, as package admin writes it.
func (p *population) event(tenant string, i int) *model.AuditEvent {
	a := p.apps[i]
	by := administrator(i)
	return &model.AuditEvent{
		Entity:     model.Entity{ID: eventID(a.id), TenantID: tenant, Revision: 1, CreatedAt: a.made, CreatedBy: by, UpdatedAt: a.made},
		OccurredAt: a.made, Actor: by, Action: "app.create", EntityType: model.AuditEntityTypeApp, EntityID: a.id,
		RequestID: "req-" + a.id[24:],
		Changes: []model.AuditChange{
			{Path: "userId", After: p.users[a.owner].id},
			{Path: "name", After: a.name},
			{Path: "redirectUri", After: "https://example.com/callback"},
			{Path: "isActive", After: true},
		},
	}
}

// eventID is the ID behind that of the app, of the same instant: an event's ID follows that of what it
// tells of.
func eventID(appID string) string { return appID[:15] + "001" + appID[18:] }

// administrator is who made the app of index i: the first of them half of all, nine others the rest.
func administrator(i int) model.Actor {
	n := 0
	if i%2 == 1 {
		n = 1 + i/2%9
	}
	return model.Actor{
		Type: model.ActorTypeAdminKey,
		ID:   fmt.Sprintf("018cc251-f400-7000-8000-%012x", n), Name: fmt.Sprintf("administrator %d", n),
	}
}
